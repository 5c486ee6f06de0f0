"""The documented values on the page, as far as they have been compared."""

from collections.abc import Iterable, Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from explorer.html_table import table_html
from explorer.reference.values import all_values, known, status_cards, value_table
from stickgen.documented.values import DocumentedValue, Section
from stickgen.documented.verification import Check


def draw_counts(done: DeltaGenerator, traced: Sequence[DocumentedValue], checks: Sequence[Check | None]) -> None:
    """How many values have each status; once all are compared, `done` says so where the progress stood."""
    values = all_values()
    compared = known(values, dict(zip(traced, checks, strict=True)))
    with st.container(horizontal=True):
        for title, count in status_cards(compared.values()):
            st.metric(title, count, border=True, width="content")
    if len(compared) == len(values):
        done.markdown(
            f"**{len(values)} values**, all compared. The command `stickgen verify --all` makes the same comparison."
        )


def draw_section(
    section: Section, traced: Sequence[DocumentedValue], statuses: Iterable[str], checks: Sequence[Check | None]
) -> None:
    """The values of a section with one of `statuses`, or all of them if none is given."""
    table = value_table(section, known(section.values, dict(zip(traced, checks, strict=True))), statuses)
    if table.rows:
        st.html(table_html(table))
    else:
        st.caption("No value in this section has the chosen status.")

"""What the Reference page draws of the checks that are known so far."""

from collections.abc import Sequence

import streamlit as st

from explorer.html_table import table_html
from explorer.reference.values import all_values, known_checks, status_cards, value_table
from stickgen.documented.values import Section
from stickgen.documented.verification import Check


def counts(traced: Sequence[Check | None]) -> None:
    """How many values have each status, and how many are still being traced."""
    known = known_checks(all_values(), traced)
    with st.container():
        with st.container(horizontal=True):
            for title, count in status_cards(known.values()):
                st.metric(title, count, border=True, width="content")
        total = len(all_values())
        missing = total - len(known)
        state = f"{missing} still being traced" if missing else "all compared"
        st.markdown(f"**{total} values**, {state}. The same check on the command line: `stickgen verify --all`.")


def values(section: Section, statuses: Sequence[str], traced: Sequence[Check | None]) -> None:
    """The values of a section with one of `statuses`."""
    table = value_table(section, known_checks(section.values, traced), statuses)
    if table.rows:
        st.html(table_html(table))
    else:
        st.caption("No value in this section has the chosen status.")

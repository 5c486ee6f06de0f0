"""Whether the documented values hold: each beside the computed one. And configuration files, saved and loaded."""

import streamlit as st

from explorer import panels, peaks
from explorer.choice import widgets
from explorer.html_table import table_html
from explorer.reference import exchange
from explorer.reference.values import STATUS_CONTROL, Known, advice_table, all_values, status_cards, value_table
from stickgen.documented.values import SECTIONS

choice = widgets.current()

st.title("Reference")
st.markdown(
    "The values of Stick-Gen's model sizes document, each beside the one computed from the real model: counted, sized, "
    "or traced over one training step. At the end you can "
    "[save and load configuration files](#configuration-file)."
)
state, cards = st.empty(), st.empty()
statuses = widgets.page_controls(STATUS_CONTROL)["status"]

places = {}
for name, section in SECTIONS.items():
    st.header(section.title, divider="gray")
    if name == "use":
        st.html(table_html(advice_table()))
    if section.note:
        st.caption(section.note)
    places[name] = st.empty()

st.header("Configuration file", divider="gray")
exchange.draw(choice)


def known() -> Known:
    """What has been compared so far."""
    return {value: check for value in all_values() if (check := peaks.ready_check(value))}


def draw_counts() -> None:
    """How many values have each status."""
    with cards.container(horizontal=True):
        for title, count in status_cards(known().values()):
            st.metric(title, count, border=True, width="content")


def draw(name: str) -> None:
    """Put what is known of a section in its place."""
    table = value_table(SECTIONS[name], known(), statuses)
    if table.rows:
        places[name].html(table_html(table))
    else:
        places[name].caption("No value in this section has the chosen status.")


draw_counts()
for name in SECTIONS:
    draw(name)

traced = [(name, value) for name, section in SECTIONS.items() for value in section.values if value.is_traced]
for done, (name, value) in enumerate(traced):
    if peaks.ready_check(value) is None:
        peaks.check(value, panels.steps_in(state, done, len(traced), "Memory values traced"))
        draw(name)
        draw_counts()
state.markdown(
    f"**{len(all_values())} values**, all compared. Same check: `python scripts/verify_model_params.py --all`."
)

"""Whether the documented figures hold: each beside the computed one. And configuration files, out and in."""

import streamlit as st

from explorer import panels, peaks, selection
from explorer.html_table import table_html
from explorer.reference import exchange
from explorer.reference.figures import STATUSES, Known, advice_table, all_figures, figure_table, status_cards
from stickgen.documented.values import SECTIONS

choice = selection.current()

st.title("Reference")
st.markdown(
    "Stick-Gen's model sizes document states the figures below. Each stands beside what the real model gives here and "
    "now: counted, sized, or traced over one training step. At the end: "
    "[configuration files, out and in](#configuration-file)."
)
state, cards = st.empty(), st.empty()
selection.warn(STATUSES.problems("status", st.query_params.get_all("status")))
STATUSES.draw("status")
statuses = STATUSES.read(st.session_state.get("status"))

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
    return {figure: check for figure in all_figures() if (check := peaks.ready_check(figure))}


def draw_counts() -> None:
    """How many figures have each status."""
    with cards.container(horizontal=True):
        for title, count in status_cards(known().values()):
            st.metric(title, count, border=True, width="content")


def draw(name: str) -> None:
    """Put what is known of a section in its place."""
    table = figure_table(SECTIONS[name].figures, known(), statuses, SECTIONS[name].title)
    if table.rows:
        places[name].html(table_html(table))
    else:
        places[name].caption("No value here has this status.")


draw_counts()
for name in SECTIONS:
    draw(name)

traced = [(name, figure) for name, section in SECTIONS.items() for figure in section.figures if figure.is_traced]
for done, (name, figure) in enumerate(traced):
    if peaks.ready_check(figure) is None:
        peaks.check(figure, panels.steps_in(state, done, len(traced), "Memory figures traced"))
        draw(name)
        draw_counts()
state.markdown(
    f"**{len(all_figures())} figures**, all compared. The same check: `python scripts/verify_model_params.py --all`."
)

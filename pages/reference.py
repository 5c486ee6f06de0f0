"""Whether the documented values hold: each beside the computed one. And configuration files, saved and loaded."""

from functools import partial

import streamlit as st

from explorer import slots, tasks
from explorer.choice import widgets
from explorer.html_table import table_html
from explorer.reference import exchange, view
from explorer.reference.values import STATUS_CONTROL, advice_table, all_values
from stickgen.documented.values import SECTIONS

choice = widgets.current()

st.title("Reference")
st.markdown(
    "The values of Stick-Gen's model sizes document, each beside the one computed from the real model: counted, sized, "
    "or traced over one training step. At the end of the page you can "
    "[save and load configuration files](#configuration-file)."
)
progress, counts = st.empty(), st.empty()
statuses = widgets.page_controls(STATUS_CONTROL)["status"]
traced = [value for value in all_values() if value.is_traced]
slots.fill_each(
    counts,
    [tasks.check_value(value) for value in traced],
    partial(view.draw_counts, progress, traced),
    progress=slots.Progress(slot=progress, steps="Memory values traced"),
)

for name, section in SECTIONS.items():
    st.header(section.title, divider="gray")
    if name == "use":
        st.html(table_html(advice_table()))
    if section.note:
        st.caption(section.note)
    traced = [value for value in section.values if value.is_traced]
    slots.fill_each(
        st.empty(),
        [tasks.check_value(value) for value in traced],
        partial(view.draw_section, section, traced, statuses),
        progress=slots.Progress(slot=st.empty()),  # never used: the counts wait for the same, and say so
    )

st.header("Configuration file", divider="gray")
exchange.draw(choice)

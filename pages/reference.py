"""Whether the documented values hold: each beside the computed one. And configuration files, saved and loaded."""

from functools import partial

import streamlit as st

from explorer import tasks
from explorer.choice import widgets
from explorer.html_table import table_html
from explorer.reference import exchange, view
from explorer.reference.values import STATUS_CONTROL, advice_table, all_values
from explorer.slots import Progress, fill_each
from stickgen.documented.values import SECTIONS

choice = widgets.current()

st.title("Reference")
st.markdown(
    "The values of Stick-Gen's model sizes document, each beside the one computed from the real model: counted, sized, "
    "or traced over one training step. At the end you can "
    "[save and load configuration files](#configuration-file)."
)
progress, counts = st.empty(), st.empty()
fill_each(
    counts,
    [tasks.check_value(value) for value in all_values() if value.is_traced],
    view.counts,
    progress=Progress(slot=progress, steps="Memory values traced"),
)
statuses = widgets.page_controls(STATUS_CONTROL)["status"]

for name, section in SECTIONS.items():
    st.header(section.title, divider="gray")
    if name == "use":
        st.html(table_html(advice_table()))
    if section.note:
        st.caption(section.note)
    fill_each(
        st.empty(),
        [tasks.check_value(value) for value in section.values if value.is_traced],
        partial(view.values, section, statuses),
        progress=Progress(slot=st.empty()),
    )

st.header("Configuration file", divider="gray")
exchange.draw(choice)

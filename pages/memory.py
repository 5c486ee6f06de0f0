"""One training step: what happens in it, what it fits, and what would make it fit."""

import streamlit as st

from explorer import builders, memory_charts, memory_tables, panels, selection
from stickgen.devices import DEVICES

choice = selection.current()
config, plan = choice.config, choice.plan

st.title("Memory")
st.markdown(selection.headline(choice))

progress = st.empty()
estimate = builders.training_memory(config, plan, panels.progress_in(progress))
progress.empty()

st.markdown(
    f"One training step holds **{memory_charts.memory_text(estimate.peak_bytes)}** of tensors at its peak, in the "
    f"{estimate.peak_phase} phase."
)
st.plotly_chart(memory_charts.peak_bar(estimate.at_peak), alt=memory_charts.describe_peak(estimate))
st.table(memory_tables.peak_table(estimate), border="horizontal")

st.header("The course of one step", divider="gray")
st.plotly_chart(memory_charts.timeline_area(estimate.timeline), alt=memory_charts.describe_timeline(estimate))
with st.expander("Modules that hold most at the peak"):
    st.table(memory_tables.module_table(estimate), border="horizontal")

st.header("What fits", divider="gray")
st.table(memory_tables.fit_table(estimate, DEVICES), border="horizontal")

"""These configurations side by side, against one of them."""

from functools import partial

import streamlit as st

from explorer import tasks
from explorer.charts import NO_MODEBAR
from explorer.choice import widgets
from explorer.compare import charts, controls, layers, tables, view
from explorer.html_table import table_html
from explorer.slots import Progress, fill_each
from stickgen.motion import MotionRequest
from stickgen.sizing import NotMeasurableError, count_parameters

choice = widgets.current()
plan = choice.plan

st.title("Compare")
comparison = controls.current()
names = comparison.names
st.markdown(tables.plan_sentence(comparison, plan))
controls.draw(comparison, choice)

st.header("Differences", divider="gray")
device, only_differing = controls.draw_table_controls(comparison)
costs = view.Costs(comparison=comparison, plan=plan, device=device, only_differing=only_differing)
tracing, table = Progress(slot=st.empty(), names=names), st.empty()
st.caption(tables.note(comparison, plan))
st.button("Measure here", icon=":material/timer:", help=tables.MEASURE_HELP, on_click=costs.want_times)
timing, measured = Progress(slot=st.empty()), st.empty()
fill_each(table, costs.tasks(), costs.draw_table, progress=tracing)
fill_each(
    measured,
    costs.times_wanted(),
    costs.draw_measured,
    progress=timing,
    failed=costs.refuse,
    expects=(NotMeasurableError,),
    rerun=True,
)

st.header("Parameters by component", divider="gray")
counts = [count_parameters(config) for config in comparison.configs]
st.plotly_chart(
    charts.component_stacks(names, counts),
    config=NO_MODEBAR,
    alt=charts.describe_components(names, counts),
)
st.header("Training memory at its peak", divider="gray")
fill_each(st.empty(), costs.tasks(), costs.draw_memory, progress=Progress(slot=st.empty()))

st.header("Motions", divider="gray")
prompt = widgets.page_controls(controls.MOTION_CONTROLS)["prompt"]
requests = [MotionRequest(config=config, prompt=prompt) for config in comparison.configs]
fill_each(
    st.container(),
    [tasks.motion(request, "whole") for request in requests],
    partial(view.draw_motions, names, requests),
    progress=Progress(slot=st.empty(), names=names),
    rerun=True,
)

st.header("Parameters against memory", divider="gray")
others = widgets.page_controls(controls.FRONT_CONTROL)["others"]
front = view.Front(comparison=comparison, plan=plan, with_others=others)
peaks = [tasks.peak(step) for step in front.steps()]
fill_each(st.empty(), peaks, front.draw, progress=Progress(slot=st.empty(), steps="Configurations traced"))
st.caption(charts.FRONT_NOTE)

st.header("Layers that differ", divider="gray")
differences = layers.layer_differences(comparison)
if differences:
    st.html(table_html(layers.layer_table(comparison, differences)))
else:
    st.markdown("All configurations have the same layers; only their widths may differ.")

"""These configurations side by side, against one of them."""

import streamlit as st

from explorer import builders
from explorer.charts import NO_MODEBAR
from explorer.choice import widgets
from explorer.compare import charts, controls, layers, tables
from explorer.compare.view import CostView, FrontView, figures, progress_of
from explorer.html_table import table_html
from explorer.player import motion_player
from stickgen.motion import MotionRequest
from stickgen.sizing import count_parameters

choice = widgets.current()
plan = choice.plan

st.title("Compare")
comparison = controls.current()
names = comparison.names
st.markdown(tables.plan_sentence(comparison, plan))
controls.draw(comparison, choice)

st.header("Differences", divider="gray")
device, only_differing = controls.draw_table_controls(comparison)
table, progress = st.empty(), st.empty()
st.caption(tables.note(comparison, plan))
measure = st.button("Measure here", icon=":material/timer:", help=tables.MEASURE_HELP)
measured = st.container()

st.header("Parameters by component", divider="gray")
counts = [count_parameters(config) for config in comparison.configs]
st.plotly_chart(
    charts.component_stacks(names, counts),
    config=NO_MODEBAR,
    alt=charts.describe_components(names, counts),
)
st.header("Training memory at its peak", divider="gray")
memory = st.empty()

st.header("Motions", divider="gray")
prompt = widgets.page_controls(controls.MOTION_CONTROLS)["prompt"]
requests = [MotionRequest(config=config, prompt=prompt) for config in comparison.configs]
motions = [builders.ready_motion(request, least="whole") for request in requests]
motion_player(
    figures(names, requests, motions),
    key="compare",
    height=260,
    pace="screen" if all(motions) else "slow",
    label="The motions of all, in step",
)
motion_progress = st.empty()
st.caption(tables.motion_note(names, motions))

st.header("Parameters against memory", divider="gray")
others = widgets.page_controls(controls.FRONT_CONTROL)["others"]
front = FrontView(
    comparison=comparison, plan=plan, with_others=others, chart=st.empty(), progress=st.empty(), words=st.empty()
)
st.caption(charts.FRONT_NOTE)

st.header("Layers that differ", divider="gray")
differences = layers.layer_differences(comparison)
if differences:
    st.html(table_html(layers.layer_table(comparison, differences)))
else:
    st.markdown("All configurations have the same layers; only their widths may differ.")

# What takes time fills its place from here on. Whatever the user does meanwhile ends this run of the page, not
# what has been traced, measured or built.
costs = CostView(
    comparison=comparison,
    plan=plan,
    device=device,
    only_differing=only_differing,
    table=table,
    memory=memory,
    progress=progress,
)
costs.draw()
costs.fill()
front.draw()
if measure:
    costs.measure()
costs.say_measured(measured)
for request, name in zip(requests, names, strict=True):
    if builders.ready_motion(request, least="whole") is None:
        builders.motion(request, "whole", progress_of(name, motion_progress))
        widgets.rerun()
front.fill()

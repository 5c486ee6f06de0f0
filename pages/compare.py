"""These configurations side by side, against one of them."""

import streamlit as st

from explorer.charts import NO_MODEBAR
from explorer.choice import widgets
from explorer.compare import charts, controls, layers, tables, view
from explorer.html_table import table_html
from stickgen.sizing import count_parameters

choice = widgets.current()
plan = choice.plan

st.title("Compare")
comparison = controls.current()
st.caption(tables.WHAT)
st.markdown(tables.plan_sentence(comparison, plan))
controls.draw(comparison, choice)

st.header("Differences", divider="gray")
device, only_differing = controls.draw_table_controls(comparison)
view.differences(comparison, plan, device, only_differing)
view.measurement(comparison, plan)

st.header("Parameters by component", divider="gray")
counts = [count_parameters(config) for config in comparison.configs]
st.plotly_chart(
    charts.component_stacks(comparison.names, counts),
    config=NO_MODEBAR,
    alt=charts.describe_components(comparison.names, counts),
)

st.header("Peak training memory", divider="gray")
view.memory(comparison, plan)

st.header("Motions", divider="gray")
view.motions(comparison, widgets.page_controls(controls.MOTION_CONTROLS)["prompt"])

st.header("Parameters against memory", divider="gray")
view.front(comparison, plan, widgets.page_controls(controls.FRONT_CONTROL)["others"])

st.header("Layers that differ", divider="gray")
differences = layers.layer_differences(comparison)
if differences:
    st.html(table_html(layers.layer_table(comparison, differences)))
else:
    st.markdown("All configurations have the same modules. Only their widths may differ.")

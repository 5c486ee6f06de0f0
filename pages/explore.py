"""This configuration: how big it is, what it takes to train, and how it moves."""

import streamlit as st

from explorer import charts, slots
from explorer.choice import text, widgets
from explorer.explore import cards, view
from explorer.html_table import table_html
from stickgen.motion import MotionRequest
from stickgen.sizing import count_parameters, file_table, module_tree

choice = widgets.current()
config = choice.config
counts = count_parameters(config)

st.title("Explore")
st.caption(cards.WHAT)
st.markdown(text.headline(choice))

row, progress = view.card_row(), slots.Progress(slot=st.empty())
with row:
    view.card(cards.parameters_card(config))
    view.memory(choice.step, progress)
    for dtype in ("float32", "float16"):
        view.card(cards.file_card(config, dtype))

moving, parts = st.columns(2, gap="medium")
with moving:
    view.motion(MotionRequest(config=config))
with parts:
    st.subheader("Parameters by component")
    alt = charts.describe_components(counts.groups)
    st.plotly_chart(charts.component_bars(counts.groups), config=charts.NO_MODEBAR, alt=alt)
    st.html(table_html(counts.table()))

st.header("Inside the model", divider="gray")
st.caption("The wider a box, the more parameters it has. Click a box to open it, and the bar on top to go back.")
st.plotly_chart(
    charts.module_icicle(module_tree(config)),
    config=charts.NO_MODEBAR,
    alt="The tree of modules. The tables below have the same counts.",
)
view.modules(config)
view.layers(choice.step)

st.header("File sizes", divider="gray")
st.html(table_html(file_table(config)))

with st.expander("How this is computed"):
    st.markdown(cards.METHODS)
with st.expander("The same values in Python, and a link to this page"):
    st.code(text.as_python(choice), language="python", wrap_lines=True)
    st.code(widgets.share_link(), language=None, wrap_lines=True)

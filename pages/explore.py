"""This configuration: how big it is, what it takes to train, and how it moves."""

import streamlit as st

from explorer import builders, charts, panels, tables
from explorer.choice import text, widgets
from explorer.explore import cards
from explorer.html_table import table_html
from explorer.player import Figure, motion_player
from stickgen.motion import MotionRequest
from stickgen.sizing import count_parameters, module_tree

choice = widgets.current()
config, plan = choice.config, choice.plan
counts = count_parameters(config)

st.title("Explore")
st.markdown(text.headline(choice))

# What is quick is drawn first, wherever it stands. What takes seconds fills its place at the end of the script;
# until then the figures of the choice before stay readable there.
figures = panels.figure_row()
panels.figure_card(figures.container(), cards.parameters_card(config))
memory_card = figures.container()
panels.figure_card(figures.container(), cards.file_card(config, "float32", "FP32"))
panels.figure_card(figures.container(), cards.file_card(config, "float16", "FP16"))
memory_progress = st.empty()
st.caption(cards.NOTES)
moving, parts = st.columns(2, gap="medium")
figure, motion_progress = moving.container(), moving.empty()
parts.subheader("Parameters by component")
parts.plotly_chart(
    charts.component_bars(counts.groups),
    config=charts.NO_MODEBAR,
    alt=charts.describe_components(counts.groups),
)
parts.html(table_html(tables.component_table(counts)))

st.header("Inside the model", divider="gray")
st.caption("A box is as wide as its parameters. Click one to open it, and the bar above to go back.")
st.plotly_chart(
    charts.module_icicle(module_tree(config)),
    config=charts.NO_MODEBAR,
    alt="The module tree. The same counts stand in the tables below.",
)
modules = st.expander("Every module by its name in a checkpoint", on_change="rerun")
if modules.open:
    modules.html(table_html(tables.attribute_table(counts)))
layers = st.expander("Layer table: output shapes, parameters, multiply-adds", on_change="rerun")

st.header("File sizes", divider="gray")
st.html(table_html(tables.file_size_table(config)))

with st.expander("How this is computed"):
    st.markdown(cards.METHODS)
with st.expander("The same figures in Python, and a link to this page"):
    st.code(text.as_python(choice), language="python", wrap_lines=True)
    st.code(widgets.share_link(), language=None, wrap_lines=True)

estimate = builders.training_memory(config, plan, panels.progress_in(memory_progress))
memory_progress.empty()
panels.figure_card(memory_card, cards.memory_card(config, plan, estimate))

if layers.open:
    progress = layers.empty()
    rows = builders.layers(config, plan, panels.progress_in(progress))
    table = tables.layer_table(rows)
    progress.caption(table.note)
    layers.dataframe(table.frame(), hide_index=True, alt="Every module in the order in which it runs")

request = MotionRequest(config=config)
motion, stage = builders.ready_motion(request), builders.next_stage(request, last="whole")
if motion is not None:
    st.session_state["figure"] = Figure(motion=motion, label=config.key)
elif "figure" not in st.session_state:
    clip = request.reference()
    st.session_state["figure"] = Figure(motion=clip, label="Reference clip, while the model is built")
with figure:
    motion_player(
        [st.session_state["figure"]],
        key="explore",
        height=300,
        pace="slow" if stage else "screen",
        label="A walking stick figure",
    )
if stage:
    builders.motion(request, stage, panels.progress_in(motion_progress))
    widgets.rerun()
if motion is not None:
    motion_progress.caption(cards.motion_note(motion))

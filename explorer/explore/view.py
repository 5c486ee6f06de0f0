"""The parts of the Explore page that take seconds."""

import streamlit as st

from explorer import panels, slots, tables, tasks
from explorer.explore import cards
from explorer.html_table import table_html
from explorer.player import Figure, motion_player
from stickgen.config import ModelConfig
from stickgen.motion import Motion, MotionRequest
from stickgen.plan import InferencePlan
from stickgen.sizing import LayerTable, MemoryEstimate, count_parameters
from stickgen.workloads import Forward, TrainingStep

_FIGURE = "explore_figure"
"""Where the session keeps the figure that moves: until the model's own motion is there, the one before."""


def memory(step: TrainingStep, progress: slots.Progress) -> None:
    """The card of the training memory."""

    def draw(estimate: MemoryEstimate) -> None:
        panels.draw_card(cards.memory_card(estimate))

    slots.fill(st.container(), tasks.memory(step), draw, height=96, progress=progress)


def motion(request: MotionRequest) -> None:
    """The model's motion, as far as it is made; before that the former one or the reference clip, by its name."""

    def draw(made: Motion | None) -> None:
        is_whole = tasks.next_motion(request, last="whole") is None
        if made is not None:
            st.session_state[_FIGURE] = Figure(motion=made, label=request.config.key)
        elif _FIGURE not in st.session_state:
            st.session_state[_FIGURE] = Figure(
                motion=request.reference(), label="Reference clip, while the model's motion is made"
            )
        motion_player(
            [st.session_state[_FIGURE]],
            key="explore",
            height=300,
            pace="screen" if is_whole else "slow",
            label="A walking stick figure",
        )
        if made is not None and is_whole:
            st.caption(cards.motion_note(made))

    player = st.container()
    progress = slots.Progress(slot=st.empty())
    slots.fill_best(player, tasks.motions(request, last="whole"), draw, progress=progress)


@slots.fragment
def modules(config: ModelConfig) -> None:
    """Every module by the name it has in a checkpoint."""
    section = st.expander("Modules and their names in a checkpoint", on_change="rerun")
    if section.open:
        section.html(table_html(tables.attribute_table(count_parameters(config))))


@slots.fragment
def layers(step: TrainingStep) -> None:
    """Every module in the order in which it runs, for the batch of the training step."""
    section = st.expander("Layer table: output shapes, parameters, multiply-adds", on_change="rerun")
    if not section.open:
        return

    def draw(found: LayerTable) -> None:
        with st.container():
            st.caption(tables.LAYERS_NOTE)
            st.dataframe(found.table().frame(), hide_index=True, alt="Every module in the order in which it runs")

    plan = InferencePlan(batch_size=step.batch_size, sequence_length=step.sequence_length)
    slots.fill(section, tasks.layers(Forward(step.config, plan)), draw, progress=slots.Progress(slot=section.empty()))

"""The parts of the Explore page: its cards, and what takes seconds."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from explorer import slots, tasks
from explorer.explore import cards, tables
from explorer.html_table import table_html
from explorer.player import Figure, motion_player
from stickgen.config import ModelConfig
from stickgen.motion import Motion, MotionRequest
from stickgen.plan import InferencePlan
from stickgen.sizing import LayerTable, MemoryEstimate, count_parameters
from stickgen.tables import KINDS
from stickgen.workloads import Forward, TrainingStep

_FIGURE = "explore_figure"
"""Where the session keeps the figure that moves: until the model's own motion is there, the one before."""


_ROW_STYLE = """<style>
.st-key-cards > div { flex: 1 1 10.25rem; min-width: 10.25rem; }
</style>"""
"""Two cards side by side on a phone, four on a desk: as many as can be without cutting a value short."""


def card_row() -> DeltaGenerator:
    """A row for cards; each takes a container of it."""
    st.html(_ROW_STYLE)
    return st.container(horizontal=True, gap="xsmall", key="cards")


def card(shown: cards.Card) -> None:
    """One value and how it compares with the documented one, where the caller stands."""
    with st.container(border=True, gap=None, height="stretch"):
        st.metric(shown.label, shown.value, help=shown.help)
        st.caption(shown.note)


def memory(step: TrainingStep, progress: slots.Progress) -> None:
    """The card of the training memory."""

    def draw(estimate: MemoryEstimate) -> None:
        card(cards.memory_card(estimate))

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
            st.dataframe(
                found.table().frame(),
                hide_index=True,
                column_config={
                    column.header: st.column_config.NumberColumn(format="%,d")
                    for column in found.table().columns
                    if KINDS[column.kind].is_number
                },
                alt="Every module in the order in which it runs",
            )

    plan = InferencePlan(batch_size=step.batch_size, sequence_length=step.sequence_length)
    slots.fill(section, tasks.layers(Forward(step.config, plan)), draw, progress=slots.Progress(slot=section.empty()))

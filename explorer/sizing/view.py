"""The sizing table on the screen: the frame, the same rows as plain HTML, and the sentences above them."""

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.elements.lib.column_types import ColumnConfig

from explorer.html_table import table_html
from explorer.sizing.controls import TableChoice
from explorer.sizing.table import COLUMNS, table_of
from stickgen.config import ModelConfig
from stickgen.plan import TrainingPlan, full_plan_text
from stickgen.sizing.limits import size_text
from stickgen.tables import KINDS

MAX_FRAME_HEIGHT = 620
"""Pixels; further rows scroll."""
REDRAW_SECONDS = 0.5
"""Least time between two drawings of the table while it fills in."""
_ROW_HEIGHT = 35


def headline(config: ModelConfig, plan: TrainingPlan) -> str:
    """The part of the shared choice that the table uses, in Markdown."""
    return (
        f"Skeleton **{config.skeleton}** · **{config.num_actions} actions** · training step: {full_plan_text(plan)}. "
        "Change them in the sidebar."
    )


def custom_size(rows: pd.DataFrame, config: ModelConfig) -> str:
    """The size of the custom row, or nothing if there is none."""
    return size_text(config) if "custom" in rows["Variant"].to_numpy() else ""


def note(chosen: pd.DataFrame, wanted: TableChoice, of: int, custom: str) -> str:
    """How much of the table is shown, and the size of the custom row."""
    seen = f"{len(chosen)} of {of} configurations, {len(wanted.columns)} of {len(COLUMNS)} columns."
    return f"{seen} Custom: {custom}." if custom else seen


NO_ROWS = "No configuration matches the search and the filters. Remove a word or a filter."


def draw_frame(slot: DeltaGenerator, visible: pd.DataFrame) -> None:
    """The rows as a frame that sorts, searches and scrolls, or a sentence if there are none."""
    if visible.empty:
        slot.info(NO_ROWS, icon=":material/search_off:")
        return
    slot.dataframe(
        visible,
        key="sizes",
        hide_index=True,
        placeholder="",
        height=min(MAX_FRAME_HEIGHT, _ROW_HEIGHT * (len(visible) + 1) + 3),
        column_config={header: _column(header) for header in visible.columns},
        alt="Sizes of the configurations. The same rows are below as a plain table and as files.",
    )


def draw_plain(slot: DeltaGenerator, visible: pd.DataFrame) -> None:
    """The rows as HTML, which a screen reader can walk through."""
    if visible.empty:
        slot.caption(NO_ROWS)
        return
    slot.html(table_html(table_of(visible)))


def _column(header: str) -> ColumnConfig:
    column = COLUMNS[header]
    if KINDS[column.kind].is_number:
        label = column.title if column.unit == "parameters" else header
        return st.column_config.NumberColumn(label, help=column.help, format="%,d")
    return st.column_config.TextColumn(
        header, help=column.help, pinned=header in ("Variant", "Image encoder", "Fusion strategy")
    )

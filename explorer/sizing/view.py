"""The sizing table on the screen: the frame, the same as plain HTML, and what stands above it."""

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.elements.lib.column_types import ColumnConfig

from explorer.html_table import html_table
from explorer.sizing.controls import TableChoice
from explorer.sizing.table import COLUMNS
from stickgen.config import ModelConfig
from stickgen.formatting import exact_count
from stickgen.plan import TrainingPlan, full_plan_text
from stickgen.sizing.limits import size_text

TALLEST_FRAME = 620
"""Pixels; further rows scroll."""
REDRAW_SECONDS = 0.5
"""How long a figure waits at most to be seen, while the table fills in."""
_ROW_HEIGHT = 35


def headline(config: ModelConfig, plan: TrainingPlan) -> str:
    """Which part of the shared choice the table takes, in Markdown."""
    return (
        f"Skeleton **{config.skeleton}** · **{config.num_actions} actions** · training step: {full_plan_text(plan)}. "
        "All of it is set in the sidebar."
    )


def custom_size(rows: pd.DataFrame, config: ModelConfig) -> str:
    """What `custom` stands for in these rows, or nothing if none of them is."""
    return size_text(config) if "custom" in rows["Variant"].to_numpy() else ""


def note(chosen: pd.DataFrame, wanted: TableChoice, of: int, custom: str) -> str:
    """How much of the table is to be seen, and what `custom` stands for in it."""
    seen = f"{len(chosen)} of {of} configurations, {len(wanted.columns)} of {len(COLUMNS)} columns."
    return f"{seen} Custom: {custom}." if custom else seen


NO_ROWS = "No configuration is left: no row has all words of the search and passes every filter. Take one of them away."


def draw_frame(slot: DeltaGenerator, visible: pd.DataFrame) -> None:
    """The rows as a frame that sorts, searches and scrolls, or a sentence where there are none."""
    if visible.empty:
        slot.info(NO_ROWS, icon=":material/search_off:")
        return
    slot.dataframe(
        visible,
        key="sizes",
        hide_index=True,
        placeholder="",
        height=min(TALLEST_FRAME, _ROW_HEIGHT * (len(visible) + 1) + 3),
        column_config={title: _column(title) for title in visible.columns},
        alt="Sizes of the configurations. The same rows stand below as a plain table and as files.",
    )


def draw_plain(slot: DeltaGenerator, visible: pd.DataFrame) -> None:
    """The rows as HTML, which a screen reader can walk through."""
    if visible.empty:
        slot.caption(NO_ROWS)
        return
    numbers = frozenset(title for title in visible.columns if COLUMNS[title].dtype == "Int64")
    slot.html(html_table(as_text(visible), "Sizes of the configurations", numbers))


def as_text(visible: pd.DataFrame) -> pd.DataFrame:
    """Every cell as people read it: thousands separated, nothing for a missing one."""
    return visible.astype(object).map(_shown)


def _shown(value: object) -> str:
    if value is None or value is pd.NA:
        return ""
    return exact_count(value) if isinstance(value, int) else str(value)


def _column(title: str) -> ColumnConfig:
    column = COLUMNS[title]
    if column.dtype == "Int64":
        return st.column_config.NumberColumn(title.removesuffix(" (parameters)"), help=column.how, format="%,d")
    return st.column_config.TextColumn(
        title, help=column.how, pinned=title in ("Variant", "Image encoder", "Fusion strategy")
    )

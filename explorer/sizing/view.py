"""The sizing table on the screen: the frame, the same rows as plain HTML, and the sentences above them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd
import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from explorer import tasks
from explorer.choice.codec import Choice
from explorer.html_table import table_html
from explorer.jobs import Task
from explorer.sizing.controls import TableChoice
from explorer.sizing.exports import Sheet, provenance
from explorer.sizing.table import COLUMNS, sizing_table, table_of
from stickgen.config import CUSTOM, ModelConfig
from stickgen.plan import full_plan_text
from stickgen.sizing.limits import size_text
from stickgen.tables import KINDS
from stickgen.workloads import TrainingStep

MAX_FRAME_HEIGHT = 620
"""Pixels; further rows scroll."""
_ROW_HEIGHT = 35

NO_ROWS = "No configuration matches the search and the filters. Remove a word or a filter."


def headline(choice: Choice) -> str:
    """The part of the shared choice that the table uses, in Markdown."""
    config = choice.config
    return (
        f"Skeleton **{config.skeleton}** · **{config.num_actions} actions** · training step: "
        f"{full_plan_text(choice.plan)}. Change them in the sidebar."
    )


@dataclass(frozen=True, kw_only=True)
class Sizes:
    """The sizing table of some configurations, and what of it is to be seen."""

    configs: Sequence[ModelConfig]
    choice: Choice
    wanted: TableChoice

    def peaks(self) -> list[Task[int]]:
        """The traces that the rows to be seen need; none where training memory is not looked at."""
        seen = self.rows().index if self.wanted.needs_memory else ()
        return [self._peak(self.configs[position]) for position in seen]

    def rows(self) -> pd.DataFrame:
        """The rows to be seen, with all columns, and the training memory known at this moment."""
        known = {config: size for config in self.configs if (size := self._peak(config).ready()) is not None}
        return self.wanted.rows(sizing_table(self.configs, known).frame())

    def visible(self) -> pd.DataFrame:
        """The rows and columns to be seen."""
        return self.rows()[list(self.wanted.columns)]

    def note(self) -> str:
        """How much of the table is shown, and the size of the custom row."""
        rows, wanted = self.rows(), self.wanted
        seen = f"{len(rows)} of {len(self.configs)} configurations, {len(wanted.columns)} of {len(COLUMNS)} columns."
        return f"{seen} Custom: {custom}." if (custom := self._custom_size(rows)) else seen

    def sheet(self) -> Sheet:
        """The table as it is saved."""
        rows = self.rows()
        return Sheet(
            table=table_of(rows[list(self.wanted.columns)]),
            provenance=provenance(full_plan_text(self.choice.plan), date.today(), self._custom_size(rows)),
        )

    def draw_frame(self, _known: Sequence[int | None]) -> None:
        """The rows as a frame that sorts, searches and scrolls, or a sentence if there are none."""
        visible = self.visible()
        if visible.empty:
            st.info(NO_ROWS, icon=":material/search_off:")
            return
        st.dataframe(
            visible,
            key="sizes",
            hide_index=True,
            placeholder="",
            height=min(MAX_FRAME_HEIGHT, _ROW_HEIGHT * (len(visible) + 1) + 3),
            column_config={header: _column(header) for header in visible.columns},
            alt="Sizes of the configurations. The same rows are below as a plain table and as files.",
        )

    def draw_plain(self, _known: Sequence[int | None]) -> None:
        """The rows as HTML, which a screen reader can walk through."""
        visible = self.visible()
        if visible.empty:
            st.caption(NO_ROWS)
        else:
            st.html(table_html(table_of(visible)))

    def _peak(self, config: ModelConfig) -> Task[int]:
        return tasks.peak(TrainingStep.adapted(config, self.choice.plan))

    def _custom_size(self, rows: pd.DataFrame) -> str:
        return size_text(self.choice.config) if CUSTOM in rows["Variant"].to_numpy() else ""


def document(text: str) -> None:
    """The regenerated reference document, to read and to save."""
    with st.container():
        st.download_button(
            "Save as Markdown", text, "model_sizes.md", "text/markdown", on_click="ignore", icon=":material/download:"
        )
        with st.expander("The document", expanded=True):
            st.markdown(text)
        with st.expander("Its Markdown"):
            st.code(text, language=None)


def _column(header: str) -> ColumnConfig:
    column = COLUMNS[header]
    if KINDS[column.kind].is_number:
        label = column.title if column.unit == "parameters" else header
        return st.column_config.NumberColumn(label, help=column.help, format="%,d")
    return st.column_config.TextColumn(
        header, help=column.help, pinned=header in ("Variant", "Image encoder", "Fusion strategy")
    )

"""The controls of the sizing table: which rows, which columns, in which order. The URL has all of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from explorer.choice import widgets
from explorer.choice.controls import Control, OptionControl, SeveralControl, TextControl
from explorer.sizing.table import COLUMNS, TRAINING_MEMORY, having, matching
from stickgen.config import CUSTOM, FUSION_STRATEGIES, IMAGE_ENCODERS, MODES, VARIANTS

AS_LISTED = "as listed"
ORDERS = ("ascending", "descending")

FILTERS: dict[str, tuple[str, SeveralControl]] = {
    f"only_{column.casefold().replace(' ', '_')}": (
        column,
        SeveralControl(label=column, options=tuple(options), placeholder="all"),
    )
    for column, options in {
        "Variant": (*VARIANTS, CUSTOM),
        "Mode": MODES.values(),
        "Image encoder": IMAGE_ENCODERS,
        "Fusion strategy": FUSION_STRATEGIES,
    }.items()
}
"""Key, which is the parameter in the URL, to the column that is filtered and the control."""

SHOWN_AT_FIRST = (
    "Variant",
    "Image encoder",
    "Fusion strategy",
    "Parameters",
    "Parameters, short",
    "Over motion-only (parameters)",
    TRAINING_MEMORY,
    "FP32 file (bytes)",
    "FP16 file (bytes)",
    "BF16 file (bytes)",
    "Documented (parameters)",
    "Difference (parameters)",
)

COLUMNS_CONTROL = SeveralControl(
    label="Columns",
    options=tuple(COLUMNS),
    default=SHOWN_AT_FIRST,
    placeholder="all columns",
    help="Always in the order of the table. Choose none to show all.",
)

SORTABLE = tuple(title for title in COLUMNS if title != "Parameters, short")
"""Columns to sort by: rounded counts are text, which would sort by the alphabet."""

TABLE_CONTROLS: dict[str, Control] = {
    "find": TextControl(
        label="Search",
        default="",
        max_length=100,
        placeholder="large resnet",
        help="Shows the rows that contain every word, in any column of text.",
    ),
    "sort": OptionControl(label="Sort by", options=(AS_LISTED, *SORTABLE), default=AS_LISTED, style="list"),
    "order": OptionControl(label="Order", options=ORDERS, default=ORDERS[0], style="list"),
    **{key: control for key, (_, control) in FILTERS.items()},
    "columns": COLUMNS_CONTROL,
}
"""Every control of the table, by its parameter in the address."""


@dataclass(frozen=True, kw_only=True)
class TableChoice:
    """The part of the table to show."""

    search: str = ""
    filters: Mapping[str, tuple[str, ...]]
    """Column to the values that stay; none leaves all."""
    columns: tuple[str, ...]
    sort: str = AS_LISTED
    """A column, or `AS_LISTED`."""
    descending: bool = False

    def rows(self, table: pd.DataFrame) -> pd.DataFrame:
        """The rows that are chosen, sorted, with all columns. A missing cell sorts last either way."""
        chosen = having(matching(table, self.search), self.filters)
        if self.sort == AS_LISTED:
            return chosen[::-1] if self.descending else chosen
        return chosen.sort_values(self.sort, ascending=not self.descending, kind="stable", na_position="last")

    @property
    def needs_memory(self) -> bool:
        """Whether training memory is looked at."""
        return TRAINING_MEMORY in (*self.columns, self.sort)


def draw() -> TableChoice:
    """Draw the controls and return what they are set to."""
    find, sort, order = st.columns([2, 2, 1])
    with st.expander("Filter rows, choose columns"):
        filters = dict(zip(FILTERS, st.columns(len(FILTERS)), strict=True))
        columns = st.container()
    places = {"find": find, "sort": sort, "order": order, **filters, "columns": columns}
    return chosen(widgets.page_controls(TABLE_CONTROLS, places))


def chosen(values: Mapping[str, object]) -> TableChoice:
    """What the controls' values mean, whatever a client may have sent."""
    read: dict[str, Any] = {key: control.read(values.get(key)) for key, control in TABLE_CONTROLS.items()}
    columns = read["columns"] or tuple(COLUMNS)
    return TableChoice(
        search=read["find"],
        filters={column: read[key] for key, (column, _) in FILTERS.items()},
        columns=tuple(title for title in COLUMNS if title in columns),
        sort=read["sort"],
        descending=read["order"] == ORDERS[1],
    )

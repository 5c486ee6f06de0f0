"""The controls of the sizing table: which rows, which columns, in which order. The URL has all of it."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from explorer.controls import SeveralControl
from explorer.sizing.table import COLUMNS, TRAINING_MEMORY, having, matching
from stickgen.config import CUSTOM, FUSION_STRATEGIES, IMAGE_ENCODERS, MODES, VARIANTS

LONGEST_SEARCH = 100
"""Characters."""


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
    help="In the order of the table, whatever the order here. Without any, all are shown.",
)

SORTABLE = tuple(title for title in COLUMNS if title != "Parameters, short")
"""Columns to sort by: rounded counts are text, which would sort by the alphabet."""


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


def problems() -> list[str]:
    """What is wrong with the table's part of the URL, a sentence each."""
    allowed = {key: control for key, (_, control) in FILTERS.items()} | {"columns": COLUMNS_CONTROL}
    found = [
        sentence for key, control in allowed.items() for sentence in control.problems(key, st.query_params.get_all(key))
    ]
    for key, options in {"sort": (AS_LISTED, *SORTABLE), "order": ORDERS}.items():
        raw = st.query_params.get(key)
        if raw is not None and raw not in options:
            found.append(
                f"The address asks for {key} “{raw[:40]}”, which does not exist: choose one of {', '.join(options)}. "
                f"It is set to {options[0]}."
            )
    return found


def draw() -> TableChoice:
    """Draw the controls and return what they are set to."""
    search, sort, order = st.columns([2, 2, 1])
    search.text_input(
        "Search", key="find", max_chars=LONGEST_SEARCH, placeholder="large resnet", bind="query-params",
        help="Finds rows that contain every word, in any text column.",
    )  # fmt: skip
    sort.selectbox("Sort by", (AS_LISTED, *SORTABLE), key="sort", bind="query-params")
    order.selectbox("Order", ORDERS, key="order", bind="query-params")
    with st.expander("Filter rows, choose columns"):
        for slot, (key, (_, control)) in zip(st.columns(len(FILTERS)), FILTERS.items(), strict=True):
            with slot:
                control.draw(key)
        COLUMNS_CONTROL.draw("columns")
    return chosen({key: st.session_state.get(key) for key in (*FILTERS, "columns", "find", "sort", "order")})


def chosen(values: Mapping[str, object]) -> TableChoice:
    """What the controls' values mean, whatever a client may have sent."""
    search, sort = values.get("find"), values.get("sort")
    columns = COLUMNS_CONTROL.read(values.get("columns")) or tuple(COLUMNS)
    return TableChoice(
        search=search[:LONGEST_SEARCH] if isinstance(search, str) else "",
        filters={column: control.read(values.get(key)) for key, (column, control) in FILTERS.items()},
        columns=tuple(title for title in COLUMNS if title in columns),
        sort=sort if isinstance(sort, str) and sort in SORTABLE else AS_LISTED,
        descending=values.get("order") == ORDERS[1],
    )

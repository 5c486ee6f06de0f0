"""The sizing table: a row a configuration, a typed column a quantity, units in the headers."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import KW_ONLY, dataclass, replace
from functools import partial

import pandas as pd

from stickgen.config import MODES, ModelConfig
from stickgen.documented.facts import DOCUMENTED_TOTALS
from stickgen.formatting import short_count
from stickgen.sizing import FILE_DTYPES, GROUPS, count_parameters, file_size
from stickgen.tables import Column, Table

Peaks = Mapping[ModelConfig, int]
"""Configuration to the traced peak of a training step in bytes, for those traced so far."""


@dataclass(frozen=True)
class SizingColumn(Column):
    """A column of the sizing table and the way to its cells."""

    _: KW_ONLY
    value: Callable[[ModelConfig, Peaks], str | int | None]
    """The cell of a configuration; None where there is nothing to show, or not yet."""


def sizing_table(configs: Iterable[ModelConfig], peaks: Peaks | None = None) -> Table:
    """The table of these configurations, a row each, with the columns of `COLUMNS`.

    Counts and sizes are computed at once. The training memory of a configuration is there if `peaks` has it.
    """
    known = {} if peaks is None else peaks
    # Row by row: the library keeps the outline of a configuration only while its values are asked for.
    rows = [[column.value(config, known) for column in COLUMNS.values()] for config in configs]
    return Table(TITLE, list(COLUMNS.values()), rows)


def table_of(frame: pd.DataFrame) -> Table:
    """The rows and columns that are left of a sizing table's frame, to be shown or saved."""
    return Table.from_frame(TITLE, [COLUMNS[header] for header in frame.columns], frame)


def matching(table: pd.DataFrame, text: str) -> pd.DataFrame:
    """The rows that contain every word of `text`, in any column of text and in any case."""
    words: pd.DataFrame = table.select_dtypes("string").fillna("")
    texts = pd.Series([" ".join(row).casefold() for row in words.itertuples(index=False)], index=table.index)
    keep = pd.Series(True, index=table.index)
    for word in text.casefold().split():
        keep &= texts.map(lambda row, word=word: word in row)
    return table[keep]


def having(table: pd.DataFrame, choices: Mapping[str, Collection[str | int]]) -> pd.DataFrame:
    """The rows whose value in each column named is among those given. An empty choice leaves all rows."""
    for title, values in choices.items():
        if values:
            table = table[table[title].isin(list(values))]
    return table


def _total(config: ModelConfig, _: Peaks) -> int:
    return count_parameters(config).total


def _overhead(config: ModelConfig, _: Peaks) -> int:
    motion_only = replace(config, image_encoder=None, fusion=None)
    return count_parameters(config).total - count_parameters(motion_only).total


def _group(config: ModelConfig, _: Peaks, *, group: str) -> int:
    return count_parameters(config).groups.get(group, 0)


def _file(config: ModelConfig, _: Peaks, *, dtype: str) -> int:
    return file_size(config, dtype)


def _difference(config: ModelConfig, _: Peaks) -> int | None:
    documented = DOCUMENTED_TOTALS.get(config)
    return None if documented is None else count_parameters(config).total - documented


TITLE = "Stick-Gen sizing table"
PARAMETERS = "Parameters"
TRAINING_MEMORY = "Training memory (bytes)"

_COLUMNS = [
    SizingColumn(
        "Variant",
        help="The size of the transformer: small, medium, large, or custom.",
        value=lambda config, _: config.variant,
    ),
    SizingColumn(
        "Mode",
        help="Multimodal models have an image encoder and a fusion module, motion-only ones do not.",
        value=lambda config, _: MODES[config.mode],
    ),
    SizingColumn(
        "Image encoder",
        help="Its name in configuration files; empty for motion-only models.",
        value=lambda config, _: config.image_encoder,
    ),
    SizingColumn(
        "Fusion strategy",
        help="Its name in configuration files; empty for motion-only models.",
        value=lambda config, _: config.fusion,
    ),
    SizingColumn("Skeleton", help="v1 has 5 segments, v3 has 12.", value=lambda config, _: config.skeleton),
    SizingColumn("Actions", "count", help="Size of the action vocabulary.", value=lambda config, _: config.num_actions),
    SizingColumn(
        PARAMETERS,
        "count",
        help="Counted on the built model: the elements of all its parameters.",
        value=_total,
    ),
    SizingColumn(
        "Parameters, short",
        help="The same, rounded.",
        value=lambda config, peaks: short_count(_total(config, peaks)),
    ),
    SizingColumn(
        "Over motion-only",
        "count",
        unit="parameters",
        help="Parameters in excess of the same model without image encoder and fusion module.",
        value=_overhead,
    ),
    SizingColumn(
        "Training memory",
        "count",
        unit="bytes",
        help="Peak of tensor memory in one training step of the plan, traced on the real model without its weights. "
        "A GPU needs more: CUDA context, libraries and fragmentation are not included.",
        value=lambda config, peaks: peaks.get(config),
    ),
    *(
        SizingColumn(
            title,
            "count",
            unit="parameters",
            help=f"Parameters of {', '.join(attributes)}.",
            value=partial(_group, group=title),
        )
        for title, attributes in GROUPS.items()
    ),
    *(
        SizingColumn(
            f"{stored.title} file",
            "count",
            unit="bytes",
            help=f"Exact size of the .safetensors file with weights as {dtype}: header, weights and buffers.",
            value=partial(_file, dtype=dtype),
        )
        for dtype, stored in FILE_DTYPES.items()
    ),
    SizingColumn(
        "Documented",
        "count",
        unit="parameters",
        help="The total in Stick-Gen's model sizes document, which has six of them.",
        value=lambda config, _: DOCUMENTED_TOTALS.get(config),
    ),
    SizingColumn(
        "Difference",
        "difference",
        unit="parameters",
        help="Parameters minus the documented ones.",
        value=_difference,
    ),
]

COLUMNS: dict[str, SizingColumn] = {column.header: column for column in _COLUMNS}
"""Header, with its unit, to the column; in the order of the table."""

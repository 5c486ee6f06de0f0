"""The sizing table: a row a configuration, a typed column a figure, units in the headers."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial

import pandas as pd

from stickgen.config import MODES, ModelConfig
from stickgen.documented.facts import DOCUMENTED_TOTALS
from stickgen.formatting import short_count
from stickgen.sizing import FILE_DTYPES, GROUPS, count_parameters, file_size

Peaks = Mapping[ModelConfig, int]
"""Configuration to the traced peak of a training step in bytes, for those traced so far."""


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column of the table."""

    dtype: str
    """Pandas type: "string", or "Int64" for whole numbers that may be missing."""
    how: str
    """How its figures are found, in one sentence."""
    value: Callable[[ModelConfig, Peaks], str | int | None]
    """The cell of a configuration; None where there is nothing to show, or not yet."""


def sizing_table(configs: Iterable[ModelConfig], peaks: Peaks | None = None) -> pd.DataFrame:
    """The table of these configurations, a row each, with the columns of `COLUMNS`.

    Counts and sizes are computed at once. The training memory of a configuration is there if `peaks` has it.
    """
    known = {} if peaks is None else peaks
    # Row by row: the library keeps the outline of a configuration only while its figures are asked for.
    rows = [[column.value(config, known) for column in COLUMNS.values()] for config in configs]
    types = {title: column.dtype for title, column in COLUMNS.items()}
    return pd.DataFrame(rows, columns=list(COLUMNS), dtype=object).astype(types)


def matching(table: pd.DataFrame, text: str) -> pd.DataFrame:
    """The rows in which every word of `text` stands somewhere, in any column of text and in any case."""
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


PARAMETERS = "Parameters"
TRAINING_MEMORY = "Training memory (bytes)"

COLUMNS: dict[str, Column] = {
    "Variant": Column(
        dtype="string",
        how="The size of the transformer: small, medium, large, or custom.",
        value=lambda config, _: config.variant,
    ),
    "Mode": Column(
        dtype="string",
        how="Multimodal models have an image encoder and a fusion module, motion-only ones do not.",
        value=lambda config, _: MODES[config.mode],
    ),
    "Image encoder": Column(
        dtype="string",
        how="Its name in configuration files; empty for motion-only models.",
        value=lambda config, _: config.image_encoder,
    ),
    "Fusion strategy": Column(
        dtype="string",
        how="Its name in configuration files; empty for motion-only models.",
        value=lambda config, _: config.fusion,
    ),
    "Skeleton": Column(
        dtype="string",
        how="v1 has 5 segments, v3 has 12.",
        value=lambda config, _: config.skeleton,
    ),
    "Actions": Column(
        dtype="Int64",
        how="Size of the action vocabulary.",
        value=lambda config, _: config.num_actions,
    ),
    PARAMETERS: Column(
        dtype="Int64",
        how="Counted on the built model: the elements of all its parameters.",
        value=_total,
    ),
    "Parameters, short": Column(
        dtype="string",
        how="The same, rounded.",
        value=lambda config, peaks: short_count(_total(config, peaks)),
    ),
    "Over motion-only (parameters)": Column(
        dtype="Int64",
        how="Parameters less those of the same model without image encoder and fusion module.",
        value=_overhead,
    ),
    TRAINING_MEMORY: Column(
        dtype="Int64",
        how="Peak of tensor memory in one training step of the plan, traced on the real model without its "
        "weights; the CUDA context, libraries and fragmentation come on top.",
        value=lambda config, peaks: peaks.get(config),
    ),
    **{
        f"{title} (parameters)": Column(
            dtype="Int64",
            how=f"Parameters of {', '.join(attributes)}.",
            value=partial(_group, group=title),
        )
        for title, attributes in GROUPS.items()
    },
    **{
        f"{stored.title} file (bytes)": Column(
            dtype="Int64",
            how=f"Exact size of the .safetensors file with weights as {dtype}: header, weights and buffers.",
            value=partial(_file, dtype=dtype),
        )
        for dtype, stored in FILE_DTYPES.items()
    },
    "Documented (parameters)": Column(
        dtype="Int64",
        how="The total of Stick-Gen's model sizes document, which gives six.",
        value=lambda config, _: DOCUMENTED_TOTALS.get(config),
    ),
    "Difference (parameters)": Column(
        dtype="Int64",
        how="Parameters less the documented ones.",
        value=_difference,
    ),
}
"""Header, with its unit, to the column; in the order of the table."""

NOTES: dict[str, str] = {title: column.how for title, column in COLUMNS.items()}
"""Header to how the column is computed, for the notes of an exported file."""

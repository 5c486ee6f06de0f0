"""Tables: data in, DataFrame out. Cells are text for people; exact figures stand beside short ones."""

from collections.abc import Iterable

import pandas as pd

from stickgen.config import ModelConfig
from stickgen.formatting import exact_count, megabytes, percent, short_count
from stickgen.sizing import FILE_DTYPES, GROUPS, LayerRow, ParameterCounts, file_size


def component_table(counts: ParameterCounts) -> pd.DataFrame:
    """Component groups with their counts and shares, and the total they add up to."""
    rows = [
        (title, exact_count(count), short_count(count), percent(count / counts.total))
        for title, count in counts.groups.items()
    ]
    rows.append(("Total", exact_count(counts.total), short_count(counts.total), percent(1)))
    return pd.DataFrame(rows, columns=["Component", "Parameters", "Short", "Share"])


def attribute_table(counts: ParameterCounts) -> pd.DataFrame:
    """Every top-level module under the name it has in a checkpoint."""
    rows = [
        (
            attribute,
            exact_count(counts.components[attribute]),
            percent(counts.components[attribute] / counts.total),
            title,
        )
        for title, attributes in GROUPS.items()
        for attribute in attributes
        if attribute in counts.components
    ]
    return pd.DataFrame(rows, columns=["Module", "Parameters", "Share", "Component"])


def file_size_table(config: ModelConfig) -> pd.DataFrame:
    """The `.safetensors` file in every dtype."""
    rows = [(dtype, exact_count(size), megabytes(size)) for dtype in FILE_DTYPES if (size := file_size(config, dtype))]
    return pd.DataFrame(rows, columns=["Weights as", "Bytes", "Size"])


NUMBERS = frozenset({"Parameters", "Short", "Share", "Bytes", "Size"})
"""Columns of these tables whose cells are figures."""


LAYERS_NOTE = (
    "Every module in the order in which it runs, for the chosen batch size and sequence length, with all inputs given. "
    "Shapes are time, batch, width. Counts include the modules below. The frame can be searched, sorted and downloaded."
)


def layer_frame(rows: Iterable[LayerRow]) -> pd.DataFrame:
    """The layer table, with numbers as numbers so that it sorts."""
    return pd.DataFrame(
        [
            {
                "Layer": row.path,
                "Class": row.class_name,
                "Output shape": " × ".join(map(str, row.output_shape)),
                "Parameters": row.parameters,
                "Multiply-adds": row.multiply_adds,
            }
            for row in rows
        ]
    )

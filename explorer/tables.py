"""Tables of one configuration: its parameters, files and layers."""

from collections.abc import Iterable

from stickgen.config import ModelConfig
from stickgen.sizing import FILE_DTYPES, GROUPS, LayerRow, ParameterCounts, file_size
from stickgen.tables import Column, Table


def component_table(counts: ParameterCounts) -> Table:
    """Component groups with their counts and shares, and the total they add up to."""
    columns = [
        Column("Component"),
        Column("Parameters", "count"),
        Column("Rounded", "short_count"),
        Column("Share", "percent"),
    ]
    groups = {**counts.groups, "Total": counts.total}
    rows = [(title, count, count, count / counts.total) for title, count in groups.items()]
    return Table("Parameters by component", columns, rows, has_total=True)


def attribute_table(counts: ParameterCounts) -> Table:
    """Every top-level module under the name it has in a checkpoint."""
    columns = [Column("Module"), Column("Parameters", "count"), Column("Share", "percent"), Column("Component")]
    rows = [
        (attribute, count, count / counts.total, title)
        for title, attributes in GROUPS.items()
        for attribute in attributes
        if (count := counts.components.get(attribute)) is not None
    ]
    return Table("Modules", columns, rows)


def file_size_table(config: ModelConfig) -> Table:
    """The `.safetensors` file in every dtype."""
    columns = [Column("Weights as"), Column("Size", "count", unit="bytes"), Column("Size", "file")]
    rows = [(dtype, size, size) for dtype in FILE_DTYPES if (size := file_size(config, dtype))]
    return Table("File sizes", columns, rows)


LAYERS_NOTE = (
    "Every module in the order in which it runs, for the chosen batch size and sequence length, with all inputs given. "
    "Shapes are time, batch, width. Counts include the modules inside. Search, sort or download the table."
)


def layer_table(rows: Iterable[LayerRow]) -> Table:
    """Every module with its output shape, parameters and multiply-adds."""
    columns = [
        Column("Layer"),
        Column("Class"),
        Column("Output shape"),
        Column("Parameters", "count"),
        Column("Multiply-adds", "count"),
    ]
    cells = [
        (row.path, row.class_name, " × ".join(map(str, row.output_shape)), row.parameters, row.multiply_adds)
        for row in rows
    ]
    return Table("Layers", columns, cells, note=LAYERS_NOTE)

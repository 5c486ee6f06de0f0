"""Tables of one configuration: its modules and files."""

from stickgen.config import ModelConfig
from stickgen.sizing import FILE_DTYPES, GROUPS, ParameterCounts, file_size
from stickgen.tables import Column, Table


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
    columns = [Column("Weights as"), Column("Size", "file"), Column("Size", "count", unit="bytes")]
    sizes = {dtype.title: file_size(config, name) for name, dtype in FILE_DTYPES.items()}
    rows = [(title, size, size) for title, size in sizes.items()]
    return Table("File sizes", columns, rows)


LAYERS_NOTE = (
    "Every module in the order in which it runs, for the chosen batch size and sequence length, with all inputs given. "
    "Shapes are time × batch × width. A module's counts include the modules inside it. Search, sort or download the "
    "table."
)

"""Tables of one configuration: its modules by name, and what there is to know of its layers."""

from stickgen.sizing import GROUPS, ParameterCounts
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


LAYERS_NOTE = (
    "Every module in the order in which it runs, for the chosen batch size and sequence length, with all inputs given. "
    "Shapes are time × batch × width. A module's counts include the modules inside it. Search, sort or download the "
    "table."
)

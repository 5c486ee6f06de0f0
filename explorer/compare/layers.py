"""Modules that one configuration of a comparison has and another lacks."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from explorer.compare.comparison import Comparison
from stickgen.formatting import exact_count
from stickgen.sizing import ModuleNode, module_tree
from stickgen.tables import Column, Table

MISSING = "– none"


@dataclass(frozen=True, kw_only=True)
class LayerDifference:
    """A module, or several alike in a row, that the configurations do not share."""

    path: str
    cells: tuple[str, ...]
    """What each configuration has there."""


def layer_differences(comparison: Comparison) -> list[LayerDifference]:
    """Modules that one configuration has and another lacks, or has of another class, outermost ones first.

    Modules inside a missing one are missing with it, and not listed again.
    """
    trees = [{node.path: node for node in module_tree(config).walk()} for config in comparison.configs]
    paths = list(dict.fromkeys(path for tree in trees for path in tree if path))
    found = [path for path in paths if _tells_apart(path, [tree.get(path) for tree in trees], trees)]
    differences = []
    for (_, cells), alike in groupby(found, key=lambda path: (_run(path), _layer_cells(path, trees))):
        first, *others = alike
        if others:
            first = f"{first} to {others[-1].rpartition('.')[2]}"
            cells = tuple(_several(1 + len(others), cell) for cell in cells)
        differences.append(LayerDifference(path=first, cells=cells))
    return differences


def layer_table(comparison: Comparison, differences: Sequence[LayerDifference]) -> Table:
    """The same as a table, a column a configuration."""
    columns = [Column("Module"), *(Column(name, "lines") for name in comparison.names)]
    rows = [[difference.path, *difference.cells] for difference in differences]
    return Table("Layers that differ", columns, rows, row_headings=True)


def _tells_apart(path: str, nodes: Sequence[ModuleNode | None], trees: Sequence[dict[str, ModuleNode]]) -> bool:
    classes = {node.class_name for node in nodes if node is not None}
    if len(classes) > 1:
        return True
    parent = path.rpartition(".")[0]
    here = [node is not None for node in nodes]
    above = [parent in tree for tree in trees]
    return not all(here) and here != above


def _run(path: str) -> str:
    """The parent of a numbered module, which stands in a row of others; else the path itself."""
    parent, _, name = path.rpartition(".")
    return parent if name.isdigit() else path


def _layer_cells(path: str, trees: Sequence[dict[str, ModuleNode]]) -> tuple[str, ...]:
    nodes = [tree.get(path) for tree in trees]
    return tuple(MISSING if node is None else _layer_text(node) for node in nodes)


def _layer_text(node: ModuleNode) -> str:
    return f"{node.class_name}\n{exact_count(node.parameters)} parameters"


def _several(count: int, cell: str) -> str:
    return cell if cell == MISSING else f"{count} × {cell} each"

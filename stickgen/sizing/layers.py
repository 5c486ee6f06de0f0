"""The layers of a model in the order in which they run, with real shapes."""

from dataclasses import dataclass
from functools import lru_cache

from torch import nn
from torch.utils.flop_counter import FlopCounterMode
from torchinfo import summary

from stickgen.tables import Column, Table
from stickgen.workloads import Forward, Prepared


@dataclass(frozen=True, kw_only=True)
class LayerRow:
    """One module as it runs in a forward pass."""

    path: str
    """Dotted path from the model, empty for the model itself."""
    depth: int
    class_name: str
    output_shape: tuple[int, ...]
    """Shape of its output; empty for the model itself, which has six."""
    parameters: int
    """Parameters of the module and all modules below it."""
    multiply_adds: int
    """Multiply-adds of its matrix products, convolutions and attention, with all modules below it."""
    is_leaf: bool


class LayerTable(tuple[LayerRow, ...]):
    """The layers of a model in the order in which they run; in a notebook, a table."""

    __slots__ = ()

    def table(self) -> Table:
        """One layer a row."""
        columns = (
            Column("Layer"),
            Column("Class"),
            Column("Output shape"),
            Column("Parameters", "count"),
            Column("Multiply-adds", "count"),
        )
        rows = [
            (
                row.path or "(the whole model)",
                row.class_name,
                " × ".join(map(str, row.output_shape)),
                row.parameters,
                row.multiply_adds,
            )
            for row in self
        ]
        return Table("Layers", columns, rows)

    def _repr_html_(self) -> str:
        return self.table()._repr_html_()


@lru_cache(maxsize=32)
def layer_table(forward: Forward) -> LayerTable:
    """Every module that runs in a forward pass with all inputs, on the meta device.

    Layers, shapes and parameters are those torchinfo sees. Multiply-adds are counted from the operators with
    PyTorch's own counter instead: torchinfo takes the first dimension for the batch, which is time here, and
    leaves out the products inside attention.
    """
    once, _ = forward.arithmetic()
    with once.prepare("meta") as prepared:
        model = prepared.model
        paths = {id(module): path for path, module in model.named_modules()}
        multiply_adds = _multiply_adds(prepared)
        seen = summary(model, input_data=prepared.inputs, device="meta", verbose=0, depth=len(paths))
    rows: dict[str, LayerRow] = {}
    for layer in seen.summary_list:
        path = paths[layer.layer_id]
        if path not in rows:  # torchinfo repeats a list of modules before each of its items
            rows[path] = LayerRow(
                path=path,
                depth=layer.depth,
                class_name=layer.class_name,
                output_shape=tuple(layer.output_size) if layer.depth else (),
                parameters=layer.num_params,
                multiply_adds=multiply_adds.get(path, 0),
                is_leaf=layer.is_leaf_layer,
            )
    return LayerTable(rows.values())


def _multiply_adds(prepared: Prepared) -> dict[str, int]:
    """Module path to multiply-adds of a run. The counter counts two operations for each."""
    model = prepared.model
    counter = FlopCounterMode(display=False)
    with counter:
        prepared.run()
    prefix = type(model).__name__
    counted = {
        name.removeprefix(prefix).removeprefix("."): sum(counts.values()) // 2
        for name, counts in counter.get_flop_counts().items()
        if name != "Global"
    }
    for path, module in model.named_modules():
        if isinstance(module, nn.ModuleList):  # has no forward of its own that could be counted
            counted[path] = sum(counted[f"{path}.{name}"] for name, _ in module.named_children())
    return counted

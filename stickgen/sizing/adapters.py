"""What a plan's LoRA adapters are: the layers they stand beside, their parameters, their file."""

from dataclasses import dataclass
from functools import lru_cache

from stickgen.config import ModelConfig
from stickgen.plan import TrainingPlan
from stickgen.sizing.files import FILE_DTYPES, cast, file_size_of
from stickgen.tables import Column, Table
from stickgen.workloads import TrainingStep
from stickgen.workloads.lora import adapted_layers


@dataclass(frozen=True, kw_only=True)
class AdapterCounts:
    """The adapters of a model; in a notebook, a table."""

    layers: dict[str, int]
    """Name of each adapted layer to the parameters of its adapter."""
    matches: dict[str, tuple[str, ...]]
    """Each pattern to the layers it matches. A layer that several patterns match has one adapter."""
    file_bytes: dict[str, int]
    """Bytes of the `.safetensors` file of the adapters alone, by dtype."""

    @property
    def total(self) -> int:
        """Parameters of all adapters."""
        return sum(self.layers.values())

    @property
    def dead_patterns(self) -> tuple[str, ...]:
        """The patterns that match no layer."""
        return tuple(pattern for pattern, paths in self.matches.items() if not paths)

    def table(self) -> Table:
        """A pattern a row: what it matches."""
        columns = [Column("Pattern"), Column("Layers", "count"), Column("Parameters", "count"), Column("First layer")]
        rows = [
            (pattern, len(paths), sum(self.layers[path] for path in paths), paths[0] if paths else "✗ matches no layer")
            for pattern, paths in self.matches.items()
        ]
        return Table("LoRA adapters by pattern", columns, rows)

    def _repr_html_(self) -> str:
        return self.table()._repr_html_()


@lru_cache(maxsize=64)
def count_adapters(config: ModelConfig, plan: TrainingPlan) -> AdapterCounts:
    """The adapters that the plan's training step trains, counted on the meta device; none where `lora_rank` is 0.

    Raises `ValueError` as `TrainingStep` does.
    """
    if not plan.lora_rank:
        return AdapterCounts(layers={}, matches={}, file_bytes={})
    with TrainingStep(config, plan).prepare("meta") as step:
        adapters = {name: tensor for name, tensor in step.model.named_parameters() if tensor.requires_grad}
    layers: dict[str, int] = {}
    for name, tensor in adapters.items():
        path = name.rpartition(".")[0]
        layers[path] = layers.get(path, 0) + tensor.numel()
    files = {
        name: file_size_of({path: cast(tensor, stored.dtype) for path, tensor in adapters.items()})
        for name, stored in FILE_DTYPES.items()
    }
    return AdapterCounts(layers=layers, matches=dict(adapted_layers(config, plan.lora_targets)), file_bytes=files)

"""Parameter counts and the module tree, read off the real classes on the meta device."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

from torch import nn

from stickgen.config import ModelConfig
from stickgen.sizing.outline import outline
from stickgen.tables import Column, Table

GROUPS: dict[str, tuple[str, ...]] = {
    "Transformer encoder": ("transformer_encoder",),
    "Text projection": ("text_projection",),
    "Conditioning inputs": (
        "motion_embedding",
        "action_embedding",
        "action_projection",
        "camera_projection",
        "partner_projection",
    ),
    "Decoder heads": (
        "pose_decoder",
        "position_decoder",
        "velocity_decoder",
        "action_predictor",
        "physics_decoder",
        "environment_decoder",
    ),
    "Image encoder": ("image_encoder",),
    "Fusion module": ("fusion_module",),
}
"""Title that people read to the attributes of the model it stands for. Every component is in one group."""


@dataclass(frozen=True, kw_only=True)
class ParameterCounts:
    """How many parameters a model has, and where. Both mappings add up to `total` exactly."""

    total: int
    components: Mapping[str, int]
    """Attribute of the model to its count, in the model's order."""
    groups: Mapping[str, int]
    """Title in `GROUPS` to its count; a motion-only model has no image encoder and no fusion module."""

    def table(self) -> Table:
        """The groups, and their total."""
        columns = Column("Component"), Column("Parameters", "count"), Column("Share", "percent")
        counts = {**self.groups, "Total": self.total}
        rows = [(title, count, count / self.total) for title, count in counts.items()]
        return Table("Parameters", columns, rows, has_total=True)

    def _repr_html_(self) -> str:
        return self.table()._repr_html_()


@dataclass(frozen=True, kw_only=True)
class ModuleNode:
    """A module of the model with everything below it."""

    name: str
    """Attribute in its parent; the root has the name of its class."""
    path: str
    """Dotted path from the model, empty for the root."""
    class_name: str
    parameters: int
    """Parameters of this module and all modules below it."""
    children: tuple["ModuleNode", ...]

    @property
    def own_parameters(self) -> int:
        """Parameters held by this module itself, not by one below it."""
        return self.parameters - sum(child.parameters for child in self.children)

    def walk(self) -> Iterator["ModuleNode"]:
        """This module and all below it, each before those below it."""
        yield self
        for child in self.children:
            yield from child.walk()

    def table(self) -> Table:
        """This module and all below it, one a row."""
        columns = Column("Module"), Column("Class"), Column("Parameters", "count")
        rows = [(node.path or node.name, node.class_name, node.parameters) for node in self.walk()]
        return Table("Modules", columns, rows)

    def _repr_html_(self) -> str:
        return self.table()._repr_html_()


def group_of(path: str) -> str:
    """The title in `GROUPS` that a module path or parameter name belongs to.

    Raises `ValueError` for a path that starts with no component of the model.
    """
    component = path.partition(".")[0]
    for title, attributes in GROUPS.items():
        if component in attributes:
            return title
    known = ", ".join(attribute for attributes in GROUPS.values() for attribute in attributes)
    raise ValueError(f"unknown component {component!r}: choose one of {known}")


@lru_cache(maxsize=256)
def count_parameters(config: ModelConfig) -> ParameterCounts:
    """Count the parameters of the model that `config` builds, without building its weights."""
    model = outline(config)
    components = {
        name: sum(parameter.numel() for parameter in module.parameters()) for name, module in model.named_children()
    }
    groups = {
        title: sum(components.get(attribute, 0) for attribute in attributes)
        for title, attributes in GROUPS.items()
        if any(attribute in components for attribute in attributes)
    }
    return ParameterCounts(
        total=sum(parameter.numel() for parameter in model.parameters()),
        components=MappingProxyType(components),
        groups=MappingProxyType(groups),
    )


@lru_cache(maxsize=64)
def module_tree(config: ModelConfig) -> ModuleNode:
    """Every module of the model, from the whole down to single layers."""
    model = outline(config)
    return _node(type(model).__name__, "", model)


def _node(name: str, path: str, module: nn.Module) -> ModuleNode:
    return ModuleNode(
        name=name,
        path=path,
        class_name=type(module).__name__,
        parameters=sum(parameter.numel() for parameter in module.parameters()),
        children=tuple(
            _node(child_name, f"{path}.{child_name}" if path else child_name, child)
            for child_name, child in module.named_children()
        ),
    )

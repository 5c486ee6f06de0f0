"""Turn a configuration file into the shared choice: which controls it sets, and which values they do not offer."""

from dataclasses import dataclass, fields

from explorer.choice.codec import Choice, choice_of, defaults, values_of_config
from explorer.choice.shared import CONTROLS
from stickgen.config import ModelConfig
from stickgen.exchange.configs import Imported, Remark, as_yaml, read_yaml
from stickgen.exchange.keys import CONFIG_FIELDS


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What a configuration file sets."""

    values: dict[str, str | int]
    """Control to its value; empty if the file cannot be used."""
    errors: tuple[Remark, ...]
    """Why the file cannot be used."""
    notes: tuple[Remark, ...]
    """What was ignored or changed."""


def read_file(content: str | bytes) -> Reading:
    """Read a Stick-Gen configuration file. Never raises for its content."""
    imported = read_yaml(content)
    if imported.config is None:
        return Reading(values={}, errors=imported.errors, notes=imported.notes)
    values = _values(imported.config, imported)
    return Reading(values=values, errors=(), notes=(*imported.notes, *_left(imported.config, imported, values)))


def as_file(choice: Choice) -> str:
    """The choice as a Stick-Gen configuration file."""
    return as_yaml(choice.config, choice.plan.batch_size)


def _values(config: ModelConfig, imported: Imported) -> dict[str, str | int]:
    values: dict[str, str | int] = {**values_of_config(config)}
    if imported.batch_size is not None:
        values["batch_size"] = imported.batch_size
    return {key: value for key, value in values.items() if CONTROLS[key].read(value) == value}


def _left(config: ModelConfig, imported: Imported, values: dict[str, str | int]) -> list[Remark]:
    """A remark on every value of the file that the choice cannot have."""
    choice = choice_of(defaults() | values)
    reached = choice.config
    keys = {field: key for key, field in CONFIG_FIELDS.items()} | {"image_size": "data.parallax_image_size"}
    left = {
        keys.get(field.name, field.name): (asked, here)
        for field in fields(config)
        if (asked := getattr(config, field.name)) != (here := getattr(reached, field.name))
    }
    if imported.batch_size is not None and choice.plan.batch_size != imported.batch_size:
        left["training.batch_size"] = (imported.batch_size, choice.plan.batch_size)
    return [
        Remark(
            key=key,
            line=imported.lines.get(key),
            text=f"{asked} cannot be chosen in the explorer, which uses {here}",
        )
        for key, (asked, here) in left.items()
    ]

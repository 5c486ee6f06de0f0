"""Turn a configuration file into the shared choice: which controls it sets, and which values they do not offer."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any

from explorer.choice.codec import Choice, Values, choice_of, values_of_config
from explorer.choice.shared import CONTROLS
from stickgen.config import ModelConfig
from stickgen.exchange.configs import Imported, Remark, as_yaml, read_yaml
from stickgen.exchange.keys import CONFIG_FIELDS

_KEYS = {field: key for key, field in CONFIG_FIELDS.items()}
_KEYS |= {"image_size": "data.parallax_image_size", "skeleton": "model.input_dim"}
"""Field of `ModelConfig` to the key of its value."""


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What a configuration file sets."""

    values: dict[str, Any]
    """Control to its value; empty if the file cannot be used."""
    errors: tuple[Remark, ...]
    """Why the file cannot be used."""
    notes: tuple[Remark, ...]
    """What was ignored or changed."""


def read_file(content: str | bytes, before: Values) -> Reading:
    """Read a Stick-Gen configuration file. Never raises for its content. `before` is what all controls stand at."""
    imported = read_yaml(content)
    if imported.config is None:
        return Reading(values={}, errors=imported.errors, notes=imported.notes)
    values = _values(imported.config, imported.batch_size)
    left = _left(imported.config, imported, choice_of({**before, **values}))
    return Reading(values=values, errors=(), notes=(*left, *imported.notes))


def as_file(choice: Choice) -> str:
    """The choice as a Stick-Gen configuration file."""
    return as_yaml(choice.config, choice.plan.batch_size)


def _values(config: ModelConfig, batch_size: int | None) -> dict[str, Any]:
    values = values_of_config(config)
    if batch_size is not None:
        values["batch_size"] = batch_size
    return {key: value for key, value in values.items() if CONTROLS[key].read(value) == value}


def _left(config: ModelConfig, imported: Imported, after: Choice) -> Iterator[Remark]:
    """A remark on every value of the file that the choice does not have after it."""
    pairs = [
        (_KEYS[field.name], getattr(config, field.name), getattr(after.config, field.name)) for field in fields(config)
    ]
    if imported.batch_size is not None:
        pairs.append(("training.batch_size", imported.batch_size, after.plan.batch_size))
    for key, asked, here in pairs:
        if asked != here:
            yield imported.remark(key, f"is {asked}, which cannot be chosen here: the choice was left at {here}")

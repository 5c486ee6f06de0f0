"""Write and read Stick-Gen configuration files (YAML).

`as_yaml` writes the keys of `stickgen.exchange.keys`; `read_yaml` reads them from any Stick-Gen file and reports, by
key and line, what is unknown and what is wrong.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

import yaml

from stickgen.config import CUSTOM, SKELETONS, ModelConfig
from stickgen.exchange.keys import CONFIG_FIELDS, FACTOR_KEY, KEYS, MAX_QUOTE_LENGTH, MULTIMODAL_KEYS, SECTIONS, shown
from stickgen.exchange.safe_yaml import Entry, UnreadableError, read_entries
from stickgen.formatting import exact_count, signed_exact_count
from stickgen.sizing import count_parameters
from stickgen.sizing.limits import size_problems

STICK_GEN_FEEDFORWARD_FACTOR = 4
"""The factor of every Stick-Gen model. Its files have no key for it, so the key is written for other factors only."""


@dataclass(frozen=True, kw_only=True)
class Remark:
    """An error or a note about a key of the file."""

    key: str
    """Dotted, such as `model.d_model`; empty for the file as a whole."""
    line: int | None
    """Counted from 1; None for a missing key and for the file as a whole."""
    text: str

    @property
    def shown_key(self) -> str:
        """The key, cut short if it is long, since it may come from the file."""
        return self.key if len(self.key) <= MAX_QUOTE_LENGTH else f"{self.key[:MAX_QUOTE_LENGTH]}..."

    def __str__(self) -> str:
        line = f"line {self.line}" if self.line else ""
        place = ", ".join(part for part in (line, self.shown_key) if part)
        return f"{place}: {self.text}" if place else self.text


@dataclass(frozen=True, kw_only=True)
class Imported:
    """The content of a file. There is a config exactly when there are no errors."""

    config: ModelConfig | None
    batch_size: int | None
    """None where the file has none."""
    errors: tuple[Remark, ...] = ()
    """Invalid, contradictory and missing values: the file cannot be used."""
    notes: tuple[Remark, ...] = ()
    """What was ignored, and what looks wrong but does no harm."""
    lines: Mapping[str, int] = field(default_factory=dict)
    """Key to its line, counted from 1."""


class _Dumper(yaml.SafeDumper):
    """Writes sections as blocks, and the two sides of an image on one line."""


_Dumper.add_representer(
    list, lambda dumper, items: dumper.represent_sequence("tag:yaml.org,2002:seq", items, flow_style=True)
)


def as_yaml(config: ModelConfig, batch_size: int = 1) -> str:
    """A config and batch size as a Stick-Gen configuration file. `read_yaml` gives the same two back."""
    flat: dict[str, Any] = {
        "metadata.variant": config.variant,
        "metadata.expected_parameters": count_parameters(config).total,
        "model.input_dim": config.pose_dim,
        "model.output_dim": config.pose_dim,
        **{key: getattr(config, name) for key, name in CONFIG_FIELDS.items()},
        "data.use_parallax_augmentation": config.is_multimodal,
        "data.parallax_image_size": [config.image_size, config.image_size],
        "training.batch_size": batch_size,
    }
    sections: dict[str, dict[str, Any]] = {}
    for key in KEYS:
        without = key in MULTIMODAL_KEYS and not config.is_multimodal
        if without or (key == FACTOR_KEY and flat[key] == STICK_GEN_FEEDFORWARD_FACTOR):
            continue
        section, _, name = key.partition(".")
        sections.setdefault(section, {})[name] = flat[key]
    return yaml.dump(sections, Dumper=_Dumper, sort_keys=False)


def read_yaml(content: str | bytes) -> Imported:
    """Read a Stick-Gen configuration file. Never raises for its content: what is wrong is in `.errors`."""
    try:
        entries = read_entries(content)
    except UnreadableError as error:
        remark = Remark(key="", line=error.line, text=str(error))
        return Imported(config=None, batch_size=None, errors=(remark,))
    return _Reading(entries).imported()


class _Reading:
    """The values of one file, and the remarks collected while they are read."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self.values: dict[str, Any] = {}
        self.lines: dict[str, int] = {}
        self.errors: list[Remark] = []
        self.notes: list[Remark] = []
        for entry in entries:
            self._read(entry)

    def imported(self) -> Imported:
        """The config of these values, with all remarks."""
        fields = self._fields()
        config = None if self.errors else self._config(fields)
        return Imported(
            config=config,
            batch_size=self.values.get("training.batch_size"),
            errors=tuple(self.errors),
            notes=tuple(self.notes),
            lines=self.lines,
        )

    def _error(self, key: str, text: str) -> None:
        self.errors.append(Remark(key=key, line=self.lines.get(key), text=text))

    def _note(self, key: str, text: str) -> None:
        self.notes.append(Remark(key=key, line=self.lines.get(key), text=text))

    def _read(self, entry: Entry) -> None:
        """Keep the value of a known key, or record what is wrong with it."""
        section = entry.key.partition(".")[0]
        if entry.key in self.lines:
            self._error(entry.key, f"is repeated on line {entry.line}: keep one of the two")
            return
        known = section in SECTIONS
        if not known and section in self.lines:
            return
        key = entry.key if known else section
        self.lines[key] = entry.line
        if not known:
            self._note(key, _unknown(key, SECTIONS, "section"))
        elif key == section:
            if entry.value is not None:
                self._error(key, "must be a section with keys of its own, indented below it")
        elif key not in KEYS:
            self._note(key, _unknown(key, KEYS, "key"))
        elif entry.value is not None:
            try:
                self.values[key] = KEYS[key](entry.value)
            except ValueError as error:
                self._error(key, str(error))

    def _fields(self) -> dict[str, Any]:
        """The fields of `ModelConfig`, as far as the file gives them."""
        fields = {name: self.values[key] for key, name in CONFIG_FIELDS.items() if key in self.values}
        self._require("model.d_model", "model.nhead", "model.num_layers")
        width = self._width()
        fields["skeleton"] = next((s.name for s in SKELETONS.values() if s.pose_dim == width), "")
        if self.values.get("data.use_parallax_augmentation"):
            self._require("model.image_encoder_arch", "model.fusion_strategy")
            if "data.parallax_image_size" in self.values:
                fields["image_size"] = self.values["data.parallax_image_size"]
            return fields
        for key in MULTIMODAL_KEYS:
            if key in self.values:
                self._note(key, "has no effect unless data.use_parallax_augmentation is true")
        return {name: value for name, value in fields.items() if name not in ("image_encoder", "fusion")}

    def _require(self, *keys: str) -> None:
        for key in keys:
            if key not in self.values and not any(error.key == key for error in self.errors):
                self._error(key, "is missing")

    def _width(self) -> int | None:
        """The width of a pose vector, which must be the same under both of its keys."""
        width = self.values.get("model.input_dim", self.values.get("model.output_dim"))
        if width is None:
            self._require("model.input_dim")
        elif (output := self.values.get("model.output_dim", width)) != width:
            self._error("model.output_dim", f"must be {width}, the same as model.input_dim, not {output}")
        return width

    def _config(self, fields: dict[str, Any]) -> ModelConfig | None:
        try:
            config = ModelConfig(**fields)
        except ValueError as error:
            name, _, text = str(error).partition(" ")
            keys = {name: key for key, name in CONFIG_FIELDS.items()} | {"image_size": "data.parallax_image_size"}
            self._error(keys.get(name, ""), text if name in keys else str(error))
            return None
        for text in size_problems(config).values():
            self._error("model.d_model", text)
        if self.errors:
            return None
        self._compare_metadata(config)
        return config

    def _compare_metadata(self, config: ModelConfig) -> None:
        variant = self.values.get("metadata.variant", config.variant)
        if variant != config.variant:
            actual = "of no variant" if config.variant == CUSTOM else f"those of {config.variant}"
            self._note("metadata.variant", f"is {shown(variant)}, but the sizes are {actual}")
        total = count_parameters(config).total
        expected = self.values.get("metadata.expected_parameters", total)
        if expected != total:
            difference = signed_exact_count(total - expected)
            self._note(
                "metadata.expected_parameters",
                f"is {exact_count(expected)}, but this model has {exact_count(total)} ({difference})",
            )


def _unknown(key: str, known: Collection[str], what: str) -> str:
    close = get_close_matches(key, known, n=1)
    return f"is not a known {what} and was ignored" + (f": did you mean {close[0]}?" if close else "")

"""Write and read Stick-Gen configuration files (YAML).

`as_yaml` writes the keys of `stickgen.exchange.keys`; `read_yaml` reads them from any Stick-Gen file and reports, by
key and line, what is unknown and what is wrong.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from typing import Any

import yaml

from stickgen.config import CUSTOM, MODES, SKELETONS, ModelConfig
from stickgen.exchange.keys import (
    CONFIG_FIELDS,
    EXPECTED_KEYS,
    FACTOR_KEY,
    FLAT_KEYS,
    KEYS,
    MULTIMODAL_KEYS,
    SECTIONS,
)
from stickgen.exchange.safe_yaml import Entry, UnreadableError, quoted, read_entries
from stickgen.formatting import exact_count, signed_exact_count
from stickgen.sizing import count_parameters
from stickgen.sizing.limits import size_problems

STICK_GEN_FEEDFORWARD_FACTOR = 4
"""The factor of every Stick-Gen model. Its files have no key for it, so the key is written for other factors only."""

CLOSE = 0.9
"""Similarity from which an unknown key is taken for a misspelling: Stick-Gen has many keys that only look alike."""


@dataclass(frozen=True, kw_only=True)
class Remark:
    """An error or a note about a key of the file."""

    key: str
    """As the file has it, such as `model.d_model`, cut short if it is long; empty for the file as a whole."""
    line: int | None
    """Counted from 1; None for a missing key and for the file as a whole."""
    text: str

    def __str__(self) -> str:
        line = f"line {self.line}" if self.line else ""
        place = ", ".join(part for part in (line, self.key) if part)
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
    entries: Mapping[str, Entry] = field(default_factory=dict)
    """Key of `KEYS` to where the file has it."""

    def remark(self, key: str, text: str) -> Remark:
        """A remark about a key of `KEYS`, under the name and line it has in the file."""
        entry = self.entries.get(key)
        return Remark(key=entry.name if entry else key, line=entry.line if entry else None, text=text)


class _Dumper(yaml.SafeDumper):
    """Writes sections as blocks, and the two sides of an image on one line."""


_Dumper.add_representer(
    list, lambda dumper, items: dumper.represent_sequence("tag:yaml.org,2002:seq", items, flow_style=True)
)


def as_yaml(config: ModelConfig, batch_size: int = 1) -> str:
    """A config and batch size as a Stick-Gen configuration file. `read_yaml` gives the same two back."""
    flat: dict[str, Any] = {
        "metadata.variant": config.variant,
        **_expected(config),
        "model.input_dim": config.pose_dim,
        "model.output_dim": config.pose_dim,
        **{key: getattr(config, name) for key, name in CONFIG_FIELDS.items()},
        "data.use_parallax_augmentation": config.is_multimodal,
        "data.parallax_image_size": [config.image_size, config.image_size],
        "training.batch_size": batch_size,
    }
    sections: dict[str, dict[str, Any]] = {}
    for key in KEYS:
        without = key not in flat or (key in MULTIMODAL_KEYS and not config.is_multimodal)
        if without or (key == FACTOR_KEY and flat[key] == STICK_GEN_FEEDFORWARD_FACTOR):
            continue
        section, _, name = key.partition(".")
        sections.setdefault(section, {})[name] = flat[key]
    return yaml.dump(sections, Dumper=_Dumper, sort_keys=False)


def _expected(config: ModelConfig) -> dict[str, int]:
    """The parameters of the model as it is and, if it takes an image, without what reads the image, by their keys."""
    both = {config.mode: config, "motion_only": replace(config, image_encoder=None, fusion=None)}
    return {key: count_parameters(both[mode]).total for key, mode in EXPECTED_KEYS.items() if mode in both}


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

    def __init__(self, entries: Sequence[Entry]) -> None:
        self.values: dict[str, Any] = {}
        self.entries: dict[str, Entry] = {}
        self.errors: list[Remark] = []
        self.notes: list[Remark] = []
        self.unread: dict[str, Remark] = {}
        self.names = {".".join(entry.path[:length]) for entry in entries for length in (1, 2)}
        has_sections = any(entry.path[0] in SECTIONS for entry in entries)
        self.is_flat = not has_sections and any(entry.path[0] in FLAT_KEYS for entry in entries)
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
            notes=(*self.notes, *self.unread.values()),
            entries=self.entries,
        )

    def _name(self, key: str) -> str:
        """What the file calls a key of `KEYS`, or would."""
        if key in self.entries:
            return self.entries[key].name
        return next(name for name in reversed(FLAT_KEYS) if FLAT_KEYS[name] == key) if self.is_flat else key

    def _remark(self, key: str, text: str) -> Remark:
        return Remark(key=self._name(key), line=self.entries[key].line if key in self.entries else None, text=text)

    def _error(self, key: str, text: str) -> None:
        self.errors.append(self._remark(key, text))

    def _note(self, key: str, text: str) -> None:
        self.notes.append(self._remark(key, text))

    def _read(self, entry: Entry) -> None:
        """Keep the value of a known key, or record what is wrong with it."""
        key = FLAT_KEYS.get(entry.path[0], "") if self.is_flat else ".".join(entry.path)
        if len(entry.path) == 1 and key in SECTIONS:
            if entry.value is not None:
                text = "must be a section with keys of its own, indented below it"
                self.errors.append(Remark(key=key, line=entry.line, text=text))
        elif key not in KEYS or (len(entry.path) == 1) != self.is_flat:
            self._leave(entry)
        elif key in self.entries:
            self._error(key, f"is the same as {entry.name} on line {entry.line}: keep one of the two")
        else:
            self.entries[key] = entry
            self._take(key, entry)

    def _take(self, key: str, entry: Entry) -> None:
        if entry.value is None:
            return
        as_read = f", which YAML reads {entry.reading}" if entry.reading else ""
        try:
            self.values[key] = KEYS[key](entry.value)
        except ValueError as error:
            self._error(key, f"{error}, not {entry.written}{as_read}")
        else:
            if as_read and not isinstance(entry.value, bool | str):
                self._note(key, f"is {entry.written}{as_read}")

    def _leave(self, entry: Entry) -> None:
        """Note, once, that a key or a whole section is not read."""
        section, *below = entry.path
        name = quoted(section) if below and section not in SECTIONS else entry.name
        text = "is not used: only the model and the batch size are taken"
        self.unread.setdefault(name, Remark(key=name, line=entry.line, text=text + self._suggestion(entry.path)))

    def _suggestion(self, path: tuple[str, ...]) -> str:
        """The key in its place that an unknown one nearly is and the file lacks; nothing where there is none."""
        section, *below = path
        if below and section in SECTIONS:
            known = {key.partition(".")[2]: key for key in KEYS if key.partition(".")[0] == section}
        else:
            known = {name: name for name in (FLAT_KEYS if self.is_flat else SECTIONS)}
        lacking = [name for name, key in known.items() if key not in self.names]
        close = get_close_matches(path[-1] if below and section in SECTIONS else section, lacking, 1, CLOSE)
        return f". Did you mean {known[close[0]]}?" if close else ""

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
                switch = self._name("data.use_parallax_augmentation")
                self._note(key, f"has no effect unless {switch} is true")
        return {name: value for name, value in fields.items() if name not in ("image_encoder", "fusion")}

    def _require(self, *keys: str) -> None:
        for key in keys:
            if key not in self.values and not any(error.key == self._name(key) for error in self.errors):
                self._error(key, "has no value" if key in self.entries else "is missing")

    def _width(self) -> int | None:
        """The width of a pose vector, which must be the same under both of its keys."""
        width = self.values.get("model.input_dim", self.values.get("model.output_dim"))
        if width is None:
            self._require("model.input_dim")
        elif (output := self.values.get("model.output_dim", width)) != width:
            same = f"the same as {self._name('model.input_dim')}"
            self._error("model.output_dim", f"must be {width}, {same}, not {output}")
        return width

    def _config(self, fields: dict[str, Any]) -> ModelConfig | None:
        try:
            config = ModelConfig(**fields)
        except ValueError as error:
            name, _, text = str(error).partition(" ")
            keys = {name: key for key, name in CONFIG_FIELDS.items()} | {"image_size": "data.parallax_image_size"}
            if name in keys:
                self._error(keys[name], text)
            else:
                self.errors.append(Remark(key="", line=None, text=str(error)))
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
            self._note("metadata.variant", f"is {quoted(variant)}, but the sizes are {actual}")
        counted = _expected(config)
        for key, mode in EXPECTED_KEYS.items():
            expected, total = self.values.get(key), counted.get(key)
            if expected in (None, total):
                continue
            if total is None:
                self._note(key, "is not compared: this model takes no image")
            else:
                actual = f"the {MODES[mode].lower()} model has {exact_count(total)} parameters"
                self._note(key, f"is {exact_count(expected)}, but {actual} ({signed_exact_count(total - expected)})")

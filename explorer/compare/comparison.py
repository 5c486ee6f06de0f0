"""A comparison: two to six entries, one of them the baseline, and how it stands in an address."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from explorer.choice.codec import read_address
from explorer.choice.controls import NumberControl
from explorer.compare.entries import Entry, read_entry, write_entry
from stickgen.config import DEFAULT_MULTIMODAL, ModelConfig, configure
from stickgen.plan import TrainingPlan
from stickgen.workloads import TrainingStep

MIN_ENTRIES, MAX_ENTRIES = 2, 6
"""Entries in a comparison."""


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Configurations side by side. The same one may stand in it twice."""

    entries: tuple[Entry, ...]
    baseline: int = 0
    """Position of the entry that the others are compared to."""

    def __post_init__(self) -> None:
        if not MIN_ENTRIES <= len(self.entries) <= MAX_ENTRIES:
            raise ValueError(f"a comparison has {MIN_ENTRIES} to {MAX_ENTRIES} configurations, not {len(self.entries)}")
        if not 0 <= self.baseline < len(self.entries):
            raise ValueError(f"the baseline must be from 0 to {len(self.entries) - 1}, not {self.baseline}")

    @property
    def configs(self) -> tuple[ModelConfig, ...]:
        """The configuration of each entry."""
        return tuple(entry.config for entry in self.entries)

    @property
    def names(self) -> tuple[str, ...]:
        """What each entry is called: its place, from 1, and what it is."""
        return tuple(f"{place}: {entry.label}" for place, entry in enumerate(self.entries, start=1))

    def steps(self, shared: TrainingPlan) -> list[TrainingStep]:
        """The training step of each entry, if `shared` is the plan of those that have none of their own."""
        return [entry.step(shared) for entry in self.entries]

    def inserted(self, position: int, entry: Entry) -> "Comparison":
        """With one more entry, at `position`. The baseline stays the same entry."""
        entries = (*self.entries[:position], entry, *self.entries[position:])
        return Comparison(entries=entries, baseline=self.baseline + (position <= self.baseline))

    def removed(self, position: int) -> "Comparison":
        """With one entry less. If that was the baseline, the first entry becomes it."""
        entries = (*self.entries[:position], *self.entries[position + 1 :])
        if position == self.baseline:
            return Comparison(entries=entries)
        return Comparison(entries=entries, baseline=self.baseline - (position < self.baseline))

    def moved_up(self, position: int) -> "Comparison":
        """With one entry swapped with the one before it. The baseline stays the same entry."""
        order = list(range(len(self.entries)))
        order[position - 1 : position + 1] = [position, position - 1]
        return Comparison(entries=tuple(self.entries[at] for at in order), baseline=order.index(self.baseline))

    def replaced(self, position: int, entry: Entry) -> "Comparison":
        """With another entry at `position`."""
        entries = (*self.entries[:position], entry, *self.entries[position + 1 :])
        return replace(self, entries=entries)

    def as_parameters(self) -> dict[str, str]:
        """What stands in the address; nothing for what it starts with."""
        parameters = {}
        if self.entries != DEFAULT.entries:
            parameters["configs"] = ",".join(map(write_entry, self.entries))
        if self.baseline != DEFAULT.baseline:
            parameters["baseline"] = str(self.baseline + 1)
        return parameters


def compared(*configs: ModelConfig, baseline: int = 0) -> Comparison:
    """These configurations side by side, each trained with the plan that all share."""
    return Comparison(entries=tuple(Entry(config=config) for config in configs), baseline=baseline)


def parse_comparison(parameters: Mapping[str, str]) -> tuple[Comparison, list[str]]:
    """The comparison in an address, and a sentence for everything in it that cannot be read.

    Entries that cannot be read are left out; where fewer than `MIN_ENTRIES` remain, defaults fill the places. An
    entry whose plan cannot be read stays, without it.
    """
    entries, sentences = _parse_entries(parameters["configs"]) if "configs" in parameters else (DEFAULT.entries, [])
    place = NumberControl(label="Baseline", minimum=1, maximum=len(entries), default=1)
    address = {"baseline": [parameters["baseline"]]} if "baseline" in parameters else {}
    values, problems = read_address(address, {"baseline": place})
    return Comparison(entries=entries, baseline=values["baseline"] - 1), [*sentences, *map(str, problems)]


def _parse_entries(text: str) -> tuple[tuple[Entry, ...], list[str]]:
    entries: list[Entry] = []
    sentences = []
    parts = [part.strip() for part in text.split(",", maxsplit=MAX_ENTRIES)]
    if len(parts) > MAX_ENTRIES:
        sentences.append(
            f"The address has more than {MAX_ENTRIES} configurations. Only the first {MAX_ENTRIES} are shown."
        )
    for place, part in enumerate(parts[:MAX_ENTRIES], start=1):
        entry, said = read_entry(part)
        sentences += [f"Configuration {place} in the address {sentence}" for sentence in said]
        entries += [entry] if entry else []
    if len(entries) < MIN_ENTRIES:
        missing = [entry for entry in DEFAULT.entries if entry not in entries][: MIN_ENTRIES - len(entries)]
        entries = [*entries, *missing] if entries else list(DEFAULT.entries)
        sentences.append(f"A comparison needs at least {MIN_ENTRIES} configurations. Documented ones were added.")
    return tuple(entries), sentences


DEFAULT = compared(*(configure(variant, *pair) for variant, pair in DEFAULT_MULTIMODAL.items()))
"""The documented multimodal configuration of each variant."""

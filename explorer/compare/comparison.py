"""A comparison: two to six entries, one of them the baseline, and how it stands in an address."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from explorer.compare.entries import Entry, format_entry, label, parse_entry
from stickgen.config import DEFAULT_MULTIMODAL, ModelConfig, configure
from stickgen.plan import TrainingPlan

FEWEST, MOST = 2, 6
"""Entries in a comparison."""

Training = tuple[ModelConfig, TrainingPlan]
"""A configuration and the plan it trains with."""

_LONGEST_ENTRY = 400


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Configurations side by side. The same one may stand in it twice."""

    entries: tuple[Entry, ...]
    baseline: int = 0
    """Position of the entry that the others are compared to."""

    def __post_init__(self) -> None:
        if not FEWEST <= len(self.entries) <= MOST:
            raise ValueError(f"a comparison has {FEWEST} to {MOST} configurations, not {len(self.entries)}")
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

    def trainings(self, shared: TrainingPlan) -> list[Training]:
        """What each entry trains with, if `shared` is the plan of those that have none of their own."""
        return [(entry.config, entry.trains_with(shared)) for entry in self.entries]

    def inserted(self, position: int, entry: Entry) -> "Comparison":
        """With one more, in front of `position`; the baseline stays the entry it is."""
        entries = (*self.entries[:position], entry, *self.entries[position:])
        return Comparison(entries=entries, baseline=self.baseline + (position <= self.baseline))

    def removed(self, position: int) -> "Comparison":
        """With one less. Where that was the baseline, the first one takes its place."""
        entries = (*self.entries[:position], *self.entries[position + 1 :])
        if position == self.baseline:
            return Comparison(entries=entries)
        return Comparison(entries=entries, baseline=self.baseline - (position < self.baseline))

    def moved_up(self, position: int) -> "Comparison":
        """With one changing places with that before it; the baseline moves along."""
        order = list(range(len(self.entries)))
        order[position - 1 : position + 1] = [position, position - 1]
        return Comparison(entries=tuple(self.entries[at] for at in order), baseline=order.index(self.baseline))

    def replaced(self, position: int, entry: Entry) -> "Comparison":
        """With another entry in one place."""
        entries = (*self.entries[:position], entry, *self.entries[position + 1 :])
        return replace(self, entries=entries)

    def as_parameters(self) -> dict[str, str]:
        """What stands in the address; nothing for what it starts with."""
        parameters = {}
        if self.entries != DEFAULT.entries:
            parameters["configs"] = ",".join(map(format_entry, self.entries))
        if self.baseline != DEFAULT.baseline:
            parameters["baseline"] = str(self.baseline + 1)
        return parameters


def compared(*configs: ModelConfig, baseline: int = 0) -> Comparison:
    """These configurations side by side, each trained with the plan that all share."""
    return Comparison(entries=tuple(Entry(config=config) for config in configs), baseline=baseline)


def parse_comparison(parameters: Mapping[str, str]) -> tuple[Comparison, list[str]]:
    """The comparison in an address, and a sentence for everything in it that cannot be had.

    Entries that cannot be had are left out; where fewer than `FEWEST` remain, defaults fill the places. An entry
    whose plan cannot be had stays, without it.
    """
    entries, problems = _parse_entries(parameters["configs"]) if "configs" in parameters else (DEFAULT.entries, [])
    baseline = parameters.get("baseline", "1")
    if baseline.isascii() and baseline.isdigit() and len(baseline) < 3 and 1 <= int(baseline) <= len(entries):
        return Comparison(entries=entries, baseline=int(baseline) - 1), problems
    problems.append(
        f"The address asks for the baseline {_quoted(baseline)}, which is not possible: choose a whole number from 1 "
        f"to {len(entries)}. The first configuration is the baseline."
    )
    return Comparison(entries=entries), problems


def _parse_entries(text: str) -> tuple[tuple[Entry, ...], list[str]]:
    entries: list[Entry] = []
    problems = []
    parts = [part.strip() for part in text.split(",", maxsplit=MOST)]
    if len(parts) > MOST:
        problems.append(f"The address asks for more than {MOST} configurations: the first {MOST} are read.")
    for part in parts[:MOST]:
        try:
            entry, problem = parse_entry(part[:_LONGEST_ENTRY])
        except ValueError as error:
            problems.append(f"The address asks for {_quoted(part)}, which cannot be had: {error}. It is left out.")
            continue
        entries.append(entry)
        if problem:
            problems.append(
                f"The address asks for a training plan of its own for {label(entry.config)}, which cannot be had: "
                f"{problem}. It trains with the sidebar's."
            )
    if len(entries) < FEWEST:
        missing = [entry for entry in DEFAULT.entries if entry not in entries][: FEWEST - len(entries)]
        entries = [*entries, *missing] if entries else list(DEFAULT.entries)
        problems.append(f"A comparison needs at least {FEWEST} configurations: documented defaults fill the places.")
    return tuple(entries), problems


def _quoted(raw: str) -> str:
    """The start of what a stranger wrote, as code in Markdown, so that none of it is read as Markdown."""
    return f"`{raw[:40].replace('`', ' ')}`" if raw.strip(" `") else "nothing"


DEFAULT = compared(*(configure(variant, *pair) for variant, pair in DEFAULT_MULTIMODAL.items()))
"""The documented multimodal configuration of each variant."""

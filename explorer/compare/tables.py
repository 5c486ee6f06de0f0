"""The table of a comparison: values with their differences from the baseline, and the notes below it."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from explorer.compare.comparison import MAX_ENTRIES, MIN_ENTRIES, Comparison
from stickgen.formatting import percent
from stickgen.motion import Motion
from stickgen.plan import TrainingPlan, full_plan_text
from stickgen.sizing import FILE_DTYPES, GROUPS, count_parameters, file_size
from stickgen.sizing.costs import StepCosts, StepTimes
from stickgen.tables import KINDS, Column, Table
from stickgen.workloads import TrainingStep

T = TypeVar("T")

AWAITED = "…"
"""Stands in for a value that is being computed."""

NOT_MEASURED = "not measured"

BEST, WORST = "★\N{NO-BREAK SPACE}best", "▼\N{NO-BREAK SPACE}worst"

LESS, MORE = "less", "more"

WHAT = f"{MIN_ENTRIES} to {MAX_ENTRIES} configurations side by side, each compared with the baseline that you choose."

NOTE = (
    f"Below each value: its difference from the baseline, absolute and in percent. {BEST} marks the lowest value of "
    f"a row, or the highest of the largest batch size; {WORST} marks the opposite. Components are not ranked."
)

PLANS_NOTE = (
    " The training plans differ (first row): training memory, largest batch size, operations and times depend on the "
    "plan as well as on the model."
)

AWAITED_MOTION = " A grey figure shows the clip until the model's motion is ready."

MEASURE_HELP = (
    "Times the forward pass and the training step of each configuration on the server: several runs each, one "
    "configuration after the other."
)


@dataclass(frozen=True, kw_only=True)
class Row:
    """One quantity of every configuration."""

    title: str
    kind: str
    """A key of `KINDS`. If it has an exact text, that is the second line, and differences are exact too."""
    values: tuple[float | None, ...]
    """None where it is not known yet."""
    missing: str = AWAITED
    """Stands in for a value that is not known."""
    better: str | None = None
    """`LESS`, `MORE`, or None where neither is."""

    @property
    def differs(self) -> bool:
        """Whether the configurations have different values, or may have: one is not known yet."""
        return len({value for value in self.values if value is not None}) > 1 or None in self.values

    def cells(self, baseline: int) -> list[str]:
        """A cell a configuration: the value, whether it is best or worst, and its difference from the baseline."""
        kind, marks, reference = KINDS[self.kind], self._marks(), self.values[baseline]
        cells = []
        for place, value in enumerate(self.values):
            if value is None:
                cells.append(self.missing)
                continue
            lines = [f"{kind.text(value)} {marks.get(value, '')}".rstrip()]
            if kind.exact:
                lines.append(kind.exact(value))
            if reference is not None and place != baseline:
                lines.append(self._difference(value, reference))
            cells.append("\n".join(lines))
        return cells

    def _marks(self) -> dict[float, str]:
        known = [value for value in self.values if value is not None]
        if self.better is None or len(known) < len(self.values) or not self.differs:
            return {}
        lowest, highest = min(known), max(known)
        return {lowest: BEST, highest: WORST} if self.better == LESS else {highest: BEST, lowest: WORST}

    def _difference(self, value: float, reference: float) -> str:
        if value == reference:
            return "same"
        kind, sign = KINDS[self.kind], "+" if value > reference else "-"
        text = f"{sign}{(kind.exact or kind.text)(abs(value - reference))}"
        return f"{text} ({sign}{percent(abs(value - reference) / reference)})" if reference else text


@dataclass(frozen=True, kw_only=True)
class PlanRow:
    """The training plan of every configuration."""

    title: str = "Training step"
    comparison: Comparison
    shared: TrainingPlan
    """The plan of the sidebar."""

    @property
    def differs(self) -> bool:
        """Whether the plans differ."""
        return len({step.plan for step in self.comparison.steps(self.shared)}) > 1

    def cells(self, _baseline: int) -> list[str]:
        """Each plan, and where it is set."""
        return [
            f"{'own plan' if entry.plan else 'as in the sidebar'}\n{full_plan_text(entry.step(self.shared).plan)}"
            for entry in self.comparison.entries
        ]


def plan_sentence(comparison: Comparison, shared: TrainingPlan) -> str:
    """Which training plan each configuration has, in Markdown."""
    total = len(comparison.entries)
    own = sum(entry.plan is not None for entry in comparison.entries)
    if own == total:
        return "Each configuration has its own training plan. The plan in the sidebar is not used here."
    who = f"{total - own} of {total} configurations train" if own else "All configurations train"
    return f"{who} with the plan in the sidebar: {full_plan_text(shared)}. To give one its own plan, open “Change”."


def note(comparison: Comparison, shared: TrainingPlan) -> str:
    """How to read the table of differences."""
    alike = not PlanRow(comparison=comparison, shared=shared).differs
    return NOTE if alike else NOTE + PLANS_NOTE


def value_rows(
    comparison: Comparison,
    costs: Sequence[StepCosts | None],
    times: Sequence[StepTimes | None],
    device: str,
) -> list[Row]:
    """Every quantity of a comparison. Measured times have rows once one configuration was measured."""
    configs = comparison.configs
    counts = [count_parameters(config) for config in configs]
    present = [title for title in GROUPS if any(title in count.groups for count in counts)]
    rows = [
        Row(title="Parameters", kind="count", values=tuple(count.total for count in counts), better=LESS),
        *(
            Row(title=f"– {title}", kind="count", values=tuple(count.groups.get(title, 0) for count in counts))
            for title in present
        ),
        *(
            Row(
                title=f"{stored.title} file",
                values=tuple(file_size(config, dtype) for config in configs),
                kind="file",
                better=LESS,
            )
            for dtype, stored in FILE_DTYPES.items()
        ),
        Row(
            title="Training memory, traced",
            values=_each(costs, lambda cost: cost.peak_bytes),
            kind="memory",
            better=LESS,
        ),
        Row(
            title=f"Largest batch size, {device}",
            values=_each(costs, lambda cost: cost.largest_batches[device]),
            kind="count",
            better=MORE,
        ),
        Row(
            title="Operations, forward pass of one sequence",
            values=_each(costs, lambda cost: cost.forward_operations),
            kind="operations",
            better=LESS,
        ),
        Row(
            title="Operations, training step",
            values=_each(costs, lambda cost: cost.step_operations),
            kind="operations",
            better=LESS,
        ),
    ]
    if any(times):
        rows += [
            Row(
                title="Time, forward pass of one sequence",
                values=_each(times, lambda time: time.forward.seconds),
                kind="seconds",
                missing=NOT_MEASURED,
                better=LESS,
            ),
            Row(
                title="Time, training step",
                values=_each(times, lambda time: time.step.seconds),
                kind="seconds",
                missing=NOT_MEASURED,
                better=LESS,
            ),
        ]
    return rows


def _each(known: Sequence[T | None], value: Callable[[T], float]) -> tuple[float | None, ...]:
    return tuple(None if one is None else value(one) for one in known)


def difference_table(comparison: Comparison, rows: Sequence[Row | PlanRow], only_differing: bool = False) -> Table:
    """A column a configuration, cells of several lines; a row for every quantity, or for those that differ."""
    columns = [
        Column(f"{name} (baseline)" if place == comparison.baseline else name, "lines")
        for place, name in enumerate(comparison.names)
    ]
    shown = [row for row in rows if row.differs or not only_differing]
    cells = [[row.title, *row.cells(comparison.baseline)] for row in shown]
    return Table("Differences from the baseline", [Column("Quantity"), *columns], cells, row_headings=True)


def measured_note(times: Sequence[StepTimes], machine: str) -> str:
    """How the times were measured, and on what machine."""
    threads = " to ".join(map(str, sorted({time.step.threads for time in times})))
    min_runs = min(min(time.forward.runs, time.step.runs) for time in times)
    max_runs = max(max(time.forward.runs, time.step.runs) for time in times)
    runs = str(max_runs) if min_runs == max_runs else f"{min_runs} to {max_runs}"
    return (
        f"Measured on the server ({machine}, threads: {threads}): medians of {runs} runs after one warm-up run. The "
        "forward pass is one sequence in evaluation mode. Other work on the server makes times longer."
    )


def motion_note(names: Sequence[str], motions: Sequence[Motion | None]) -> str:
    """How the motions are made, and the error of each."""
    errors = [
        f"{name}: {motion.report.one_step_rmse:.3f} one frame ahead, {motion.report.rollout_rmse:.3f} in a rollout"
        for name, motion in zip(names, motions, strict=True)
        if motion is not None and motion.report is not None
    ]
    error_text = f" Errors in body heights: {'; '.join(errors)}." if errors else ""
    return (
        "Each model's own motion: the backbone has its seeded initial weights, untrained; the pose head is fitted in "
        f"closed form to the reference clip.{'' if all(motions) else AWAITED_MOTION}{error_text}"
    )


FRONT_NOTE = (
    "Diamonds are on the Pareto front: no other configuration here has more parameters in no more memory, or as many "
    "in less. In grey: every variant, image encoder and fusion strategy with the skeleton, actions and image size of "
    "the baseline, trained with the sidebar's plan."
)


def front_sentence(names: Mapping[TrainingStep, str], front: Collection[TrainingStep]) -> str:
    """Which configurations of the comparison are on the front, in Markdown."""
    on = [f"**{name}**" for step, name in names.items() if step in front]
    off = [f"**{name}**" for step, name in names.items() if step not in front]
    parts = []
    if on:
        parts.append(f"On the Pareto front: {', '.join(on)}.")
    if off:
        parts.append(f"Not on it: {', '.join(off)}.")
    return " ".join(parts)

"""The table of a comparison: figures with their differences to the baseline, and what stands below it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import pandas as pd

from explorer.compare.comparison import Comparison
from explorer.memory.charts import memory_text
from stickgen.formatting import exact_count, gigaflop, megabytes, milliseconds, percent
from stickgen.motion import Motion
from stickgen.plan import TrainingPlan, full_plan_text
from stickgen.sizing import FILE_DTYPES, GROUPS, count_parameters, file_size
from stickgen.sizing.costs import StepCosts, StepTimes

T = TypeVar("T")

AWAITED = "…"
"""Stands where a figure is being computed."""

NOT_MEASURED = "not measured"

BEST, WORST = "★\N{NO-BREAK SPACE}best", "▼\N{NO-BREAK SPACE}worst"

LESS, MORE = "less", "more"

NOTE = (
    f"Below each figure: its difference to the baseline, absolute and in percent. {BEST}: the least, of the largest "
    f"batch the most; {WORST}: the opposite. Parameters of single components are not judged."
)

PLANS_NOTE = (
    " The entries do not all train alike, as the first row says: training memory, largest batch, operations and times "
    "are those of each entry's own plan, so that they differ by plan as well as by model."
)

MEASURE_HELP = (
    "Runs the forward pass and the training step of each configuration on this machine several times, one "
    "configuration after the other and for one user at a time."
)


@dataclass(frozen=True, kw_only=True)
class Row:
    """One figure of every configuration."""

    title: str
    values: tuple[float | None, ...]
    """None where it is not known yet."""
    text: Callable[[float], str]
    exact: Callable[[float], str] | None = None
    """A second line that says the figure to the last digit; differences are then told the same way."""
    missing: str = AWAITED
    """What stands where a figure is not known."""
    better: str | None = None
    """`LESS`, `MORE`, or None where neither is."""

    @property
    def differs(self) -> bool:
        """Whether the configurations do not all have the same figure, as far as it is known."""
        return len({value for value in self.values if value is not None}) > 1 or None in self.values

    def cells(self, baseline: int) -> list[str]:
        """What stands in the table: every figure, marked where it is best or worst, and its difference."""
        known = [value for value in self.values if value is not None]
        lowest, highest = min(known, default=0), max(known, default=0)
        marks = {}
        if self.better and lowest != highest and len(known) == len(self.values):
            marks = {lowest: BEST, highest: WORST} if self.better == LESS else {highest: BEST, lowest: WORST}
        of = self.values[baseline]
        cells = []
        for place, value in enumerate(self.values):
            if value is None:
                cells.append(self.missing)
                continue
            lines = [f"{self.text(value)} {marks.get(value, '')}".rstrip()]
            if self.exact:
                lines.append(self.exact(value))
            if of is not None and place != baseline:
                lines.append(self._difference(value, of))
            cells.append("\n".join(lines))
        return cells

    def _difference(self, value: float, of: float) -> str:
        if value == of:
            return "same"
        sign = "+" if value > of else "-"
        text = f"{sign}{(self.exact or self.text)(abs(value - of))}"
        return f"{text} ({sign}{percent(abs(value - of) / of)})" if of else text


@dataclass(frozen=True, kw_only=True)
class PlanRow:
    """The training step of every configuration."""

    title: str = "Training step"
    comparison: Comparison
    shared: TrainingPlan
    """The plan of the sidebar."""

    @property
    def differs(self) -> bool:
        """Whether they do not all train alike."""
        return len({plan for _, plan in self.comparison.trainings(self.shared)}) > 1

    def cells(self, _baseline: int) -> list[str]:
        """Each plan, and whose it is."""
        return [
            f"{'its own' if entry.plan else 'as in the sidebar'}\n{full_plan_text(entry.trains_with(self.shared))}"
            for entry in self.comparison.entries
        ]


def plan_sentence(comparison: Comparison, shared: TrainingPlan) -> str:
    """Which training step is priced, in Markdown."""
    own = sum(entry.plan is not None for entry in comparison.entries)
    who = "All train" if not own else f"{len(comparison.entries) - own} of {len(comparison.entries)} train"
    if own == len(comparison.entries):
        return "Each trains with a plan of its own, and the training step of the sidebar has no say."
    return f"{who} with the plan of the sidebar: {full_plan_text(shared)}. Under Change, an entry can keep its own."


def note(comparison: Comparison, shared: TrainingPlan) -> str:
    """How to read the table of differences."""
    alike = not PlanRow(comparison=comparison, shared=shared).differs
    return NOTE if alike else NOTE + PLANS_NOTE


def figure_rows(
    comparison: Comparison,
    costs: Sequence[StepCosts | None],
    times: Sequence[StepTimes | None],
    device: str,
) -> list[Row]:
    """Every figure of a comparison. Those measured are there once one configuration was."""
    configs = comparison.configs
    counts = [count_parameters(config) for config in configs]
    present = [title for title in GROUPS if any(title in count.groups for count in counts)]
    rows = [
        Row(title="Parameters", values=tuple(count.total for count in counts), text=_count, better=LESS),
        *(
            Row(title=f"– {title}", values=tuple(count.groups.get(title, 0) for count in counts), text=_count)
            for title in present
        ),
        *(
            Row(
                title=f"{stored.title} file",
                values=tuple(file_size(config, dtype) for config in configs),
                text=megabytes,
                exact=_bytes,
                better=LESS,
            )
            for dtype, stored in FILE_DTYPES.items()
        ),
        Row(
            title="Training memory, traced",
            values=_each(costs, lambda cost: cost.peak_bytes),
            text=memory_text,
            better=LESS,
        ),
        Row(
            title=f"Largest batch, {device}",
            values=_each(costs, lambda cost: cost.largest_batches[device]),
            text=_count,
            better=MORE,
        ),
        Row(
            title="Operations, forward pass of one sequence",
            values=_each(costs, lambda cost: cost.forward_operations),
            text=gigaflop,
            better=LESS,
        ),
        Row(
            title="Operations, training step",
            values=_each(costs, lambda cost: cost.step_operations),
            text=gigaflop,
            better=LESS,
        ),
    ]
    if any(times):
        rows += [
            Row(
                title="Time, forward pass of one sequence",
                values=_each(times, lambda time: time.forward.seconds),
                text=milliseconds,
                missing=NOT_MEASURED,
                better=LESS,
            ),
            Row(
                title="Time, training step",
                values=_each(times, lambda time: time.step.seconds),
                text=milliseconds,
                missing=NOT_MEASURED,
                better=LESS,
            ),
        ]
    return rows


def _each(known: Sequence[T | None], value: Callable[[T], float]) -> tuple[float | None, ...]:
    return tuple(None if one is None else value(one) for one in known)


def difference_table(
    comparison: Comparison, rows: Sequence[Row | PlanRow], only_differing: bool = False
) -> pd.DataFrame:
    """A column a configuration, cells of several lines; a row for every figure, or for those in which they differ."""
    names = [
        f"{name} (baseline)" if place == comparison.baseline else name for place, name in enumerate(comparison.names)
    ]
    shown = [row for row in rows if row.differs or not only_differing]
    cells = [[row.title, *row.cells(comparison.baseline)] for row in shown]
    return pd.DataFrame(cells, columns=["Figure", *names]).set_index("Figure")


def _count(value: float) -> str:
    return exact_count(int(value))


def _bytes(value: float) -> str:
    return f"{exact_count(int(value))} bytes"


def measured_note(times: Sequence[StepTimes], machine: str) -> str:
    """On what the times were measured, and how."""
    threads = " to ".join(map(str, sorted({time.step.threads for time in times})))
    fewest = min(min(time.forward.runs, time.step.runs) for time in times)
    most = max(max(time.forward.runs, time.step.runs) for time in times)
    runs = str(most) if fewest == most else f"{fewest} to {most}"
    return (
        f"Measured on this machine ({machine}, threads: {threads}): medians of {runs} runs after one that is not "
        "counted. The forward pass is one sequence in evaluation mode. Whatever else ran at the same time made them "
        "longer."
    )


def motion_note(names: Sequence[str], motions: Sequence[Motion | None]) -> str:
    """What moves, and how far each figure is off."""
    errors = [
        f"{name}: {motion.report.one_step_rmse:.3f} one frame ahead, {motion.report.rollout_rmse:.3f} in a rollout"
        for name, motion in zip(names, motions, strict=True)
        if motion is not None and motion.report is not None
    ]
    told = f" Error in body heights. {'. '.join(errors)}." if errors else ""
    return (
        "Each model's own motion: backbone at its seeded initial weights, untrained; pose head fitted in closed form "
        f"to the reference clip. A grey figure is that clip, until the model's motion is there.{told}"
    )

"""What of a comparison takes time: each part fills its place on the page as soon as it is known."""

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from explorer import builders, panels, peaks
from explorer.charts import NO_MODEBAR
from explorer.compare import charts, tables
from explorer.compare.comparison import Comparison, Training
from explorer.compare.entries import short_name
from explorer.html_table import table_html
from explorer.player import Figure
from explorer.workshop import Report
from stickgen.config import configurations
from stickgen.motion import Motion, MotionRequest
from stickgen.plan import TrainingPlan, adapt_plan
from stickgen.sizing import NotMeasurableError, count_parameters
from stickgen.sizing.costs import Point, StepCosts, StepTimes, pareto_front
from stickgen.sizing.timing import machine

_REFUSALS = "comparison_refusals"
"""Where the session keeps why something could not be measured, and of what."""


@dataclass(frozen=True, kw_only=True)
class CostView:
    """The places of everything that follows from the training step, and what is to stand there."""

    comparison: Comparison
    plan: TrainingPlan
    """That of the sidebar, for entries without one of their own."""
    device: str
    only_differing: bool
    table: DeltaGenerator
    memory: DeltaGenerator
    progress: DeltaGenerator

    def draw(self) -> None:
        """Draw what is known so far."""
        costs = self.draw_table()
        names = self.comparison.names
        if any(costs):
            self.memory.plotly_chart(
                charts.memory_stacks(names, costs),
                config=NO_MODEBAR,
                alt=charts.describe_memory(names, costs),
            )
        else:
            self.memory.skeleton(charts.stacks_height(names))

    def draw_table(self) -> list[StepCosts | None]:
        """Draw the table alone; returns the costs that are known."""
        costs = [builders.ready_costs(*training) for training in self._trainings]
        plans = tables.PlanRow(comparison=self.comparison, shared=self.plan)
        rows = tables.value_rows(self.comparison, costs, self.times(), self.device)
        table = tables.difference_table(self.comparison, [plans, *rows] if plans.differs else rows, self.only_differing)
        self.table.html(table_html(table))
        return costs

    def fill(self) -> None:
        """Trace what is not known yet."""
        for training, name in zip(self._trainings, self.comparison.names, strict=True):
            if builders.ready_costs(*training) is None:
                builders.costs(*training, progress_of(name, self.progress))
                self.draw()
        self.progress.empty()

    def times(self) -> list[StepTimes | None]:
        """The measured times, where there are any."""
        return [builders.ready_times(*training) for training in self._trainings]

    def measure(self) -> None:
        """Run every configuration on this machine, one after the other, and keep why one cannot be."""
        refusals = []
        for training, name in zip(self._trainings, self.comparison.names, strict=True):
            try:
                builders.times(*training, progress_of(name, self.progress))
            except NotMeasurableError as refusal:
                refusals.append(f"{name}: {refusal}")
            self.draw_table()  # a chart that is drawn again unchanged would be an error to Streamlit
        self.progress.empty()
        st.session_state[_REFUSALS] = (self._trainings, refusals)

    def say_measured(self, slot: DeltaGenerator) -> None:
        """Say what was measured where, and what could not be."""
        trainings, refusals = st.session_state.get(_REFUSALS, ([], []))
        if refusals and trainings == self._trainings:
            slot.warning("\n\n".join(refusals), icon=":material/block:")
        times = [time for time in self.times() if time]
        if times:
            slot.caption(tables.measured_note(times, machine()))

    @property
    def _trainings(self) -> list[Training]:
        return self.comparison.trainings(self.plan)


def figures(names: Sequence[str], requests: Sequence[MotionRequest], motions: Sequence[Motion | None]) -> list[Figure]:
    """The reference clip, then each model's motion, in whose place the clip moves in grey until it is there."""
    shown = [Figure(motion=requests[0].reference(), label="Reference clip")]
    for name, request, motion in zip(map(short_name, names), requests, motions, strict=True):
        if motion is None:
            shown.append(Figure(motion=request.reference(), label=f"{name}, in the making", role="ghost"))
        else:
            shown.append(Figure(motion=motion, label=name))
    return shown


@dataclass(frozen=True, kw_only=True)
class FrontView:
    """The place of the chart of parameters against memory, and what is to stand there."""

    comparison: Comparison
    plan: TrainingPlan
    with_others: bool
    """Whether all other configurations stand behind those of the comparison."""
    chart: DeltaGenerator
    words: DeltaGenerator
    progress: DeltaGenerator

    @property
    def trainings(self) -> list[Training]:
        """Those of the comparison, then, if wanted, all with the baseline's skeleton and actions; each once."""
        chosen = self.comparison.trainings(self.plan)
        if not self.with_others:
            return list(dict.fromkeys(chosen))
        baseline = self.comparison.configs[self.comparison.baseline]
        others = configurations(baseline.skeleton, num_actions=baseline.num_actions, image_size=baseline.image_size)
        return list(dict.fromkeys((*chosen, *((config, adapt_plan(config, self.plan)) for config in others))))

    def draw(self) -> None:
        """Draw what is known so far. The front is named once all are."""
        trainings = self.trainings
        points = {
            training: Point(parameters=count_parameters(training[0]).total, peak_bytes=size)
            for training in trainings
            if (size := _known_peak(training)) is not None
        }
        names: dict[Training, str] = {}
        for training, name in zip(self.comparison.trainings(self.plan), self.comparison.names, strict=True):
            names.setdefault(training, name)
        front = pareto_front(points) if len(points) == len(trainings) else []
        figure = charts.parameters_against_memory(points, names, front)
        words = charts.front_sentence(names, front) if front else ""
        alt = f"Parameters against training memory. {words.replace('**', '')}"
        self.chart.plotly_chart(figure, config=NO_MODEBAR, alt=alt)
        self.words.markdown(words)

    def fill(self) -> None:
        """Trace what is not known yet, one after the other."""
        trainings = self.trainings
        for done, training in enumerate(trainings):
            if _known_peak(training) is not None:
                continue
            peaks.peak(*training, panels.steps_in(self.progress, done, len(trainings), "Configurations traced"))
            self.draw()
        self.progress.empty()


def _known_peak(training: Training) -> int | None:
    cost = builders.ready_costs(*training)
    return cost.peak_bytes if cost else peaks.ready([training[0]], training[1]).get(training[0])


def progress_of(name: str, slot: DeltaGenerator) -> Report:
    """A report that says which configuration it is about."""
    show = panels.progress_in(slot)
    return lambda text, fraction: show(f"{name}. {text}", fraction)

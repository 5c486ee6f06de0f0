"""What of a comparison takes time: each part is drawn from what is known, and again as more of it comes."""

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from explorer import tasks
from explorer.charts import NO_MODEBAR
from explorer.compare import charts, tables
from explorer.compare.comparison import Comparison
from explorer.compare.entries import short_name
from explorer.html_table import table_html
from explorer.jobs import Task
from explorer.player import Figure, motion_player
from stickgen.config import configurations
from stickgen.motion import Motion, MotionRequest
from stickgen.plan import TrainingPlan
from stickgen.sizing import Point, StepCosts, StepTimes, count_parameters, machine, pareto_front
from stickgen.workloads import TrainingStep

_WANTED, _REFUSALS = "times_wanted", "times_refused"
"""Where the session keeps the steps that are to be timed, and why some of them cannot be."""


@dataclass(frozen=True, kw_only=True)
class Costs:
    """What the training step of each configuration costs, and what of it to show."""

    comparison: Comparison
    plan: TrainingPlan
    """That of the sidebar, for entries without one of their own."""
    device: str
    only_differing: bool

    @property
    def steps(self) -> list[TrainingStep]:
        """The training step of each configuration."""
        return self.comparison.steps(self.plan)

    def tasks(self) -> list[Task[StepCosts]]:
        """What has to be traced."""
        return [tasks.costs(step) for step in self.steps]

    def times_wanted(self) -> list[Task[StepTimes]]:
        """What is to be timed: after a click on the button, every step that this machine can run."""
        if st.session_state.get(_WANTED) != self.steps:
            return []
        refused = st.session_state[_REFUSALS]
        return [tasks.times(step) for step in self.steps if step not in refused]

    def want_times(self) -> None:
        """Have every step timed."""
        st.session_state[_WANTED], st.session_state[_REFUSALS] = self.steps, {}

    def refuse(self, task: Task[StepTimes], error: Exception) -> None:
        """Keep why a step cannot be timed."""
        for step in self.steps:
            if tasks.times(step) == task:
                st.session_state[_REFUSALS][step] = str(error)

    def draw_table(self, _known: object) -> None:
        """Every value with its difference to the baseline."""
        costs = [task.ready() for task in self.tasks()]
        plans = tables.PlanRow(comparison=self.comparison, shared=self.plan)
        rows = tables.value_rows(self.comparison, costs, self._times(), self.device)
        table = tables.difference_table(self.comparison, [plans, *rows] if plans.differs else rows, self.only_differing)
        st.html(table_html(table))

    def draw_memory(self, known: Sequence[StepCosts | None]) -> None:
        """What training memory is held for."""
        names = self.comparison.names
        if any(known):
            chart, alt = charts.memory_stacks(names, known), charts.describe_memory(names, known)
            st.plotly_chart(chart, config=NO_MODEBAR, alt=alt)
        else:
            st.skeleton(charts.stacks_height(names))

    def draw_measured(self, _known: object) -> None:
        """What was measured where, and what could not be."""
        with st.container():
            refused: dict[TrainingStep, str] = st.session_state.get(_REFUSALS, {})
            told = [f"{name}: {refused[step]}" for step, name in self._named() if step in refused]
            if told:
                st.warning("\n\n".join(told), icon=":material/block:")
            if times := [time for time in self._times() if time]:
                st.caption(tables.measured_note(times, machine()))

    def _named(self) -> list[tuple[TrainingStep, str]]:
        return list(zip(self.steps, self.comparison.names, strict=True))

    def _times(self) -> list[StepTimes | None]:
        return [tasks.times(step).ready() for step in self.steps]


def draw_motions(names: Sequence[str], requests: Sequence[MotionRequest], motions: Sequence[Motion | None]) -> None:
    """The reference clip and every model's motion, in step."""
    with st.container():
        motion_player(
            figures(names, requests, motions),
            key="compare",
            height=260,
            pace="screen" if all(motions) else "slow",
            label="All motions, in step",
        )
        st.caption(tables.motion_note(names, motions))


def figures(names: Sequence[str], requests: Sequence[MotionRequest], motions: Sequence[Motion | None]) -> list[Figure]:
    """The reference clip, then each model's motion; until it is there, the clip moves in grey in its place."""
    shown = [Figure(motion=requests[0].reference(), label="Reference clip")]
    for name, request, motion in zip(map(short_name, names), requests, motions, strict=True):
        if motion is None:
            shown.append(Figure(motion=request.reference(), label=f"{name}, in the making", role="ghost"))
        else:
            shown.append(Figure(motion=motion, label=name))
    return shown


@dataclass(frozen=True, kw_only=True)
class Front:
    """Parameters against training memory."""

    comparison: Comparison
    plan: TrainingPlan
    with_others: bool
    """Whether all other configurations stand behind those of the comparison."""

    def steps(self) -> list[TrainingStep]:
        """Those of the comparison, then, if wanted, all with the baseline's skeleton and actions; each once."""
        chosen = self.comparison.steps(self.plan)
        if not self.with_others:
            return list(dict.fromkeys(chosen))
        baseline = self.comparison.configs[self.comparison.baseline]
        others = configurations(baseline.skeleton, num_actions=baseline.num_actions, image_size=baseline.image_size)
        return list(dict.fromkeys((*chosen, *(TrainingStep.adapted(config, self.plan) for config in others))))

    def draw(self, peaks: Sequence[int | None]) -> None:
        """Every configuration whose peak is known. The front is named once all are."""
        steps = self.steps()
        points = {
            step: Point(parameters=count_parameters(step.config).total, peak_bytes=size)
            for step, size in zip(steps, peaks, strict=True)
            if size is not None
        }
        names: dict[TrainingStep, str] = {}
        for step, name in zip(self.comparison.steps(self.plan), self.comparison.names, strict=True):
            names.setdefault(step, name)
        front = pareto_front(points) if len(points) == len(steps) else []
        words = charts.front_sentence(names, front) if front else ""
        with st.container():
            st.plotly_chart(
                charts.parameters_against_memory(points, names, front),
                config=NO_MODEBAR,
                alt=f"Parameters against training memory. {words.replace('**', '')}",
            )
            st.markdown(words)

"""The parts of the Compare page that take time: each draws what is known, and fills in the rest."""

from collections.abc import Sequence

import streamlit as st

from explorer import slots, tasks
from explorer.charts import NO_MODEBAR
from explorer.compare import charts, tables
from explorer.compare.comparison import Comparison
from explorer.compare.entries import short_name
from explorer.html_table import table_html
from explorer.jobs import Priority, Task
from explorer.player import Figure, motion_player
from stickgen.config import configurations
from stickgen.motion import Motion, MotionRequest
from stickgen.plan import TrainingPlan
from stickgen.sizing import NotMeasurableError, Point, StepCosts, StepTimes, count_parameters, machine, pareto_front
from stickgen.workloads import TrainingStep

_WANTED, _REFUSALS = "comparison_measured", "comparison_refusals"
"""Where the session keeps the steps that are to be measured, and why a step could not be."""


def differences(comparison: Comparison, plan: TrainingPlan, device: str, only_differing: bool) -> None:
    """The table of differences. `plan` is that of the sidebar, for entries without one of their own."""
    steps = comparison.steps(plan)

    def draw(costs: list[StepCosts | None]) -> None:
        times = [tasks.times(step).ready() for step in steps]
        plans = tables.PlanRow(comparison=comparison, shared=plan)
        rows = tables.value_rows(comparison, costs, times, device)
        table = tables.difference_table(comparison, [plans, *rows] if plans.differs else rows, only_differing)
        st.html(table_html(table))

    place, progress = st.empty(), slots.Progress(slot=st.empty(), names=comparison.names)
    slots.fill_each(place, [tasks.costs(step) for step in steps], draw, progress=progress)
    st.caption(tables.note(comparison, plan))


def measurement(comparison: Comparison, plan: TrainingPlan) -> None:
    """Every configuration run on this machine, on request, and why one cannot be."""
    steps = comparison.steps(plan)
    refusals: dict[TrainingStep, str] = st.session_state.setdefault(_REFUSALS, {})
    missing = [step for step in dict.fromkeys(steps) if tasks.times(step).ready() is None]
    waiting = [step for step in missing if step not in refusals]
    is_wanted = bool(waiting) and st.session_state.get(_WANTED) == steps
    with st.container():  # so that all below keeps its place, whatever stands here
        _draw_buttons(steps, can_start=bool(missing) and not is_wanted, can_cancel=is_wanted)
        if is_wanted:
            _measure(waiting, [_name(comparison, steps, step) for step in waiting], refusals)
        if told := [f"{_name(comparison, steps, step)}: {refusals[step]}" for step in missing if step in refusals]:
            st.warning("\n\n".join(told), icon=":material/block:")
        if times := [time for step in steps if (time := tasks.times(step).ready())]:
            st.caption(tables.measured_note(times, machine()))


def _draw_buttons(steps: Sequence[TrainingStep], can_start: bool, can_cancel: bool) -> None:
    with st.container(horizontal=True):
        st.button(
            "Measure times on this machine",
            icon=":material/timer:",
            help=tables.MEASURE_HELP,
            disabled=not can_start,
            on_click=_want,
            args=(steps,),
        )
        if can_cancel:
            st.button("Cancel", on_click=_want, args=(None,))


def _measure(steps: Sequence[TrainingStep], names: Sequence[str], refusals: dict[TrainingStep, str]) -> None:
    """Measure these steps. The page runs again for each measurement, which the table and the note then show."""
    # As urgent as the many traces of the chart below, and so before them: somebody has pressed a button.
    measurements = {tasks.times(step).at(Priority.TABLE): step for step in steps}

    def refuse(task: Task[StepTimes], error: Exception) -> None:
        refusals[measurements[task]] = str(error)

    slots.fill_each(
        st.empty(),
        list(measurements),
        lambda _times: None,
        progress=slots.Progress(slot=st.empty(), names=names),
        failed=refuse,
        expects=(NotMeasurableError,),
        rerun=True,
    )


def _want(steps: Sequence[TrainingStep] | None) -> None:
    st.session_state[_WANTED], st.session_state[_REFUSALS] = steps, {}


def _name(comparison: Comparison, steps: Sequence[TrainingStep], step: TrainingStep) -> str:
    """The first entry that trains with this step."""
    return comparison.names[steps.index(step)]


def memory(comparison: Comparison, plan: TrainingPlan) -> None:
    """The chart of the training memory at its peak."""
    names = comparison.names

    def draw(costs: list[StepCosts | None]) -> None:
        if any(costs):
            alt = charts.describe_memory(names, costs)
            st.plotly_chart(charts.memory_stacks(names, costs), config=NO_MODEBAR, alt=alt)
        else:
            st.skeleton(charts.stacks_height(names))

    progress = slots.Progress(slot=st.empty(), names=names)
    slots.fill_each(st.empty(), [tasks.costs(step) for step in comparison.steps(plan)], draw, progress=progress)


def motions(comparison: Comparison, prompt: str) -> None:
    """The reference clip, then each model's motion, in whose place the clip moves in grey until it is ready."""
    names = comparison.names
    requests = [MotionRequest(config=config, prompt=prompt) for config in comparison.configs]

    def draw(made: list[Motion | None]) -> None:
        figures = [Figure(motion=requests[0].reference(), label="Reference clip")]
        for name, request, motion in zip(map(short_name, names), requests, made, strict=True):
            if motion is None:
                figures.append(Figure(motion=request.reference(), label=f"{name}, in progress", role="ghost"))
            else:
                figures.append(Figure(motion=motion, label=name))
        motion_player(
            figures,
            key="compare",
            height=260,
            pace="screen" if all(made) else "slow",
            label="The motions of all configurations, in step",
        )
        st.caption(tables.motion_note(names, made))

    place, progress = st.container(), slots.Progress(slot=st.empty(), names=names)
    slots.fill_each(place, [tasks.whole_motion(request) for request in requests], draw, progress=progress, rerun=True)


def front(comparison: Comparison, plan: TrainingPlan, with_others: bool) -> None:
    """The chart of parameters against memory; `with_others` puts all other configurations behind those compared."""
    compared = comparison.steps(plan)
    names = {step: _name(comparison, compared, step) for step in compared}
    steps = list(names)
    if with_others:
        baseline = comparison.configs[comparison.baseline]
        others = configurations(baseline.skeleton, num_actions=baseline.num_actions, image_size=baseline.image_size)
        steps = list(dict.fromkeys((*steps, *(TrainingStep.adapted(config, plan) for config in others))))

    def draw(peaks: list[int | None]) -> None:
        known = {step: size for step, size in zip(steps, peaks, strict=True) if size is not None}
        points = {
            step: Point(parameters=count_parameters(step.config).total, peak_bytes=size) for step, size in known.items()
        }
        on_front = pareto_front(points) if len(points) == len(steps) else []
        words = tables.front_sentence(names, on_front) if on_front else ""
        with st.container():
            st.plotly_chart(
                charts.parameters_against_memory(points, names, on_front),
                config=NO_MODEBAR,
                alt=f"Parameters against training memory. {words.replace('**', '')}",
            )
            st.markdown(words)

    progress = slots.Progress(slot=st.empty(), steps="Configurations traced")
    slots.fill_each(st.empty(), [tasks.peak(step) for step in steps], draw, progress=progress)
    st.caption(tables.FRONT_NOTE)

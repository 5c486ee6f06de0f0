"""The parts of the Memory page: each draws what is known, and fills in what takes seconds."""

from collections.abc import Mapping

import streamlit as st

from explorer import slots, tasks
from explorer.charts import NO_MODEBAR
from explorer.choice import widgets
from explorer.html_table import table_html
from explorer.jobs import Task
from explorer.memory import charts, export, methods, tables, text
from stickgen.documented.values import SECTIONS
from stickgen.documented.verification import Check
from stickgen.plan import TrainingPlan
from stickgen.sizing import (
    Device,
    FixedTerm,
    MemoryEstimate,
    NotMeasurableError,
    Suggestion,
    count_adapters,
    count_parameters,
)
from stickgen.tables import Table
from stickgen.workloads import TrainingStep

MAX_CHANGES = 10
"""Changes that are listed."""

_APPLIED = "change_applied"
"""Where the session keeps the last change that was applied, and the plan before it."""

_WANTED, _REFUSED = "measurement_wanted", "measurement_refused"
"""Where the session keeps the step that is to be measured, and the one that could not be, with the reason."""


def peak(step: TrainingStep, term: FixedTerm) -> None:
    """The peak, what it consists of, and what a CUDA device needs beside it."""

    def draw(estimate: MemoryEstimate) -> None:
        with st.container():
            st.markdown(f"{text.peak_sentence(estimate)} {text.overhead_sentence(estimate, term)}")
            st.plotly_chart(
                charts.peak_bar(estimate.at_peak, term.interval_bytes(estimate.peak_bytes), text.known_by(term)),
                config=NO_MODEBAR,
                alt=charts.describe_peak(estimate),
            )
            with st.expander("The same in bytes"):
                st.html(table_html(estimate.table()))

    progress = slots.Progress(slot=st.empty())
    slots.fill(st.container(), tasks.memory(step), draw, height=400, progress=progress)


def adapters(step: TrainingStep) -> None:
    """What the LoRA patterns match, for a plan that has adapters."""
    if not step.plan.lora_rank:
        return
    counted = count_adapters(step.config, step.plan)
    st.markdown(text.adapter_sentence(counted, count_parameters(step.config).total))
    with st.expander("Adapted layers by pattern", expanded=bool(counted.dead_patterns)):
        st.html(table_html(counted.table()))


def course(step: TrainingStep) -> None:
    """Live memory over the step, and the modules that hold most at its peak."""

    def draw(estimate: MemoryEstimate) -> None:
        with st.container():
            st.plotly_chart(
                charts.timeline_area(estimate.timeline), config=NO_MODEBAR, alt=charts.describe_timeline(estimate)
            )
            st.markdown(text.holder_sentence(estimate))
            with st.expander("Modules that hold most at the peak"):
                st.html(table_html(tables.module_table(estimate)))

    slots.fill(st.container(), tasks.memory(step), draw, height=500)


def fits(step: TrainingStep, devices: Mapping[str, Device]) -> None:
    """The devices that the step fits."""

    def draw(table: Table) -> None:
        with st.container():
            st.html(table_html(table))
            st.caption(table.note)

    progress = slots.Progress(slot=st.empty())
    slots.fill(st.container(), tasks.fits(step, devices), draw, height=450, progress=progress)


def budget(step: TrainingStep, device: str, budget_bytes: int) -> None:
    """How the step compares with the memory that a device has for tensors."""

    def draw(estimate: MemoryEstimate) -> None:
        st.markdown(text.budget_sentence(estimate, device, budget_bytes))

    slots.fill(st.container(), tasks.memory(step), draw, height=24)


def last_change(plan: TrainingPlan) -> None:
    """The change that led to this plan, if one did, and the way back."""
    applied: tuple[Suggestion, TrainingPlan] | None = st.session_state.get(_APPLIED)
    if applied is None or applied[0].step.plan != plan:
        return
    suggestion, before = applied
    words, button = st.columns([6, 1], vertical_alignment="center")
    words.markdown(f"Applied: **{suggestion.label}**.")
    button.button("Undo", on_click=widgets.choose_plan, args=(before,), width="stretch")


def changes(step: TrainingStep, budget_bytes: int) -> None:
    """What would make the step smaller: single changes as soon as they are known, then pairs as well."""
    section = st.expander("Changes that save memory, and what each costs", on_change="rerun", key="changes")
    if not section.open:
        return

    def draw(found: list[Suggestion] | None) -> None:
        if found is None:
            return
        listed = found[:MAX_CHANGES]
        st.caption(text.suggestion_note(found, len(listed), budget_bytes))
        for suggestion in listed:
            words, button = st.columns([6, 1], vertical_alignment="center")
            words.markdown(text.suggestion_text(suggestion))
            button.button(
                "Apply",
                key="apply_" + "_".join(suggestion.changes),
                on_click=_apply,
                args=(suggestion, step.plan),
                width="stretch",
            )

    progress = slots.Progress(slot=section.empty())
    stages = [tasks.changes(step, budget_bytes, pairs) for pairs in (False, True)]
    slots.fill_best(section, stages, draw, progress=progress)


def _apply(suggestion: Suggestion, before: TrainingPlan) -> None:
    st.session_state[_APPLIED] = suggestion, before
    widgets.choose_plan(suggestion.step.plan)


def documented() -> None:
    """The documented training memory beside the traced one."""
    section = st.expander("Documented and traced memory of every variant", on_change="rerun", key="documented")
    if not section.open:
        return
    values = SECTIONS["training_memory"].values

    def draw(checks: list[Check | None]) -> None:
        st.html(table_html(tables.documented_table(zip(values, checks, strict=True))))

    progress = slots.Progress(slot=section.empty(), steps="Training steps traced")
    slots.fill_each(section.empty(), [tasks.check_value(value) for value in values], draw, progress=progress)
    section.caption(tables.DOCUMENTED_NOTE)


def measurement(step: TrainingStep) -> None:
    """The step run for real on this machine, on request."""
    st.markdown(text.MEASURE_NOTE, help=methods.MEASURED)
    task = tasks.measured_memory(step)
    is_measured = task.ready() is not None
    is_wanted = not is_measured and st.session_state.get(_WANTED) == step
    start, stop = st.columns(2)
    start.button(
        "Measure on this machine",
        disabled=is_wanted or is_measured,
        on_click=_want,
        args=(step,),
        width="stretch",
    )
    result = st.container()

    def draw(measured_bytes: int) -> None:
        def compare(estimate: MemoryEstimate) -> None:
            st.markdown(text.measured_sentence(measured_bytes, estimate))

        st.session_state[_WANTED] = None
        slots.fill(result, tasks.memory(step), compare)

    def refuse(_task: Task[int], error: Exception) -> None:
        st.session_state[_WANTED], st.session_state[_REFUSED] = None, (step, str(error))

    if is_wanted:
        stop.button("Cancel", on_click=_want, args=(None,), width="stretch")
    if is_wanted or is_measured:
        expected = NotMeasurableError, RuntimeError, TimeoutError
        progress = slots.Progress(slot=st.empty())
        slots.fill(result, task, draw, progress=progress, failed=refuse, expects=expected, rerun=True)
    refused, reason = st.session_state.get(_REFUSED, (None, ""))
    if refused == step:
        result.warning(reason, icon=":material/block:")


def _want(step: TrainingStep | None) -> None:
    """Remember which step is to be measured, so that the page comes back for it when something else is changed."""
    st.session_state[_WANTED] = step
    st.session_state.pop(_REFUSED, None)


def downloads(step: TrainingStep, link: str) -> None:
    """The step and its memory as files."""

    def draw(estimate: MemoryEstimate) -> None:
        with st.container(horizontal=True):
            for label, content, file_name in (
                ("Download as Markdown", export.as_markdown(estimate, link), "training-memory.md"),
                ("Download as JSON", export.as_json(estimate, link), "training-memory.json"),
            ):
                st.download_button(label, content, file_name, on_click="ignore", width="stretch")

    slots.fill(st.container(), tasks.memory(step), draw, height=40)

"""The parts of the Memory page that take seconds: each draws what is known, and says what is still to do.

What is still to do is called at the end of the page, so that the rest of the page is there meanwhile. It runs the
page again once it is done, or is left when the user does anything else.
"""

from collections.abc import Callable

import streamlit as st

from explorer import builders, panels
from explorer.choice import widgets
from explorer.html_table import table_html
from explorer.memory import methods, tables
from stickgen.config import ModelConfig
from stickgen.plan import TrainingPlan
from stickgen.sizing import MemoryEstimate, NotMeasurableError, Suggestion

ToDo = Callable[[], None] | None
Step = tuple[ModelConfig, TrainingPlan]

LONGEST_LIST = 10
"""Changes that are listed."""

_APPLIED = "change_applied"
"""Where the session keeps the last change that was applied, and the plan before it."""

_WANTED, _REFUSED = "measurement_wanted", "measurement_refused"
"""Where the session keeps the step that is to be measured, and the one that could not be, with the reason."""


def last_change(plan: TrainingPlan) -> None:
    """The change that led to this plan, if one did, and the way back."""
    applied: tuple[Suggestion, TrainingPlan] | None = st.session_state.get(_APPLIED)
    if applied is None or applied[0].step.plan != plan:
        return
    suggestion, before = applied
    words, button = st.columns([6, 1], vertical_alignment="center")
    words.markdown(f"Applied: **{suggestion.label}**.")
    button.button("Undo", on_click=widgets.choose_plan, args=(before,), width="stretch")


def _apply(suggestion: Suggestion, before: TrainingPlan) -> None:
    st.session_state[_APPLIED] = suggestion, before
    widgets.choose_plan(suggestion.step.plan)


def changes(estimate: MemoryEstimate, budget_bytes: int) -> ToDo:
    """What would make the step smaller: single changes as soon as they are known, then pairs as well."""
    config, plan = estimate.workload.config, estimate.workload.plan
    section = st.expander("Changes that save memory, each with what it costs", on_change="rerun", key="changes")
    if not section.open:
        return None
    progress = section.empty()
    single, every = (builders.ready_changes(config, plan, budget_bytes, pairs) for pairs in (False, True))
    found = single if every is None else every
    if found is not None:
        listed = found[:LONGEST_LIST]
        section.caption(tables.suggestion_note(found, len(listed)))
        for suggestion in listed:
            words, button = section.columns([6, 1], vertical_alignment="center")
            words.markdown(tables.suggestion_text(suggestion))
            button.button(
                "Apply",
                key="apply_" + "_".join(suggestion.changes),
                on_click=_apply,
                args=(suggestion, plan),
                width="stretch",
            )

    def trace() -> None:
        builders.what_would_fit(config, plan, budget_bytes, single is not None, panels.progress_in(progress))
        widgets.rerun()

    return trace if every is None else None


def documented() -> ToDo:
    """The nine documented figures beside the traced."""
    section = st.expander("The nine documented figures beside the traced", on_change="rerun", key="documented")
    if not section.open:
        return None
    checks = builders.ready_documented_checks()
    if checks is not None:
        table = tables.documented_table(checks)
        section.caption(table.note)
        section.html(table_html(table))
        return None
    progress = section.empty()

    def trace() -> None:
        builders.documented_checks(panels.progress_in(progress))
        widgets.rerun()

    return trace


def measurement(estimate: MemoryEstimate) -> ToDo:
    """The step run for real on this machine, on request."""
    step = estimate.workload.config, estimate.workload.plan
    st.markdown(tables.MEASURE_NOTE, help=methods.MEASURED)
    measured = builders.ready_measurement(*step)
    wanted = measured is None and st.session_state.get(_WANTED) == step
    start, stop = st.columns(2)
    start.button(
        "Measure on this machine",
        disabled=wanted or measured is not None,
        on_click=_want,
        args=(step,),
        width="stretch",
    )
    if measured is not None:
        st.markdown(tables.measured_sentence(measured, estimate))
        return None
    refused, reason = st.session_state.get(_REFUSED, (None, ""))
    if refused == step:
        st.warning(reason, icon=":material/block:")
    if not wanted:
        return None
    stop.button("Cancel", on_click=_want, args=(None,), width="stretch")
    progress = st.empty()

    def run() -> None:
        try:
            builders.measured_memory(*step, panels.progress_in(progress))
        except (NotMeasurableError, RuntimeError, TimeoutError) as refusal:
            st.session_state[_REFUSED] = step, str(refusal)
        st.session_state[_WANTED] = None
        widgets.rerun()

    return run


def _want(step: Step | None) -> None:
    """Remember which step is to be measured, so that the page comes back for it when something else is changed."""
    st.session_state[_WANTED] = step
    st.session_state.pop(_REFUSED, None)

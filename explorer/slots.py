"""Places of a page that slow work fills: drawn at once where the result is there, otherwise at the end of the page.

A page calls `fill` wherever a slow part stands and goes on; `explorer/main.py` calls `finish` once the page is drawn.
Until its result is there, a place keeps what stood in it, and shows the progress. Whatever the user does meanwhile
ends this run of the page, not the work that others wait for.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from explorer.choice import widgets
from explorer.jobs import Task
from stickgen.progress import Progress

T = TypeVar("T")

PROGRESS_SECONDS = 1.5
"""Least time between two changes of a progress bar. Every change has the browser go through the whole page, perhaps on
the very cores that work: a page that is opening then has its controls later."""

REDRAW_SECONDS = 0.5
"""Least time between two drawings of a place that fills in."""

_PENDING = "slots_pending"
"""Where the session keeps what this run of the page has still to fill."""


@dataclass(frozen=True, kw_only=True)
class _Pending:
    tasks: Sequence[Task[Any]]
    bar: DeltaGenerator
    draw: Callable[[list[Any]], None]
    text: str
    rerun: bool
    failed: Callable[[Exception], None] | None
    expected: tuple[type[Exception], ...]

    @property
    def priority(self) -> int:
        return max(task.priority for task in self.tasks if task.ready() is None)


def begin() -> None:
    """Forget what another run of the page had still to fill."""
    st.session_state[_PENDING] = []


def fill(
    slot: DeltaGenerator,
    task: Task[T],
    draw: Callable[[T], None],
    *,
    rerun: bool = False,
    failed: Callable[[Exception], None] | None = None,
    expected: tuple[type[Exception], ...] = (),
) -> None:
    """Draw the result of `task` in `slot`: now if it is there, otherwise at the end of the page.

    With `rerun` the whole page runs again once the result is there, for what stands elsewhere and depends on it.
    Errors of the kinds `expected` go to `failed`, all others to the app's error screen.
    """
    place = slot.container()
    bar, content = place.empty(), place.container()

    def draw_result(results: list[T | None]) -> None:
        if results[0] is not None:
            with content:
                draw(results[0])

    if task.ready() is not None:
        draw_result([task.ready()])
    else:
        _remember([task], bar, draw_result, "", rerun, failed, expected)


def fill_each(
    slot: DeltaGenerator,
    tasks: Sequence[Task[T]],
    draw: Callable[[list[T | None]], None],
    *,
    text: str = "",
    rerun: bool = False,
    failed: Callable[[Exception], None] | None = None,
    expected: tuple[type[Exception], ...] = (),
) -> None:
    """Draw what is known of several tasks in `slot`, and again as more of them end; None stands for what is not known.

    `text` says what fills in, in place of each task's own progress. With `rerun` the whole page runs again after
    each task, which is what a place needs that holds an element with a key.
    """
    place = slot.container()
    bar, content = place.empty(), place.empty()

    def draw_results(results: list[T | None]) -> None:
        with content.container():
            draw(results)

    draw_results([task.ready() for task in tasks])
    if any(task.ready() is None for task in tasks):
        _remember(tasks, bar, draw_results, text, rerun, failed, expected)


def finish() -> None:
    """Do what the page has asked for, the most wanted first, each drawn as soon as it is there."""
    pending: list[_Pending] = st.session_state.pop(_PENDING, [])
    for place in sorted(pending, key=lambda place: -place.priority):
        _complete(place)


def _remember(
    tasks: Sequence[Task[Any]],
    bar: DeltaGenerator,
    draw: Callable[[list[Any]], None],
    text: str,
    rerun: bool,
    failed: Callable[[Exception], None] | None,
    expected: tuple[type[Exception], ...],
) -> None:
    st.session_state[_PENDING].append(
        _Pending(tasks=tasks, bar=bar, draw=draw, text=text, rerun=rerun, failed=failed, expected=expected)
    )


def _complete(place: _Pending) -> None:
    results = [task.ready() for task in place.tasks]
    drawn = time.monotonic()
    for done, task in enumerate(place.tasks):
        if results[done] is not None:
            continue
        try:
            results[done] = task.run(_steps(place, done) if place.text else progress_in(place.bar, task.label))
        except place.expected as error:
            if place.failed is not None:
                place.failed(error)
        if place.rerun:
            widgets.rerun()
        if time.monotonic() - drawn > REDRAW_SECONDS and done + 1 < len(place.tasks):
            place.draw(results)
            drawn = time.monotonic()
    place.bar.empty()
    place.draw(results)


def progress_in(bar: DeltaGenerator, label: str = "") -> Progress:
    """A report that shows slow work as a bar with words."""
    shown_at = -PROGRESS_SECONDS

    def show(text: str, share: float) -> None:
        nonlocal shown_at
        now = time.monotonic()
        if now > shown_at + PROGRESS_SECONDS:
            bar.progress(share, f"{label}: {text}" if label else text)
            shown_at = now
        else:
            _let_go()

    return show


def _steps(place: _Pending, done: int) -> Progress:
    """A report of the next of many short tasks, behind a page that can be used meanwhile."""
    count = len(place.tasks)
    place.bar.progress(done / count, f"{place.text}: {done} of {count}. You can use the page meanwhile.")
    return lambda _text, _share: _let_go()


def _let_go() -> None:
    """End this run of the script if the user has done something else: any look at the session's state asks."""
    st.session_state.get(_PENDING)

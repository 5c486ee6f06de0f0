"""Places on a page that are filled as soon as what stands there is known.

A page says in reading order what is to stand where. What is ready is drawn at once. For the rest, `filling` runs the
tasks once the page is through, the most urgent first, so that everything quick is on the screen meanwhile. Whatever
the user does then ends this run of the page, not what has been made.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from dataclasses import dataclass, field
from functools import partial, wraps
from time import monotonic
from typing import Any, Generic, NoReturn, ParamSpec, TypeVar

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from explorer.jobs import Report, Task

P = ParamSpec("P")
T = TypeVar("T")

PROGRESS_SECONDS = 1.5
"""Least time between two showings of progress in the same place."""

REDRAW_SECONDS = 0.5
"""Least time between two drawings of a place that fills in."""

_SEEN = "places_seen"
"""Where the session keeps the page it shows, and which of its places have had something in them."""

Rerun = Callable[[], NoReturn]
Failed = Callable[[Task[Any], Exception], None]


@dataclass(frozen=True, kw_only=True)
class Progress:
    """Where and how the progress of a place is shown."""

    slot: DeltaGenerator
    """An `st.empty`, which is empty again afterwards."""
    names: Sequence[str] = ()
    """What each task is about, said before its own words."""
    steps: str = ""
    """What is counted, where the tasks are many and short: "Configurations traced"."""


class _Place(Generic[T]):
    """A place on the page, and the tasks it waits for."""

    def __init__(
        self,
        slot: DeltaGenerator,
        tasks: Sequence[Task[T]],
        draw: Callable[[list[T | None]], None],
        progress: Progress | None,
        failed: Failed | None,
        expects: tuple[type[Exception], ...],
        rerun: bool,
        best: bool = False,
    ) -> None:
        self.slot, self.tasks = slot, tasks
        self._draw, self._progress, self._failed, self._expects = draw, progress, failed, expects
        self._rerun, self._best = rerun, best
        self._results = [task.ready() for task in tasks]
        self._is_over = [result is not None for result in self._results]
        self._is_new = False
        self._drawn_at = self._shown_at = float("-inf")
        # Streamlit notes here which page or fragment draws, and in which container. Without it, what is drawn at the
        # end would count as a part of the frame around all pages, and stay on the screen when the page is left.
        self._context = copy_context()

    def missing(self) -> list[int]:
        """The tasks that are still to run."""
        start = 0
        if self._best:
            start = max((index for index, is_over in enumerate(self._is_over, 1) if is_over), default=0)
        return [index for index in range(start, len(self.tasks)) if not self._is_over[index]]

    def draw(self) -> None:
        """Draw what is known, in the slot."""
        self._is_new = False
        self._drawn_at = monotonic()
        with self.slot:
            self._draw(self._results)

    def refresh(self) -> None:
        """Draw what has come since the last drawing, unless that was a moment ago and more is to come."""
        # What is drawn twice without a change would be an error to Streamlit.
        if self._is_new and (not self.missing() or monotonic() > self._drawn_at + REDRAW_SECONDS):
            self._context.run(self.draw)

    def report(self, index: int, refresh: Callable[[], None]) -> Report:
        """A report of one of the tasks. It also ends this run of the page if the user has moved on.

        Work reports many times a second. Each report that is shown has the browser go through the whole page, perhaps
        on the very cores that work, and the controls of a page that is opening come later.
        """

        def show(text: str, share: float) -> None:
            refresh()
            if monotonic() > self._shown_at + PROGRESS_SECONDS:
                self._shown_at = monotonic()
                self._context.run(self._show, index, text, share)
            else:
                st.session_state.get(_SEEN)  # at any look at the session's state, Streamlit ends a run that is to end

        if self._progress is not None and self._progress.steps:
            show("", 0.0)
        return show

    def _show(self, index: int, text: str, share: float) -> None:
        if self._progress is None:
            self.slot = self.slot.empty()
            self._progress = Progress(slot=self.slot)
        if self._progress.steps:
            done, of = sum(self._is_over), len(self.tasks)
            text, share = f"{self._progress.steps}: {done} of {of}. You can use the page meanwhile.", done / of
        elif self._progress.names:
            text = f"{self._progress.names[index]}. {text}"
        self._progress.slot.progress(share, text)

    def _end_progress(self) -> None:
        if self._progress is not None and not self.missing():
            self._context.run(self._progress.slot.empty)

    def take(self, task: Task[Any], result: Any, rerun: Rerun) -> None:
        """Draw the result of a task if it is one of this place's, or run the page again for it."""
        indices = [index for index in self.missing() if self.tasks[index] == task]
        if not indices:
            return
        for index in indices:
            self._results[index], self._is_over[index], self._is_new = result, True, True
        if self._rerun:
            if task.ready() is None:
                raise RuntimeError(f"the result of {task.key!r} is too large to be kept until the page has run again")
            rerun()
        self._end_progress()
        self.refresh()

    def fail(self, index: int, error: Exception, rerun: Rerun) -> None:
        """Hand over an error that the page expects, and raise any other."""
        if self._failed is None or not isinstance(error, self._expects):
            raise error
        self._is_over[index] = True
        self._end_progress()
        self._context.run(self._draw_failure, self._failed, self.tasks[index], error)
        if self._rerun:
            rerun()
        self.refresh()

    def _draw_failure(self, failed: Failed, task: Task[Any], error: Exception) -> None:
        with self.slot:
            failed(task, error)


@dataclass(frozen=True)
class _Page:
    """What is to be filled in this run of a page, or of a fragment."""

    places: list[_Place[Any]] = field(default_factory=list)
    seen: set[int] | None = None
    """The places that have had something in them before; None where that makes no difference."""


_page: ContextVar[_Page] = ContextVar("page")


@contextmanager
def filling(page: str | None = None, rerun: Rerun = st.rerun) -> Iterator[None]:
    """Run a page, then the tasks its places wait for. `rerun` is how the page runs again for a result.

    Within another one, that of the page around a fragment, it leaves the places to that one.
    """
    if _page.get(None) is not None:
        yield
        return
    seen: set[int] | None = None
    if page is not None:
        if st.session_state.get(_SEEN, (None, ()))[0] != page:
            st.session_state[_SEEN] = page, set()
        seen = st.session_state[_SEEN][1]
    token = _page.set(_Page(seen=seen))
    try:
        yield
        _finish(_page.get().places, rerun)
    finally:
        _page.reset(token)


def fragment(part: Callable[P, None]) -> Callable[P, None]:
    """`st.fragment`, for a part of a page that has places to fill, and fills them when it runs alone."""

    @wraps(part)
    def filled(*args: P.args, **kwargs: P.kwargs) -> None:
        with filling(rerun=partial(st.rerun, scope="fragment")):
            part(*args, **kwargs)

    wrapped: Callable[P, None] = st.fragment(filled)
    return wrapped


def _finish(places: Sequence[_Place[Any]], rerun: Rerun) -> None:
    def refresh() -> None:
        for each in list(places):
            each.refresh()

    while waiting := [(place, index) for place in places for index in place.missing()]:
        place, index = min(waiting, key=lambda one: one[0].tasks[one[1]].priority)
        task = place.tasks[index]
        try:
            result = task.run(place.report(index, refresh))
        except Exception as error:
            place.fail(index, error, rerun)
        else:
            for each in list(places):
                each.take(task, result, rerun)


def _open(place: _Place[Any]) -> bool:
    """Have a place filled. Returns whether something has stood there before."""
    page = _page.get(None)
    if page is None:
        raise RuntimeError("a place can only be filled within filling(), as pages are, or under @slots.fragment")
    number = len(page.places)
    page.places.append(place)
    if page.seen is None or number in page.seen:
        return True
    page.seen.add(number)
    return False


def fill(
    slot: DeltaGenerator,
    task: Task[T],
    draw: Callable[[T], None],
    *,
    height: int | None = None,
    progress: Progress | None = None,
    failed: Failed | None = None,
    expects: tuple[type[Exception], ...] = (),
    rerun: bool = False,
) -> None:
    """Draw the result of a task in a slot: now, or as soon as it is there.

    An `st.container` keeps what stood there until then; where nothing did, a skeleton of `height` pixels holds the
    place. `draw` is called once, within the slot, and draws one element or one container.

    Progress is shown in the slot itself where no other place is given. An error of a type that the page `expects` is
    handed to `failed`, within the slot. With `rerun`, the page runs again for the result instead of drawing it at the
    end: where other parts of the page depend on it, or what stands there meanwhile has the same key.
    """

    def draw_only(results: list[T | None]) -> None:
        if (result := results[0]) is not None:
            draw(result)

    place = _Place(slot, [task], draw_only, progress, failed, expects, rerun)
    was_there = _open(place)
    if not place.missing():
        place.draw()
    elif height is not None and not was_there:
        place.slot = slot.empty()
        place.slot.skeleton(height)


def fill_each(
    slot: DeltaGenerator,
    tasks: Sequence[Task[T]],
    draw: Callable[[list[T | None]], None],
    *,
    progress: Progress,
    failed: Failed | None = None,
    expects: tuple[type[Exception], ...] = (),
    rerun: bool = False,
) -> None:
    """Draw the results of several tasks in an `st.empty`: those that are known now, then more as they come.

    `draw` gets a result for each task, None where it is still to come, and draws one element or one container. It is
    called again at most every `REDRAW_SECONDS`, and whenever all are there. A task that stands on several places of
    the page runs once for all. All else is as for `fill`; with `rerun`, the page runs again after each result.
    """
    place = _Place(slot, tasks, draw, progress, failed, expects, rerun)
    _open(place)
    place.draw()


def fill_best(
    slot: DeltaGenerator,
    stages: Sequence[Task[T]],
    draw: Callable[[T | None], None],
    *,
    progress: Progress,
    failed: Failed | None = None,
    expects: tuple[type[Exception], ...] = (),
) -> None:
    """Draw the best there is of what comes in stages, each better than the one before; None where nothing is.

    The page runs again for each better one, so that a player, whose key can stand on a page once, may show it. A
    stage before one that is ready is not run any more.
    """

    def draw_best(results: list[T | None]) -> None:
        draw(next((result for result in reversed(results) if result is not None), None))

    place = _Place(slot, stages, draw_best, progress, failed, expects, rerun=True, best=True)
    _open(place)
    place.draw()

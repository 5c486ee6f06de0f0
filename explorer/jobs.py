"""Slow work for all users: one piece at a time, the most wanted first, with progress, shared, and given up in time.

A `Task` says what is to be done and under which key. Its work runs in a thread of its own, but only the thread with
the baton works; it passes the baton at its reports, when a task of higher priority waits, and goes on after that.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, fields, is_dataclass
from enum import IntEnum
from typing import Any, Generic, TypeVar, cast

import numpy as np
import torch

from stickgen.progress import Progress

T = TypeVar("T")

GRACE_SECONDS = 1.0
"""How long work goes on after the last user has left: a rerun of the page leaves and comes back for the same."""

POLL_SECONDS = 0.1
"""How often somebody who waits is told of the progress."""

THREADS = torch.get_num_threads()
"""Threads torch runs on by default."""


AGE_SECONDS = 5.0
"""Waiting this long is worth one step of priority."""


class Priority(IntEnum):
    """What goes first. At most one task of each is under way, so that few models are in memory at a time."""

    BACKGROUND = 0
    """Refinements and warm-up: while nobody waits for anything else."""
    SWEEP = 1
    """One of many values of a table or chart that fills in."""
    MEASUREMENT = 2
    """A real run on this machine, on request."""
    MOTION = 3
    """A model's motion."""
    OPENING = 4
    """The first seconds of a motion."""
    TRACE = 5
    """A value that the page leads with: about a second."""


class Abandoned(Exception):
    """Raised inside a piece of work, at its next report, once nobody waits for it any more."""


class _Run:
    """A piece of work under way or in the queue, and who waits for it."""

    def __init__(self, task: "Task[Any]", number: int) -> None:
        self.task = task
        self.priority = task.priority
        self.number = number
        self.since = time.monotonic()
        self.started = self.done = False
        self.progress = ("", 0.0)
        self.waiting = 1
        self.left_at = 0.0
        self.result: Any = None
        self.error: BaseException | None = None

    @property
    def rank(self) -> float:
        """How soon it is its turn: its priority, and how long it has waited. Background work does not rise."""
        if self.priority == Priority.BACKGROUND:
            return 0.0
        return self.priority + (time.monotonic() - self.since) / AGE_SECONDS

    def is_given_up(self, others_wait: bool) -> bool:
        """Whether nobody waits for it: at once where others wait, otherwise after a moment."""
        return not self.waiting and (others_wait or time.monotonic() >= self.left_at + GRACE_SECONDS)


class Worker:
    """Runs tasks, shares a run that several users ask for, and keeps the latest results."""

    def __init__(self, max_results: int = 4096, max_bytes: int = 2**28) -> None:
        self.shelf = Shelf(max_results, max_bytes)
        self._changed = threading.Condition()
        self._runs: dict[Hashable, _Run] = {}
        self._holder: _Run | None = None
        self._count = 0
        self._inside = threading.local()

    def run(self, task: "Task[T]", show: Progress) -> T:
        """The result of `task`, from the shelf or made while `show` is told of its progress.

        `show` may raise, as Streamlit does when the user moves on: then this caller stops waiting. What the work
        raises reaches every caller that waits for it, and is not kept. Inside another task, the work runs at once.
        """
        with self._changed:
            if (found := self.shelf.get(task.key)) is not None:
                return cast(T, found)
            inside: _Run | None = getattr(self._inside, "run", None)
            run = None if inside else self._join(task)
        if run is None:
            result = task.work(show)
            self._keep(task, result)
            return result
        try:
            while True:
                with self._changed:
                    if not run.done:
                        self._changed.wait(POLL_SECONDS)
                    if run.done:
                        break
                    progress = self._progress_of(run)
                show(*progress)
        finally:
            with self._changed:
                run.waiting -= 1
                run.left_at = time.monotonic()
                self._changed.notify_all()
        if run.error is not None:
            raise run.error
        return cast(T, run.result)

    def _join(self, task: "Task[Any]") -> _Run:
        """The run of a task that is under way, or a new one in the queue."""
        run = self._runs.get(task.key)
        if run is not None:
            run.waiting += 1
            run.priority = max(run.priority, task.priority)
            return run
        self._count += 1
        run = self._runs[task.key] = _Run(task, self._count)
        threading.Thread(target=self._work, args=(run,), name=f"task-{self._count}", daemon=True).start()
        return run

    def _work(self, run: _Run) -> None:
        """The life of a thread: wait for the baton, work, pass it on."""
        self._inside.run = run
        try:
            with self._changed:
                self._take_baton(run)
            run.result = run.task.work(lambda text, share: self._report(run, text, share))
            self._keep(run.task, run.result)
        except BaseException as error:
            run.error = error
        finally:
            with self._changed:
                self._forget(run)
                run.done = True
                if self._holder is run:
                    self._holder = None
                self._changed.notify_all()

    def _report(self, run: _Run, text: str, share: float) -> None:
        """Where work can be given up, or wait for what is more wanted."""
        with self._changed:
            run.progress = (text, min(max(share, 0.0), 1.0))
            if any(other.priority > run.priority and not self._is_dead(other) for other in self._queue()):
                self._holder, run.since = None, time.monotonic()
                self._changed.notify_all()
                self._take_baton(run)
            elif self._is_dead(run):
                self._forget(run)  # whoever comes back now starts anew
                raise Abandoned

    def _take_baton(self, run: _Run) -> None:
        """Wait until nobody works and this run is the next."""
        while True:
            if self._is_dead(run):
                self._forget(run)
                raise Abandoned
            if self._holder is None and self._next() is run:
                break
            self._changed.wait(POLL_SECONDS)
        self._holder = run
        run.started = True
        torch.set_num_threads(run.task.threads or THREADS)

    def _queue(self) -> list[_Run]:
        """Runs that wait for the baton and may have it: of one priority, the one under way goes before all others."""
        under_way = {run.priority: run for run in self._runs.values() if run.started}
        return [
            run for run in self._runs.values() if run is not self._holder and under_way.get(run.priority, run) is run
        ]

    def _next(self) -> _Run | None:
        waiting = (run for run in self._queue() if not self._is_dead(run))
        return max(waiting, key=lambda run: (run.rank, -run.number), default=None)

    def _is_dead(self, run: _Run) -> bool:
        others_wait = any(other.waiting for other in self._runs.values() if other is not run)
        return run.is_given_up(others_wait)

    def _forget(self, run: _Run) -> None:
        if self._runs.get(run.task.key) is run:
            del self._runs[run.task.key]

    def _keep(self, task: "Task[Any]", result: object) -> None:
        with self._changed:
            self.shelf.put(task.key, result)

    def _progress_of(self, run: _Run) -> tuple[str, float]:
        if run is self._holder:
            return run.progress
        ahead = sum(other.rank > run.rank or other is self._holder for other in self._runs.values() if other is not run)
        line = f"{ahead} {'task' if ahead == 1 else 'tasks'} ahead"
        return (f"{run.progress[0]} (paused, {line})" if run.started else f"Waiting, {line}"), run.progress[1]


class Shelf:
    """The latest results, as many as may be kept. Not safe from several threads: its owner holds a lock."""

    def __init__(self, max_results: int, max_bytes: int) -> None:
        self._max_results = max_results
        self._max_bytes = max_bytes
        self._bytes = 0
        self._results: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()

    def get(self, key: Hashable) -> Any | None:
        """The result for `key`, or None; it is then the last to be dropped."""
        if key not in self._results:
            return None
        self._results.move_to_end(key)
        return self._results[key][0]

    def put(self, key: Hashable, result: object) -> None:
        """Keep a result, and drop those not asked for the longest. One larger than all room is not kept."""
        if result is None:
            raise ValueError("a task must have a result: None means that there is none yet")
        size = size_of(result)
        if size > self._max_bytes:
            return
        self._bytes -= self._results.pop(key, (None, 0))[1]
        self._results[key] = (result, size)
        self._bytes += size
        while len(self._results) > self._max_results or self._bytes > self._max_bytes:
            _, (_, dropped) = self._results.popitem(last=False)
            self._bytes -= dropped


def size_of(result: object) -> int:
    """Bytes of a result: its tensors and arrays, wherever in it, and a little for all else."""
    if isinstance(result, torch.Tensor):
        return result.untyped_storage().nbytes()
    if isinstance(result, np.ndarray):
        return int(result.nbytes)
    if isinstance(result, str | bytes):
        return len(result)
    if is_dataclass(result) and not isinstance(result, type):
        return sum(size_of(getattr(result, field.name)) for field in fields(result))
    if isinstance(result, dict):
        return sum(size_of(value) for value in result.values())
    if isinstance(result, list | tuple | set | frozenset):
        return sum(map(size_of, result))
    return 64


WORKER = Worker()
"""The one worker of this process."""


@dataclass(frozen=True)
class Task(Generic[T]):
    """A piece of slow work. Tasks of the same key have the same result."""

    key: Hashable
    work: Callable[[Progress], T]
    """Makes the result, never None, and reports often: a report is where it can be paused or given up."""
    priority: Priority = Priority.TRACE
    threads: int | None = None
    """Threads torch runs on while this task works; None for all."""
    label: str = ""
    """What it is of, shown before its progress where several tasks fill one place."""
    worker: Worker = WORKER

    def ready(self) -> T | None:
        """The result, if it is on the shelf."""
        with self.worker._changed:
            return cast("T | None", self.worker.shelf.get(self.key))

    def run(self, show: Progress) -> T:
        """The result, made if it is not there yet. See `Worker.run`."""
        return self.worker.run(self, show)

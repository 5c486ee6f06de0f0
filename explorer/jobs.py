"""Slow work: one piece at a time for all users, the most urgent first, with progress, dropped when all have left."""

import threading
import time
from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from enum import IntEnum
from functools import partial
from itertools import count
from typing import Any, Generic, TypeVar

import torch

from explorer.shelf import Shelf
from stickgen.progress import Progress, may_pause

T = TypeVar("T")

Report = Progress

GRACE_SECONDS = 1.0
"""How long work goes on, and keeps its place in line, after the last user has left."""

POLL_SECONDS = 0.1
"""How often a waiting user is told of the progress."""


class Priority(IntEnum):
    """How urgent work is, the most urgent first."""

    TRACE = 0
    """What a page opens with: a trace, a second or two."""
    OPENING = 1
    """The first seconds of a motion."""
    WHOLE = 2
    """The rest of a motion."""
    TABLE = 3
    """One of many values, beside a page that can be used meanwhile."""
    MEASUREMENT = 4
    """A run of the real step on this machine."""
    BACKGROUND = 5
    """Runs only while nobody waits for anything else: refinements, warm-up."""


class Abandoned(Exception):
    """Raised inside a piece of work, at its next report, once nobody waits for it any more."""


@dataclass(frozen=True)
class Task(Generic[T]):
    """A piece of slow work. Two tasks with the same key are the same: they share one run and its result.

    `work` takes a report and calls it as often as it can pause or stop, always from the thread it was called in.
    It returns anything but None. Others may hold the result, so nobody changes it.
    """

    key: Hashable
    work: Callable[[Report], T] = field(compare=False, repr=False)
    priority: Priority = field(default=Priority.TRACE, compare=False)
    threads: int | None = field(default=None, compare=False)
    """Threads torch runs on meanwhile; None for as many as it takes by itself."""

    def ready(self) -> T | None:
        """The result, if it is there."""
        return WORKER.ready(self)

    def run(self, report: Report) -> T:
        """The result, from the shelf or made while `report` is told of the progress. See `Worker.run`."""
        return WORKER.run(self, report)

    def at(self, priority: Priority) -> "Task[T]":
        """The same, more or less urgent."""
        return replace(self, priority=priority)


class _Job:
    """A task that somebody has asked for, and how far it is."""

    def __init__(self, task: Task[Any], place: int) -> None:
        self.task = task
        self.priority = task.priority  # that of the most urgent user: it only ever rises
        self.place = place
        self.threads = task.threads
        self.progress = ("Starting", 0.0)
        self.users = 0
        self.left_at = 0.0
        self.has_begun = False
        self.is_abandoned = False
        self.inside = [task.key]  # the keys it is at work on, a task within a task
        self.done = threading.Event()
        self.result: Any = None
        self.error: BaseException | None = None

    @property
    def order(self) -> tuple[int, bool, int]:
        """What comes first is less."""
        return self.priority, not self.has_begun, self.place


class Worker:
    """Runs tasks, one at a time for all users, and keeps their results on a shelf.

    A task runs in a thread, and only the task whose turn it is works. At each report, a more urgent one takes the
    turn, and the paused one goes on afterwards where it was. Among equals, the first that was asked for runs to its
    end, so no more tasks are ever begun than there are priorities: each may hold a model.

    A task that nobody waits for is dropped at its next report, paused or not: at once where others wait for one that
    is not more urgent, otherwise after `GRACE_SECONDS`. So a rerun of a page, which leaves and comes back for the
    same task, finds it going on.

    What torch runs on is set whenever the turn passes, in the thread that takes it: a count of OpenMP's threads
    belongs to the thread that sets it.
    """

    def __init__(self, shelf: Shelf | None = None) -> None:
        self._shelf = Shelf() if shelf is None else shelf
        self._all_threads = torch.get_num_threads()
        self._pool = ThreadPoolExecutor(len(Priority), thread_name_prefix="task")
        self._here = threading.local()
        """In a thread of the pool: the job it works on."""
        self._changed = threading.Condition()
        """Guards what follows; notified when the turn has passed to a paused job."""
        self._jobs: dict[Hashable, _Job] = {}
        self._turn: _Job | None = None
        self._places = count()

    def ready(self, task: Task[T]) -> T | None:
        """The result of a task, if it is on the shelf."""
        result: T | None = self._shelf.get(task.key)
        return result

    def run(self, task: Task[T], report: Report) -> T:
        """The result of a task, from the shelf or made while `report` is told of its progress or place in line.

        `report` may raise, as Streamlit does when the user moves on: then this caller stops waiting. What the work
        raises, whatever it is, reaches every caller that waits, and is not kept.

        Inside another task's work, the work is done on the spot, as a part of that task.
        """
        outer: _Job | None = getattr(self._here, "job", None)
        if outer is not None:
            return self._run_inside(outer, task, report)
        with self._changed:
            kept: T | None = self._shelf.get(task.key)
            if kept is not None:
                return kept
            job = self._join(task)
        try:
            while not job.done.wait(POLL_SECONDS):
                report(*self._progress(job))
        finally:
            with self._changed:
                job.users -= 1
                job.left_at = time.monotonic()
        if job.error is not None:
            raise job.error
        result: T = job.result
        return result

    def _join(self, task: Task[Any]) -> _Job:
        """Wait for a task, with others or as the first. Holds the lock."""
        over = time.monotonic() - GRACE_SECONDS
        for left in [job for job in self._jobs.values() if not (job.users or job.has_begun) and job.left_at < over]:
            self._forget(left)
        job = self._jobs.setdefault(task.key, _Job(task, next(self._places)))
        job.users += 1
        job.priority = min(job.priority, task.priority)
        if self._turn is None:
            self._pass_turn()
        return job

    def _progress(self, job: _Job) -> tuple[str, float]:
        with self._changed:
            text, share = job.progress
            ahead = sum(
                other is self._turn or (other.users > 0 and other.order < job.order)
                for other in self._jobs.values()
                if other is not job
            )
            if job is self._turn or not ahead:
                return text, share
            tasks = "1 task" if ahead == 1 else f"{ahead} tasks"
            return (f"Paused, {tasks} ahead. {text}" if job.has_begun else f"Waiting: {tasks} ahead"), share

    def _pass_turn(self) -> None:
        """Give the turn to whoever comes first. Holds the lock."""
        self._turn = job = self._first()
        if job is None:
            return
        if job.has_begun:
            self._changed.notify_all()
        else:
            job.has_begun = True
            self._pool.submit(self._do, job)

    def _first(self) -> _Job | None:
        """Whose turn it is. What is to be dropped comes before all else: it has to end, and gives memory back."""
        jobs = [job for job in self._jobs.values() if job.users or job.has_begun]
        return min(jobs, key=lambda job: (not self._is_left(job), job.order), default=None)

    def _is_left(self, job: _Job) -> bool:
        """Whether a job is to be dropped."""
        if job.users:
            return False
        others = [other.priority for other in self._jobs.values() if other is not job and other.users]
        # Background work has time to wait, for a user who comes back, too.
        in_the_way = any(
            priority == job.priority or job.priority < priority < Priority.BACKGROUND for priority in others
        )
        return in_the_way or time.monotonic() > job.left_at + GRACE_SECONDS

    def _do(self, job: _Job) -> None:
        """Do a job's work, in a thread of the pool."""
        self._here.job = job
        try:
            self._set_threads(job.threads)
            job.result = self._make(job, job.task, partial(self._tell, job))
        except BaseException as error:
            job.error = error
        finally:
            self._here.job = None
            self._set_threads(None)
            try:
                with self._changed:
                    self._forget(job)
                    self._pass_turn()
            finally:
                job.done.set()

    def _run_inside(self, outer: _Job, task: Task[T], report: Report) -> T:
        if task.key in outer.inside:
            raise RuntimeError(f"the task {task.key!r} waits for itself")

        def tell(text: str, share: float) -> None:
            self._pause(outer)
            report(text, share)

        threads, outer.threads = outer.threads, task.threads
        outer.inside.append(task.key)
        self._set_threads(outer.threads)
        try:
            return self._make(outer, task, tell)
        finally:
            outer.inside.pop()
            outer.threads = threads
            self._set_threads(threads)

    def _make(self, job: _Job, task: Task[T], report: Report) -> T:
        """The result of a task's work as a part of a job; another task may have made it on the spot meanwhile."""
        kept: T | None = self._shelf.get(task.key)
        if kept is not None:
            return kept
        result = task.work(report)
        if result is None:
            raise TypeError(f"the work of the task {task.key!r} returned None, which means that there is no result")
        if not job.is_abandoned:  # otherwise the work may have been cut short
            self._shelf.put(task.key, result)
        return result

    def _tell(self, job: _Job, text: str, share: float) -> None:
        """The report of a job."""
        job.progress = text, min(max(share, 0.0), 1.0)
        self._pause(job)

    def _pause(self, job: _Job) -> None:
        """Let those that are more urgent go first, if it may. Raises `Abandoned` once nobody waits for the job."""
        if getattr(self._here, "job", None) is not job:
            return  # a report that has outlived its work, or that another thread calls: it is not its turn to give
        if job.is_abandoned:
            raise Abandoned
        with self._changed:
            while not self._is_left(job):
                if self._first() is job or not may_pause():
                    return
                self._pass_turn()
                self._changed.wait_for(lambda: self._turn is job)
                self._set_threads(job.threads)
            job.is_abandoned = True
            self._forget(job)  # whoever comes back now starts anew
        raise Abandoned

    def _forget(self, job: _Job) -> None:
        if self._jobs.get(job.task.key) is job:
            del self._jobs[job.task.key]

    def _set_threads(self, threads: int | None) -> None:
        torch.set_num_threads(self._all_threads if threads is None else threads)


WORKER = Worker()
"""That of the app."""

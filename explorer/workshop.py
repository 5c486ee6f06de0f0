"""Slow work, one piece at a time for all users, with progress, and dropped when nobody waits for it."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import Any, TypeVar

Report = Callable[[str, float], None]
"""Takes what is being done, in words, and the share done, from 0 to 1."""

T = TypeVar("T")


GRACE_SECONDS = 1.0
"""How long work goes on after the last user has left."""


class Abandoned(Exception):
    """Raised inside a piece of work, at its next report, once nobody waits for it any more."""


class _GaveWay(Exception):
    """Raised inside a piece of work that gives way, at its next report, once somebody waits for another."""


class _Job:
    """One piece of work, and how far it is."""

    future: Future[Any]

    def __init__(self, gives_way: bool) -> None:
        self.gives_way = gives_way
        self.progress = ("Waiting for another build to end", 0.0)
        self.waiting = 1  # before it starts: a job nobody waits for stops itself
        self.left_at = 0.0


class Workshop:
    """Runs work in one thread, shares a piece that several users ask for, and keeps the latest results.

    `st.cache_resource` locks a key at a time, so two configurations would build at once and each would hold
    the memory of a model. It also cannot tell a waiting user how far the work is.

    Work that nobody waits for stops at its next report: at once where others wait, otherwise after a moment, so
    that a rerun of the page, which leaves and comes back for the same piece, finds it going on.
    """

    def __init__(self, name: str, keep: int) -> None:
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)
        self._keep = keep
        self._lock = threading.Lock()
        self._jobs: dict[Hashable, _Job] = {}
        self._results: OrderedDict[Hashable, Any] = OrderedDict()

    def run(self, key: Hashable, work: Callable[[Report], T], show: Report, gives_way: bool = False) -> T:
        """The result of `work` for `key`, from the shelf or made while `show` is told of its progress.

        `show` may raise, as Streamlit does when the user moves on: then this caller stops waiting. What
        `work` raises reaches every caller that waits for it, and is not kept. Work that `gives_way` stops where
        somebody waits for work that does not, and starts over after it.
        """
        while True:
            with suppress(_GaveWay):
                return self._run(key, work, show, gives_way)

    def _run(self, key: Hashable, work: Callable[[Report], T], show: Report, gives_way: bool) -> T:
        with self._lock:
            if key in self._results:
                self._results.move_to_end(key)
                return self._results[key]
            job = self._jobs.get(key)
            if job is None:
                job = self._jobs[key] = _Job(gives_way)
                job.future = self._executor.submit(self._do, key, job, work)
            else:
                job.waiting += 1
        try:
            while True:
                try:
                    result: T = job.future.result(timeout=0.1)
                except TimeoutError:
                    show(*job.progress)
                else:
                    return result
        finally:
            with self._lock:
                job.waiting -= 1
                job.left_at = time.monotonic()

    def _do(self, key: Hashable, job: _Job, work: Callable[[Report], T]) -> T:
        def report(text: str, fraction: float) -> None:
            job.progress = (text, min(max(fraction, 0.0), 1.0))
            if self._is_given_up(key, job):
                raise Abandoned
            if job.gives_way and self._is_in_the_way(job):
                raise _GaveWay

        try:
            report("Starting", 0.0)
            result = work(report)
            self._shelve(key, result)
        finally:
            with self._lock:
                self._forget(key, job)
        return result

    def _is_given_up(self, key: Hashable, job: _Job) -> bool:
        with self._lock:
            others_wait = any(other.waiting for other in self._jobs.values() if other is not job)
            if job.waiting or (not others_wait and time.monotonic() < job.left_at + GRACE_SECONDS):
                return False
            self._forget(key, job)  # whoever comes back now starts anew
            return True

    def _is_in_the_way(self, job: _Job) -> bool:
        with self._lock:
            return any(other.waiting and not other.gives_way for other in self._jobs.values() if other is not job)

    def _forget(self, key: Hashable, job: _Job) -> None:
        if self._jobs.get(key) is job:
            del self._jobs[key]

    def ready(self, key: Hashable) -> Any | None:
        """The result for `key` if it is on the shelf."""
        with self._lock:
            return self._results.get(key)

    @property
    def jobs(self) -> int:
        """Pieces of work that somebody waits for."""
        with self._lock:
            return sum(job.waiting > 0 for job in self._jobs.values())

    def _shelve(self, key: Hashable, result: Any) -> None:
        with self._lock:
            self._results[key] = result
            self._results.move_to_end(key)
            while len(self._results) > self._keep:
                self._results.popitem(last=False)

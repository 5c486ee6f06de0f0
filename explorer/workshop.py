"""Slow work, one piece at a time for all users, with progress, and dropped when nobody waits for it."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

Report = Callable[[str, float], None]
"""Takes what is being done, in words, and the share done, from 0 to 1."""

T = TypeVar("T")


class Abandoned(Exception):
    """Raised inside a piece of work, at its next report, once nobody waits for it any more."""


class _Job:
    """One piece of work, and how far it is."""

    future: Future[Any]

    def __init__(self) -> None:
        self.progress = ("Waiting for another build to end", 0.0)
        self.waiting = 0

    def do(self, work: Callable[[Report], Any]) -> Any:
        self.report("Starting", 0.0)
        return work(self.report)

    def report(self, text: str, fraction: float) -> None:
        self.progress = (text, min(max(fraction, 0.0), 1.0))
        if not self.waiting:
            raise Abandoned


class Workshop:
    """Runs work in one thread, shares a piece that several users ask for, and keeps the latest results.

    `st.cache_resource` locks a key at a time, so two configurations would build at once and each would hold
    the memory of a model. It also cannot tell a waiting user how far the work is.
    """

    def __init__(self, name: str, keep: int) -> None:
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)
        self._keep = keep
        self._lock = threading.Lock()
        self._jobs: dict[Hashable, _Job] = {}
        self._results: OrderedDict[Hashable, Any] = OrderedDict()

    def run(self, key: Hashable, work: Callable[[Report], T], show: Report) -> T:
        """The result of `work` for `key`, from the shelf or made while `show` is told of its progress.

        `show` may raise, as Streamlit does when the user moves on: then this caller stops waiting. What
        `work` raises reaches every caller that waits for it, and is not kept.
        """
        with self._lock:
            if key in self._results:
                self._results.move_to_end(key)
                return self._results[key]
            job = self._jobs.get(key)
            if job is None:
                job = self._jobs[key] = _Job()
                job.waiting = 1  # before it starts: a job nobody waits for stops itself
                job.future = self._executor.submit(job.do, work)
            else:
                job.waiting += 1
        try:
            while True:
                try:
                    result: T = job.future.result(timeout=0.1)
                except TimeoutError:
                    show(*job.progress)
                else:
                    self._shelve(key, result)
                    return result
        finally:
            with self._lock:
                job.waiting -= 1
                if not job.waiting and self._jobs.get(key) is job:
                    del self._jobs[key]
                    job.future.cancel()

    def ready(self, key: Hashable) -> Any | None:
        """The result for `key` if it is on the shelf."""
        with self._lock:
            return self._results.get(key)

    @property
    def jobs(self) -> int:
        """Pieces of work that run or wait."""
        return len(self._jobs)

    def _shelve(self, key: Hashable, result: Any) -> None:
        with self._lock:
            self._results[key] = result
            self._results.move_to_end(key)
            while len(self._results) > self._keep:
                self._results.popitem(last=False)

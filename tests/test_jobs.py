"""Slow work: one at a time, the most wanted first, shared, given up when nobody waits, kept within bounds."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import CancelledError, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pytest
import torch

from explorer.jobs import THREADS, Abandoned, Priority, Shelf, Task, Worker, size_of
from stickgen.progress import Progress

PATIENCE = 20
"""Seconds after which a test that waits has failed."""


class Left(Exception):
    """Stands for the exception with which Streamlit ends a run."""


def silent(_text: str, _share: float) -> None:
    """Show nothing."""


def leave(_text: str, _share: float) -> None:
    """Move on."""
    raise Left


@pytest.fixture
def worker() -> Worker:
    return Worker()


def until(is_true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not is_true():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_a_result_is_made_once_and_kept_within_bounds() -> None:
    made: list[str] = []
    worker = Worker(max_results=2)

    def task(name: str) -> Task[str]:
        def work(_report: Progress) -> str:
            made.append(name)
            return name.upper()

        return Task(name, work, worker=worker)

    for name in ("a", "b", "a", "c", "a", "b"):
        assert task(name).run(silent) == name.upper()
        assert task(name).ready() == name.upper()
    assert made == ["a", "b", "c", "b"]
    assert task("c").ready() is None


def test_users_share_one_run_and_only_one_works_at_a_time(worker: Worker) -> None:
    working: list[str] = []
    at_once: list[int] = []
    started: list[str] = []
    everyone_waits = threading.Barrier(5)

    def task(name: str) -> Task[str]:
        def work(_report: Progress) -> str:
            started.append(name)
            working.append(name)
            at_once.append(len(working))
            threading.Event().wait(0.1)
            working.remove(name)
            return name

        return Task(name, work, worker=worker)

    def ask(name: str) -> str:
        everyone_waits.wait()
        return task(name).run(silent)

    with ThreadPoolExecutor(5) as users:
        assert list(users.map(ask, ["a", "b", "a", "b", "a"])) == ["a", "b", "a", "b", "a"]
    assert sorted(started) == ["a", "b"]
    assert max(at_once) == 1


def test_progress_is_shown_and_work_nobody_waits_for_stops(worker: Worker) -> None:
    stopped = threading.Event()
    shown: list[tuple[str, float]] = []

    def work(report: Progress) -> str:
        try:
            while True:
                report("half way", 0.5)
                time.sleep(0.01)
        except Abandoned:
            stopped.set()
            raise

    def leave_once_it_is_half_way(text: str, share: float) -> None:
        shown.append((text, share))
        if share:
            raise Left

    with pytest.raises(Left):
        Task("key", work, worker=worker).run(leave_once_it_is_half_way)
    assert stopped.wait(PATIENCE)
    assert shown[-1] == ("half way", 0.5)
    assert Task("key", lambda _report: "asked again", worker=worker).run(silent) == "asked again"


def test_who_comes_back_at_once_finds_the_work_going_on_unless_others_wait(worker: Worker) -> None:
    begun: list[str] = []
    may_end = threading.Event()

    def task(key: str, name: str) -> Task[str]:
        def work(report: Progress) -> str:
            begun.append(name)
            while not may_end.wait(0.01):
                report("half way", 0.5)
            return name

        return Task(key, work, worker=worker)

    for _ in range(3):
        with pytest.raises(Left):
            task("a", "a").run(leave)
    with ThreadPoolExecutor(2) as users:
        other = users.submit(task("b", "b").run, silent)
        until(lambda: "b" in begun)
        again = users.submit(task("a", "a again").run, silent)
        may_end.set()
        assert (other.result(PATIENCE), again.result(PATIENCE)) == ("b", "a again")
    assert begun == ["a", "b", "a again"]


def test_work_nobody_waits_for_is_given_up_before_it_begins(worker: Worker) -> None:
    begun: list[str] = []
    may_end = threading.Event()

    def first(report: Progress) -> str:
        begun.append("first")
        while not may_end.wait(0.01):
            report("half way", 0.5)
        return "first"

    def second(_report: Progress) -> str:
        begun.append("second")
        return "second"

    with ThreadPoolExecutor(1) as users:
        running = users.submit(Task("first", first, worker=worker).run, silent)
        until(lambda: begun == ["first"])
        with pytest.raises(Left):
            Task("second", second, worker=worker).run(leave)
        until(lambda: threading.active_count() > 0 and "second" not in worker._runs)
        may_end.set()
        assert running.result(PATIENCE) == "first"
    assert begun == ["first"]


@pytest.mark.parametrize(("low", "high"), list(pairwise(Priority)))
def test_what_is_more_wanted_goes_first_and_the_other_goes_on_where_it_was(
    worker: Worker, low: Priority, high: Priority
) -> None:
    course: list[str] = []

    def patient(report: Progress) -> str:
        course.append("patient begins")
        while "urgent" not in course:
            report("half way", 0.5)
            time.sleep(0.005)
        course.append("patient goes on")
        return "made after all"

    def urgent(_report: Progress) -> str:
        course.append("urgent")
        return "made soon"

    with ThreadPoolExecutor(1) as users:
        waiting = users.submit(Task("a", patient, low, worker=worker).run, silent)
        until(lambda: bool(course))
        assert Task("b", urgent, high, worker=worker).run(silent) == "made soon"
        assert waiting.result(PATIENCE) == "made after all"
    assert course == ["patient begins", "urgent", "patient goes on"]


@pytest.mark.parametrize("priority", Priority)
def test_tasks_of_one_priority_run_to_their_end_in_turn(worker: Worker, priority: Priority) -> None:
    course: list[str] = []
    begun, may_go_on = threading.Event(), threading.Event()

    def task(name: str) -> Task[str]:
        def work(report: Progress) -> str:
            course.append(f"{name} begins")
            begun.set()
            may_go_on.wait(PATIENCE)
            report("half way", 0.5)
            course.append(f"{name} ends")
            return name

        return Task(name, work, priority, worker=worker)

    with ThreadPoolExecutor(2) as users:
        first = users.submit(task("a").run, silent)
        assert begun.wait(PATIENCE)
        second = users.submit(task("b").run, silent)
        until(lambda: "b" in worker._runs)
        may_go_on.set()
        assert (first.result(PATIENCE), second.result(PATIENCE)) == ("a", "b")
    assert course == ["a begins", "a ends", "b begins", "b ends"]


def test_a_user_who_wants_more_raises_the_priority_of_a_shared_run(worker: Worker) -> None:
    course: list[str] = []
    may_end = threading.Event()

    def blocker(report: Progress) -> str:
        course.append("blocker")
        while not may_end.wait(0.005):
            report("half way", 0.5)
        return "blocker"

    def shared(_report: Progress) -> str:
        course.append("shared")
        return "shared"

    with ThreadPoolExecutor(3) as users:
        first = users.submit(Task("blocker", blocker, Priority.MOTION, worker=worker).run, silent)
        until(lambda: bool(course))
        patient = users.submit(Task("shared", shared, Priority.BACKGROUND, worker=worker).run, silent)
        until(lambda: "shared" in worker._runs)
        assert course == ["blocker"]
        assert Task("shared", shared, Priority.TRACE, worker=worker).run(silent) == "shared"
        may_end.set()
        assert (first.result(PATIENCE), patient.result(PATIENCE)) == ("blocker", "shared")


def test_who_waits_long_gets_a_turn(worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("explorer.jobs.AGE_SECONDS", 0.02)
    made: list[str] = []
    begun, may_end = threading.Event(), threading.Event()

    def task(name: str, priority: Priority) -> Task[str]:
        def work(_report: Progress) -> str:
            if name == "first":
                begun.set()
                may_end.wait(PATIENCE)
            made.append(name)
            return name

        return Task(name, work, priority, worker=worker)

    with ThreadPoolExecutor(3) as users:
        runs = [users.submit(task("first", Priority.TRACE).run, silent)]
        assert begun.wait(PATIENCE)
        runs.append(users.submit(task("patient", Priority.SWEEP).run, silent))
        until(lambda: "patient" in worker._runs)
        time.sleep(0.02 * (Priority.TRACE - Priority.SWEEP + 2))
        runs.append(users.submit(task("fresh", Priority.TRACE).run, silent))
        until(lambda: "fresh" in worker._runs)
        may_end.set()
        assert [run.result(PATIENCE) for run in runs] == ["first", "patient", "fresh"]
    assert made == ["first", "patient", "fresh"]


def test_the_place_in_line_is_told(worker: Worker) -> None:
    told: list[str] = []
    begun, may_end = threading.Event(), threading.Event()

    def first(_report: Progress) -> str:
        begun.set()
        may_end.wait(PATIENCE)
        return "first"

    def show(text: str, _share: float) -> None:
        told.append(text)
        may_end.set()

    with ThreadPoolExecutor(1) as users:
        running = users.submit(Task("first", first, worker=worker).run, silent)
        assert begun.wait(PATIENCE)
        assert Task("second", lambda _report: "second", worker=worker).run(show) == "second"
        assert running.result(PATIENCE) == "first"
    assert told[0] == "Waiting, 1 task ahead"


@pytest.mark.parametrize(
    "error", [ValueError("no such clip"), TimeoutError("too long"), CancelledError(), Abandoned(), KeyboardInterrupt()]
)
def test_what_the_work_raises_reaches_everybody_and_is_not_kept(worker: Worker, error: BaseException) -> None:
    everyone_waits = threading.Barrier(2)

    def fail(_report: Progress) -> str:
        everyone_waits.wait(PATIENCE)
        time.sleep(0.05)
        raise error

    def ask() -> str:
        task = Task("key", fail, worker=worker)
        with worker._changed:
            pass
        return task.run(silent)

    with ThreadPoolExecutor(2) as users:
        first = users.submit(ask)
        until(lambda: "key" in worker._runs)
        second = users.submit(ask)
        until(lambda: worker._runs["key"].waiting == 2)
        everyone_waits.wait(PATIENCE)
        for asked in (first, second):
            with pytest.raises(type(error)):
                asked.result(PATIENCE)
    assert Task("key", lambda _report: "fine", worker=worker).run(silent) == "fine"


def test_a_caller_waits_without_spinning(worker: Worker) -> None:
    shown: list[str] = []

    def fail(_report: Progress) -> str:
        time.sleep(0.35)
        raise TimeoutError

    with pytest.raises(TimeoutError):
        Task("key", fail, worker=worker).run(lambda text, _share: shown.append(text))
    assert len(shown) < 10


def test_a_task_inside_a_task_runs_at_once_and_is_kept(worker: Worker) -> None:
    inner = Task("inner", lambda _report: 2, Priority.BACKGROUND, worker=worker)
    outer = Task("outer", lambda report: 1 + inner.run(report), Priority.TRACE, worker=worker)
    assert outer.run(silent) == 3
    assert inner.ready() == 2


def test_torch_runs_on_the_threads_a_task_asks_for(worker: Worker) -> None:
    counts: dict[str, list[int]] = {"narrow": [], "wide": []}
    begun = threading.Event()

    def narrow(report: Progress) -> str:
        begun.set()
        while not counts["wide"]:
            report("half way", 0.5)
            time.sleep(0.005)
        report("nearly", 0.9)
        counts["narrow"].append(torch.get_num_threads())
        return "narrow"

    def wide(_report: Progress) -> str:
        counts["wide"].append(torch.get_num_threads())
        return "wide"

    with ThreadPoolExecutor(1) as users:
        waiting = users.submit(Task("narrow", narrow, Priority.MOTION, threads=1, worker=worker).run, silent)
        assert begun.wait(PATIENCE)
        Task("wide", wide, Priority.TRACE, worker=worker).run(silent)
        assert waiting.result(PATIENCE) == "narrow"
    assert counts == {"narrow": [1], "wide": [THREADS]}
    torch.set_num_threads(THREADS)


def test_a_result_must_be_something(worker: Worker) -> None:
    with pytest.raises(ValueError, match="must have a result"):
        Task("key", lambda _report: None, worker=worker).run(silent)


@dataclass
class Holder:
    weights: torch.Tensor
    others: list[np.ndarray]


@pytest.mark.parametrize(
    ("result", "size"),
    [
        (torch.zeros(10), 40),
        (np.zeros(10), 80),
        ("text", 4),
        (Holder(torch.zeros(10), [np.zeros(10), np.zeros(1)]), 40 + 80 + 8),
        ({"a": torch.zeros(1)}, 4),
    ],
    ids=["tensor", "array", "text", "dataclass", "dict"],
)
def test_results_are_as_large_as_their_arrays(result: object, size: int) -> None:
    assert size_of(result) == size


def test_the_shelf_is_bounded_in_bytes() -> None:
    shelf = Shelf(max_results=100, max_bytes=1000)
    for name in "abc":
        shelf.put(name, b"x" * 400)
    assert [shelf.get(name) is None for name in "abc"] == [True, False, False]
    shelf.put("huge", b"x" * 2000)
    assert shelf.get("huge") is None
    assert shelf.get("c") is not None
    shelf.put("c", b"x")
    shelf.put("d", b"x" * 500)
    assert shelf.get("b") is not None

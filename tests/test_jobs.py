"""Slow work: one at a time, the most urgent first, shared, dropped when nobody waits, kept within bounds."""

import asyncio
import random
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from contextlib import suppress
from itertools import combinations, pairwise
from typing import Any

import pytest
import torch

from explorer import jobs
from explorer.jobs import Abandoned, Priority, Report, Task, Worker
from explorer.shelf import Shelf
from stickgen.progress import without_pause

SOON = 20
"""Seconds after which a test gives up waiting for what should come at once."""

LONG = 1000.0


@pytest.fixture(autouse=True)
def _frequent_reports(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "POLL_SECONDS", 0.005)


@pytest.fixture
def users() -> Iterator[ThreadPoolExecutor]:
    """Threads to wait in."""
    with ThreadPoolExecutor(16) as pool:
        yield pool


@pytest.fixture
def worker() -> Worker:
    return Worker()


def silent(_text: str, _share: float) -> None:
    """Show nothing."""


class Left(Exception):
    """Stands for the exception with which Streamlit ends a run."""


class Work:
    """Work that goes on, reporting, until it may end, and writes down what happens to it."""

    def __init__(self, name: str, log: list[str]) -> None:
        self.name, self.log = name, log
        self.begun, self.may_end, self.ended = threading.Event(), threading.Event(), threading.Event()

    def __call__(self, report: Report) -> str:
        self.log.append(f"{self.name} begins")
        self.begun.set()
        try:
            while not self.may_end.wait(0.002):
                report("half way", 0.5)
            report("nearly done", 0.9)
        except Abandoned:
            self.log.append(f"{self.name} is dropped")
            raise
        else:
            self.log.append(f"{self.name} ends")
            return self.name
        finally:
            self.ended.set()


class User:
    """One who waits for a task in a thread, is shown its progress, and may leave."""

    def __init__(self, pool: ThreadPoolExecutor, worker: Worker, task: Task[Any]) -> None:
        self._shown = threading.Condition()
        self.text, self.share = "", 0.0
        self._leaves = False
        self.result: Future[Any] = pool.submit(worker.run, task, self._show)

    def _show(self, text: str, share: float) -> None:
        with self._shown:
            self.text, self.share = text, share
            self._shown.notify_all()
        if self._leaves:
            raise Left

    def sees(self, text: str) -> None:
        """Wait until a text is shown; an empty one stands for any."""
        with self._shown:
            assert self._shown.wait_for(lambda: self.text.startswith(text) and self.text, SOON), (text, self.text)

    def leave(self) -> None:
        self._leaves = True
        assert isinstance(self.result.exception(SOON), Left)


def task_of(work: Work, priority: Priority = Priority.TRACE) -> Task[str]:
    return Task(work.name, work, priority)


# What is kept


def test_a_result_is_made_once_and_kept_within_bounds() -> None:
    made: list[str] = []

    def make(name: str) -> Task[str]:
        def work(_report: Report) -> str:
            made.append(name)
            return name.upper()

        return Task(name, work)

    worker = Worker(Shelf(max_entries=2))
    assert worker.ready(make("a")) is None
    for name in ("a", "b", "a", "c", "a", "b"):
        assert worker.run(make(name), silent) == worker.ready(make(name)) == name.upper()
    assert made == ["a", "b", "c", "b"]


def test_a_result_too_large_to_keep_is_given_out_and_made_again() -> None:
    made: list[int] = []
    worker = Worker(Shelf(max_bytes=100))
    task = Task("large", lambda _report: made.append(1) or torch.zeros(1000))
    assert [worker.run(task, silent).numel() for _ in range(2)] == [1000, 1000]
    assert len(made) == 2
    assert worker.ready(task) is None


@pytest.mark.parametrize("result", [0, "", False, (), {}])
def test_an_empty_result_is_a_result(worker: Worker, result: object) -> None:
    made: list[int] = []

    def work(_report: Report) -> object:
        made.append(1)
        return result

    task = Task("key", work)
    assert worker.run(task, silent) == worker.run(task, silent) == worker.ready(task) == result
    assert made == [1]


def test_work_that_returns_none_is_a_mistake_that_is_said(worker: Worker) -> None:
    with pytest.raises(TypeError, match="'key' returned None"):
        worker.run(Task("key", lambda _report: None), silent)


def test_tasks_with_the_same_key_are_the_same() -> None:
    one, other = Task("key", lambda _report: 1), Task("key", lambda _report: 2, Priority.TABLE, threads=1)
    assert one == other
    assert len({one, other}) == 1
    assert one != Task("another", one.work)


def test_a_task_runs_on_the_worker_of_the_app_and_may_be_less_urgent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "WORKER", Worker())
    task = Task("key", lambda _report: "made", Priority.OPENING, threads=1)
    assert task.ready() is None
    assert task.at(Priority.BACKGROUND).run(silent) == task.ready() == "made"
    assert (task.at(Priority.BACKGROUND).priority, task.at(Priority.BACKGROUND).threads) == (Priority.BACKGROUND, 1)


# One at a time, shared


@pytest.mark.parametrize("priorities", [[Priority.TRACE] * 2, [Priority.TRACE, Priority.BACKGROUND]])
def test_users_share_one_piece_of_work_and_only_one_runs_at_a_time(
    users: ThreadPoolExecutor, worker: Worker, priorities: list[Priority]
) -> None:
    running: list[str] = []
    at_once: list[int] = []
    started: list[str] = []
    everyone_waits = threading.Barrier(5)

    def work(name: str) -> str:
        started.append(name)
        running.append(name)
        at_once.append(len(running))
        threading.Event().wait(0.05)
        running.remove(name)
        return name

    def ask(name: str, priority: Priority) -> str:
        everyone_waits.wait(SOON)
        return worker.run(Task(name, lambda _report: work(name), priority), silent)

    names = ["a", "b", "a", "b", "a"]
    assert list(users.map(ask, names, [priorities[name == "b"] for name in names])) == names
    assert sorted(started) == ["a", "b"]
    assert at_once == [1, 1]


@pytest.mark.parametrize(("urgent", "patient"), list(combinations(Priority, 2)))
def test_the_more_urgent_goes_first_and_the_other_goes_on_where_it_was(
    users: ThreadPoolExecutor, worker: Worker, urgent: Priority, patient: Priority
) -> None:
    log: list[str] = []
    long, short = Work("long", log), Work("short", log)
    waits = User(users, worker, task_of(long, patient))
    assert long.begun.wait(SOON)
    short.may_end.set()
    assert worker.run(task_of(short, urgent), silent) == "short"
    assert not long.ended.is_set()
    long.may_end.set()
    assert waits.result.result(SOON) == "long"
    assert log == ["long begins", "short begins", "short ends", "long ends"]


def test_while_it_is_paused_nothing_of_it_runs(users: ThreadPoolExecutor, worker: Worker) -> None:
    log: list[str] = []
    reports = 0
    short = Work("short", log)
    may_end = threading.Event()

    def count(report: Report) -> int:
        nonlocal reports
        while not may_end.is_set():
            reports += 1
            report("counting", 0.5)
        return reports

    counted = User(users, worker, Task("count", count, Priority.WHOLE))
    counted.sees("counting")
    waits = User(users, worker, task_of(short, Priority.TRACE))
    assert short.begun.wait(SOON)
    before = reports
    counted.sees("Paused, 1 task ahead. counting")
    assert reports == before
    may_end.set()
    short.may_end.set()
    assert waits.result.result(SOON) == "short"
    assert counted.result.result(SOON) == before


def test_one_of_each_priority_is_begun_and_the_most_urgent_ends_first(
    users: ThreadPoolExecutor, worker: Worker
) -> None:
    log: list[str] = []
    works = [Work(priority.name, log) for priority in reversed(Priority)]
    waiting = []
    for work, priority in zip(works, reversed(Priority), strict=True):
        waiting.append(User(users, worker, task_of(work, priority)))
        assert work.begun.wait(SOON)
    for work in works:
        work.may_end.set()
    assert [user.result.result(SOON) for user in waiting] == [work.name for work in works]
    assert [line for line in log if line.endswith("ends")] == [f"{priority.name} ends" for priority in Priority]


@pytest.mark.parametrize("priority", Priority)
def test_two_that_are_equally_urgent_run_one_after_the_other_even_if_the_first_is_paused(
    users: ThreadPoolExecutor, worker: Worker, priority: Priority
) -> None:
    log: list[str] = []
    first, second = Work("first", log), Work("second", log)
    waiting = [User(users, worker, task_of(first, priority))]
    assert first.begun.wait(SOON)
    waiting.append(User(users, worker, task_of(second, priority)))
    waiting[1].sees("Waiting: 1 task ahead")
    if priority > Priority.TRACE:
        assert worker.run(Task("urgent", lambda _report: log.append("urgent") or 1), silent) == 1
        log.remove("urgent")
    first.may_end.set()
    second.may_end.set()
    assert [user.result.result(SOON) for user in waiting] == ["first", "second"]
    assert log == ["first begins", "first ends", "second begins", "second ends"]


def test_those_who_wait_are_told_their_place_in_line(users: ThreadPoolExecutor, worker: Worker) -> None:
    works = [Work(name, []) for name in "abcd"]
    asked = zip(works, (Priority.WHOLE, Priority.TABLE, Priority.TABLE, Priority.BACKGROUND), strict=True)
    waiting = [User(users, worker, task_of(work, priority)) for work, priority in [next(asked)]]
    waiting[0].sees("half way")
    for place, (work, priority) in enumerate(asked, start=1):
        waiting.append(User(users, worker, task_of(work, priority)))
        waiting[-1].sees(f"Waiting: {place} task{'s' * (place > 1)} ahead")
    works[0].may_end.set()
    waiting[1].sees("half way")
    waiting[2].sees("Waiting: 1 task ahead")
    for work in works:
        work.may_end.set()
    assert [user.result.result(SOON) for user in waiting] == list("abcd")


def test_work_that_another_user_needs_sooner_becomes_as_urgent(users: ThreadPoolExecutor, worker: Worker) -> None:
    log: list[str] = []
    shared, table = Work("shared", log), Work("table", log)
    warm_up = User(users, worker, task_of(shared, Priority.BACKGROUND))
    assert shared.begun.wait(SOON)
    waits = User(users, worker, task_of(table, Priority.TABLE))
    assert table.begun.wait(SOON)
    opening = User(users, worker, task_of(shared, Priority.TRACE))
    waits.sees("Paused, 1 task ahead. half way")
    shared.may_end.set()
    assert opening.result.result(SOON) == warm_up.result.result(SOON) == "shared"
    table.may_end.set()
    assert waits.result.result(SOON) == "table"
    assert log == ["shared begins", "table begins", "shared ends", "table ends"]


# Threads of torch


@pytest.mark.parametrize("ends", ["result", "error"])
@pytest.mark.parametrize(("patient", "urgent"), [(1, None), (None, 1), (1, 2), (None, None)])
def test_torch_runs_on_the_threads_of_the_task_whose_turn_it_is(
    users: ThreadPoolExecutor, patient: int | None, urgent: int | None, ends: str
) -> None:
    torch.set_num_threads(3)
    worker = Worker()
    seen: list[int] = []
    begun, urgent_is_over = threading.Event(), threading.Event()

    def long(report: Report) -> str:
        seen.append(torch.get_num_threads())
        begun.set()
        while not urgent_is_over.is_set():
            report("half way", 0.5)
        report("half way", 0.5)
        seen.append(torch.get_num_threads())
        return "long"

    def short(_report: Report) -> str:
        seen.append(torch.get_num_threads())
        if ends == "error":
            raise ValueError("stops here")
        return "short"

    try:
        waits = users.submit(worker.run, Task("long", long, Priority.WHOLE, threads=patient), silent)
        assert begun.wait(SOON)
        made = users.submit(worker.run, Task("short", short, Priority.TRACE, threads=urgent), silent)
        assert (made.exception(SOON) is None) == (ends == "result")
        urgent_is_over.set()
        assert waits.result(SOON) == "long"
        assert seen == [patient or 3, urgent or 3, patient or 3]
        assert worker.run(Task("next", lambda _report: torch.get_num_threads()), silent) == 3
    finally:
        torch.set_num_threads(1)


def test_a_task_within_a_task_has_its_own_threads() -> None:
    torch.set_num_threads(3)
    worker = Worker()
    inner = Task("inner", lambda _report: torch.get_num_threads(), threads=1)

    def outer(report: Report) -> list[int]:
        return [torch.get_num_threads(), worker.run(inner, report), torch.get_num_threads()]

    try:
        assert worker.run(Task("outer", outer, threads=2), silent) == [2, 1, 2]
    finally:
        torch.set_num_threads(1)


def test_where_work_may_not_pause_it_goes_on_and_can_be_given_up(users: ThreadPoolExecutor, worker: Worker) -> None:
    asked, went_on, ended = threading.Event(), threading.Event(), threading.Event()

    def held(report: Report) -> str:
        try:
            with without_pause():
                while True:
                    was_asked = asked.is_set()
                    report("held", 0.5)
                    if was_asked:
                        went_on.set()
        finally:
            ended.set()

    user = User(users, worker, Task("held", held, Priority.TABLE))
    user.sees("held")
    urgent = User(users, worker, Task("urgent", lambda _report: "done", Priority.TRACE))
    urgent.sees("Waiting: 1 task ahead")
    asked.set()
    assert went_on.wait(SOON)
    assert not urgent.result.done()
    user.leave()
    assert ended.wait(SOON)
    assert urgent.result.result(SOON) == "done"


# Leaving and coming back


def test_progress_is_shown_and_work_nobody_waits_for_stops(users: ThreadPoolExecutor, worker: Worker) -> None:
    log: list[str] = []
    work = Work("key", log)
    user = User(users, worker, task_of(work))
    user.sees("half way")
    assert user.share == 0.5
    user.leave()
    assert work.ended.wait(SOON)
    assert log == ["key begins", "key is dropped"]
    assert worker.run(Task("key", lambda _report: "asked again"), silent) == "asked again"


def test_who_comes_back_at_once_finds_the_work_going_on(
    users: ThreadPoolExecutor, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "GRACE_SECONDS", LONG)
    log: list[str] = []
    work = Work("a", log)
    for _ in range(3):
        user = User(users, worker, task_of(work))
        user.sees("half way")
        user.leave()
    again = User(users, worker, task_of(work))
    again.sees("half way")
    work.may_end.set()
    assert again.result.result(SOON) == "a"
    assert log == ["a begins", "a ends"]


@pytest.mark.parametrize("others", [Priority.WHOLE, Priority.TABLE, Priority.MEASUREMENT])
def test_work_that_is_left_stops_at_once_where_others_wait(
    users: ThreadPoolExecutor, worker: Worker, monkeypatch: pytest.MonkeyPatch, others: Priority
) -> None:
    monkeypatch.setattr(jobs, "GRACE_SECONDS", LONG)
    log: list[str] = []
    work, other, again = Work("a", log), Work("b", log), Work("a", log)
    user = User(users, worker, task_of(work, Priority.WHOLE))
    user.sees("half way")
    waits = User(users, worker, task_of(other, others))
    waits.sees("Waiting: 1 task ahead")
    user.leave()
    assert work.ended.wait(SOON)
    returns = User(users, worker, task_of(again, others))
    other.may_end.set()
    again.may_end.set()
    assert (waits.result.result(SOON), returns.result.result(SOON)) == ("b", "a")
    assert log[:2] == ["a begins", "a is dropped"]
    assert log[2:] == ["b begins", "b ends", "a begins", "a ends"]


@pytest.mark.parametrize("others", [Priority.TRACE, Priority.BACKGROUND])
def test_work_that_is_left_is_paused_or_goes_on_where_only_the_more_urgent_or_the_background_waits(
    users: ThreadPoolExecutor, worker: Worker, monkeypatch: pytest.MonkeyPatch, others: Priority
) -> None:
    """So that a page that needs a new trace, and then the same motion, has the motion go on."""
    monkeypatch.setattr(jobs, "GRACE_SECONDS", LONG)
    log: list[str] = []
    work, other = Work("a", log), Work("b", log)
    user = User(users, worker, task_of(work, Priority.WHOLE))
    user.sees("half way")
    user.leave()
    waits = User(users, worker, task_of(other, others))
    waits.sees("half way" if others == Priority.TRACE else "Waiting: 1 task ahead")
    again = User(users, worker, task_of(work, Priority.WHOLE))
    again.sees("Paused, 1 task ahead" if others == Priority.TRACE else "half way")
    for each in (work, other):
        each.may_end.set()
    assert (again.result.result(SOON), waits.result.result(SOON)) == ("a", "b")
    assert "a is dropped" not in log
    assert log.count("a begins") == 1


def test_paused_work_that_is_left_is_dropped_though_the_other_still_runs(
    users: ThreadPoolExecutor, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "GRACE_SECONDS", 0.05)
    log: list[str] = []
    paused, other = Work("paused", log), Work("other", log)
    user = User(users, worker, task_of(paused, Priority.WHOLE))
    assert paused.begun.wait(SOON)
    waits = User(users, worker, task_of(other, Priority.TRACE))
    user.sees("Paused")
    user.leave()
    assert paused.ended.wait(SOON)
    assert not other.ended.is_set()
    other.may_end.set()
    assert waits.result.result(SOON) == "other"
    assert log == ["paused begins", "other begins", "paused is dropped", "other ends"]


def test_paused_work_that_is_left_makes_room_at_once_for_what_is_as_urgent(
    users: ThreadPoolExecutor, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "GRACE_SECONDS", LONG)
    log: list[str] = []
    paused, other, equal = Work("paused", log), Work("other", log), Work("equal", log)
    user = User(users, worker, task_of(paused, Priority.WHOLE))
    assert paused.begun.wait(SOON)
    waits = User(users, worker, task_of(other, Priority.TRACE))
    user.sees("Paused")
    user.leave()
    second = User(users, worker, task_of(equal, Priority.WHOLE))
    assert paused.ended.wait(SOON)
    for work in (other, equal):
        work.may_end.set()
    assert (waits.result.result(SOON), second.result.result(SOON)) == ("other", "equal")
    assert log[:3] == ["paused begins", "other begins", "paused is dropped"]


def test_work_that_is_left_before_it_begins_never_begins(users: ThreadPoolExecutor, worker: Worker) -> None:
    log: list[str] = []
    running, queued = Work("running", log), Work("queued", log)
    waits = User(users, worker, task_of(running))
    user = User(users, worker, task_of(queued))
    user.sees("Waiting: 1 task ahead")
    user.leave()
    running.may_end.set()
    assert waits.result.result(SOON) == "running"
    assert worker.run(Task("last", lambda _report: "last"), silent) == "last"
    assert not queued.begun.is_set()


@pytest.mark.parametrize(("grace", "first"), [(LONG, "b"), (0.0, "c")])
def test_who_comes_back_soon_keeps_the_place_in_line(
    users: ThreadPoolExecutor, worker: Worker, monkeypatch: pytest.MonkeyPatch, grace: float, first: str
) -> None:
    monkeypatch.setattr(jobs, "GRACE_SECONDS", grace)
    log: list[str] = []
    a, b, c = (Work(name, log) for name in "abc")
    waiting = [User(users, worker, task_of(a))]
    assert a.begun.wait(SOON)
    leaves = User(users, worker, task_of(b))
    leaves.sees("Waiting: 1 task ahead")
    leaves.leave()
    waiting.append(User(users, worker, task_of(c)))
    waiting[-1].sees("Waiting: 1 task ahead")
    waiting.append(User(users, worker, task_of(b)))
    waiting[-1].sees("Waiting")
    for work in (a, b, c):
        work.may_end.set()
    assert [user.result.result(SOON) for user in waiting] == ["a", "c", "b"]
    assert [line[0] for line in log if line.endswith("begins")] == ["a", first, "bc".replace(first, "")]


def test_what_is_cut_short_is_not_kept_though_the_work_returns_something(
    users: ThreadPoolExecutor, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "GRACE_SECONDS", 0.0)
    returned = threading.Event()

    def work(report: Report) -> str:
        try:
            while True:
                report("half way", 0.5)
        except Abandoned:
            with pytest.raises(Abandoned):
                report("not yet over", 0.6)
            returned.set()
            return "a half"

    user = User(users, worker, Task("key", work))
    user.sees("half way")
    user.leave()
    assert returned.wait(SOON)
    assert worker.run(Task("next", lambda _report: "next"), silent) == "next"
    assert worker.ready(Task("key", work)) is None


# Failures


@pytest.mark.parametrize(
    "error",
    [
        ValueError("no such clip"),
        TimeoutError("took too long"),
        CancelledError(),
        asyncio.CancelledError(),
        Abandoned(),
        StopIteration(),
        KeyboardInterrupt(),
        SystemExit(1),
        GeneratorExit(),
    ],
    ids=lambda error: f"{type(error).__module__}.{type(error).__name__}",
)
def test_a_failure_reaches_everyone_who_waits_and_is_not_kept(worker: Worker, error: BaseException) -> None:
    everyone_waits = threading.Barrier(3)
    raised: list[BaseException] = []

    def fail(_report: Report) -> str:
        everyone_waits.wait(SOON)
        raise error

    def ask() -> None:
        first = True

        def show(_text: str, _share: float) -> None:
            nonlocal first
            if first:
                first = False
                everyone_waits.wait(SOON)

        try:
            worker.run(Task("key", fail), show)
        except BaseException as caught:
            raised.append(caught)

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SOON)
    assert raised == [error, error]
    assert worker.run(Task("key", lambda _report: "fine"), silent) == "fine"


def test_a_failure_leaves_the_turn_to_the_next(users: ThreadPoolExecutor, worker: Worker) -> None:
    paused = Work("paused", [])
    waits = User(users, worker, task_of(paused, Priority.WHOLE))
    assert paused.begun.wait(SOON)

    def fail(_report: Report) -> str:
        raise ValueError("no such clip")

    with pytest.raises(ValueError, match="no such clip"):
        worker.run(Task("fails", fail), silent)
    paused.may_end.set()
    assert waits.result.result(SOON) == "paused"


# A task within a task


def test_a_task_within_a_task_runs_on_the_spot_and_its_result_is_shared(worker: Worker) -> None:
    made: list[int] = []
    shown: list[str] = []
    parts = [Task(("part", number), lambda _report, number=number: made.append(number) or number) for number in (1, 2)]

    def whole(report: Report) -> int:
        return sum(worker.run(part, report) for part in (*parts, *parts))

    assert worker.run(parts[0], silent) == 1
    assert worker.run(Task("whole", whole), lambda text, _share: shown.append(text)) == 6
    assert [worker.ready(part) for part in parts] == [1, 2]
    assert made == [1, 2]


@pytest.mark.parametrize("is_begun", [True, False])
def test_a_task_within_a_task_does_not_wait_for_one_that_waits_for_it(
    users: ThreadPoolExecutor, worker: Worker, is_begun: bool
) -> None:
    """The inner one is paused, or in line, behind the very task that needs it."""
    log: list[str] = []
    inner, holds_up = Work("inner", log), Work("first", log)
    first = inner if is_begun else holds_up
    waiting = [User(users, worker, task_of(first, Priority.TABLE))]
    assert first.begun.wait(SOON)
    if not is_begun:
        waiting.append(User(users, worker, task_of(inner, Priority.TABLE)))
        waiting[-1].sees("Waiting: 1 task ahead")
    quick = Task("inner", lambda _report: "made on the spot")
    outer = Task("outer", lambda report: worker.run(quick, report) + " for the outer one")
    assert worker.run(outer, silent) == "made on the spot for the outer one"
    for work in (inner, holds_up):
        work.may_end.set()
    for user in waiting:
        assert user.result.result(SOON) in ("first", "inner", "made on the spot")
    assert log.count("inner begins") == is_begun, "one that has not begun takes what was made on the spot"


def test_within_an_inner_task_too_the_more_urgent_goes_first_and_what_is_left_is_dropped(
    users: ThreadPoolExecutor, worker: Worker
) -> None:
    log: list[str] = []
    inner = Work("inner", log)
    outer = Task("outer", lambda _report: worker.run(task_of(inner), silent), Priority.TABLE)
    user = User(users, worker, outer)
    assert inner.begun.wait(SOON)
    assert worker.run(Task("urgent", lambda _report: log.append("urgent") or 1), silent) == 1
    user.leave()
    assert inner.ended.wait(SOON)
    assert log == ["inner begins", "urgent", "inner is dropped"]


def test_a_task_that_waits_for_itself_is_refused(worker: Worker) -> None:
    outer: Task[str] = Task("outer", lambda report: worker.run(inner, report))
    inner: Task[str] = Task("inner", lambda report: worker.run(outer, report))
    with pytest.raises(RuntimeError, match="'outer' waits for itself"):
        worker.run(outer, silent)
    assert worker.run(Task("next", lambda _report: "next"), silent) == "next"


# Reports out of place


def test_a_report_that_outlives_its_work_does_nothing(users: ThreadPoolExecutor, worker: Worker) -> None:
    kept: list[Report] = []
    worker.run(Task("key", lambda report: kept.append(report) or 1), silent)
    work = Work("other", [])
    waits = User(users, worker, task_of(work))
    assert work.begun.wait(SOON)
    kept[0]("too late", 1.0)
    work.may_end.set()
    assert waits.result.result(SOON) == "other"


def test_a_report_from_another_thread_shows_and_does_not_pause(users: ThreadPoolExecutor, worker: Worker) -> None:
    begun, may_end = threading.Event(), threading.Event()

    def work(report: Report) -> str:
        helper = threading.Thread(target=report, args=("helping", 0.3))
        begun.set()
        assert may_end.wait(SOON)
        helper.start()
        helper.join(SOON)
        assert not helper.is_alive()
        return "made"

    waits = users.submit(worker.run, Task("key", work, Priority.TABLE), silent)
    assert begun.wait(SOON)
    urgent = User(users, worker, Task("urgent", lambda _report: "urgent"))
    urgent.sees("Waiting: 1 task ahead")
    may_end.set()
    assert (waits.result(SOON), urgent.result.result(SOON)) == ("made", "urgent")


# All of it at once


@pytest.mark.parametrize("seed", range(3))
def test_many_users_who_come_and_go_get_what_they_stay_for(
    users: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    monkeypatch.setattr(jobs, "GRACE_SECONDS", 0.01)
    worker = Worker(Shelf(max_entries=3))
    at_work = threading.Lock()

    def work_of(key: int) -> Callable[[Report], int]:
        def work(report: Report) -> int:
            for step in range(key % 5):
                assert at_work.acquire(blocking=False), "two work at once"
                threading.Event().wait(0.001)
                at_work.release()
                report("half way", step / 5)
            return worker.run(Task(key + 1, work_of(key + 1), Priority.TABLE), report) - 1 if key % 7 == 0 else key

        return work

    def use(number: int) -> None:
        chance = random.Random(1000 * seed + number)

        def show(_text: str, _share: float) -> None:
            if chance.random() < 0.2:
                raise Left

        for _ in range(15):
            key = chance.randrange(20)
            task = Task(key, work_of(key), chance.choice(list(Priority)))
            with suppress(Left):
                assert worker.run(task, silent if chance.random() < 0.5 else show) == key

    for user in [users.submit(use, number) for number in range(12)]:
        user.result(60)
    assert worker.run(Task("last", lambda _report: "last"), silent) == "last"


def test_the_priorities_are_in_order() -> None:
    assert all(first < second for first, second in pairwise(Priority))
    assert max(Priority) is Priority.BACKGROUND

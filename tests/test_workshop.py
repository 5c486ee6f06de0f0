"""Slow work: one at a time, shared, dropped when nobody waits, kept within bounds."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from explorer.workshop import Abandoned, Report, Workshop


def silent(_text: str, _fraction: float) -> None:
    """Show nothing."""


def test_a_result_is_made_once_and_kept_within_bounds() -> None:
    made: list[str] = []

    def work(name: str) -> str:
        made.append(name)
        return name.upper()

    workshop = Workshop("test", keep=2)
    for name in ("a", "b", "a", "c", "a", "b"):
        assert workshop.run(name, lambda _report, name=name: work(name), silent) == name.upper()
    assert made == ["a", "b", "c", "b"]


def test_users_share_one_piece_of_work_and_only_one_runs_at_a_time() -> None:
    running = 0
    most = 0
    started: list[str] = []
    everyone_waits = threading.Barrier(5)

    def work(name: str) -> str:
        nonlocal running, most
        started.append(name)
        running += 1
        most = max(most, running)
        threading.Event().wait(0.15)
        running -= 1
        return name

    def ask(name: str) -> str:
        everyone_waits.wait()
        return workshop.run(name, lambda _report: work(name), silent)

    workshop = Workshop("test", keep=4)
    with ThreadPoolExecutor(5) as users:
        assert list(users.map(ask, ["a", "b", "a", "b", "a"])) == ["a", "b", "a", "b", "a"]
    assert sorted(started) == ["a", "b"]
    assert most == 1


def test_progress_is_shown_and_work_nobody_waits_for_stops() -> None:
    stopped = threading.Event()
    shown: list[tuple[str, float]] = []

    def work(report: Report) -> None:
        try:
            while True:
                report("half way", 0.5)
                threading.Event().wait(0.01)
        except Abandoned:
            stopped.set()
            raise

    def leave(text: str, fraction: float) -> None:
        shown.append((text, fraction))
        raise KeyboardInterrupt  # stands for the exception with which Streamlit ends a run

    workshop = Workshop("test", keep=1)
    with pytest.raises(KeyboardInterrupt):
        workshop.run("key", work, leave)
    assert stopped.wait(5)
    assert shown == [("half way", 0.5)]
    assert workshop.run("key", lambda _report: "asked again", silent) == "asked again"


class Left(Exception):
    """Stands for the exception with which Streamlit ends a run."""


def test_who_comes_back_at_once_finds_the_work_going_on_unless_others_wait() -> None:
    begun: list[str] = []
    may_end = threading.Event()

    def work(report: Report, name: str) -> str:
        begun.append(name)
        while not may_end.wait(0.01):
            report("half way", 0.5)
        return name

    def leave(_text: str, _fraction: float) -> None:
        raise Left

    workshop = Workshop("test", keep=4)
    for _ in range(3):
        with pytest.raises(Left):
            workshop.run("a", lambda report: work(report, "a"), leave)
    assert workshop.jobs == 0
    with ThreadPoolExecutor(2) as users:
        other = users.submit(workshop.run, "b", lambda report: work(report, "b"), silent)
        while "b" not in begun:
            threading.Event().wait(0.01)
        again = users.submit(workshop.run, "a", lambda report: work(report, "a again"), silent)
        may_end.set()
        assert (other.result(5), again.result(5)) == ("b", "a again")
    assert begun == ["a", "b", "a again"]


def test_work_that_gives_way_starts_over_after_what_others_wait_for_and_is_not_lost() -> None:
    begun: list[str] = []

    def give_way(report: Report) -> str:
        begun.append("gives way")
        while "urgent" not in begun:
            report("half way", 0.5)
            threading.Event().wait(0.01)
        return "made after all"

    def urgent(_report: Report) -> str:
        begun.append("urgent")
        return "made soon"

    workshop = Workshop("test", keep=4)
    with ThreadPoolExecutor(1) as users:
        patient = users.submit(workshop.run, "a", give_way, silent, gives_way=True)
        while not begun:
            threading.Event().wait(0.01)
        assert workshop.run("b", urgent, silent) == "made soon"
        assert patient.result(5) == "made after all"
    assert begun == ["gives way", "urgent", "gives way"]


def test_two_that_give_way_do_not_stop_each_other() -> None:
    begun: list[str] = []

    def work(report: Report, name: str) -> str:
        begun.append(name)
        while workshop.jobs < 2 and len(begun) < 2:
            threading.Event().wait(0.01)
        report("half way", 0.5)
        return name

    workshop = Workshop("test", keep=4)
    with ThreadPoolExecutor(2) as users:
        made = [
            users.submit(workshop.run, name, lambda report, name=name: work(report, name), silent, gives_way=True)
            for name in ("a", "b")
        ]
        assert [job.result(5) for job in made] == ["a", "b"]
    assert begun in (["a", "b"], ["b", "a"])


def test_a_failure_reaches_the_caller_and_is_not_kept() -> None:
    def fail(_report: Report) -> str:
        raise ValueError("no such clip")

    workshop = Workshop("test", keep=1)
    with pytest.raises(ValueError, match="no such clip"):
        workshop.run("key", fail, silent)
    assert workshop.run("key", lambda _report: "fine", silent) == "fine"

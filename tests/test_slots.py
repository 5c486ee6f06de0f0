"""Places on a page that fill in: what is ready at once, the rest once the page is through, the most urgent first."""

import threading
from collections.abc import Callable
from typing import Any, NoReturn

import pytest
import streamlit as st
from streamlit.runtime.scriptrunner_utils.script_run_context import ThreadState
from streamlit.testing.v1 import AppTest

from explorer import jobs, slots
from explorer.jobs import Abandoned, Priority, Report, Task, Worker
from explorer.shelf import Shelf
from explorer.slots import Progress, fill, fill_best, fill_each, filling

SOON = 20
LONG = 1000.0


@pytest.fixture(autouse=True)
def _own_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "WORKER", Worker())
    monkeypatch.setattr(jobs, "POLL_SECONDS", 0.005)


def _script(page: object) -> None:  # Streamlit runs these lines alone, where no other type is imported
    page()


def app_of(page: Callable[[], None], rerun: Callable[[], NoReturn] = st.rerun) -> AppTest:
    """An app with this page."""

    def run() -> None:
        with filling("page", rerun):
            page()

    return bare_app_of(run)


def bare_app_of(script: Callable[[], None]) -> AppTest:
    """An app that runs this and nothing else. What it raises is in the session's state: the screen does not say it."""

    def run() -> None:
        try:
            script()
        except Exception as error:
            st.session_state["raised"] = str(error)
            raise

    return AppTest.from_function(_script, default_timeout=SOON, kwargs={"page": run})


def texts(app: AppTest) -> list[str]:
    """What stands on the page, in its order."""
    assert not app.exception, app.exception
    return [element.value for element in app.main if element.type in ("markdown", "caption", "error")]


def made(key: str, log: list[str], priority: Priority = Priority.TRACE) -> Task[str]:
    """A task that writes down when it runs."""

    def work(_report: Report) -> str:
        log.append(key)
        return key

    return Task(key, work, priority)


def failing(key: str, error: Exception) -> Task[str]:
    def work(_report: Report) -> str:
        raise error

    return Task(key, work)


def waiting_for(event: threading.Event, result: str = "made") -> Task[str]:
    """A task that reports until something has happened."""

    def work(report: Report) -> str:
        while not event.wait(0.002):
            report("half way", 0.5)
        return result

    return Task(result, work)


# One task


@pytest.mark.parametrize("make_slot", [st.empty, st.container])
def test_a_place_is_filled_where_it_stands_after_the_rest_and_at_once_when_it_is_ready(
    make_slot: Callable[[], Any],
) -> None:
    log: list[str] = []

    def page() -> None:
        fill(make_slot(), made("slow", log), lambda result: (log.append("drawn"), st.markdown(result)))
        st.markdown("quick")
        log.append("page is through")

    app = app_of(page).run()
    assert texts(app) == ["slow", "quick"]
    assert log == ["page is through", "slow", "drawn"]
    log.clear()
    assert texts(app.run()) == ["slow", "quick"]
    assert log == ["drawn", "page is through"]


def test_places_fill_by_urgency_then_in_the_order_of_the_page() -> None:
    log: list[str] = []

    def page() -> None:
        for key, priority in (
            ("table", Priority.TABLE),
            ("first", Priority.TRACE),
            ("refined", Priority.BACKGROUND),
            ("second", Priority.TRACE),
        ):
            fill(st.empty(), made(key, log, priority), st.markdown)

    assert texts(app_of(page).run()) == ["table", "first", "refined", "second"]
    assert log == ["first", "second", "table", "refined"]


def test_a_place_in_a_place_is_filled_too() -> None:
    log: list[str] = []

    def draw(result: str) -> None:
        with st.container():
            st.markdown(result)
            fill(st.empty(), made("inner", log), st.markdown)

    app = app_of(lambda: fill(st.empty(), made("outer", log), draw)).run()
    assert [element.value for element in app.markdown] == ["outer", "inner"]


def test_a_skeleton_holds_a_place_until_something_has_stood_there(monkeypatch: pytest.MonkeyPatch) -> None:
    skeletons: list[int] = []
    draw_skeleton = slots.DeltaGenerator.skeleton

    def skeleton(self: Any, height: int) -> Any:
        skeletons.append(height)
        return draw_skeleton(self, height)

    monkeypatch.setattr(slots.DeltaGenerator, "skeleton", skeleton)
    log: list[str] = []

    def page() -> None:
        fill(st.container(), made(f"choice {len(log)}", log), st.markdown, height=120)

    app = app_of(page).run()
    assert (skeletons, texts(app)) == ([120], ["choice 0"])
    assert texts(app.run()) == ["choice 1"]
    assert skeletons == [120], "what stood there stays"


@pytest.mark.parametrize("is_elsewhere", [True, False])
def test_progress_is_shown_in_the_place_itself_or_in_another_which_is_empty_afterwards(
    monkeypatch: pytest.MonkeyPatch, is_elsewhere: bool
) -> None:
    shown = threading.Event()
    draw_progress = slots.DeltaGenerator.progress

    def draw_and_note(slot: Any, share: float, text: str) -> Any:
        shown.set()
        return draw_progress(slot, share, text)

    monkeypatch.setattr(slots.DeltaGenerator, "progress", draw_and_note)

    def page() -> None:
        progress = Progress(slot=st.empty()) if is_elsewhere else None
        fill(st.container(), waiting_for(shown), st.markdown, progress=progress)

    app = app_of(page).run()
    assert texts(app) == ["made"]
    assert not app.get("progress")


def test_progress_is_shown_rarely_and_streamlit_may_end_the_run_in_between(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str] = []
    looks: list[str] = []
    enough = threading.Event()

    class Session(dict[str, Any]):
        def get(self, key: str, _default: object = None) -> None:
            looks.append(key)
            if len(looks) > 5:
                enough.set()

    def page() -> None:
        fill(st.empty(), waiting_for(enough), st.markdown, progress=Progress(slot=st.empty()))
        monkeypatch.setattr(slots.st, "session_state", Session())

    monkeypatch.setattr(slots, "PROGRESS_SECONDS", LONG)
    monkeypatch.setattr(slots.DeltaGenerator, "progress", lambda *_: shown.append("shown"))
    app = app_of(page).run()
    assert texts(app) == ["made"]
    assert shown == ["shown"]


def test_a_page_that_is_left_stops_waiting_and_its_work_ends() -> None:
    dropped = threading.Event()

    def work(report: Report) -> str:
        try:
            while True:
                report("half way", 0.5)
        except Abandoned:
            dropped.set()
            raise

    app = app_of(lambda: fill(st.empty(), Task("endless", work), st.markdown))
    with pytest.raises(RuntimeError, match="timed out"):
        app.run(timeout=0.5)  # at which Streamlit asks the run to end
    assert dropped.wait(SOON)


# Reruns


def test_a_result_that_other_parts_need_comes_with_a_rerun(monkeypatch: pytest.MonkeyPatch) -> None:
    log: list[str] = []
    reruns: list[int] = []

    def rerun() -> NoReturn:
        reruns.append(1)
        st.rerun()

    def page() -> None:
        st.markdown(f"needs {made('slow', log).ready()}")
        fill(st.empty(), made("slow", log), lambda result: log.append(f"draws {result}"), rerun=True)

    assert texts(app_of(page, rerun).run()) == ["needs slow"]
    assert (log, reruns) == (["slow", "draws slow"], [1])
    monkeypatch.setattr(jobs, "WORKER", Worker(Shelf(max_bytes=1)))
    assert "too large to be kept" in app_of(page, rerun).run().session_state["raised"]


def test_stages_come_with_reruns_each_in_the_place_of_the_one_before() -> None:
    log: list[str] = []
    seen: list[str | None] = []
    stages = [
        made("opening", log, Priority.OPENING),
        made("whole", log, Priority.WHOLE),
        made("refined", log, Priority.BACKGROUND),
    ]

    def draw(best: str | None) -> None:
        seen.append(best)
        st.text_input("A player, whose key can stand on a page once", key="player")
        st.markdown(f"shows {best}")

    def page() -> None:
        fill_best(st.container(), stages, draw, progress=Progress(slot=st.empty()))

    app = app_of(page)
    assert app.run().markdown[0].value == "shows refined"
    assert log == ["opening", "whole", "refined"]
    assert seen == [None, "opening", "whole", "refined"]
    app.run()
    assert log == ["opening", "whole", "refined"]


def test_a_stage_before_a_ready_one_is_not_run() -> None:
    log: list[str] = []
    stages = [made("opening", log), made("whole", log), made("refined", log)]
    stages[1].run(lambda *_: None)
    app = app_of(lambda: fill_best(st.empty(), stages, st.markdown, progress=Progress(slot=st.empty()))).run()
    assert texts(app) == ["refined"]
    assert log == ["whole", "refined"]


# Several tasks


@pytest.mark.parametrize(("seconds", "draws"), [(0.0, 4), (LONG, 2)])
def test_a_place_of_several_tasks_fills_in_and_is_not_drawn_too_often(
    monkeypatch: pytest.MonkeyPatch, seconds: float, draws: int
) -> None:
    monkeypatch.setattr(slots, "REDRAW_SECONDS", seconds)
    log: list[str] = []
    drawn: list[list[str | None]] = []

    def draw(results: list[str | None]) -> None:
        drawn.append(list(results))
        st.markdown(", ".join(result or "?" for result in results))

    def page() -> None:
        progress = st.empty()
        tasks = [made(key, log, Priority.TABLE) for key in "abc"]
        fill_each(st.empty(), tasks, draw, progress=Progress(slot=progress, steps="Rows traced"))

    app = app_of(page).run()
    assert texts(app) == ["a, b, c"]
    assert not app.get("progress")
    steps: list[list[str | None]] = [[None] * 3, ["a", None, None], ["a", "b", None], ["a", "b", "c"]]
    assert drawn == (steps if draws == 4 else [steps[0], steps[-1]])
    app.run()
    assert log == ["a", "b", "c"]
    assert drawn[-1] == ["a", "b", "c"]
    assert len(drawn) == draws + 1


def test_what_has_come_is_drawn_while_the_next_is_still_at_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slots, "REDRAW_SECONDS", 0.05)
    first_is_drawn = threading.Event()

    def draw(results: list[str | None]) -> None:
        st.markdown(str(results))
        if results[0]:
            first_is_drawn.set()

    def page() -> None:
        tasks = [made("a", []), waiting_for(first_is_drawn, "b")]
        fill_each(st.empty(), tasks, draw, progress=Progress(slot=st.empty()))

    assert texts(app_of(page).run()) == ["['a', 'b']"]


def test_tasks_that_stand_in_several_places_run_once_for_all_and_are_drawn_in_each() -> None:
    log: list[str] = []

    def page() -> None:
        progress = Progress(slot=st.empty(), names=["First", "Second"])
        for name in ("table", "chart"):
            tasks = [made(key, log) for key in "ab"]
            fill_each(st.empty(), tasks, lambda known, name=name: st.markdown(f"{name} {known}"), progress=progress)
        fill(st.empty(), made("a", log), st.markdown)

    assert texts(app_of(page).run()) == ["table ['a', 'b']", "chart ['a', 'b']", "a"]
    assert log == ["a", "b"]


@pytest.mark.parametrize(
    ("progress", "said"),
    [
        (
            {"steps": "Rows traced"},
            [("Rows traced: 0 of 2. You can use the page meanwhile.", 0.0), ("Rows traced: 1 of 2.", 0.5)],
        ),
        ({"names": ["First", "Second"]}, [("First. half way", 0.5), ("Second. half way", 0.5)]),
    ],
)
def test_progress_says_which_task_it_is_about_and_how_far_it_is(
    monkeypatch: pytest.MonkeyPatch, progress: dict[str, Any], said: list[tuple[str, float]]
) -> None:
    shown: list[tuple[str, float]] = []

    def is_shown(awaited: tuple[str, float]) -> bool:
        return any(text.startswith(awaited[0]) and share == awaited[1] for text, share in list(shown))

    monkeypatch.setattr(slots, "PROGRESS_SECONDS", 0.0)
    monkeypatch.setattr(slots.DeltaGenerator, "progress", lambda _self, share, text: shown.append((text, share)))

    def task(key: str, awaited: tuple[str, float]) -> Task[str]:
        def work(report: Report) -> str:
            while not is_shown(awaited):
                report("half way", 0.5)
            return key

        return Task(key, work)

    def page() -> None:
        tasks = [task("a", said[0]), task("b", said[1])]
        fill_each(
            st.empty(), tasks, lambda known: st.markdown(str(known)), progress=Progress(slot=st.empty(), **progress)
        )

    assert texts(app_of(page).run()) == ["['a', 'b']"]
    assert all(map(is_shown, said))


# Errors


def test_an_expected_error_is_handed_to_the_page_and_the_others_go_on() -> None:
    log: list[str] = []

    def page() -> None:
        tasks = [failing("a", TimeoutError("took too long")), made("b", log)]
        refusals: list[str] = []
        fill_each(
            st.empty(),
            tasks,
            lambda known: st.markdown(f"{known} {refusals}"),
            progress=Progress(slot=st.empty()),
            failed=lambda task, error: refusals.append(f"{task.key}: {error}"),
            expects=(TimeoutError,),
        )
        fill(
            st.empty(),
            failing("c", TimeoutError("took too long")),
            st.markdown,
            failed=lambda _task, error: st.error(str(error)),
            expects=(ValueError, TimeoutError),
        )

    assert texts(app_of(page).run()) == ["[None, 'b'] ['a: took too long']", "took too long"]


def test_after_an_expected_error_the_page_runs_again_where_it_does_after_a_result() -> None:
    def page() -> None:
        if "refused" in st.session_state:
            st.markdown(st.session_state["refused"])
            return
        fill(
            st.empty(),
            failing("a", TimeoutError("took too long")),
            st.markdown,
            failed=lambda _task, error: st.session_state.update(refused=str(error)),
            expects=(TimeoutError,),
            rerun=True,
        )

    assert texts(app_of(page).run()) == ["took too long"]


def test_any_other_error_goes_to_the_error_screen() -> None:
    def page() -> None:
        fill(
            st.empty(),
            failing("a", ValueError("a mistake")),
            st.markdown,
            failed=lambda _task, error: st.error(str(error)),
            expects=(TimeoutError,),
        )

    app = app_of(page).run()
    assert app.exception
    assert app.session_state["raised"] == "a mistake"
    assert not app.error


def test_a_place_outside_a_page_is_refused() -> None:
    task = made("a", [])
    app = bare_app_of(lambda: fill(st.empty(), task, st.markdown)).run()
    assert "within filling()" in app.session_state["raised"]


def test_a_run_that_fails_leaves_nothing_to_the_next() -> None:
    log: list[str] = []

    def page() -> None:
        if not log:
            log.append("fails")
            fill(st.empty(), made("a", log), st.markdown)
            raise ValueError("a mistake")

    app = app_of(page).run()
    assert app.exception
    assert app.session_state["raised"] == "a mistake"
    assert not app.run().exception
    assert log == ["fails"]


# Pages and fragments


def test_what_is_drawn_at_the_end_belongs_to_the_page_or_fragment_that_asked_for_it() -> None:
    """Otherwise it stays on the screen when the page is left, or when the fragment runs alone."""
    asked: list[tuple[str, str | None]] = []
    drawn: list[tuple[str, str | None]] = []

    def where() -> tuple[str, str | None]:
        state = ThreadState.get()
        return state.active_script_hash, state.fragment_id

    def place(key: str) -> None:
        asked.append(where())
        fill(st.empty(), made(key, []), lambda result: (drawn.append(where()), st.markdown(result)))

    @slots.fragment
    def part() -> None:
        place("in the fragment")

    def page() -> None:
        place("on the page")
        part()

    def main() -> None:
        with filling("page"):
            st.navigation([st.Page(page, title="Page")]).run()
            assert not drawn, "a fragment of the page leaves its places to the page"

    app = bare_app_of(main).run()
    assert not app.exception
    assert drawn == asked
    assert asked[0][0] == asked[1][0]
    assert asked[0][1] is None
    assert asked[1][1] is not None


def test_a_fragment_that_runs_alone_fills_its_places() -> None:
    log: list[str] = []

    @slots.fragment
    def part() -> None:
        fill(st.empty(), made("slow", log), st.markdown)
        st.markdown("quick")
        log.append("part is through")

    app = bare_app_of(part).run()
    assert not app.exception
    assert [element.value for element in app.markdown] == ["slow", "quick"]
    assert log == ["part is through", "slow"]

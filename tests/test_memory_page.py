"""The Memory page, run as Streamlit runs it."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from explorer import jobs, tasks
from explorer.jobs import Task, Worker
from stickgen import TrainingPlan, configure, estimate_memory, sizing
from stickgen.formatting import memory
from stickgen.progress import Progress, silent
from stickgen.sizing import Suggestion, what_would_fit
from stickgen.sizing.devices import DEVICES
from stickgen.workloads import TrainingStep

MAIN = Path(__file__).parents[1] / "explorer" / "main.py"


def open_memory(**query: str) -> AppTest:
    app = AppTest.from_file(str(MAIN), default_timeout=120)
    app.query_params["variant"] = "small"
    app.query_params["mode"] = "motion_only"
    for key, value in query.items():
        app.query_params[key] = value
    app.switch_page("../pages/memory.py").run()
    assert not app.exception, app.exception
    return app


def said(app: AppTest) -> str:
    return "\n".join(element.value for element in (*app.markdown, *app.caption))


@pytest.mark.parametrize(
    ("query", "plan"),
    [
        ({"batch_size": "3"}, TrainingPlan(batch_size=3)),
        ({"precision": "bfloat16"}, TrainingPlan(precision="bfloat16")),
        ({"optimizer": "sgd", "sequence_length": "100"}, TrainingPlan(optimizer="sgd", sequence_length=100)),
    ],
)
def test_the_plan_in_the_url_is_the_one_traced(query: dict[str, str], plan: TrainingPlan) -> None:
    app = open_memory(**query)
    assert app.title[0].value == "Memory"
    peak = estimate_memory(TrainingStep(configure("small"), plan)).peak_bytes
    assert f"**{memory(peak)}**" in said(app)


def table(app: AppTest, label: str) -> str:
    (html,) = [element.proto.body for element in app.get("html") if f'aria-label="{label}"' in element.proto.body]
    return str(html)


def button(app: AppTest, label: str) -> Any:
    return next(button for button in app.button if button.label == label)


def test_every_device_and_a_free_one_has_its_row() -> None:
    app = open_memory(device="another device", device_gb="3")
    rows = table(app, "What fits")
    assert all(f">{name}<" in rows for name in (*DEVICES, "another device"))
    assert ">3 GB<" in rows
    assert app.selectbox(key="device").value == "another device"
    assert "another device" in next(text for text in said(app).splitlines() if "to spare" in text)
    assert set(PLANNED_DEVICES) <= {(name, f"{device.gigabytes:g}") for name, device in DEVICES.items()}


PLANNED_DEVICES = [
    ("T4", "16"),
    ("RTX 3060", "12"),
    ("RTX 4090", "24"),
    ("L4", "24"),
    ("A10", "24"),
    ("A100 40 GB", "40"),
    ("A100 80 GB", "80"),
    ("H100", "80"),
    ("H200", "141"),
    ("Laptop, 8 GB RAM", "8"),
    ("Laptop, 16 GB RAM", "16"),
]


@pytest.mark.parametrize("query", [{"device": "abacus"}, {"device_gb": "0"}, {"device_gb": "much"}])
def test_a_wrong_device_is_said_and_replaced(query: dict[str, str]) -> None:
    app = open_memory(**query)
    (warning,) = app.warning
    assert next(iter(query.values())) in warning.value
    assert app.selectbox(key="device").value in DEVICES


def test_a_step_that_cannot_be_measured_is_refused_with_the_reason() -> None:
    app = open_memory(attention="fused", sequence_length="10")
    button(app, "Measure on this machine").click().run()
    assert any("CUDA kernel" in warning.value for warning in app.warning)
    app.selectbox(key="device").set_value("T4").run()
    assert any("CUDA kernel" in warning.value for warning in app.warning), "the reason is gone with the next click"
    app.number_input(key="sequence_length").set_value(12).run()
    assert not app.warning


def test_a_step_is_measured_beside_its_trace() -> None:
    app = open_memory(sequence_length="10")
    button(app, "Measure on this machine").click().run()
    assert not app.warning
    assert "Measured: **" in said(app)
    assert "(0.0%)" in said(app)
    assert button(app, "Measure on this machine").disabled


def test_the_module_that_holds_most_and_the_fixed_term_are_said() -> None:
    app = open_memory(sequence_length="50")
    assert "holds most" in said(app)
    assert "not yet measured" in said(app)
    assert ">transformer_encoder" in table(app, "Modules that hold most at the peak")


def test_every_section_says_how_its_values_are_computed() -> None:
    app = open_memory(sequence_length="10")
    assert any("how this is computed" in expander.label.casefold() for expander in app.expander)
    helped = {header.value: header.help for header in app.header if header.help}
    assert set(helped) >= {header.value for header in app.header} - {"Export"}


STEP = TrainingStep(configure("small"), TrainingPlan(batch_size=8, sequence_length=10))


@pytest.fixture
def _own_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is ready yet."""
    monkeypatch.setattr(jobs, "WORKER", Worker())


def labels(app: AppTest) -> list[str]:
    return [item.label for item in (*app.button, *app.get("download_button"))]


@pytest.mark.usefixtures("_own_worker")
def test_single_changes_can_be_applied_while_pairs_are_traced(monkeypatch: pytest.MonkeyPatch) -> None:
    found = what_would_fit(STEP, 10**8)
    single = [suggestion for suggestion in found if len(suggestion.changes) == 1][:4]
    paired = [suggestion for suggestion in found if len(suggestion.changes) == 2][:4]
    made: list[bool] = []

    def changes(_step: TrainingStep, _budget: int, pairs: bool) -> Task[list[Suggestion]]:
        def make(_report: Progress) -> list[Suggestion]:
            made.append(pairs)
            if pairs:
                raise RuntimeError("as long as the pairs take, the page stays as it is here")
            return single

        return Task(("changes", pairs), make)

    monkeypatch.setattr(tasks, "changes", changes)
    app = open_memory(sequence_length="10", batch_size="8")
    assert not made, "changes were traced before the list was opened"
    app.session_state["changes"] = True
    app.run()
    assert made == [False, True]
    assert labels(app).count("Apply") == len(single)
    assert all(suggestion.label in said(app) for suggestion in single)
    assert {"Download as JSON", "Download as Markdown"} <= set(labels(app))
    monkeypatch.setattr(tasks, "changes", lambda *_: Task("pairs", lambda _report: [*paired, *single]))
    app.run()
    assert all(suggestion.label in said(app) for suggestion in paired)


def test_a_change_is_applied_with_a_click_and_undone_with_another(monkeypatch: pytest.MonkeyPatch) -> None:
    found = what_would_fit(STEP, 10**9, pairs=False)
    monkeypatch.setattr(tasks, "changes", lambda *_: Task("a change", lambda _report: found))
    app = open_memory(sequence_length="10", batch_size="8")
    app.session_state["changes"] = True
    app.run()
    first = found[0]
    app.button(key="apply_" + "_".join(first.changes)).click().run()
    assert knobs(app) == knobs_of(first.step.plan) != knobs_of(STEP.plan)
    assert f"Applied: **{first.label}**" in said(app)
    button(app, "Undo").click().run()
    assert knobs(app) == knobs_of(STEP.plan)
    assert "Applied" not in said(app)


def knobs(app: AppTest) -> dict[str, object]:
    """The knobs of the training step as the sidebar has them."""
    return {key: app.session_state[key] for key in knobs_of(TrainingPlan())}


def knobs_of(plan: TrainingPlan) -> dict[str, object]:
    return asdict(plan)


def test_one_step_is_measured_at_a_time_for_all_users(monkeypatch: pytest.MonkeyPatch) -> None:
    running: list[int] = []
    at_once: list[int] = []

    def measure(step: TrainingStep, *_callbacks: object) -> int:
        running.append(step.batch_size)
        at_once.append(len(running))
        time.sleep(0.3)
        running.remove(step.batch_size)
        return step.batch_size

    monkeypatch.setattr(sizing, "measure_in_process", measure)
    steps = [TrainingStep(configure("small"), TrainingPlan(sequence_length=11, batch_size=size)) for size in (2, 3, 4)]
    with ThreadPoolExecutor() as users:
        waiting = [users.submit(tasks.measured_memory(step).run, silent) for step in steps]
    assert [user.result() for user in waiting] == [2, 3, 4]
    assert at_once == [1, 1, 1]

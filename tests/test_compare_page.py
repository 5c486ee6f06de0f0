"""The Compare page, run as Streamlit runs it, without a browser."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar
from xml.etree import ElementTree

import pandas as pd
import pytest
from streamlit.runtime.scriptrunner import StopException
from streamlit.testing.v1 import AppTest

from explorer import jobs, slots, tasks
from explorer.choice.shared import SIZE_CONTROLS
from explorer.compare import charts
from explorer.compare.comparison import DEFAULT, MAX_ENTRIES, compared
from explorer.compare.entries import Entry, write_entry
from explorer.compare.tables import BEST, NOT_MEASURED, WORST
from explorer.jobs import Task
from stickgen import ModelConfig, Motion, TrainingPlan, configure, count_parameters, sizing
from stickgen.config import configurations
from stickgen.formatting import exact_count
from stickgen.motion import MotionRequest
from stickgen.progress import Progress, silent
from stickgen.sizing import DEVICES, NotMeasurableError, Point, RunTime, StepTimes, step_costs
from stickgen.sizing.timing import MAX_FRAMES
from stickgen.workloads import TrainingStep

T = TypeVar("T")

ROOT = Path(__file__).parents[1]
SMALL, MEDIUM, LARGE = DEFAULT.configs
MOTION_ONLY = configure("small")
QUICK = TrainingPlan(sequence_length=10)


def settle(task: Task[T], result: T) -> None:
    """Have a task done."""
    Task(task.key, lambda _report: result).run(silent)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """One trace for all, the reference clip in place of the models' motions: they take seconds each."""
    costs = step_costs(TrainingStep(MOTION_ONLY, QUICK))

    def motion(request: MotionRequest, stage: str) -> Task[Motion]:
        return Task(("motion", request, stage), lambda _report: request.reference())

    monkeypatch.setattr(jobs, "WORKER", jobs.Worker())
    monkeypatch.setattr(sizing, "step_costs", lambda _step, _report: costs)
    monkeypatch.setattr(sizing, "peak_bytes", lambda step, _report: count_parameters(step.config).total)
    monkeypatch.setattr(tasks, "motion", motion)


def open_page(**query: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "explorer" / "main.py"), default_timeout=120)
    for key, value in query.items():
        app.query_params[key] = value
    app.switch_page("../pages/compare.py").run()
    assert not app.exception, app.exception
    assert app.title[0].value == "Compare"
    return app


def address(*configs: ModelConfig) -> str:
    return ",".join(write_entry(Entry(config=config)) for config in configs)


def differences(app: AppTest) -> pd.DataFrame:
    """The table of differences as it stands on the page."""
    (table,) = [html.proto.body for html in app.get("html") if "Differences from the baseline" in html.proto.body]
    rows = [["".join(cell.itertext()) for cell in row] for row in ElementTree.fromstring(f"<p>{table}</p>").iter("tr")]
    return pd.DataFrame([row[1:] for row in rows[1:]], columns=rows[0][1:], index=[row[0] for row in rows[1:]])


def totals(app: AppTest) -> list[str]:
    """The row of parameters."""
    cells: list[str] = differences(app).loc["Parameters"].tolist()
    return cells


def assert_compares(app: AppTest, *configs: ModelConfig, baseline: int = 0) -> None:
    assert not app.exception
    assert list(app.session_state["comparison"].configs) == list(configs)
    assert app.session_state["comparison"].baseline == baseline
    for config, cell in zip(configs, totals(app), strict=True):
        assert exact_count(count_parameters(config).total) in cell
    assert differences(app).columns[baseline].endswith("(baseline)")
    expected = compared(*configs, baseline=baseline).as_parameters()
    assert {key: in_address(app, key) for key in ("configs", "baseline") if key in app.query_params} == expected


def in_address(app: AppTest, key: str) -> str:
    value = app.query_params[key]
    return value if isinstance(value, str) else value[-1]


def test_it_starts_with_the_documented_pairs() -> None:
    app = open_page()
    assert_compares(app, SMALL, MEDIUM, LARGE)
    smallest, _, largest = totals(app)
    assert BEST in smallest
    assert WORST in largest
    assert not app.warning


def test_an_address_is_a_comparison() -> None:
    app = open_page(configs=address(MOTION_ONLY, LARGE, SMALL), baseline="2", device="A10", differing="true")
    assert_compares(app, MOTION_ONLY, LARGE, SMALL, baseline=1)
    assert "Largest batch size, A10" not in differences(app).index  # one trace for all: nothing differs
    app.toggle(key="differing").set_value(False).run()
    assert "Largest batch size, A10" in differences(app).index
    assert not app.warning


def test_bad_entries_are_said_and_the_rest_is_kept() -> None:
    text = f"{address(LARGE)},variant-huge,<b>,{address(MOTION_ONLY)}"
    app = open_page(configs=text, baseline="9")
    assert_compares(app, LARGE, MOTION_ONLY)
    (warning,) = app.warning
    for said in ("variant `huge`", "`<b>`", "small, medium, large", "from 1 to 2"):
        assert said in warning.value
    app.button(key="Duplicate_0").click().run()
    assert not app.warning


@pytest.mark.parametrize("text", ["", "x", "variant-small~mode-motion_only"])
def test_too_few_are_filled_up(text: str) -> None:
    app = open_page(configs=text)
    assert "at least 2" in app.warning[0].value
    assert len(totals(app)) >= 2


@pytest.mark.parametrize("key", ["device", "differing", "others"])
@pytest.mark.parametrize("wrong", ["", "none of them"])
def test_a_wrong_value_of_a_control_falls_back_and_is_said(key: str, wrong: str) -> None:
    app = open_page(**{key: wrong})
    assert key in app.warning[0].value
    assert_compares(app, SMALL, MEDIUM, LARGE)
    assert f"Largest batch size, {app.selectbox(key='device').value}" in differences(app).index


def test_add_duplicate_move_and_remove() -> None:
    app = open_page(variant="small", mode="motion_only")
    app.button(key="comparison_add").click().run()
    assert_compares(app, SMALL, MEDIUM, LARGE, MOTION_ONLY)
    app.button(key="Duplicate_1").click().run()
    assert_compares(app, SMALL, MEDIUM, MEDIUM, LARGE, MOTION_ONLY)
    app.button(key="Move up_4").click().run()
    assert_compares(app, SMALL, MEDIUM, MEDIUM, MOTION_ONLY, LARGE)
    app.button(key="Move up_1").click().run()
    assert_compares(app, MEDIUM, SMALL, MEDIUM, MOTION_ONLY, LARGE, baseline=1)
    app.button(key="comparison_add").click().run()
    assert len(totals(app)) == MAX_ENTRIES
    assert app.button(key="comparison_add").disabled
    assert app.button(key="Duplicate_0").disabled
    for _ in range(MAX_ENTRIES - 2):
        app.button(key="Remove_0").click().run()
    assert_compares(app, LARGE, MOTION_ONLY)
    assert app.button(key="Remove_0").disabled
    assert app.button(key="Move up_0").disabled
    app.button(key="comparison_reset").click().run()
    assert_compares(app, SMALL, MEDIUM, LARGE)


def test_the_baseline_is_chosen_and_stands_in_the_address() -> None:
    app = open_page()
    app.selectbox(key="comparison_baseline").set_value(DEFAULT.names[2]).run()
    assert_compares(app, SMALL, MEDIUM, LARGE, baseline=2)
    assert in_address(app, "baseline") == "3"
    smaller = count_parameters(SMALL).total - count_parameters(LARGE).total
    assert exact_count(smaller) in totals(app)[0]
    app.selectbox(key="comparison_baseline").set_value(DEFAULT.names[0]).run()
    assert "baseline" not in app.query_params


def test_another_page_and_back_keeps_the_comparison() -> None:
    app = open_page(configs=address(MOTION_ONLY, LARGE))
    app.query_params.clear()
    app.run()
    assert_compares(app, MOTION_ONLY, LARGE)


@pytest.mark.parametrize("device", DEVICES)
def test_every_device_can_be_chosen(device: str) -> None:
    app = open_page(configs=address(MOTION_ONLY, MOTION_ONLY), device=device)
    assert f"Largest batch size, {device}" in differences(app).index
    assert "All configurations have the same modules" in " ".join(markdown.value for markdown in app.markdown)


def measure_button(app: AppTest) -> Any:
    (button,) = [button for button in app.button if button.label == "Measure times on this machine"]
    return button


def times_of(seconds: float) -> StepTimes:
    time = RunTime(seconds=seconds, runs=9, threads=2)
    return StepTimes(forward=time, step=time)


def test_measuring_says_where_and_why_not(monkeypatch: pytest.MonkeyPatch) -> None:
    def step_times(step: TrainingStep, _report: Progress) -> StepTimes:
        if step.config == LARGE:
            raise NotMeasurableError("This step does not fit.")
        return times_of(0.02)

    monkeypatch.setattr(sizing, "step_times", step_times)
    app = open_page()
    assert not [title for title in differences(app).index if title.startswith("Time")]
    measure_button(app).click().run()
    cells = differences(app).loc["Time, training step"].tolist()
    assert not app.exception
    assert "20 ms" in cells[0]
    assert "20 ms" in cells[1]
    assert cells[2] == NOT_MEASURED
    (warning,) = app.warning
    assert DEFAULT.names[2] in warning.value
    assert "does not fit" in warning.value
    assert any("medians of 9 runs" in caption.value and "torch" in caption.value for caption in app.caption)
    app.number_input(key="batch_size").set_value(2).run()
    assert not app.warning


def test_what_could_not_be_measured_is_tried_again_when_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[ModelConfig] = []

    def step_times(step: TrainingStep, _report: Progress) -> StepTimes:
        tried.append(step.config)
        if tried.count(LARGE) == 1 and step.config == LARGE:
            raise NotMeasurableError("This step does not fit.")
        return times_of(0.02)

    monkeypatch.setattr(sizing, "step_times", step_times)
    app = open_page()
    measure_button(app).click().run()
    app.run()
    assert tried == [SMALL, MEDIUM, LARGE]
    measure_button(app).click().run()
    assert tried == [SMALL, MEDIUM, LARGE, LARGE]
    assert not app.warning
    assert measure_button(app).disabled


def test_measuring_can_be_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    """What has been measured until then stays."""
    begun: list[TrainingStep] = []

    def step_times(step: TrainingStep, _report: Progress) -> StepTimes:
        begun.append(step)
        if len(begun) == 2:
            raise StopException
        return times_of(0.02)

    monkeypatch.setattr(sizing, "step_times", step_times)
    app = open_page()
    measure_button(app).click().run()
    assert measure_button(app).disabled
    (cancel,) = [button for button in app.button if button.label == "Cancel"]
    cancel.click().run()
    assert len(begun) == 2
    assert not [button for button in app.button if button.label == "Cancel"]
    assert not measure_button(app).disabled
    assert differences(app).loc["Time, training step"].tolist()[1:] == [NOT_MEASURED] * 2


def test_a_step_that_is_too_large_is_refused_without_being_built() -> None:
    app = open_page(configs=address(MOTION_ONLY, SMALL), batch_size="512", sequence_length="1000")
    measure_button(app).click().run()
    assert not app.exception
    assert exact_count(MAX_FRAMES) in app.warning[0].value


def test_what_is_wrong_with_the_address_stays_while_motions_come(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[tuple[ModelConfig, str]] = []

    def motion(request: MotionRequest, stage: str) -> Task[Motion]:
        def make(_report: Progress) -> Motion:
            made.append((request.config, stage))
            return request.reference()

        return Task(("motion", request, stage), make)

    monkeypatch.setattr(tasks, "motion", motion)
    app = open_page(configs=address(MOTION_ONLY, LARGE), device="abacus", fusion="glue")
    assert made == [(MOTION_ONLY, "whole"), (LARGE, "whole")]
    said = " ".join(warning.value for warning in app.warning)
    assert "abacus" in said
    assert "glue" in said
    app.run()
    assert not app.warning


def test_a_prompt_moves_all() -> None:
    app = open_page(prompt="jump")
    assert any("Each model's own motion" in caption.value for caption in app.caption)
    assert app.text_input(key="prompt").value == "jump"


def test_an_entry_keeps_a_plan_and_gives_it_back() -> None:
    first = Entry(config=MOTION_ONLY)
    app = open_page(configs=address(MOTION_ONLY, SMALL), batch_size="8")
    assert "Training step" not in differences(app).index
    app.session_state["change_0"] = True
    app.run()
    app.button(key="entry_own_plan_0").click().run()
    app.number_input(key="batch_size").set_value(2).run()
    own = first.keeping(TrainingPlan(batch_size=8))
    assert app.session_state["comparison"].entries == (own, Entry(config=SMALL))
    assert in_address(app, "configs") == f"{write_entry(own)},{address(SMALL)}"
    kept, shared = differences(app).loc["Training step"]
    assert "own" in kept
    assert "batch size 8" in kept
    assert "batch size 2" in shared
    assert any("on the plan as well as on the model" in caption.value for caption in app.caption)
    app.button(key="Duplicate_0").click().run()
    app.button(key="Move up_2").click().run()
    assert app.session_state["comparison"].entries == (own, Entry(config=SMALL), own)
    app.button(key="Remove_2").click().run()
    app.button(key="entry_share_plan_0").click().run()
    assert app.session_state["comparison"].entries == (first, Entry(config=SMALL))
    assert "Training step" not in differences(app).index
    assert not app.exception


def test_the_sidebar_is_set_to_an_entry_and_its_plan() -> None:
    plan = TrainingPlan(batch_size=8, optimizer="sgd")
    entries = (Entry(config=replace(LARGE, image_size=128)).keeping(plan), Entry(config=MOTION_ONLY))
    app = open_page(configs=",".join(map(write_entry, entries)), batch_size="3")
    app.session_state["change_0"], app.session_state["change_1"] = True, True
    app.run()
    app.button(key="entry_open_1").click().run()
    assert (app.session_state["variant"], app.session_state["mode"]) == ("small", "motion_only")
    assert app.number_input(key="batch_size").value == 3
    app.button(key="entry_open_0").click().run()
    for key, value in {"variant": "large", "image_encoder": "resnet", "batch_size": 8, "optimizer": "sgd"}.items():
        assert app.session_state[key] == value
    assert app.session_state["image_size"] == "128"
    assert app.session_state["comparison"].entries == entries
    assert not app.exception


VALUES_BY_PLAN = {"Training memory, traced": ("2.0 MiB", "8.0 MiB"), "Time, training step": ("20 ms", "80 ms")}


def test_every_value_is_that_of_the_entrys_own_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    traced = step_costs(TrainingStep(MOTION_ONLY, QUICK))

    def peak_bytes(step: TrainingStep, _report: object) -> int:
        return 2**20 * step.batch_size

    monkeypatch.setattr(sizing, "step_costs", lambda step, _report: replace(traced, peak_bytes=peak_bytes(step, None)))
    monkeypatch.setattr(sizing, "step_times", lambda step, _report: times_of(step.batch_size / 100))
    monkeypatch.setattr(sizing, "peak_bytes", peak_bytes)
    own = Entry(config=SMALL).keeping(TrainingPlan(batch_size=8))
    app = open_page(configs=f"{address(MOTION_ONLY)},{write_entry(own)}", batch_size="2", others="false")
    measure_button(app).click().run()
    table = differences(app)
    for title, shown in VALUES_BY_PLAN.items():
        for cell, text in zip(table.loc[title], shown, strict=True):
            assert cell.startswith(text)
    drawn = json.loads(app.get("plotly_chart")[-1].proto.spec)["data"][-1]
    assert drawn["x"] == [2, 8]


def test_a_bad_plan_in_the_address_is_said_and_the_entry_stays() -> None:
    app = open_page(configs=f"{address(MOTION_ONLY)}~plan~batch_size-9999,{address(SMALL)}")
    assert_compares(app, MOTION_ONLY, SMALL)
    (warning,) = app.warning
    assert "from 1 to 512" in warning.value
    assert "trains with the sidebar's" in warning.value


@pytest.mark.parametrize("redraw_seconds", [-1.0, slots.REDRAW_SECONDS])
def test_all_39_stand_behind_those_compared_one_after_the_other(
    monkeypatch: pytest.MonkeyPatch, redraw_seconds: float
) -> None:
    """With a stub for the traces; the browser test fills the chart with real ones, of fewer."""
    traced: list[ModelConfig] = []
    drawn: list[int] = []

    def peak_bytes(step: TrainingStep, _report: object) -> int:
        traced.append(step.config)
        return 10**6 * len(traced)

    real = charts.parameters_against_memory

    def draw(points: Mapping[TrainingStep, Point], *rest: Any) -> Any:
        drawn.append(len(points))
        return real(points, *rest)

    monkeypatch.setattr(sizing, "peak_bytes", peak_bytes)
    monkeypatch.setattr(charts, "parameters_against_memory", draw)
    monkeypatch.setattr(slots, "REDRAW_SECONDS", redraw_seconds)
    for config in DEFAULT.configs:  # the page runs again for each of them
        settle(tasks.motion(MotionRequest(config=config), "whole"), MotionRequest(config=config).reference())
    app = open_page()
    assert sorted(config.key for config in traced) == sorted(config.key for config in configurations())
    assert traced[: len(DEFAULT.configs)] == list(DEFAULT.configs)
    assert (drawn[0], drawn[-1]) == (0, len(traced))
    assert drawn == sorted(set(drawn))
    if redraw_seconds < 0:
        assert drawn == list(range(len(traced) + 1))
    chart = json.loads(app.get("plotly_chart")[-1].proto.spec)["data"]
    assert sum(len(trace["x"]) for trace in chart if trace["mode"] != "lines") == len(traced)
    assert any("On the Pareto front: " in markdown.value for markdown in app.markdown)


CUSTOM = ModelConfig(d_model=64, num_layers=3, num_heads=2, feedforward_factor=2, num_actions=7, skeleton="v3")


def test_a_custom_size_is_added_compared_and_opened() -> None:
    sizes = {key: str(getattr(CUSTOM, key)) for key in SIZE_CONTROLS}
    app = open_page(variant="custom", mode="motion_only", skeleton="v3", configs=address(SMALL, LARGE), **sizes)
    app.button(key="comparison_add").click().run()
    assert_compares(app, SMALL, LARGE, CUSTOM)
    app.session_state["variant"], app.session_state["change_2"] = "small", True
    app.run()
    app.button(key="entry_open_2").click().run()
    assert app.session_state["variant"] == "custom"
    assert {key: app.session_state[key] for key in SIZE_CONTROLS} == {key: int(size) for key, size in sizes.items()}


def test_an_entry_that_is_changed_keeps_its_size_and_its_image() -> None:
    custom = replace(CUSTOM, image_encoder="resnet", fusion="gated", image_size=128)
    app = open_page(configs=address(SMALL, custom))
    app.session_state["change_1"] = True
    app.run()
    app.selectbox(key="entry_image_encoder_1").set_value("mini_vit").run()
    app.selectbox(key="entry_fusion_1").set_value("film").run()
    changed = replace(custom, image_encoder="mini_vit", fusion="film")
    assert_compares(app, SMALL, changed)
    app.selectbox(key="entry_image_size_1").set_value("512").run()
    app.selectbox(key="entry_skeleton_1").set_value("v1").run()
    assert_compares(app, SMALL, replace(changed, image_size=512, skeleton="v1"))
    app.selectbox(key="entry_mode_1").set_value("motion_only").run()
    app.selectbox(key="entry_variant_1").set_value("small").run()
    assert_compares(app, SMALL, configure("small"))

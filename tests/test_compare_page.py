"""The Compare page, run as Streamlit runs it, without a browser."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from explorer import builders, peaks
from explorer.choice.shared import SIZE_CONTROLS
from explorer.compare import charts
from explorer.compare.comparison import DEFAULT, MAX_ENTRIES, Training, compared
from explorer.compare.entries import Entry, write_entry
from explorer.compare.tables import BEST, NOT_MEASURED, WORST
from stickgen import ModelConfig, Motion, TrainingPlan, configure, count_parameters
from stickgen.config import configurations
from stickgen.formatting import exact_count
from stickgen.motion import MotionRequest
from stickgen.sizing import NotMeasurableError
from stickgen.sizing.costs import Point, StepCosts, StepTimes, step_costs
from stickgen.sizing.devices import DEVICES
from stickgen.sizing.timing import MAX_FRAMES, RunTime
from stickgen.workloads import TrainingStep

ROOT = Path(__file__).parents[1]
SMALL, MEDIUM, LARGE = DEFAULT.configs
MOTION_ONLY = configure("small")
QUICK = TrainingPlan(sequence_length=10)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """One trace for all, the reference clip in place of the models' motions: they take seconds each."""
    costs = step_costs(TrainingStep(MOTION_ONLY, QUICK), lambda _text, _share: None)

    def ready_costs(_config: ModelConfig, _plan: TrainingPlan) -> StepCosts:
        return costs

    def ready_motion(request: MotionRequest, **_named: str) -> Motion:
        return request.reference()

    def ready_peaks(configs: list[ModelConfig], _plan: TrainingPlan) -> dict[ModelConfig, int]:
        return {config: 10**6 * place for place, config in enumerate(configs, start=1)}

    monkeypatch.setattr(builders, "ready_costs", ready_costs)
    monkeypatch.setattr(builders, "ready_motion", ready_motion)
    monkeypatch.setattr(peaks, "ready", ready_peaks)


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
    (table,) = [html.proto.body for html in app.get("html") if "Differences to the baseline" in html.proto.body]
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
    assert "Largest batch, A10" not in differences(app).index  # one trace for all: nothing differs
    app.toggle(key="differing").set_value(False).run()
    assert "Largest batch, A10" in differences(app).index
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
    assert f"Largest batch, {app.selectbox(key='device').value}" in differences(app).index


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
    assert f"Largest batch, {device}" in differences(app).index
    assert "All configurations have the same layers" in " ".join(markdown.value for markdown in app.markdown)


def test_measuring_says_where_and_why_not(monkeypatch: pytest.MonkeyPatch) -> None:
    known: dict[ModelConfig, StepTimes] = {}

    def times(config: ModelConfig, _plan: TrainingPlan, _show: object) -> StepTimes:
        if config == LARGE:
            raise NotMeasurableError("This step does not fit.")
        forward, step = (RunTime(seconds=seconds, runs=9, threads=2) for seconds in (0.01, 0.02))
        return known.setdefault(config, StepTimes(forward=forward, step=step))

    monkeypatch.setattr(builders, "times", times)
    monkeypatch.setattr(builders, "ready_times", lambda config, _plan: known.get(config))
    app = open_page()
    assert not [title for title in differences(app).index if title.startswith("Time")]
    (button,) = [button for button in app.button if button.label == "Measure here"]
    button.click().run()
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


def test_a_step_that_is_too_large_is_refused_without_being_built() -> None:
    app = open_page(configs=address(MOTION_ONLY, SMALL), batch_size="512", sequence_length="1000")
    (button,) = [button for button in app.button if button.label == "Measure here"]
    button.click().run()
    assert not app.exception
    assert exact_count(MAX_FRAMES) in app.warning[0].value


def test_what_is_wrong_with_the_address_stays_while_motions_come(monkeypatch: pytest.MonkeyPatch) -> None:
    made: dict[MotionRequest, Motion] = {}

    def motion(request: MotionRequest, stage: str, _show: object) -> Motion:
        assert stage == "whole"
        return made.setdefault(request, request.reference())

    def ready_motion(request: MotionRequest, least: str) -> Motion | None:
        assert least == "whole"
        return made.get(request)

    monkeypatch.setattr(builders, "ready_motion", ready_motion)
    monkeypatch.setattr(builders, "motion", motion)
    app = open_page(configs=address(MOTION_ONLY, LARGE), device="abacus", fusion="glue")
    assert len(made) == 2
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
    entries = (Entry(config=LARGE).keeping(plan), Entry(config=MOTION_ONLY))
    app = open_page(configs=",".join(map(write_entry, entries)), batch_size="3")
    app.session_state["change_0"], app.session_state["change_1"] = True, True
    app.run()
    app.button(key="entry_open_1").click().run()
    assert (app.session_state["variant"], app.session_state["mode"]) == ("small", "motion_only")
    assert app.number_input(key="batch_size").value == 3
    app.button(key="entry_open_0").click().run()
    for key, value in {"variant": "large", "image_encoder": "resnet", "batch_size": 8, "optimizer": "sgd"}.items():
        assert app.session_state[key] == value
    assert app.session_state["comparison"].entries == entries
    assert not app.exception


FIGURES_BY_PLAN = {"Training memory, traced": ("2.0 MiB", "8.0 MiB"), "Time, training step": ("20 ms", "80 ms")}


def test_every_figure_is_that_of_the_entrys_own_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    costs: dict[Training, StepCosts] = {}
    times: dict[Training, StepTimes] = {}
    traced = step_costs(TrainingStep(MOTION_ONLY, QUICK), lambda _text, _share: None)

    def make_costs(config: ModelConfig, plan: TrainingPlan, _show: object) -> None:
        costs[config, plan] = replace(traced, peak_bytes=2**20 * plan.batch_size)

    def make_times(config: ModelConfig, plan: TrainingPlan, _show: object) -> None:
        time = RunTime(seconds=plan.batch_size / 100, runs=3, threads=1)
        times[config, plan] = StepTimes(forward=time, step=time)

    monkeypatch.setattr(builders, "ready_costs", lambda *training: costs.get(training))
    monkeypatch.setattr(builders, "costs", make_costs)
    monkeypatch.setattr(builders, "ready_times", lambda *training: times.get(training))
    monkeypatch.setattr(builders, "times", make_times)
    own = Entry(config=SMALL).keeping(TrainingPlan(batch_size=8))
    app = open_page(configs=f"{address(MOTION_ONLY)},{write_entry(own)}", batch_size="2", others="false")
    (button,) = [button for button in app.button if button.label == "Measure here"]
    button.click().run()
    table = differences(app)
    for figure, shown in FIGURES_BY_PLAN.items():
        for cell, text in zip(table.loc[figure], shown, strict=True):
            assert cell.startswith(text)
    drawn = json.loads(app.get("plotly_chart")[-1].proto.spec)["data"][-1]
    assert drawn["x"] == [2, 8]


def test_a_bad_plan_in_the_address_is_said_and_the_entry_stays() -> None:
    app = open_page(configs=f"{address(MOTION_ONLY)}~plan~batch_size-9999,{address(SMALL)}")
    assert_compares(app, MOTION_ONLY, SMALL)
    (warning,) = app.warning
    assert "from 1 to 512" in warning.value
    assert "trains with the sidebar's" in warning.value


def test_all_39_stand_behind_those_compared_one_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a stub for the traces; the browser test fills the chart with real ones, of fewer."""
    known: dict[ModelConfig, int] = {}
    drawn: list[int] = []

    def peak(config: ModelConfig, _plan: TrainingPlan, show: Callable[[str, float], None]) -> int:
        show("tracing", 0.0)
        return known.setdefault(config, 10**6 * (len(known) + 1))

    real = charts.parameters_against_memory

    def draw(points: Mapping[Training, Point], *rest: Any) -> Any:
        drawn.append(len(points))
        return real(points, *rest)

    monkeypatch.setattr(builders, "ready_costs", lambda *_: None)
    monkeypatch.setattr(builders, "costs", lambda *_: None)
    monkeypatch.setattr(peaks, "ready", lambda configs, _plan: {c: known[c] for c in configs if c in known})
    monkeypatch.setattr(peaks, "peak", peak)
    monkeypatch.setattr(charts, "parameters_against_memory", draw)
    app = open_page()
    assert set(known) == set(configurations())
    assert drawn == list(range(len(known) + 1))
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

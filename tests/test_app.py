"""The pages, run as Streamlit runs them, without a browser."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from explorer import jobs, tasks
from explorer.choice.controls import OptionControl, TextControl
from explorer.choice.shared import CONTROLS
from explorer.jobs import Task
from stickgen import (
    MemoryEstimate,
    ModelConfig,
    Motion,
    TrainingPlan,
    configure,
    count_parameters,
    estimate_memory,
    file_size,
    sizing,
)
from stickgen.config import SKELETONS, configurations
from stickgen.documented.values import DocumentedValue
from stickgen.documented.verification import Check, Status
from stickgen.formatting import exact_count, megabytes, memory
from stickgen.motion import MotionRequest, reference_motion
from stickgen.sizing import step_costs
from stickgen.workloads import TrainingStep

ROOT = Path(__file__).parents[1]
PAGES = sorted(path.stem for path in (ROOT / "pages").glob("*.py"))


def open_app(**query: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "explorer" / "main.py"), default_timeout=120)
    for key, value in query.items():
        app.query_params[key] = value
    app.run()
    assert not app.exception, app.exception
    return app


def query_of(config: ModelConfig) -> dict[str, str]:
    query = {"variant": config.variant, "skeleton": config.skeleton}
    if config.image_encoder is None or config.fusion is None:
        return query | {"mode": "motion_only"}
    return query | {"image_encoder": config.image_encoder, "fusion": config.fusion}


def shown(app: AppTest) -> list[str]:
    return [metric.value for metric in app.metric]


@pytest.fixture
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The reference clip in place of the model's motion, and one trace for all: they take seconds each."""
    estimate = estimate_memory(TrainingStep(configure("small"), TrainingPlan(sequence_length=10)))

    def memory(_step: TrainingStep) -> Task[MemoryEstimate]:
        return Task("one trace for all", lambda _report: estimate)

    def motions(request: MotionRequest, last: str) -> list[Task[Motion]]:
        skeleton = request.config.skeleton
        return [Task(("clip", last, skeleton), lambda _report: reference_motion("walk", skeleton, frames=25))]

    def kept(value: DocumentedValue) -> Check:
        return Check(value=value, computed=estimate.peak_bytes, status=Status.KEPT)

    costs = step_costs(TrainingStep(configure("small"), TrainingPlan(sequence_length=10)))
    monkeypatch.setattr(jobs, "WORKER", jobs.Worker())
    monkeypatch.setattr(sizing, "peak_bytes", lambda _step, _report: estimate.peak_bytes)
    monkeypatch.setattr(sizing, "step_costs", lambda _step, _report: costs)
    monkeypatch.setattr(tasks, "memory", memory)
    monkeypatch.setattr(tasks, "motions", motions)
    monkeypatch.setattr(tasks, "motion", lambda request, stage: motions(request, stage)[0])
    monkeypatch.setattr(tasks, "best_motion", lambda request, **_named: request.reference())
    monkeypatch.setattr(tasks, "next_motion", lambda _request, **_named: None)
    monkeypatch.setattr(tasks, "check", kept)


def test_the_first_page_shows_a_configuration_with_everything_real() -> None:
    config, plan = configure("small", "lightweight_cnn", "gated"), TrainingPlan(batch_size=2, sequence_length=50)
    app = open_app(variant="small", batch_size="2", sequence_length="50")
    peak = estimate_memory(TrainingStep(config, plan)).peak_bytes
    assert app.title[0].value == "Explore"
    assert set(shown(app)) == {
        "11,717,412",
        memory(peak),
        megabytes(file_size(config, "float32")),
        megabytes(file_size(config, "float16")),
    }
    assert any("pose head is fitted in closed form" in caption.value for caption in app.caption)
    assert not app.warning


@pytest.mark.usefixtures("_quick")
@pytest.mark.parametrize("skeleton", SKELETONS)
@pytest.mark.parametrize("config", list(configurations()), ids=lambda config: config.key)
def test_every_configuration_of_the_selectors_is_shown(config: ModelConfig, skeleton: str) -> None:
    config = configure(config.variant, config.image_encoder, config.fusion, skeleton)
    app = open_app(**query_of(config))
    assert app.title[0].value == "Explore"
    assert exact_count(count_parameters(config).total) in shown(app)
    assert f"**{config.variant}**" in app.markdown[0].value


@pytest.mark.usefixtures("_quick")
def test_choosing_in_the_sidebar_changes_the_figures() -> None:
    app = open_app()
    assert shown(app)[0] == "25,063,908"
    app.segmented_control(key="variant").set_value("large").run()
    app.selectbox(key="image_encoder").set_value("resnet").run()
    app.selectbox(key="fusion").set_value("cross_attention").run()
    assert shown(app)[0] == "71,282,874"
    app.segmented_control(key="mode").set_value("motion_only").run()
    assert shown(app)[0] == "44,618,362"
    assert app.selectbox(key="fusion").disabled
    app.segmented_control(key="mode").set_value("multimodal").run()
    assert shown(app)[0] == "71,282,874"


@pytest.mark.usefixtures("_quick")
@pytest.mark.parametrize("wrong", ["", "vgg", "-1", "1e9", "<b>"])
@pytest.mark.parametrize("key", [key for key, control in CONTROLS.items() if not isinstance(control, TextControl)])
def test_a_wrong_value_in_the_url_falls_back_and_is_said_once(key: str, wrong: str) -> None:
    app = open_app(**{key: wrong})
    (warning,) = app.warning
    assert CONTROLS[key].label in warning.value
    assert shown(app)[0] == "25,063,908"
    control = CONTROLS[key]
    kind = "number_input"
    if isinstance(control, OptionControl):
        kind = {"bar": "segmented_control", "list": "selectbox"}[control.drawn_as]
    assert getattr(app, kind)(key=key).value == control.default
    app.run()
    assert not app.warning
    assert getattr(app, kind)(key=key).value == control.default


@pytest.mark.usefixtures("_quick")
@pytest.mark.parametrize("variant", ["small", "custom"])
@pytest.mark.parametrize("page", PAGES)
def test_every_page_opens_under_its_own_title(page: str, variant: str) -> None:
    app = open_app(variant=variant, num_layers="3", num_actions="7")
    app.switch_page(f"../pages/{page}.py").run()
    assert not app.exception
    assert app.title[0].value.casefold().replace(" ", "_") == page

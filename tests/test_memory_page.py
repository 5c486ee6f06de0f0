"""The Memory page, run as Streamlit runs it."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from explorer.memory.charts import memory_text
from stickgen import TrainingPlan, configure, estimate_training_memory
from stickgen.devices import DEVICES

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
    peak = estimate_training_memory(configure("small"), plan).peak_bytes
    assert f"**{memory_text(peak)}**" in said(app)


def test_every_device_and_a_free_one_has_its_row() -> None:
    app = open_memory(device="another device", device_gb="3")
    rows = {name for table in app.table for name in table.value.index}
    assert {*DEVICES, "another device"} <= rows
    assert app.selectbox(key="device").value == "another device"


@pytest.mark.parametrize("query", [{"device": "abacus"}, {"device_gb": "0"}, {"device_gb": "much"}])
def test_a_wrong_device_is_said_and_replaced(query: dict[str, str]) -> None:
    app = open_memory(**query)
    (warning,) = app.warning
    assert next(iter(query.values())) in warning.value
    assert app.selectbox(key="device").value in DEVICES


def test_a_step_that_cannot_be_measured_is_refused_with_the_reason() -> None:
    app = open_memory(attention="fused", sequence_length="10")
    next(button for button in app.button if button.label == "Measure on this machine").click().run()
    assert any("CUDA kernel" in warning.value for warning in app.warning)


def test_a_step_is_measured_beside_its_trace() -> None:
    app = open_memory(sequence_length="10")
    next(button for button in app.button if button.label == "Measure on this machine").click().run()
    assert not app.warning
    assert "Measured: **" in said(app)
    assert "(0.0%)" in said(app)

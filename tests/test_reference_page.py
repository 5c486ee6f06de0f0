"""The page of the documented values, and configuration files saved and loaded."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from choice_strategies import choices, values_of_every
from hypothesis import assume, given
from hypothesis import strategies as some
from streamlit.testing.v1 import AppTest

from explorer import jobs, tasks
from explorer.choice.codec import Choice, choice_of, config_of, defaults, settled
from explorer.choice.shared import CONTROLS
from explorer.jobs import Report, Task, Worker
from explorer.reference.exchange import MAX_REMARKS
from explorer.reference.importing import as_file, read_file
from explorer.reference.values import MARKS, TRACING, all_values, status_cards, value_table
from stickgen import ModelConfig, TrainingPlan, configure
from stickgen.config import SKELETONS, configurations
from stickgen.documented.values import SECTIONS, DocumentedValue
from stickgen.documented.verification import Check, Status
from stickgen.documented.verification import check as compare
from stickgen.exchange.keys import CONFIG_FIELDS, MAX_BATCH_SIZE
from stickgen.sizing.limits import size_problems

ROOT = Path(__file__).parents[1]
QUICK = [value for value in all_values() if not value.is_traced]


def checked(value: DocumentedValue) -> Check:
    """Every memory value within its budget, without the traces that say so: they take seconds."""
    if not value.is_traced:
        return compare(value)
    return Check(value=value, computed=10**9, status=Status.KEPT, difference=-1e9)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    def check_value(value: DocumentedValue) -> Task[Check]:
        def work(report: Report) -> Check:
            report("Tracing", 0.5)
            return checked(value)

        return Task(value, work)

    monkeypatch.setattr(jobs, "WORKER", Worker())
    monkeypatch.setattr(jobs, "POLL_SECONDS", 0.005)
    monkeypatch.setattr(tasks, "check_value", check_value)


def open_reference(**query: str | list[str]) -> AppTest:
    app = AppTest.from_file(str(ROOT / "explorer" / "main.py"), default_timeout=120)
    app.switch_page("../pages/reference.py")
    for key, value in query.items():
        app.query_params[key] = value
    app.run()
    assert not app.exception, app.exception
    assert app.title[0].value == "Reference"
    return app


def tables(app: AppTest) -> str:
    return "".join(element.proto.body for element in app.get("html"))


def read_text(app: AppTest, text: str) -> None:
    app.text_area(key="configuration_text").set_value(text)
    next(button for button in app.button if button.label == "Read the text").click().run()
    assert not app.exception, app.exception


def test_every_value_of_the_document_stands_beside_the_computed_one() -> None:
    app = open_reference()
    shown = tables(app)
    for value in QUICK:
        assert value.documented_text in shown
        assert compare(value).computed_text in shown
    assert TRACING not in shown
    assert {metric.label: metric.value for metric in app.metric} == {
        title: str(count) for title, count in status_cards([checked(value) for value in all_values()])
    }
    assert sum(int(metric.value) for metric in app.metric) == len(all_values())
    assert any(f"{len(all_values())} values**, all compared" in text.value for text in app.markdown)


def test_the_filter_leaves_the_values_of_its_status() -> None:
    shown = tables(open_reference(status="differs"))
    assert "six heads of the real model have" in shown
    assert f"{MARKS[Status.EQUAL]} {Status.EQUAL}" not in shown


def test_a_wrong_status_in_the_url_is_said_with_what_is_allowed() -> None:
    app = open_reference(status="fine")
    (warning,) = app.warning
    assert "fine" in warning.value
    assert Status.NEAR in warning.value


def test_a_value_that_is_not_traced_yet_is_there_under_any_status() -> None:
    table = value_table(SECTIONS["training_memory"], {}, [Status.DIFFERS])
    assert set(table.text()["Status"]) == {TRACING}


def test_every_status_has_a_sign_of_its_own() -> None:
    assert set(MARKS) == set(Status)
    assert len(set(MARKS.values())) == len(MARKS)


def test_a_file_that_is_read_becomes_the_choice() -> None:
    app = open_reference(variant="small")
    config = configure("large", "mini_vit", "film", "v3", num_actions=64)
    read_text(app, as_file(Choice(config=config, plan=TrainingPlan(batch_size=24))))
    assert [success.value for success in app.success]
    assert app.segmented_control(key="variant").value == "large"
    assert app.segmented_control(key="skeleton").value == "v3"
    assert app.selectbox(key="fusion").value == "film"
    assert app.number_input(key="batch_size").value == 24
    assert app.code[0].value == as_file(Choice(config=config, plan=TrainingPlan(batch_size=24))).rstrip()


def test_a_custom_size_goes_out_and_comes_in() -> None:
    custom = ModelConfig(d_model=64, num_layers=2, num_heads=4, feedforward_factor=2, num_actions=7, skeleton="v3")
    text = as_file(Choice(config=custom, plan=TrainingPlan()))
    app = open_reference()
    read_text(app, text)
    assert app.segmented_control(key="variant").value == "custom"
    assert app.code[0].value == text.rstrip()
    assert not any("notes on it below" in success.value for success in app.success)
    read_text(app, text.replace("dropout: 0.1", "dropout: 0.3"))
    assert any("notes on it below" in success.value for success in app.success)
    assert "is 0.3, which cannot be chosen here: the choice was left at 0.1" in tables(app)
    assert app.code[0].value == text.rstrip()


def test_a_file_that_cannot_be_used_changes_nothing_and_says_why() -> None:
    app = open_reference(variant="small")
    text = "model:\n  d_model: 1\n  <img src=x>: 2\n"
    read_text(app, text)
    assert app.error
    shown = tables(app)
    assert "model.d_model" in shown
    assert "<img" not in shown
    assert app.segmented_control(key="variant").value == "small"
    assert app.text_area(key="configuration_text").value == text


@pytest.mark.parametrize("skeleton", SKELETONS)
@pytest.mark.parametrize(("batch_size", "image_size"), [(3, 256), (1, 128)])
def test_what_is_written_and_read_back_is_the_same_choice(skeleton: str, batch_size: int, image_size: int) -> None:
    plan = TrainingPlan(batch_size=batch_size)
    for config in configurations(skeleton, num_actions=64, image_size=image_size):
        text = as_file(Choice(config=config, plan=plan))
        reading = read_file(text, defaults())
        assert (reading.errors, reading.notes) == ((), ())
        assert reading.values["variant"] == config.variant
        assert reading.values["batch_size"] == plan.batch_size
        assert reading.values["image_size"] == str(config.image_size)


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ("  dropout: 0.25", "model.dropout"),
        ("  n_head: 3", "model.n_head"),
    ],
)
def test_what_the_explorer_has_no_control_for_is_said_by_name(line: str, key: str) -> None:
    text = as_file(Choice(config=configure("small"), plan=TrainingPlan())).replace("  dropout: 0.1\n", f"{line}\n")
    reading = read_file(text, defaults())
    assert reading.values["variant"] == "small"
    (note,) = reading.notes
    assert note.key == key
    assert text.splitlines()[note.line - 1] == line


def test_a_size_of_its_own_is_taken_whole() -> None:
    config = ModelConfig(d_model=192, num_layers=3, num_heads=6, feedforward_factor=2, num_actions=7, embedding_dim=512)
    reading = read_file(as_file(Choice(config=config, plan=TrainingPlan())), defaults())
    assert (reading.errors, reading.notes) == ((), ())
    assert config_of(defaults() | reading.values) == config


def test_of_very_many_remarks_the_first_are_shown_and_the_rest_counted() -> None:
    app = open_reference()
    text = as_file(Choice(config=configure("small"), plan=TrainingPlan()))
    read_text(app, text + "".join(f"key_{number}: 1\n" for number in range(MAX_REMARKS + 1234)))
    assert tables(app).count("is not used") == MAX_REMARKS
    assert any(caption.value == "1,234 more are not shown." for caption in app.caption)


def test_values_that_the_controls_do_not_have_are_said_with_what_stands() -> None:
    app = open_reference(image_size="512", batch_size="64")
    config = configure("small", "resnet", "gated", image_size=224)
    read_text(app, as_file(Choice(config=config, plan=TrainingPlan(batch_size=600))))
    assert app.selectbox(key="image_size").value == "512"
    assert app.number_input(key="batch_size").value == 64
    assert "is 224, which cannot be chosen here: the choice was left at 512" in tables(app)
    assert "is 600, which cannot be chosen here: the choice was left at 64" in tables(app)
    assert app.segmented_control(key="variant").value == "small"


IN_FILE = {
    **{field: key for key, field in CONFIG_FIELDS.items()},
    "image_size": "data.parallax_image_size",
    "skeleton": "model.input_dim",
    "batch_size": "training.batch_size",
}
"""Every field that a file sets, to its key."""


@given(
    before=values_of_every(CONTROLS),
    choice=choices(),
    image_size=some.none() | some.integers(1, 16).map(lambda side: 32 * side),
    batch_size=some.none() | some.integers(1, MAX_BATCH_SIZE),
    dropout=some.none() | some.sampled_from([0.0, 0.1, 0.3]),
)
def test_after_a_file_each_value_is_the_one_of_the_file_or_the_one_that_is_said(
    before: dict[str, Any],
    choice: Choice,
    image_size: int | None,
    batch_size: int | None,
    dropout: float | None,
) -> None:
    changed = {"image_size": image_size, "dropout": dropout}
    config = replace(choice.config, **{name: value for name, value in changed.items() if value is not None})
    assume(not size_problems(config))
    plan = replace(choice.plan, batch_size=batch_size or choice.plan.batch_size)
    reading = read_file(as_file(Choice(config=config, plan=plan)), before)
    assert reading.errors == ()
    after = choice_of(settled(before | reading.values)[0])
    asked = {**vars(config), "batch_size": plan.batch_size}
    stands = {**vars(after.config), "batch_size": after.plan.batch_size}
    said = {note.key: note.text for note in reading.notes}
    assert said == {
        key: f"is {asked[field]}, which cannot be chosen here: the choice was left at {stands[field]}"
        for field, key in IN_FILE.items()
        if asked[field] != stands[field]
    }


@given(choice=choices(), before=values_of_every(CONTROLS))
def test_any_choice_survives_the_round_trip(choice: Choice, before: dict[str, Any]) -> None:
    reading = read_file(as_file(choice), before)
    assert (reading.errors, reading.notes) == ((), ())
    after = choice_of(before | reading.values)
    assert (after.config, after.plan.batch_size) == (choice.config, choice.plan.batch_size)


@pytest.mark.parametrize("content", ["", "x: [", b"\xff\xfe", "model: 3", "!!python/object:x {}"])
def test_a_file_that_is_none_is_answered_with_a_sentence(content: str | bytes) -> None:
    reading = read_file(content, defaults())
    assert reading.errors
    assert not reading.values


def test_the_file_of_the_choice_has_its_image_side() -> None:
    config: ModelConfig = configure("small", "resnet", "gated", image_size=128)
    assert "[128, 128]" in as_file(Choice(config=config, plan=TrainingPlan()))

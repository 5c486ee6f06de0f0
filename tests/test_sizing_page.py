"""The page of the sizing table: what it shows, what its controls do, and what it makes of wrong values."""

import json
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from explorer import jobs, tasks
from explorer.sizing.controls import AS_LISTED, FILTERS, SHOWN_AT_FIRST, SORTABLE, chosen
from explorer.sizing.table import COLUMNS, PARAMETERS, TRAINING_MEMORY, sizing_table, table_of
from explorer.sizing.view import NO_ROWS
from stickgen import ModelConfig, TrainingStep, sizing
from stickgen.config import SKELETONS, configurations

ROOT = Path(__file__).parents[1]
EXPECTED = json.loads((ROOT / "tests" / "expected_counts.json").read_text())["configurations"]


@pytest.fixture(autouse=True)
def traced(monkeypatch: pytest.MonkeyPatch) -> dict[ModelConfig, int]:
    """Peaks as they become known: real ones take a second each."""
    known: dict[ModelConfig, int] = {}

    def peak_bytes(step: TrainingStep, _report: object) -> int:
        return known.setdefault(step.config, step.batch_size * step.config.d_model)

    monkeypatch.setattr(jobs, "WORKER", jobs.Worker())
    monkeypatch.setattr(sizing, "peak_bytes", peak_bytes)
    monkeypatch.setattr(tasks, "as_markdown", lambda _tables: "# The sizes document")
    monkeypatch.setattr(tasks, "size_tables", lambda: ())
    return known


def open_table(**query: str | list[str]) -> AppTest:
    app = AppTest.from_file(str(ROOT / "explorer" / "main.py"), default_timeout=120)
    app.switch_page("../pages/sizing_table.py")
    for key, value in query.items():
        app.query_params[key] = value
    app.run()
    assert not app.exception, app.exception
    assert app.title[0].value == "Sizing table"
    return app


def frame_of(app: AppTest) -> pd.DataFrame:
    frame: pd.DataFrame = app.dataframe[0].value
    return frame


def test_the_first_table_has_every_configuration_with_its_count_and_its_training_memory() -> None:
    table = frame_of(open_table(batch_size="2"))
    assert tuple(table.columns) == SHOWN_AT_FIRST
    assert table[PARAMETERS].tolist() == [EXPECTED[config.key] for config in configurations()]
    assert table[TRAINING_MEMORY].tolist() == [2 * config.d_model for config in configurations()]


def test_training_memory_is_traced_only_for_rows_that_are_seen(traced: dict[ModelConfig, int]) -> None:
    open_table(find="small film")
    assert {config.fusion for config in traced} == {"film"}
    assert len(traced) == 3


def test_without_its_column_nothing_is_traced(traced: dict[ModelConfig, int]) -> None:
    open_table(columns=[PARAMETERS])
    assert not traced


@pytest.mark.parametrize("skeleton", SKELETONS)
@pytest.mark.parametrize("actions", ["60", "64"])
def test_skeleton_and_actions_are_those_of_the_sidebar(skeleton: str, actions: str) -> None:
    table = frame_of(open_table(skeleton=skeleton, actions=actions, find="medium motion-only"))
    totals = {"v1": {"60": 20_594_618, "64": 20_595_646}, "v3": {"60": 20_610_774, "64": 20_611_802}}
    assert table[PARAMETERS].tolist() == [totals[skeleton][actions]]


def test_the_address_alone_chooses_rows_columns_and_order() -> None:
    app = open_table(
        find="resnet",
        only_variant=["small", "large"],
        columns=["Fusion strategy", PARAMETERS, "Variant"],
        sort=PARAMETERS,
        order="descending",
    )
    table = frame_of(app)
    assert tuple(table.columns) == ("Variant", "Fusion strategy", PARAMETERS)
    assert len(table) == 8
    assert table[PARAMETERS].is_monotonic_decreasing
    assert not app.warning
    assert any("8 of 39 configurations, 3 of" in caption.value for caption in app.caption)


def test_a_custom_size_is_the_last_row() -> None:
    app = open_table(variant="custom", d_model="192", num_heads="6", only_variant=["custom"])
    table = frame_of(app)
    assert table["Variant"].tolist() == ["custom"]
    assert table[TRAINING_MEMORY].tolist() == [192]
    assert any("Custom: 192 wide, 8 layers, 6 heads" in caption.value for caption in app.caption)


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("only_variant", "huge", "small, medium, large"),
        ("only_fusion_strategy", "<b>", "gated, concat"),
        ("columns", "Price", "Parameters"),
        ("sort", "Parameters, short", AS_LISTED),
        ("order", "up", "ascending, descending"),
    ],
)
def test_a_wrong_value_in_the_url_is_said_with_what_is_allowed(key: str, value: str, said: str) -> None:
    app = open_table(**{key: value})
    (warning,) = app.warning
    assert value in warning.value
    assert said in warning.value
    assert len(frame_of(app)) == 39


def test_a_search_without_a_match_says_so_and_fails_nothing() -> None:
    app = open_table(find="nothing like it")
    assert any("0 of 39 configurations" in caption.value for caption in app.caption)
    assert [info.value for info in app.info] == [NO_ROWS]
    assert not app.dataframe


def test_the_document_is_shown_when_it_is_asked_for() -> None:
    app = open_table(find="small film")
    app.button[0].click().run()
    assert not app.exception
    assert any("# The sizes document" in markdown.value for markdown in app.markdown)
    assert app.code[0].value == "# The sizes document"


@pytest.mark.parametrize("sent", [None, 3, "small", [], ["huge", 2, None], object()])
def test_whatever_a_client_sends_becomes_a_choice(sent: object) -> None:
    choice = chosen(dict.fromkeys((*FILTERS, "columns", "find", "sort", "order"), sent))
    assert set(choice.columns) <= set(COLUMNS)
    assert choice.columns
    table = sizing_table(list(configurations())[:3]).frame()
    assert choice.rows(table).columns.tolist() == table.columns.tolist()


@pytest.mark.parametrize("order", ["ascending", "descending"])
@pytest.mark.parametrize("column", SORTABLE)
def test_every_column_sorts_and_what_is_missing_comes_last(column: str, order: str) -> None:
    configs = list(configurations())
    table = sizing_table(configs, {config: config.d_model for config in configs[:20]}).frame()
    cells = chosen({"sort": column, "order": order}).rows(table)[column]
    present = cells.dropna().tolist()
    assert present == sorted(present, reverse=order == "descending")
    assert cells.isna().tolist() == sorted(cells.isna().tolist())


def test_the_plain_table_reads_as_the_frame_does() -> None:
    frame = sizing_table(list(configurations())[:2]).frame()[["Parameters", "Image encoder"]]
    text = table_of(frame).text()
    assert text["Parameters"].tolist() == ["7,248,122", "11,717,412"]
    assert text["Image encoder"].tolist() == ["", "lightweight_cnn"]

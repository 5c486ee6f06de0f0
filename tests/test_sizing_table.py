"""The sizing table: every configuration, every value, cell by cell."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from explorer.sizing.table import COLUMNS, PARAMETERS, TRAINING_MEMORY, having, matching, sizing_table
from stickgen.config import ModelConfig, configurations, configure
from stickgen.documented.facts import DOCUMENTED_TOTALS
from stickgen.formatting import short_count
from stickgen.sizing import GROUPS, file_size
from stickgen.tables import KINDS

EXPECTED: dict[str, Any] = json.loads((Path(__file__).parent / "expected_counts.json").read_text())
CONFIGS = tuple(configurations())


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return sizing_table(CONFIGS).frame()


@pytest.mark.parametrize("position", range(len(CONFIGS)), ids=[config.key for config in CONFIGS])
def test_a_row_has_the_expected_values(table: pd.DataFrame, position: int) -> None:
    config, row = CONFIGS[position], table.iloc[position]
    total = EXPECTED["configurations"][config.key]
    motion_only = EXPECTED["configurations"][f"{config.variant}/motion_only"]
    groups = {
        title: sum(EXPECTED["components"][config.variant].get(name, 0) for name in attributes)
        for title, attributes in GROUPS.items()
    }
    if config.image_encoder and config.fusion:
        groups["Image encoder"] = EXPECTED["image_encoders"][config.image_encoder]
        groups["Fusion module"] = EXPECTED["fusion_strategies"][config.fusion]
    documented = DOCUMENTED_TOTALS.get(config, pd.NA)
    expected = {
        "Variant": config.variant,
        "Mode": "Multimodal" if config.is_multimodal else "Motion-only",
        "Image encoder": config.image_encoder or pd.NA,
        "Fusion strategy": config.fusion or pd.NA,
        "Skeleton": "v1",
        "Actions": 60,
        "Parameters": total,
        "Parameters, short": short_count(total),
        "Over motion-only (parameters)": total - motion_only,
        "Training memory (bytes)": pd.NA,
        **{f"{title} (parameters)": count for title, count in groups.items()},
        "FP32 file (bytes)": file_size(config, "float32"),
        "FP16 file (bytes)": file_size(config, "float16"),
        "BF16 file (bytes)": file_size(config, "bfloat16"),
        "Documented (parameters)": documented,
        "Difference (parameters)": pd.NA if documented is pd.NA else 0,
    }
    assert list(expected) == list(table.columns)
    for title, value in expected.items():
        assert (row[title] is pd.NA) if value is pd.NA else row[title] == value, title


def test_the_groups_of_a_row_add_up_to_its_parameters(table: pd.DataFrame) -> None:
    groups = table[[f"{title} (parameters)" for title in GROUPS]]
    assert groups.sum(axis=1).tolist() == table[PARAMETERS].tolist()


def test_columns_are_typed_and_explained(table: pd.DataFrame) -> None:
    for header, column in COLUMNS.items():
        assert column.header == header
        assert table[header].dtype == KINDS[column.kind].dtype
        assert column.help.endswith(".")


def test_training_memory_fills_in_as_it_is_traced() -> None:
    first, second = CONFIGS[:2]
    table = sizing_table((first, second), {second: 123}).frame()
    assert table[TRAINING_MEMORY].isna().tolist() == [True, False]
    assert table[TRAINING_MEMORY][1] == 123


def test_a_documented_total_belongs_to_its_skeleton_and_actions_only() -> None:
    other = [configure("small", skeleton="v3"), configure("small", num_actions=64)]
    assert sizing_table(other).frame()["Documented (parameters)"].isna().all()


@pytest.mark.parametrize(("actions", "total"), [(60, 20_610_774), (64, 20_611_802)])
def test_v3_rows_have_their_own_counts(actions: int, total: int) -> None:
    row = sizing_table([configure("medium", skeleton="v3", num_actions=actions)]).frame().iloc[0]
    assert (row["Skeleton"], row["Actions"], row[PARAMETERS]) == ("v3", actions, total)


def test_a_custom_size_is_a_row_like_any_other() -> None:
    row = sizing_table([ModelConfig(d_model=64, num_layers=1, num_heads=2)]).frame().iloc[0]
    assert row["Variant"] == "custom"
    assert row[PARAMETERS] > 0


@pytest.mark.parametrize(
    ("text", "rows"),
    [("", 39), ("LARGE", 13), ("film resnet", 3), ("motion-only", 3), ("44.6m", 1), ("nothing.like[it", 0)],
)
def test_search_finds_every_word_in_any_column(table: pd.DataFrame, text: str, rows: int) -> None:
    assert len(matching(table, text)) == rows


def test_filters_combine_and_an_empty_one_leaves_all(table: pd.DataFrame) -> None:
    chosen = having(table, {"Variant": ["small", "large"], "Fusion strategy": ["gated"], "Skeleton": []})
    assert len(chosen) == 2 * 3
    assert set(chosen["Variant"]) == {"small", "large"}
    assert len(having(table, {"Variant": []})) == 39

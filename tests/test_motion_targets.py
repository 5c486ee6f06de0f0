"""The targets of a motion, and the benchmark that writes them down."""

import re
from dataclasses import fields, replace

import pytest

from benchmarks import document as benchmarks
from stickgen.config import VARIANTS
from stickgen.motion import TARGETS, FitReport, missed_targets

GOOD = FitReport(
    clip="walk",
    one_step_rmse=0.003,
    repeat_rmse=0.016,
    rollout_rmse=0.02,
    rollout_seconds=5.0,
    amplitude_ratio=0.98,
    tempo_error=0.01,
    bone_error=0.02,
    travel_error=0.01,
    rounds=2,
    fit_seconds=2.0,
)


def test_every_variant_has_targets_and_the_larger_the_lower():
    assert list(TARGETS) == list(VARIANTS)
    assert [targets.rollout_rmse for targets in TARGETS.values()] == [0.06, 0.045, 0.03]
    assert [targets.one_step_rmse for targets in TARGETS.values()] == [0.015, 0.012, 0.010]


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_fit_that_meets_every_target_misses_none(variant):
    assert missed_targets(GOOD, variant) == ()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"one_step_rmse": 0.016}, "One frame ahead.*1.6%"),
        ({"one_step_rmse": 0.009}, "One frame ahead"),
        ({"rollout_rmse": 0.061}, "small errors feed back"),
        ({"rollout_rmse": 0.061, "tempo_error": 0.04}, "out of step"),
        ({"amplitude_ratio": 0.8}, "80% as large"),
        ({"amplitude_ratio": 1.2}, "120% as large"),
        ({"tempo_error": 0.06}, "tempo is off by 6.0%"),
        ({"bone_error": 0.2}, "length is off by 20%"),
    ],
)
def test_each_missed_target_has_its_sentence(changes, words):
    (sentence,) = missed_targets(replace(GOOD, **changes), "small")
    assert re.search(words, sentence)
    assert sentence.endswith(".")


def test_a_variant_without_targets_is_refused():
    with pytest.raises(ValueError, match="choose one of small, medium, large"):
        missed_targets(GOOD, "custom")


def test_a_report_is_a_table_in_a_notebook():
    html = GOOD._repr_html_()
    assert html.count('<th scope="row"') == len(GOOD.table().rows) == len(fields(FitReport)) - 1
    assert "0.0200" in html, "the error of the rollout"
    assert "5 s" in html


def test_a_benchmark_replaces_its_own_section_only(tmp_path, monkeypatch):
    document = tmp_path / "benchmarks.md"
    monkeypatch.setattr(benchmarks, "DOCUMENT", document)
    for name, text in (("motion", "first"), ("sizing", "kept"), ("motion", "second")):
        benchmarks.write_section(name, text)
    assert document.read_text() == (
        "# Benchmarks\n\n<!-- motion -->\nsecond\n<!-- /motion -->\n\n<!-- sizing -->\nkept\n<!-- /sizing -->\n"
    )

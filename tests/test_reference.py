"""The documented figures: complete, read as written, and free of contradictions with the presets."""

import pytest

from stickgen.config import DEFAULT_MULTIMODAL, FUSION_STRATEGIES, IMAGE_ENCODERS, MODES, VARIANTS
from stickgen.documented.facts import (
    DOCUMENTED_TOTALS,
    ENCODER_FACTS,
    FUSION_FACTS,
    TRAINING_MEMORY_COLUMNS,
    VARIANT_FACTS,
    documented_config,
    written_number,
)
from stickgen.sizing import GROUPS


@pytest.mark.parametrize(
    ("text", "low", "high", "step"),
    [
        ("7,248,122", 7_248_122, 7_248_122, 0),
        ("1024", 1024, 1024, 0),
        ("7.2M", 7_200_000, 7_200_000, 100_000),
        ("656.6K", 656_600, 656_600, 100),
        ("~200K", 200_000, 200_000, 1_000),
        ("+26.7M", 26_700_000, 26_700_000, 100_000),
        ("~4-5M", 4_000_000, 5_000_000, 1_000_000),
        ("~15M", 15_000_000, 15_000_000, 1_000_000),
        ("~29 MB", 29_000_000, 29_000_000, 1_000_000),
        ("8GB+", 8 * 10**9, 8 * 10**9, 10**9),
    ],
)
def test_a_written_number_keeps_its_precision(text: str, low: float, high: float, step: float) -> None:
    number = written_number(text)
    assert number is not None
    assert (number.low, number.high, number.step) == pytest.approx((low, high, step))


@pytest.mark.parametrize("text", ["gated", "", "lightweight_cnn", "M", "CPU feasible"])
def test_a_name_is_not_a_number(text: str) -> None:
    assert written_number(text) is None


@pytest.mark.parametrize(
    ("text", "value", "reads_the_same"),
    [
        ("7.2M", 7_248_122, True),
        ("7.2M", 7_251_000, False),
        ("~4-5M", 4_475_392, True),
        ("~4-5M", 5_600_000, False),
        ("7,248,122", 7_248_122, True),
        ("7,248,122", 7_248_123, False),
    ],
)
def test_rounding_follows_the_digits_written(text: str, value: float, reads_the_same: bool) -> None:
    number = written_number(text)
    assert number is not None
    assert number.is_rounded_from(value) is reads_the_same


def test_every_choice_has_its_facts() -> None:
    assert list(VARIANT_FACTS) == list(VARIANTS)
    assert list(ENCODER_FACTS) == list(IMAGE_ENCODERS)
    assert list(FUSION_FACTS) == list(FUSION_STRATEGIES)


@pytest.mark.parametrize("variant", VARIANT_FACTS)
def test_a_variant_has_a_figure_in_every_cell(variant: str) -> None:
    facts = VARIANT_FACTS[variant]
    assert set(facts.parameters) == set(facts.parameters_short) == set(facts.file_sizes) == set(MODES)
    assert set(facts.training_memory) == set(TRAINING_MEMORY_COLUMNS)
    assert set(facts.groups) == set(GROUPS) - {"Conditioning inputs"}
    assert (facts.image_encoder, facts.fusion) == DEFAULT_MULTIMODAL[variant]


@pytest.mark.parametrize("variant", VARIANT_FACTS)
@pytest.mark.parametrize("mode", MODES)
def test_exact_and_short_totals_agree(variant: str, mode: str) -> None:
    facts = VARIANT_FACTS[variant]
    short = written_number(facts.parameters_short[mode])
    assert short is not None
    assert short.is_rounded_from(DOCUMENTED_TOTALS[documented_config(variant, mode)])


def test_there_are_six_documented_totals() -> None:
    assert len(DOCUMENTED_TOTALS) == 6
    assert sum(config.is_multimodal for config in DOCUMENTED_TOTALS) == 3

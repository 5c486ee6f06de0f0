"""The documented values: complete, read as written, and free of contradictions with the presets."""

import pytest

from stickgen.config import DEFAULT_MULTIMODAL, FUSION_STRATEGIES, IMAGE_ENCODERS, MODES, VARIANTS
from stickgen.documented.facts import (
    DOCUMENTED_TOTALS,
    ENCODER_FACTS,
    FUSION_FACTS,
    RECOMMENDED_FUSION,
    RECOMMENDED_VARIANT,
    TRAINING_MEMORY_COLUMNS,
    VARIANT_FACTS,
    OptionFacts,
    VariantFacts,
    documented_config,
    variant_facts,
    written_number,
)
from stickgen.documented.values import default_config
from stickgen.sizing import FILE_DTYPES, GROUPS


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


def test_everything_the_document_has_is_there() -> None:
    assert list(VARIANT_FACTS) == ["small", "medium", "large"]
    assert list(ENCODER_FACTS) == ["lightweight_cnn", "resnet", "mini_vit"]
    assert list(FUSION_FACTS) == ["gated", "concat", "film", "cross_attention"]


def test_every_documented_name_exists_in_its_registry() -> None:
    assert {*VARIANT_FACTS, RECOMMENDED_VARIANT} <= set(VARIANTS)
    assert set(ENCODER_FACTS) <= set(IMAGE_ENCODERS)
    assert {*FUSION_FACTS, RECOMMENDED_FUSION} <= set(FUSION_STRATEGIES)
    for option in (*ENCODER_FACTS.values(), *FUSION_FACTS.values()):
        assert set(option.variants) <= set(VARIANTS)
    for column in TRAINING_MEMORY_COLUMNS.values():
        assert column.mode in MODES


@pytest.mark.parametrize("facts", [*VARIANT_FACTS.values(), *ENCODER_FACTS.values(), *FUSION_FACTS.values()])
def test_every_documented_number_can_be_read(facts: VariantFacts | OptionFacts) -> None:
    numbers = [facts.parameters] if isinstance(facts, OptionFacts) else numbers_of(facts)
    assert numbers
    assert [number for number in numbers if written_number(number) is None] == []


def numbers_of(facts: VariantFacts) -> list[str]:
    return [
        *facts.parameters.values(),
        *facts.parameters_short.values(),
        facts.overhead,
        facts.hardware_memory,
        facts.d_model,
        facts.num_layers,
        facts.num_heads,
        facts.embedding_dim,
        *facts.groups.values(),
        *(size for sizes in facts.file_sizes.values() for size in sizes.values()),
        *facts.training_memory.values(),
    ]


def test_an_undocumented_variant_has_no_facts() -> None:
    assert variant_facts("tiny") == VariantFacts()
    assert variant_facts("small") is VARIANT_FACTS["small"]


@pytest.mark.parametrize("variant", VARIANT_FACTS)
def test_a_variant_has_a_value_in_every_cell(variant: str) -> None:
    facts = VARIANT_FACTS[variant]
    assert set(facts.parameters) == set(facts.parameters_short) == set(facts.file_sizes) == set(MODES)
    for sizes in facts.file_sizes.values():
        assert set(sizes) == {"float32", "float16"} <= set(FILE_DTYPES)
    assert facts.use_case
    assert facts.hardware
    assert facts.training_note
    assert set(facts.training_memory) == set(TRAINING_MEMORY_COLUMNS)
    assert set(facts.groups) == set(GROUPS) - {"Conditioning inputs"}
    assert (facts.image_encoder, facts.fusion) == DEFAULT_MULTIMODAL[variant]


@pytest.mark.parametrize("variant", VARIANT_FACTS)
@pytest.mark.parametrize("mode", MODES)
def test_exact_and_short_totals_agree(variant: str, mode: str) -> None:
    facts = VARIANT_FACTS[variant]
    short = written_number(facts.parameters_short[mode])
    assert short is not None
    assert default_config(variant, mode) == documented_config(variant, mode)
    assert short.is_rounded_from(DOCUMENTED_TOTALS[documented_config(variant, mode)])


def test_there_are_six_documented_totals() -> None:
    assert len(DOCUMENTED_TOTALS) == 6
    assert sum(config.is_multimodal for config in DOCUMENTED_TOTALS) == 3

"""Documented values beside computed ones: complete, judged as defined, and explained where they differ."""

from collections.abc import Callable

import pytest

from stickgen.documented.facts import VARIANT_FACTS
from stickgen.documented.values import SECTIONS, DocumentedValue
from stickgen.documented.verification import Status, check, tally

QUICK = [value for section in SECTIONS.values() for value in section.values if not value.is_traced]
TRACED = [value for section in SECTIONS.values() for value in section.values if value.is_traced]


def documented(written: str, computed: int | str | None, unit: str = "count") -> DocumentedValue:
    reason: Callable[[int], str] = "because of {}".format
    return DocumentedValue(
        subject="Small", quantity="Some", written=written, compute=lambda: computed, unit=unit, explain=reason
    )


@pytest.mark.parametrize(
    ("written", "computed", "unit", "status", "difference"),
    [
        ("7,248,122", 7_248_122, "count", Status.EQUAL, 0),
        ("7,248,122", 7_248_123, "count", Status.NEAR, 1),
        ("7.2M", 7_248_122, "count", Status.ROUNDS, 48_122),
        ("7.2M", 7_260_000, "count", Status.NEAR, 60_000),
        ("~200K", 180_000, "count", Status.NEAR, -20_000),
        ("~200K", 179_962, "count", Status.DIFFERS, -20_038),
        ("~4-5M", 4_475_392, "count", Status.ROUNDS, 0),
        ("~4-5M", 8_000_000, "count", Status.DIFFERS, 3_000_000),
        ("~24 MB", 23_458_896, "file", Status.NEAR, -541_104),
        ("~2 GB", 2 * 10**9, "memory", Status.KEPT, 0),
        ("~2 GB", 10**9, "memory", Status.KEPT, -(10**9)),
        ("~2 GB", 2 * 10**9 + 1, "memory", Status.DIFFERS, 1),
        ("gated", "gated", "count", Status.EQUAL, None),
        ("gated", "concat", "count", Status.DIFFERS, None),
        ("4+", None, "count", Status.UNCHECKED, None),
        ("", 7_248_122, "count", Status.UNDOCUMENTED, None),
        ("", "gated", "count", Status.UNDOCUMENTED, None),
    ],
)
def test_the_verdict(
    written: str, computed: int | str | None, unit: str, status: Status, difference: float | None
) -> None:
    result = check(documented(written, computed, unit))
    assert (result.status, result.difference) == (status, difference)


@pytest.mark.parametrize(("written", "computed", "explained"), [("7.2M", 7_200_000, False), ("7.2M", 7_900_000, True)])
def test_the_reason_stands_only_where_the_two_read_differently(written: str, computed: int, explained: bool) -> None:
    assert bool(check(documented(written, computed)).reason) is explained


@pytest.mark.parametrize("value", QUICK, ids=lambda value: f"{value.subject}-{value.quantity}")
def test_every_value_compares_and_every_difference_has_a_reason(value: DocumentedValue) -> None:
    result = check(value)
    assert result.computed_text
    if result.status in (Status.NEAR, Status.DIFFERS, Status.UNCHECKED):
        assert result.reason


def test_what_is_known_to_differ_and_nothing_else_does() -> None:
    results = [check(value) for value in QUICK]
    differing = {result.value.quantity for result in results if result.status is Status.DIFFERS}
    near = [(r.value.subject, r.value.quantity) for r in results if r.status is Status.NEAR]
    assert differing == {"Decoder heads, motion-only", "Decoder heads, multimodal"}
    assert near == [("Small", "Multimodal, FP16")]


def test_every_documented_value_is_listed() -> None:
    """Each text of the facts is in some value of its variant: nothing of the document is left out."""
    for variant, facts in VARIANT_FACTS.items():
        listed = {
            value.written
            for section in SECTIONS.values()
            for value in section.values
            if value.subject == variant.title()
        }
        texts = [
            *facts.parameters.values(),
            *facts.parameters_short.values(),
            facts.overhead,
            facts.image_encoder,
            facts.fusion,
            facts.hardware_memory,
            facts.d_model,
            facts.num_layers,
            facts.num_heads,
            facts.embedding_dim,
            *facts.groups.values(),
            *(size for sizes in facts.file_sizes.values() for size in sizes.values()),
            *facts.training_memory.values(),
        ]
        assert set(texts) <= listed


def test_the_tally_counts_every_check_once() -> None:
    counts = tally(check(value) for value in QUICK)
    assert sum(counts.values()) == len(QUICK)
    assert set(counts) == set(Status)


@pytest.mark.parametrize("value", TRACED, ids=lambda value: f"{value.subject}-{value.quantity}")
def test_training_memory_is_within_its_budget_and_says_up_to_which_batch(value: DocumentedValue) -> None:
    result = check(value)
    assert result.status is Status.KEPT
    assert "largest batch size within it is" in result.reason

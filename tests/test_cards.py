"""The values of Explore in words: exact, with units, beside the documented ones."""

from dataclasses import replace

import pytest

from explorer.explore.cards import file_card, memory_card, motion_note, parameters_card
from stickgen import ModelConfig, TrainingPlan, configure, count_parameters, estimate_memory, file_size
from stickgen.config import configurations
from stickgen.documented.facts import DOCUMENTED_TOTALS, NOT_DOCUMENTED
from stickgen.formatting import exact_count, short_count
from stickgen.motion import reference_motion
from stickgen.workloads import TrainingStep

SHORT = TrainingPlan(sequence_length=10)


@pytest.mark.parametrize("config", list(configurations()), ids=lambda config: config.key)
def test_documented_configurations_say_so_and_no_other(config: ModelConfig) -> None:
    card = parameters_card(config)
    total = count_parameters(config).total
    assert card.value == exact_count(total)
    compared = "as documented" if config in DOCUMENTED_TOTALS else NOT_DOCUMENTED
    assert card.note == f"{short_count(total)}, {compared}"


@pytest.mark.parametrize(
    ("config", "note"),
    [
        (configure("medium", "lightweight_cnn", "gated"), "+0.3 MB vs the documented ~100 MB"),
        (configure("large"), "+0.5 MB vs the documented ~178 MB"),
        (configure("large", skeleton="v3"), NOT_DOCUMENTED),
    ],
)
def test_a_file_card_gives_the_signed_difference(config: ModelConfig, note: str) -> None:
    card = file_card(config, "float32")
    assert card.note == note
    assert exact_count(file_size(config)) in card.help


def test_a_memory_card_compares_with_the_column_for_its_batch() -> None:
    config = configure("small", "lightweight_cnn", "gated")
    plans = {"~3 GB": SHORT, "~4 GB": TrainingPlan(batch_size=32, sequence_length=10)}
    for written, plan in plans.items():
        estimate = estimate_memory(TrainingStep(config, plan))
        card = memory_card(estimate)
        assert card.note == f"within the documented {written}"
        assert exact_count(estimate.peak_bytes) in card.help
        assert f"documented {written} is the memory to provide" in card.help
        assert ("no batch size" in card.help) == (plan.batch_size == 1)


def test_a_memory_card_says_how_far_the_peak_is_above_its_budget() -> None:
    config, plan = configure("small"), SHORT
    estimate = replace(estimate_memory(TrainingStep(config, plan)), peak_bytes=2 * 10**9 + 2**31)
    assert memory_card(estimate).note == "above the documented ~2 GB by 2.00 GiB"


def test_a_memory_card_without_a_documented_budget_says_so_and_mentions_none() -> None:
    config = configure("small", skeleton="v3")
    card = memory_card(estimate_memory(TrainingStep(config, SHORT)))
    assert card.note == NOT_DOCUMENTED
    assert "document" not in card.help


def test_a_motion_no_model_made_is_not_said_to_be_the_models() -> None:
    note = motion_note(reference_motion("walk", frames=50))
    assert "2 s at 25 frames per second" in note
    assert "model" not in note

"""Whatever two knobs are turned to, a step is traced, or refused in a sentence that says what is allowed."""

from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

import pytest
from pairs import Row, covering_rows

from stickgen.config import FUSION_STRATEGIES, IMAGE_ENCODERS, MAX_LAYERS, SKELETONS, ModelConfig
from stickgen.plan import CHOICES, KNOB_DECIMALS, KNOB_NUMBERS, PARALLEL_MODES, TrainingPlan
from stickgen.sizing import CHANGES, estimate_memory, what_would_fit
from stickgen.workloads import TrainingStep

LAYERS = 2
PLAN_KNOBS: dict[str, tuple[Any, ...]] = {
    **{knob: tuple(choices) for knob, choices in CHOICES.items()},
    **{knob: (numbers[1], numbers[0], numbers[-1]) for knob, numbers in KNOB_NUMBERS.items()},
    "activation_checkpointing": (0, 1, LAYERS),
    "lora_rank": (0, 1, KNOB_NUMBERS["lora_rank"][-1]),
    **{knob: (least, most) for knob, (least, most, _) in KNOB_DECIMALS.items()},
    "lora_targets": (TrainingPlan.lora_targets, "pose_decoder in_proj", "image_encoder", "("),
}
RANKS = [ranks for ranks in sorted(PLAN_KNOBS["ranks"]) if ranks > 1]
KNOBS: dict[str, tuple[Any, ...]] = {
    "image_encoder": ("mini_vit", *(encoder for encoder in IMAGE_ENCODERS if encoder != "mini_vit"), None),
    "fusion": tuple(FUSION_STRATEGIES),
    "skeleton": tuple(SKELETONS),
    "num_layers": (LAYERS, 1),
    "num_actions": (60, 1),
    "dropout": (0.1, 0.0),
    "image_size": (64, 32),
    **{knob: values for knob, values in PLAN_KNOBS.items() if knob not in ("parallel", "ranks")},
    "devices": (("none", 1), *((mode, ranks) for mode in PARALLEL_MODES if mode != "none" for ranks in RANKS)),
}
"""Every knob to its values and edges. A motion-only model has no fusion; mode and number of devices go together."""


def step_of(row: Row) -> TrainingStep:
    """The step of a small model with the values of a row."""
    values = dict(row)
    if values["image_encoder"] is None:
        values["fusion"] = None
    values["parallel"], values["ranks"] = values.pop("devices")
    plan = {knob: values.pop(knob) for knob in PLAN_KNOBS}
    return TrainingStep(ModelConfig(d_model=32, num_heads=2, embedding_dim=64, **values), TrainingPlan(**plan))


def refusal(make: Callable[[], object]) -> str:
    """Why something cannot be made; empty if it can."""
    try:
        make()
    except ValueError as error:
        return str(error)
    return ""


ROWS, REFUSED = covering_rows(KNOBS, lambda row: not refusal(lambda: step_of(row)))


def test_every_knob_of_a_plan_is_turned() -> None:
    assert set(PLAN_KNOBS) == {field.name for field in fields(TrainingPlan)}
    assert {knob for knob in KNOBS if knob not in PLAN_KNOBS} | {"d_model", "num_heads", "embedding_dim"} >= {
        field.name for field in fields(ModelConfig)
    } - {"feedforward_factor"}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: "-".join(map(str, row.values())))
def test_every_two_values_that_go_together_are_traced(row: Row) -> None:
    step = step_of(row)
    estimate = estimate_memory(step)
    assert isinstance(estimate.peak_bytes, int)
    assert estimate.peak_bytes == sum(estimate.at_peak.values()) > 0
    for change in CHANGES.values():
        assert change.made_to(step).config == step.config


@pytest.mark.parametrize("row", REFUSED, ids=lambda row: "-".join(map(str, row.values())))
def test_two_values_that_do_not_go_together_are_refused_in_a_sentence(row: Row) -> None:
    sentence = refusal(lambda: step_of(row))
    assert any(allowed in sentence for allowed in ("choose", "must be", "leave", "write"))


@pytest.mark.parametrize(
    "make",
    [
        lambda: ModelConfig(d_model=32, num_layers=1, num_heads=2, image_encoder="resnet"),
        lambda: ModelConfig(d_model=32, num_layers=1, num_heads=2, fusion="gated"),
        *(lambda mode=mode: TrainingPlan(parallel=mode) for mode in PARALLEL_MODES if mode != "none"),
        lambda: TrainingPlan(ranks=2),
        lambda: replace(step_of(ROWS[0]), plan=TrainingPlan(activation_checkpointing=MAX_LAYERS)),
    ],
)
def test_half_of_what_goes_together_is_refused_in_a_sentence(make: Callable[[], object]) -> None:
    assert "together" in (sentence := refusal(make)) or "must be" in sentence


@pytest.mark.parametrize("mode", PARALLEL_MODES)
def test_changes_that_save_memory_are_found_on_any_devices(mode: str) -> None:
    start = {knob: values[0] for knob, values in KNOBS.items()} | {"image_encoder": None, "num_layers": 1}
    step = step_of(start | {"devices": next(devices for devices in KNOBS["devices"] if devices[0] == mode)})
    found = {name for suggestion in what_would_fit(step, 0, pairs=False) for name in suggestion.changes}
    assert {"pure_bfloat16", "halve_sequence", "sgd", "heads_only"} <= found

"""Every knob changes the step that is traced, and the estimate follows the real step."""

import threading
import time
from dataclasses import fields, replace
from typing import Any

import pytest

from stickgen.config import ModelConfig, configure
from stickgen.plan import InferencePlan, TrainingPlan
from stickgen.sizing import (
    CHANGES,
    FIXED_TERMS,
    MeasurementCancelledError,
    NotMeasurableError,
    check_measurable,
    count_operations,
    estimate_memory,
    largest_batch,
    measure_in_process,
    measure_memory,
    peak_bytes,
    what_would_fit,
)
from stickgen.workloads import Forward, TrainingStep

MULTIMODAL = configure("small", "lightweight_cnn", "gated")
TINY = ModelConfig(d_model=64, num_layers=3, num_heads=2)
MEASURED = [
    configure("small"),
    configure("small", "lightweight_cnn", "gated"),
    configure("small", "resnet", "film", image_size=64),
    configure("small", "mini_vit", "concat"),
    configure("small", "lightweight_cnn", "cross_attention", image_size=64),
    configure("small", skeleton="v3", num_actions=64),
]
TURNED: dict[str, Any] = {
    "batch_size": 3,
    "sequence_length": 50,
    "optimizer": "sgd",
    "optimizer_loop": "foreach",
    "precision": "bfloat16_autocast",
    "attention": "fused",
    "activation_checkpointing": 3,
    "gradient_accumulation": 2,
    "frozen": "image_encoder",
    "lora_rank": 8,
    "lora_dropout": 0.0,
    "lora_targets": "pose_decoder",
    "parallel": "ddp",
    "ranks": 4,
}


@pytest.mark.parametrize("batch_size", [1, 2])
@pytest.mark.parametrize("config", MEASURED, ids=lambda config: f"{config.key}-{config.skeleton}")
def test_the_estimate_is_the_allocators_peak(config: ModelConfig, batch_size: int) -> None:
    step = TrainingStep(config, TrainingPlan(batch_size=batch_size, sequence_length=40))
    assert peak_bytes(step) == pytest.approx(measure_memory(step), rel=0.001)


@pytest.mark.parametrize(
    "knobs",
    [
        {"optimizer": "sgd"},
        {"optimizer": "adafactor"},
        {"optimizer_loop": "foreach"},
        {"precision": "bfloat16"},
        {"precision": "bfloat16_autocast"},
        {"precision": "float16_autocast"},
        {"activation_checkpointing": 6},
        {"gradient_accumulation": 3},
        {"frozen": "image_encoder"},
        {"frozen": "all_but_heads"},
        {"lora_rank": 8},
        {"lora_rank": 8, "lora_dropout": 0.0, "lora_targets": "q_proj v_proj image_encoder"},
        {"precision": "bfloat16_autocast", "activation_checkpointing": 6, "optimizer": "adafactor"},
    ],
    ids=str,
)
def test_the_estimate_is_the_allocators_peak_with_a_knob_turned(knobs: dict[str, Any]) -> None:
    step = TrainingStep(MULTIMODAL, TrainingPlan(batch_size=2, sequence_length=60, **knobs))
    assert peak_bytes(step) == pytest.approx(measure_memory(step), rel=0.001)


def test_every_knob_is_turned_below() -> None:
    assert set(TURNED) == {field.name for field in fields(TrainingPlan)}


@pytest.mark.parametrize("knob", TURNED)
def test_no_knob_is_dead(knob: str) -> None:
    """Turning a knob changes the peak, or at least the course of the step."""
    plan = TrainingPlan(batch_size=2, sequence_length=30)
    if knob == "ranks":
        plan = replace(plan, parallel="fsdp2", ranks=2)
    if knob in ("lora_dropout", "lora_targets"):
        plan = replace(plan, lora_rank=8)
    turned = replace(plan, **({knob: TURNED[knob]} | ({"ranks": 2} if knob == "parallel" else {})))
    config = TINY if knob == "ranks" else MULTIMODAL
    before, after = estimate_memory(TrainingStep(config, plan)), estimate_memory(TrainingStep(config, turned))
    assert before.timeline.live_bytes.tolist() != after.timeline.live_bytes.tolist()


def test_recomputing_is_chosen_layer_by_layer() -> None:
    plan = TrainingPlan(batch_size=8)
    peaks = [peak_bytes(TrainingStep(TINY, replace(plan, activation_checkpointing=layers))) for layers in range(4)]
    assert peaks == sorted(peaks, reverse=True)
    assert peaks[0] > peaks[3]


def test_fused_attention_stores_no_attention_matrices() -> None:
    fixed = peak_bytes(TrainingStep(TINY, TrainingPlan(batch_size=4, sequence_length=2, attention="fused")))
    short, long = (
        peak_bytes(TrainingStep(TINY, TrainingPlan(batch_size=4, sequence_length=frames, attention="fused"))) - fixed
        for frames in (1024, 2048)
    )
    assert long < 2.2 * short  # linear in the frames, where the math path is quadratic
    assert peak_bytes(TrainingStep(TINY, TrainingPlan(batch_size=4, sequence_length=2048))) > 3 * long


def test_more_micro_batches_cost_no_more_than_two() -> None:
    two, many = (TrainingPlan(gradient_accumulation=count) for count in (2, 50))
    assert peak_bytes(TrainingStep(TINY, two)) == peak_bytes(TrainingStep(TINY, many))
    assert 25 * count_operations(TrainingStep(TINY, two)) == count_operations(TrainingStep(TINY, many))


def test_operations_follow_from_the_shapes() -> None:
    plan = TrainingPlan(batch_size=3, sequence_length=21)
    step, recomputed, fused = (
        count_operations(TrainingStep(TINY, replace(plan, **knobs)))
        for knobs in ({}, {"activation_checkpointing": TINY.num_layers}, {"attention": "fused"})
    )
    read = plan.sequence_length - 1  # all frames but the last
    sizes = (InferencePlan(batch_size=3, sequence_length=frames) for frames in (read, 41))
    forward, longer = (count_operations(Forward(TINY, plan)) for plan in sizes)
    assert 2.8 < step / forward < 3.0  # forward once, backward twice, inputs need none
    assert step < recomputed < 4 / 3 * step
    d, layers = TINY.d_model, TINY.num_layers
    # Fused attention computes the products of queries and keys once more on the way back, over frames and text alike.
    assert fused - step == 3 * layers * 2 * d * (read + 1) ** 2
    attention = 3 * layers * 2 * 2 * d * (41**2 - read**2)
    assert longer - forward > attention


def test_what_would_fit_says_what_is_saved() -> None:
    plan = TrainingPlan(batch_size=8, sequence_length=100)
    before = peak_bytes(TrainingStep(TINY, plan))
    budget = before * 2 // 3
    found = what_would_fit(TrainingStep(TINY, plan), budget)
    assert {len(suggestion.changes) for suggestion in found} == {1, 2}
    assert [not suggestion.fits for suggestion in found] == sorted(not s.fits for s in found)
    for suggestion in found:
        assert (
            suggestion.peak_bytes
            == peak_bytes(TrainingStep(TINY, suggestion.step.plan))
            == before - suggestion.saved_bytes
        )
        assert suggestion.fits == (suggestion.peak_bytes <= budget)
        assert suggestion.saved_bytes > 0
        assert all(CHANGES[change].cost in suggestion.cost for change in suggestion.changes)
        assert suggestion.step.plan != plan
    assert "freeze_image_encoder" not in {change for s in found for change in s.changes}
    assert {len(s.changes) for s in what_would_fit(TrainingStep(TINY, plan), budget, pairs=False)} == {1}


def test_recomputing_makes_room_for_a_larger_batch() -> None:
    plan = TrainingPlan(sequence_length=100)
    budget = peak_bytes(TrainingStep(MULTIMODAL, replace(plan, batch_size=8)))
    assert largest_batch(TrainingStep(MULTIMODAL, plan), budget) == 8
    assert largest_batch(TrainingStep(MULTIMODAL, replace(plan, activation_checkpointing=6)), budget) > 8


def test_a_fixed_term_is_an_interval_with_a_source() -> None:
    for term in FIXED_TERMS.values():
        low, high = term.interval_bytes(10**9)
        assert 0 < low < high
        assert term.source
        assert term.measured or "Not yet measured" in term.source


@pytest.mark.parametrize(
    ("plan", "free", "sentence"),
    [
        (TrainingPlan(attention="fused"), None, "math attention path"),
        (TrainingPlan(parallel="ddp", ranks=2), None, "Only one device"),
        (TrainingPlan(batch_size=1000), 2 * 2**30, "memory is free"),
    ],
)
def test_what_cannot_be_measured_is_refused(plan: TrainingPlan, free: int | None, sentence: str) -> None:
    with pytest.raises(NotMeasurableError, match=sentence):
        check_measurable(TrainingStep(TINY, plan), free)


def test_a_child_process_measures_and_reports() -> None:
    plan = TrainingPlan(sequence_length=10)
    stages: list[str] = []
    assert measure_in_process(TrainingStep(TINY, plan), stages.append) == measure_memory(TrainingStep(TINY, plan))
    assert len(stages) == 3


def test_a_measurement_can_be_cancelled() -> None:
    before = threading.active_count()
    began = time.monotonic()
    with pytest.raises(MeasurementCancelledError):
        measure_in_process(
            TrainingStep(configure("small"), TrainingPlan(sequence_length=10)),
            cancelled=lambda: time.monotonic() > began + 0.3,
        )
    assert threading.active_count() == before
    with pytest.raises(TimeoutError, match="longer than"):
        measure_in_process(TrainingStep(TINY, TrainingPlan(sequence_length=10)), timeout_seconds=0.01)

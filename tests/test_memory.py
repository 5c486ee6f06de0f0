"""The estimate adds up, and every size follows from two traces to the byte."""

from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest

from stickgen.config import ModelConfig, configurations, configure
from stickgen.plan import TrainingPlan
from stickgen.sizing import CATEGORIES, count_parameters, estimate_memory, largest_batch
from stickgen.sizing.curves import curves_of, trace_any
from stickgen.workloads import TrainingStep

SMALL = configure("small")
MULTIMODAL = configure("small", "lightweight_cnn", "gated")
"""One configuration for each encoder and each strategy."""
VARIED = [
    configure("small"),
    configure("small", "lightweight_cnn", "gated"),
    configure("small", "resnet", "cross_attention"),
    configure("medium", "mini_vit", "film"),
    configure("medium", "lightweight_cnn", "concat"),
    configure("large", skeleton="v3", num_actions=64),
]


@pytest.mark.parametrize("config", VARIED, ids=lambda config: config.key)
@pytest.mark.parametrize("batch_size", [1, 2, 16])
def test_parts_add_up_at_the_peak_and_everywhere(config: ModelConfig, batch_size: int) -> None:
    estimate = estimate_memory(TrainingStep(config, TrainingPlan(batch_size=batch_size, sequence_length=50)))
    assert tuple(estimate.at_peak) == CATEGORIES
    assert sum(estimate.at_peak.values()) == estimate.peak_bytes
    assert sum(estimate.modules_at_peak.values()) == estimate.peak_bytes
    assert estimate.timeline.live_bytes.max() == estimate.peak_bytes
    assert all((live >= 0).all() for live in estimate.timeline.categories.values())
    lengths = {
        len(estimate.timeline.operators),
        len(estimate.timeline.modules),
        len(estimate.timeline.phases),
    }
    assert lengths == {len(estimate.timeline.live_bytes)}


def test_modules_add_up_at_every_depth() -> None:
    estimate = estimate_memory(TrainingStep(MULTIMODAL, TrainingPlan(batch_size=8)))
    for depth in range(5):
        held = estimate.modules_to_depth(depth)
        assert sum(held.values()) == estimate.peak_bytes
        assert all(path.count(".") < max(depth, 1) for path in held)
    largest = next(iter(estimate.modules_to_depth(1)))
    assert largest == "transformer_encoder"


def test_weights_gradients_and_optimizer_are_the_parameters_four_times() -> None:
    estimate = estimate_memory(TrainingStep(SMALL, TrainingPlan()))
    weights = 4 * count_parameters(SMALL).total
    buffers = SMALL.num_layers * 4 * (SMALL.d_model // SMALL.num_heads // 2)
    after_backward = estimate.timeline.phases.index("optimizer")
    held = {name: int(live[after_backward]) for name, live in estimate.timeline.categories.items()}
    assert held["parameters"] == weights + buffers
    assert held["gradients"] == weights
    assert 2 * weights < held["optimizer state"] < 2.001 * weights
    assert held["activations"] < 100


@pytest.mark.parametrize("config", VARIED, ids=lambda config: config.key)
@pytest.mark.parametrize(("batch_size", "sequence_length"), [(1, 97), (2, 2), (3, 33), (32, 250)])
def test_every_size_equals_its_own_trace(config: ModelConfig, batch_size: int, sequence_length: int) -> None:
    step = TrainingStep(config, TrainingPlan(batch_size=batch_size, sequence_length=sequence_length))
    traced, curves = trace_any(step), curves_of(step)
    assert traced.operators == curves.trace.operators
    changes = np.zeros(len(traced.operators) + 1, dtype=np.int64)
    np.add.at(changes, traced.births, traced.sizes)
    np.subtract.at(changes, traced.deaths, traced.sizes)
    sizes = curves.sizes(batch_size, sequence_length)
    np.testing.assert_array_equal(np.cumsum(changes)[:-1], curves.accumulate(sizes))


def test_sizes_beyond_64_bits_are_exact() -> None:
    huge = TrainingStep(SMALL, TrainingPlan(batch_size=10**5, sequence_length=10**6))
    estimate = estimate_memory(huge)
    assert estimate.peak_bytes == 60_818_434_400_999_108_148
    assert estimate.peak_bytes == sum(estimate.at_peak.values()) == sum(estimate.modules_at_peak.values())
    assert largest_batch(huge, estimate.peak_bytes) == 10**5


@pytest.mark.parametrize("config", VARIED[:2], ids=lambda config: config.key)
def test_largest_batch_is_the_last_that_fits(config: ModelConfig) -> None:
    plan = TrainingPlan(sequence_length=60)
    previous = 0
    for budget in (0, 10**8, 3 * 10**8, 10**9, 10**10):
        batch = largest_batch(TrainingStep(config, plan), budget)
        assert batch >= previous
        previous = batch
        if batch:
            fitting = estimate_memory(TrainingStep(config, replace(plan, batch_size=batch)))
            assert fitting.peak_bytes <= budget
        too_large = estimate_memory(TrainingStep(config, replace(plan, batch_size=batch + 1)))
        assert too_large.peak_bytes > budget
    assert previous > 1


CHANGED: dict[str, Any] = {
    "d_model": 128,
    "num_layers": 3,
    "num_heads": 4,
    "image_encoder": "resnet",
    "fusion": "film",
    "skeleton": "v3",
    "num_actions": 64,
    "embedding_dim": 512,
    "feedforward_factor": 2,
    "dropout": 0.0,
    "image_size": 128,
}


def test_every_field_of_a_config_is_changed_below() -> None:
    assert set(CHANGED) == {field.name for field in fields(ModelConfig)}


@pytest.mark.parametrize("name", CHANGED)
def test_every_field_of_a_config_changes_what_is_held(name: str) -> None:
    plan = TrainingPlan(sequence_length=20)
    before, after = (
        estimate_memory(TrainingStep(config, plan)).timeline.live_bytes.tolist()
        for config in (MULTIMODAL, replace(MULTIMODAL, **{name: CHANGED[name]}))
    )
    assert before != after


def test_a_thinned_timeline_keeps_ends_and_peak() -> None:
    timeline = estimate_memory(TrainingStep(MULTIMODAL, TrainingPlan())).timeline
    thin = timeline.thinned(300)
    assert len(thin.operators) <= 303
    assert thin.positions[0] == 0
    assert thin.positions[-1] == len(timeline.operators) - 1
    assert thin.live_bytes.max() == timeline.live_bytes.max()
    assert (thin.live_bytes == timeline.live_bytes[thin.positions]).all()
    assert thin.operators == tuple(timeline.operators[i] for i in thin.positions)
    assert timeline.thinned(10**6) is timeline


def test_operators_know_their_module_in_both_directions() -> None:
    timeline = estimate_memory(TrainingStep(MULTIMODAL, TrainingPlan())).timeline
    places = set(zip(timeline.phases, timeline.modules, strict=True))
    for path in ("image_encoder.encoder.0.conv", "transformer_encoder.layers.3.ffn", "pose_decoder.0"):
        assert ("forward", path) in places
        assert ("backward", path) in places
    assert {module for phase, module in places if phase == "optimizer"} == {""}


def test_every_encoder_with_every_strategy_has_an_estimate() -> None:
    configs = [config for config in configurations() if config.variant == "small"]
    peaks = [estimate_memory(TrainingStep(config, TrainingPlan())).peak_bytes for config in configs]
    assert len(set(peaks)) == len(peaks) == 13

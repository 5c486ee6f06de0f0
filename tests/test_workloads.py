"""Every workload is traced, measured, timed, counted and sent to another process alike."""

import pytest

from stickgen.config import ModelConfig, configure
from stickgen.plan import PRECISIONS, InferencePlan, TrainingPlan
from stickgen.sizing import (
    CATEGORIES,
    count_operations,
    estimate_memory,
    largest_batch,
    measure_in_process,
    measure_memory,
    measure_time,
    peak_bytes,
)
from stickgen.sizing.curves import curves_of, trace_any
from stickgen.workloads import PLACES, WORKLOADS, Forward, Generation, TrainingStep, Workload, from_json, to_json

CONFIG = configure("small", "lightweight_cnn", "gated", num_layers=2, image_size=64)
EXAMPLES: dict[str, Workload] = {
    "training_step": TrainingStep(CONFIG, TrainingPlan(batch_size=2, sequence_length=12)),
    "forward": Forward(CONFIG, InferencePlan(batch_size=2, sequence_length=12)),
    "generation": Generation(CONFIG, InferencePlan(batch_size=2, sequence_length=12)),
}


def test_there_is_an_example_of_every_workload() -> None:
    assert EXAMPLES.keys() == WORKLOADS.keys()


@pytest.mark.parametrize("workload", EXAMPLES.values(), ids=EXAMPLES)
def test_the_estimate_is_the_allocators_peak(workload: Workload) -> None:
    assert peak_bytes(workload) == pytest.approx(measure_memory(workload), rel=1e-3)


@pytest.mark.parametrize("config", [configure("small"), CONFIG], ids=lambda config: config.key)
@pytest.mark.parametrize("precision", PRECISIONS)
def test_a_forward_pass_is_estimated_in_every_precision(config: ModelConfig, precision: str) -> None:
    forward = Forward(config, InferencePlan(batch_size=3, sequence_length=120, precision=precision))
    assert peak_bytes(forward) == pytest.approx(measure_memory(forward), rel=1e-3)


@pytest.mark.parametrize("workload", EXAMPLES.values(), ids=EXAMPLES)
@pytest.mark.parametrize(("batch_size", "sequence_length"), [(1, 9), (2, 5), (5, 33)])
def test_every_size_follows_from_one_trace(workload: Workload, batch_size: int, sequence_length: int) -> None:
    resized = workload.resized(batch_size, sequence_length)
    traced, curves = (
        trace_any(resized),
        curves_of(workload.resized(batch_size, sequence_length if workload.unrolls else 100)),
    )
    assert traced.operators == curves.trace.operators
    assert sorted(traced.sizes.tolist()) == sorted(curves.sizes(batch_size, resized.positions).tolist())


@pytest.mark.parametrize("workload", EXAMPLES.values(), ids=EXAMPLES)
def test_an_estimate_adds_up(workload: Workload) -> None:
    estimate = estimate_memory(workload)
    assert estimate.workload == workload
    assert tuple(estimate.at_peak) == CATEGORIES
    assert sum(estimate.at_peak.values()) == sum(estimate.modules_at_peak.values()) == estimate.peak_bytes
    assert set(estimate.timeline.phases) == set(workload.phases)
    assert largest_batch(workload, peak_bytes(workload.resized(7, workload.sequence_length))) == 7


@pytest.mark.parametrize("name", ["forward", "generation"])
def test_inference_holds_nothing_for_training(name: str) -> None:
    at_peak = estimate_memory(EXAMPLES[name]).at_peak
    assert at_peak["gradients"] == at_peak["optimizer state"] == at_peak["activations"] == 0
    assert peak_bytes(EXAMPLES[name]) < peak_bytes(EXAMPLES["training_step"])


@pytest.mark.parametrize("workload", EXAMPLES.values(), ids=EXAMPLES)
@pytest.mark.parametrize("place", [place for place in PLACES if place != "cuda"])
def test_it_is_prepared_in_every_place(workload: Workload, place: str) -> None:
    with workload.prepare(place) as prepared:
        prepared.first_run()
        entered: list[str] = []
        prepared.run(entered.append)
        held = list(prepared.held())
    assert tuple(entered) == workload.phases
    assert {category for _, category, _ in held} <= set(CATEGORIES)
    devices = {tensor.device.type for tensor, category, _ in held if category != "optimizer state"}
    assert devices == {"meta" if place == "meta" else "cpu"}  # an optimizer counts its steps on the CPU


@pytest.mark.parametrize("workload", EXAMPLES.values(), ids=EXAMPLES)
def test_it_is_timed_and_its_operations_are_counted(workload: Workload) -> None:
    assert measure_time(workload).seconds > 0
    assert count_operations(workload) > 0


@pytest.mark.parametrize("workload", EXAMPLES.values(), ids=EXAMPLES)
def test_it_goes_to_another_process_and_back(workload: Workload) -> None:
    assert from_json(to_json(workload)) == workload
    assert measure_in_process(workload) == measure_memory(workload)

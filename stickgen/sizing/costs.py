"""What a training step costs, for one configuration of a comparison: one trace, one count of operations."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from stickgen.config import ModelConfig
from stickgen.plan import TrainingPlan
from stickgen.progress import Progress
from stickgen.sizing import OperationCounts, count_operations, estimate_training_memory, largest_batch
from stickgen.sizing.devices import DEVICES

K = TypeVar("K")


@dataclass(frozen=True, kw_only=True)
class StepCosts:
    """Everything about a step that has to be traced."""

    peak_bytes: int
    at_peak: Mapping[str, int]
    """Category to its bytes at the peak; they add up to `peak_bytes` exactly."""
    operations: OperationCounts
    largest_batches: Mapping[str, int]
    """Device, a key of `DEVICES`, to the largest batch that fits if the most is taken beside tensors."""


def step_costs(config: ModelConfig, plan: TrainingPlan, report: Progress) -> StepCosts:
    """Trace the plan's step and count its operations."""
    report("Tracing one training step of the real model", 0.1)
    estimate = estimate_training_memory(config, plan)
    report("Tracing the same with a batch", 0.4)
    batches = {name: largest_batch(config, plan, device.tensor_bytes()[0]) for name, device in DEVICES.items()}
    report("Counting floating-point operations", 0.7)
    return StepCosts(
        peak_bytes=estimate.peak_bytes,
        at_peak=estimate.at_peak,
        operations=count_operations(config, plan),
        largest_batches=batches,
    )


@dataclass(frozen=True, kw_only=True)
class Point:
    """A configuration between what it can hold and what it takes."""

    parameters: int
    peak_bytes: int


def pareto_front(points: Mapping[K, Point]) -> list[K]:
    """Those that no other one beats, from small to large.

    One beats another if it has at least as many parameters and trains in at most as much memory, and is not
    the same in both.
    """
    front: list[K] = []
    best = Point(parameters=-1, peak_bytes=-1)
    for key in sorted(points, key=lambda key: (points[key].peak_bytes, -points[key].parameters)):
        point = points[key]
        if point.parameters > best.parameters or point == best:
            front.append(key)
            best = point
    return front

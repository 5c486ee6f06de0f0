"""What a training step costs: memory, operations, and the largest batch on every device."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from stickgen.plan import InferencePlan
from stickgen.progress import Progress, silent, standing
from stickgen.sizing.devices import DEVICES
from stickgen.sizing.memory import estimate_memory, largest_batch
from stickgen.sizing.operations import count_operations
from stickgen.sizing.timing import RunTime, check_timeable, measure_time
from stickgen.workloads import Forward, TrainingStep

K = TypeVar("K")


@dataclass(frozen=True, kw_only=True)
class StepCosts:
    """Everything about a step that has to be traced."""

    peak_bytes: int
    at_peak: Mapping[str, int]
    """Category to its bytes at the peak; they add up to `peak_bytes` exactly."""
    step_operations: int
    """Floating-point operations of the step, on each device."""
    forward_operations: int
    """Floating-point operations of one sequence through the model."""
    largest_batches: Mapping[str, int]
    """Device, a key of `DEVICES`, to the largest batch that fits if the most is taken beside tensors."""


def step_costs(step: TrainingStep, progress: Progress = silent) -> StepCosts:
    """Trace the step and count its operations."""
    estimate = estimate_memory(step, standing(progress, "Tracing one training step of the real model", 0.1))
    again = standing(progress, "Tracing the same with a batch", 0.4)
    batches = {name: largest_batch(step, device.tensor_bytes()[0], again) for name, device in DEVICES.items()}
    progress("Counting floating-point operations", 0.7)
    return StepCosts(
        peak_bytes=estimate.peak_bytes,
        at_peak=estimate.at_peak,
        step_operations=count_operations(step),
        forward_operations=count_operations(one_sequence(step)),
        largest_batches=batches,
    )


@dataclass(frozen=True, kw_only=True)
class StepTimes:
    """How long a training step takes on this machine, and the forward pass of one of its sequences."""

    forward: RunTime
    step: RunTime


def step_times(step: TrainingStep, progress: Progress = silent) -> StepTimes:
    """Run both for real. Raises `NotMeasurableError`, saying why, before anything runs that this machine should not."""
    check_timeable(step)
    forward = measure_time(one_sequence(step), lambda text, share: progress(f"Forward pass. {text}", share / 3))
    whole = measure_time(step, lambda text, share: progress(f"Training step. {text}", (1 + 2 * share) / 3))
    return StepTimes(forward=forward, step=whole)


def one_sequence(step: TrainingStep) -> Forward:
    """The forward pass of one sequence as long as those of the step, in its precision."""
    plan = InferencePlan(sequence_length=step.sequence_length, precision=step.plan.precision)
    return Forward(step.config, plan)


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

"""One traced step at every batch size and sequence length.

The operators of a step and the lifetimes of what they allocate do not depend on the size of the batch or the
length of the sequence. The bytes of each allocation do, and all of them are a whole number times one of a few
forms: a constant, the batch size, the frames, the frames squared, or a product of these. The step is traced at
sizes made of large primes, so the prime factors of an allocation tell which form it has.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch._subclasses import FakeTensorMode

from stickgen.config import ModelConfig
from stickgen.plan import TrainingPlan
from stickgen.sizing.trace import CATEGORIES, TEMPORARIES, StepTrace, trace_step
from stickgen.sizing.workspaces import Workspace, workspaces
from stickgen.workloads.training import plan_batch, plan_optimizer, trained_model

TRACED_BATCH_SIZE = 100_003
TRACED_SEQUENCE_LENGTH = 321_239
"""Both are prime, and so are (sequence length - 1) / 2 and the sequence length / 32, rounded up.

They are far above every width a model has, so none of them divides an allocation by accident.
"""

_LENGTH_FORMS: tuple[Callable[[int], int], ...] = (
    lambda frames: frames**2,
    lambda frames: frames * (frames - 1),
    lambda frames: (frames - 1) ** 2,
    lambda frames: frames,
    lambda frames: frames - 1,
    lambda frames: -(-frames // 32) * 32,  # the fused kernel keeps one number a query, padded to 32
    lambda _: 1,
)
"""In the order in which they are tried: what divides by a square divides by its root as well."""


def _form_values(batch_size: int, sequence_length: int) -> list[int]:
    """The value of every form at one size: those that grow with the batch, then those that do not."""
    lengths = [form(sequence_length) for form in _LENGTH_FORMS]
    return [batch_size * length for length in lengths] + lengths


@dataclass(frozen=True, eq=False)
class StepCurves:
    """A traced step whose allocations are known at every batch size and sequence length."""

    trace: StepTrace
    """The step, at the traced sizes."""
    forms: NDArray[np.int64]
    """Index into the forms for each allocation."""
    factors: NDArray[np.int64]
    """Bytes of each allocation for one unit of its form."""
    workspaces: tuple[Workspace, ...]

    def sizes(self, batch_size: int, sequence_length: int) -> NDArray[np.int64]:
        """Bytes of each allocation."""
        values = np.array(_form_values(batch_size, sequence_length), dtype=np.int64)
        return self.factors * values[self.forms]

    def live_bytes(self, batch_size: int, sequence_length: int) -> NDArray[np.int64]:
        """Live bytes at each operator: after it, or within it where it takes more and gives it back."""
        live = self.accumulate(self.sizes(batch_size, sequence_length))
        for workspace in self.workspaces:
            live[workspace.operator_index] += workspace.peak_bytes(batch_size)
        return live

    def by_category(self, batch_size: int, sequence_length: int) -> NDArray[np.int64]:
        """Live bytes at each operator, `[categories, operators]`."""
        sizes = self.sizes(batch_size, sequence_length)
        rows = [self.accumulate(np.where(self.trace.categories == index, sizes, 0)) for index in range(len(CATEGORIES))]
        for workspace in self.workspaces:
            rows[TEMPORARIES][workspace.operator_index] += workspace.peak_bytes(batch_size)
        return np.stack(rows)

    def accumulate(self, sizes: NDArray[np.int64]) -> NDArray[np.int64]:
        """Allocation sizes to the sum of those alive after each operator."""
        changes: NDArray[np.int64] = np.zeros(len(self.trace.operators) + 1, dtype=np.int64)
        np.add.at(changes, self.trace.births, sizes)
        np.subtract.at(changes, self.trace.deaths, sizes)
        return np.cumsum(changes)[:-1]

    def affine(self, sequence_length: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Live bytes as `(fixed, per sequence of the batch)`: after each operator, then within convolutions."""
        at_two, at_three = (self.accumulate(self.sizes(batch, sequence_length)) for batch in (2, 3))
        slope = at_three - at_two
        fixed = at_two - 2 * slope
        within = [
            (fixed[w.operator_index] + w.fixed, slope[w.operator_index] + w.per_sequence) for w in self.workspaces
        ]
        return (
            np.concatenate([fixed, *(rows for rows, _ in within)]),
            np.concatenate([slope, *(rows for _, rows in within)]),
        )


@lru_cache(maxsize=128)
def step_curves(config: ModelConfig, plan: TrainingPlan) -> StepCurves:
    """The step of this plan at every batch size and sequence length, from one trace.

    Pass a plan through `curve_key` first, which takes out what the curves cover. Raises `ValueError` where
    the plan asks for something this config does not have.
    """
    trace = trace_plan(config, plan)
    values = _form_values(plan.batch_size, plan.sequence_length)
    if plan.batch_size == 1:
        values = [0] * len(_LENGTH_FORMS) + values[len(_LENGTH_FORMS) :]
    forms = [next(i for i, value in enumerate(values) if value and size % value == 0) for size in trace.sizes]
    return StepCurves(
        trace, np.array(forms), trace.sizes // np.array(values)[forms], workspaces(trace.convolutions, plan.batch_size)
    )


def curve_key(plan: TrainingPlan) -> TrainingPlan:
    """The plan at the sizes that are traced.

    A single sequence has a trace of its own, because PyTorch takes shortcuts there that a batch does not.
    Of the micro-batches two are traced: the first finds no gradients, and all others find the same.
    """
    batch_size = 1 if plan.batch_size == 1 else TRACED_BATCH_SIZE
    return replace(
        plan,
        batch_size=batch_size,
        sequence_length=TRACED_SEQUENCE_LENGTH,
        gradient_accumulation=min(plan.gradient_accumulation, 2),
    )


def trace_plan(config: ModelConfig, plan: TrainingPlan) -> StepTrace:
    """Trace the step of this plan directly."""
    if plan.parallel != "none":
        # Imported here because it takes torch.distributed along, a third of the time to import this library.
        from stickgen.sizing.parallel import trace_parallel_step

        return trace_parallel_step(config, plan)
    model, batch = trained_model(config, plan, device="meta"), plan_batch(config, plan, device="meta")
    if not plan.precision.endswith("_autocast"):
        return trace_step(model, plan_optimizer(model, plan), batch, plan)
    # There is no autocast for meta tensors, so these are tensors without data that claim to be on the CPU.
    with FakeTensorMode(allow_non_fake_inputs=True):
        model.to_empty(device="cpu")
        batch = batch.map(lambda tensor: torch.empty_like(tensor, device="cpu"))
        return trace_step(model, plan_optimizer(model, plan), batch, plan)

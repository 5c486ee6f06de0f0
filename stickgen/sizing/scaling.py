"""One traced step at every batch size and sequence length.

The operators of a step and the lifetimes of what they allocate do not depend on the size of the batch or the
length of the sequence. The bytes of each allocation do, and every one of them is a whole number times one of a
few forms: a constant, the batch size, the frames, the frames squared, or a product of these. Two traces of
different size tell which form an allocation has and what the number is, because no two forms grow by the same
ratio between them.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from itertools import product

import numpy as np
from numpy.typing import NDArray

from stickgen.config import ModelConfig
from stickgen.plan import TrainingPlan
from stickgen.sizing.trace import CATEGORIES, StepTrace, trace_step
from stickgen.training import plan_batch, plan_optimizer, trained_model

_BATCH_FORMS: tuple[Callable[[int], int], ...] = (lambda _: 1, lambda batch: batch)
_LENGTH_FORMS: tuple[Callable[[int], int], ...] = (
    lambda _: 1,
    lambda frames: frames,
    lambda frames: frames - 1,
    lambda frames: frames**2,
    lambda frames: (frames - 1) ** 2,
    lambda frames: frames * (frames - 1),
    lambda frames: -(-frames // 32) * 32,  # the fused kernel keeps one number a query, padded to 32
)


def _form_values(batch_size: int, sequence_length: int) -> list[int]:
    """The value of every form at one size."""
    pairs = product(_BATCH_FORMS, _LENGTH_FORMS)
    return [by_batch(batch_size) * by_length(sequence_length) for by_batch, by_length in pairs]


TRACED_SIZES = ((2, 7), (5, 40))
"""The batch sizes and sequence lengths traced. Between them no two forms grow by the same ratio."""

SINGLE_SIZES = ((1, 7), (1, 40))
"""The same for a batch of one, where PyTorch takes shortcuts that a larger batch does not."""


@dataclass(frozen=True, eq=False)
class StepCurves:
    """A traced step whose allocations are known at every batch size and sequence length."""

    trace: StepTrace
    """The step, at the first of the traced sizes."""
    forms: NDArray[np.int64]
    """Index into the forms for each allocation."""
    factors: NDArray[np.int64]
    """Bytes of each allocation for one unit of its form."""

    def sizes(self, batch_size: int, sequence_length: int) -> NDArray[np.int64]:
        """Bytes of each allocation."""
        values = np.array(_form_values(batch_size, sequence_length), dtype=np.int64)
        return self.factors * values[self.forms]

    def live_bytes(self, batch_size: int, sequence_length: int) -> NDArray[np.int64]:
        """Live bytes after each operator."""
        return self.accumulate(self.sizes(batch_size, sequence_length))

    def by_category(self, batch_size: int, sequence_length: int) -> NDArray[np.int64]:
        """Live bytes after each operator, `[categories, operators]`."""
        sizes = self.sizes(batch_size, sequence_length)
        rows = [
            self.accumulate(np.where(self.trace.categories == index, sizes, 0))
            for index in range(len(CATEGORIES))
        ]
        return np.stack(rows)

    def accumulate(self, sizes: NDArray[np.int64]) -> NDArray[np.int64]:
        """Allocation sizes to the sum of those alive after each operator."""
        changes: NDArray[np.int64] = np.zeros(len(self.trace.operators) + 1, dtype=np.int64)
        np.add.at(changes, self.trace.births, sizes)
        np.subtract.at(changes, self.trace.deaths, sizes)
        return np.cumsum(changes)[:-1]

    def affine(self, sequence_length: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Live bytes after each operator as `(fixed, per sequence of the batch)`."""
        at_two, at_three = (self.live_bytes(batch, sequence_length) for batch in (2, 3))
        slope = at_three - at_two
        return at_two - 2 * slope, slope


@lru_cache(maxsize=48)
def step_curves(config: ModelConfig, plan: TrainingPlan) -> StepCurves:
    """The step of this plan at every batch size and sequence length, from two traces.

    The plan's own batch size and sequence length say only whether the batch is a single sequence, so pass a
    plan through `curve_key` first to make use of the cache. Raises `ValueError` where the plan asks for
    something this config does not have.
    """
    sizes = SINGLE_SIZES if plan.batch_size == 1 else TRACED_SIZES
    first, second = (
        trace_plan(config, replace(plan, batch_size=batch, sequence_length=length)) for batch, length in sizes
    )
    return fit_curves(first, second, sizes)


def curve_key(plan: TrainingPlan) -> TrainingPlan:
    """The plan with the sizes that `step_curves` covers taken out."""
    batch_size, sequence_length = (SINGLE_SIZES if plan.batch_size == 1 else TRACED_SIZES)[0]
    return replace(plan, batch_size=batch_size, sequence_length=sequence_length)


def trace_plan(config: ModelConfig, plan: TrainingPlan) -> StepTrace:
    """Trace the step of this plan directly."""
    model = trained_model(config, plan, device="meta")
    return trace_step(model, plan_optimizer(model, plan), plan_batch(config, plan, device="meta"), plan)


def fit_curves(first: StepTrace, second: StepTrace, sizes: tuple[tuple[int, int], ...]) -> StepCurves:
    """The curves through two traces taken at `sizes`, batch size and sequence length.

    Raises `RuntimeError` where the two are not the same step, or an allocation has none of the known forms.
    """
    if first.operators != second.operators or not (
        np.array_equal(first.births, second.births) and np.array_equal(first.deaths, second.deaths)
    ):
        raise RuntimeError("the operators of this step depend on the size of the batch")
    by_ratio: dict[Fraction, int] = {}
    values = _form_values(*sizes[0])
    for index, (small, large) in enumerate(zip(values, _form_values(*sizes[1]), strict=True)):
        by_ratio.setdefault(Fraction(large, small), index)
    forms, factors = [], []
    for small, large in zip(first.sizes.tolist(), second.sizes.tolist(), strict=True):
        index = by_ratio.get(Fraction(large, small), -1)
        factor, remainder = divmod(small, values[index])
        if index < 0 or remainder:
            raise RuntimeError(f"an allocation grows from {small} to {large} bytes, which is no known form")
        forms.append(index)
        factors.append(factor)
    return StepCurves(first, np.array(forms), np.array(factors))

"""One trace of a workload at every batch size and sequence length.

The operators of a run and the lifetimes of what they allocate do not depend on the batch size or the sequence
length. The bytes of each allocation do, and all of them are a whole number times one of a few forms: a constant, the
batch size, the positions the encoder attends over, their square, or a product of these. The workload is traced at
sizes made of large primes, so the prime factors of an allocation tell which form it has.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from stickgen.progress import Progress, silent
from stickgen.sizing.trace import CATEGORIES, TEMPORARIES, Trace, trace
from stickgen.sizing.workspaces import Workspace, workspaces
from stickgen.workloads import TrainingStep, Workload

TRACED_BATCH_SIZE = 100_003
TRACED_POSITIONS = 321_239
"""Both are prime, and so are (positions - 1) / 2 and positions / 32, rounded up.

They are far above every width a model has, so none of them divides an allocation by accident.
"""

_SAFE_TOTAL = 2.0**62
"""Totals below this are exact in 64-bit integers, with room for the rounding of this comparison."""

_LENGTH_FORMS: tuple[Callable[[int], int], ...] = (
    lambda positions: positions**2,
    lambda positions: positions * (positions - 1),
    lambda positions: (positions - 1) ** 2,
    lambda positions: positions,
    lambda positions: positions - 1,
    lambda positions: -(-positions // 32) * 32,  # the fused kernel keeps one number a query, padded to 32
    lambda _: 1,
)
"""In the order in which they are tried: what divides by a square divides by its root as well."""


def _form_values(batch_size: int, positions: int) -> list[int]:
    """The value of every form at one size: those that grow with the batch, then those that do not."""
    lengths = [form(positions) for form in _LENGTH_FORMS]
    return [batch_size * length for length in lengths] + lengths


@dataclass(frozen=True, eq=False)
class Curves:
    """A traced run whose allocations are known at every batch size and sequence length."""

    trace: Trace
    """The run, at the traced sizes."""
    forms: NDArray[np.int64]
    """Index into the forms for each allocation."""
    factors: NDArray[np.int64]
    """Bytes of each allocation for one unit of its form."""
    workspaces: tuple[Workspace, ...]
    """What convolutions take and give back within themselves."""

    def sizes(self, batch_size: int, positions: int) -> NDArray[np.int64]:
        """Bytes of each allocation: 64-bit integers, or Python's where 64 bits would not do."""
        values = _form_values(batch_size, positions)
        total = float(self.factors @ np.array(values, dtype=np.float64)[self.forms])
        dtype = np.int64 if total < _SAFE_TOTAL else object
        return self.factors.astype(dtype) * np.array(values, dtype=dtype)[self.forms]

    def live_bytes(self, batch_size: int, positions: int) -> NDArray[np.int64]:
        """Live bytes at each operator: after it, or within it where it takes more and gives it back."""
        live = self.accumulate(self.sizes(batch_size, positions))
        for workspace in self.workspaces:
            live[workspace.operator_index] += workspace.peak_bytes(batch_size)
        return live

    def by_category(self, batch_size: int, positions: int) -> NDArray[np.int64]:
        """Live bytes at each operator, `[categories, operators]`."""
        sizes = self.sizes(batch_size, positions)
        rows = [self.accumulate(np.where(self.trace.categories == index, sizes, 0)) for index in range(len(CATEGORIES))]
        for workspace in self.workspaces:
            rows[TEMPORARIES][workspace.operator_index] += workspace.peak_bytes(batch_size)
        return np.stack(rows)

    def by_module(self, batch_size: int, positions: int, operator: int) -> dict[str, int]:
        """Module path to the bytes it holds at one operator, largest first."""
        trace, sizes = self.trace, self.sizes(batch_size, positions)
        held: dict[str, int] = {}
        for index in np.flatnonzero((trace.births <= operator) & (operator < trace.deaths)).tolist():
            path = trace.allocation_modules[index]
            held[path] = held.get(path, 0) + int(sizes[index])
        for workspace in self.workspaces:
            if workspace.operator_index == operator:
                path = trace.operator_modules[operator]
                held[path] = held.get(path, 0) + workspace.peak_bytes(batch_size)
        return dict(sorted(held.items(), key=lambda item: -item[1]))

    def accumulate(self, sizes: NDArray[np.int64]) -> NDArray[np.int64]:
        """Allocation sizes to the sum of those alive after each operator."""
        changes: NDArray[np.int64] = np.zeros(len(self.trace.operators) + 1, dtype=sizes.dtype)
        np.add.at(changes, self.trace.births, sizes)
        np.subtract.at(changes, self.trace.deaths, sizes)
        return np.cumsum(changes)[:-1]

    def affine(self, positions: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Live bytes as `(fixed, per sequence of the batch)`: after each operator, then within convolutions."""
        at_two, at_three = (self.accumulate(self.sizes(batch, positions)) for batch in (2, 3))
        slope = at_three - at_two
        fixed = at_two - 2 * slope
        within = [
            (fixed[w.operator_index] + w.fixed, slope[w.operator_index] + w.per_sequence) for w in self.workspaces
        ]
        return (
            np.concatenate([fixed, *(rows for rows, _ in within)]),
            np.concatenate([slope, *(rows for _, rows in within)]),
        )


@dataclass(unsafe_hash=True)
class _Tracing:
    """A workload to trace and who follows it; two of the same workload are the same."""

    workload: Workload
    progress: Progress = field(compare=False)


def curves_of(workload: Workload, progress: Progress = silent) -> Curves:
    """A run of `workload` at every batch size and sequence length, from one trace.

    A single sequence has a trace of its own, because PyTorch takes shortcuts there that a batch does not. One that
    unrolls has a trace for each sequence length, and its curves hold for that length alone.
    """
    batch_size = 1 if workload.batch_size == 1 else TRACED_BATCH_SIZE
    length = TRACED_POSITIONS + workload.sequence_length - workload.positions
    traced = workload.shortened().resized(batch_size, workload.sequence_length if workload.unrolls else length)
    return _traced_curves(_Tracing(traced, progress))


@lru_cache(maxsize=128)
def _traced_curves(tracing: _Tracing) -> Curves:
    workload, progress = tracing.workload, tracing.progress
    tracing.progress = silent  # the cache keeps this key, and should not keep whoever waits
    traced = trace_any(workload, lambda text, share: progress(text, 0.6 * share))
    within = workspaces(traced.convolutions, traced.batch_size, lambda text, share: progress(text, 0.6 + 0.4 * share))
    values = _form_values(workload.batch_size, workload.positions)
    if workload.batch_size == 1:
        values = [0] * len(_LENGTH_FORMS) + values[len(_LENGTH_FORMS) :]
    forms = [next(i for i, value in enumerate(values) if value and size % value == 0) for size in traced.sizes]
    return Curves(traced, np.array(forms), traced.sizes // np.array(values)[forms], within)


def trace_any(workload: Workload, progress: Progress = silent) -> Trace:
    """Trace a run of `workload` at its own sizes, on one device or on one of several."""
    if isinstance(workload, TrainingStep) and workload.plan.parallel != "none":
        # Imported here because it takes torch.distributed along, a third of the time to import this library.
        from stickgen.sizing.parallel import trace_rank

        return trace_rank(workload, progress)
    return trace(workload, progress)

"""Memory that a convolution takes and gives back within itself.

Everything else a step allocates is a tensor that some operator returns, and the trace sees it. A convolution on
the CPU also reorders its tensors into blocks that suit the processor, and how is known only to the library that
does it. So each distinct convolution of a step runs for real, once, at two small batch sizes; every allocation
in it is affine in the batch, so these give it at every other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from stickgen.sizing.allocations import allocation_changes

CONVOLUTIONS = frozenset({torch.ops.aten.convolution.default, torch.ops.aten.convolution_backward.default})

_MEASURED_BATCHES = (2, 3)


@dataclass(frozen=True)
class TensorShape:
    """A tensor argument of a convolution."""

    shape: tuple[int, ...]
    dtype: torch.dtype

    def at_batch(self, traced: int, batch_size: int) -> "TensorShape":
        """The shape with the batch size it was traced at replaced by another."""
        return TensorShape((batch_size, *self.shape[1:]) if self.shape[0] == traced else self.shape, self.dtype)


@dataclass(frozen=True)
class ConvolutionCall:
    """A convolution of the traced step, and where in the step it runs."""

    operator_index: int
    operator: Any
    arguments: tuple[Any, ...]

    @classmethod
    def of(cls, operator_index: int, operator: Any, arguments: Sequence[Any]) -> "ConvolutionCall":
        """The call with its tensors reduced to their shapes."""
        return cls(operator_index, operator, tuple(_described(argument) for argument in arguments))


@dataclass(frozen=True, eq=False)
class Workspace:
    """Bytes that a convolution holds beyond what it returns, after each allocation within it."""

    operator_index: int
    fixed: NDArray[np.int64]
    per_sequence: NDArray[np.int64]

    def peak_bytes(self, batch_size: int) -> int:
        """The most it holds beyond what it returns."""
        steps = zip(self.fixed.tolist(), self.per_sequence.tolist(), strict=True)
        return max(0, *(fixed + batch_size * per_sequence for fixed, per_sequence in steps))


def workspaces(calls: Sequence[ConvolutionCall], traced_batch: int) -> tuple[Workspace, ...]:
    """The workspace of every convolution of a step that was traced at `traced_batch`."""
    found = []
    for call in calls:
        if traced_batch == 1:
            fixed = np.array(_excess(call.operator, call.arguments))
            found.append(Workspace(call.operator_index, fixed, np.zeros_like(fixed)))
            continue
        small, large = (
            np.array(_excess(call.operator, _at_batch(call.arguments, traced_batch, batch)))
            for batch in _MEASURED_BATCHES
        )
        if small.shape != large.shape:  # the library took another way for the larger batch: compare the peaks
            small, large = small.max(keepdims=True), large.max(keepdims=True)
        slope = (large - small) // (_MEASURED_BATCHES[1] - _MEASURED_BATCHES[0])
        found.append(Workspace(call.operator_index, small - _MEASURED_BATCHES[0] * slope, slope))
    return tuple(found)


def _described(argument: Any) -> Any:
    if isinstance(argument, Tensor):
        return TensorShape(tuple(argument.shape), argument.dtype)
    return tuple(argument) if isinstance(argument, list) else argument


def _at_batch(arguments: tuple[Any, ...], traced: int, batch_size: int) -> tuple[Any, ...]:
    return tuple(
        argument.at_batch(traced, batch_size) if isinstance(argument, TensorShape) else argument
        for argument in arguments
    )


@lru_cache(maxsize=1024)
def _excess(operator: Any, arguments: tuple[Any, ...]) -> tuple[int, ...]:
    """Bytes held after each allocation within the operator, less what it returns."""
    real = [
        torch.zeros(argument.shape, dtype=argument.dtype) if isinstance(argument, TensorShape) else argument
        for argument in arguments
    ]
    with torch.no_grad():
        operator(*real)  # the first call may set up what later ones reuse
        held = list(accumulate(allocation_changes(lambda: operator(*real))))
    return tuple(value - held[-1] for value in held)

"""Memory that a convolution takes and gives back within itself.

Everything else a step allocates is a tensor that some operator returns, and the trace sees it. A convolution on
the CPU also reorders its tensors into blocks that suit the processor, and how is known only to the library that
does it. So each distinct convolution of a step runs for real, once, at two small batch sizes; every allocation
in it is affine in the batch, so these give it at every other.

Where the processor has no fast kernel for a dtype, a convolution of a large image would take minutes. There it runs
on a small one: what it takes for each sequence grows with the area of the image.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import accumulate
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from stickgen.progress import Progress, silent
from stickgen.sizing.allocations import allocation_changes

_FORWARD = torch.ops.aten.convolution.default
_BACKWARD = torch.ops.aten.convolution_backward.default
CONVOLUTIONS = frozenset({_FORWARD, _BACKWARD})

_MEASURED_BATCHES = (2, 3)

_MAX_SLOW_PRODUCTS = 4_000_000
"""Maximum multiplications of one sequence in a convolution without a fast kernel: a few hundredths of a second."""


@dataclass(frozen=True)
class TensorShape:
    """A tensor argument of a convolution, and how it lies in memory: a view may have to be copied first."""

    shape: tuple[int, ...]
    strides: tuple[int, ...]
    dtype: torch.dtype

    def at_batch(self, traced: int, batch_size: int) -> "TensorShape":
        """The shape with the batch size it was traced at replaced by another; the strides do not depend on it."""
        return replace(self, shape=(batch_size, *self.shape[1:])) if self.shape[0] == traced else self

    def of_side(self, side: int) -> "TensorShape":
        """The shape of a square image of another side, with its dimensions in the same order in memory."""
        outer, *inner = self.strides
        shape = (*self.shape[:2], side, side)
        strides = _dense(shape[1:], inner)
        between = outer - np.prod(self.shape[1:])  # from the end of one image to the next
        return TensorShape(shape, (int(np.prod(shape[1:]) + between), *strides), self.dtype)

    def tensor(self) -> Tensor:
        """A tensor of zeros like it."""
        return torch.empty_strided(self.shape, self.strides, dtype=self.dtype).zero_()


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

    def at_batch(self, traced: int, batch_size: int) -> tuple[Any, ...]:
        """Its arguments at another batch size than the traced one."""
        return tuple(
            argument.at_batch(traced, batch_size) if isinstance(argument, TensorShape) else argument
            for argument in self.arguments
        )

    def shrunk(self) -> tuple["ConvolutionCall", int]:
        """The same on the largest image that it is through with soon, and how many times larger its own is.

        It is the same call, and 1, where a fast kernel runs it.
        """
        images = self.arguments[:2] if self.operator is _BACKWARD else self.arguments[:1]
        image, weight = images[-1], self.arguments[len(images)]
        stride = self.arguments[len(images) + 2][0]
        outside, rest = divmod(image.shape[-1], stride)
        if _has_fast_kernel(image.dtype) or rest or image.shape[-1] != image.shape[-2]:
            return self, 1
        side = outside
        while side % 2 == 0 and side > 2 and side**2 * np.prod(weight.shape) > _MAX_SLOW_PRODUCTS:
            side //= 2
        sides = (side, side * stride)[-len(images) :]
        small = (*map(TensorShape.of_side, images, sides), *self.arguments[len(images) :])
        return replace(self, arguments=small), (outside // side) ** 2


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


def workspaces(
    calls: Sequence[ConvolutionCall], traced_batch: int, progress: Progress = silent
) -> tuple[Workspace, ...]:
    """The workspace of every convolution of a step that was traced at `traced_batch`."""
    found = []
    for done, call in enumerate(calls):
        progress("Running each convolution once", done / len(calls))
        small, area = call.shrunk()
        if traced_batch == 1 and area == 1:
            fixed = np.array(_excess(call.operator, call.arguments))
            found.append(Workspace(call.operator_index, fixed, np.zeros_like(fixed)))
            continue
        few, more = (
            np.array(_excess(call.operator, small.at_batch(traced_batch, batch))) for batch in _MEASURED_BATCHES
        )
        if few.shape != more.shape:  # the library took another way for the larger batch: compare the peaks
            few, more = few.max(keepdims=True), more.max(keepdims=True)
        slope = (more - few) // (_MEASURED_BATCHES[1] - _MEASURED_BATCHES[0])
        found.append(Workspace(call.operator_index, few - _MEASURED_BATCHES[0] * slope, area * slope))
    return tuple(found)


def _has_fast_kernel(dtype: torch.dtype) -> bool:
    """Whether this machine's CPU runs convolutions of `dtype`, forward and backward, at its own speed."""
    if dtype == torch.bfloat16:
        return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())
    return dtype != torch.float16


def _described(argument: Any) -> Any:
    if isinstance(argument, Tensor):
        return TensorShape(tuple(argument.shape), tuple(argument.stride()), argument.dtype)
    return tuple(argument) if isinstance(argument, list) else argument


def _dense(shape: Sequence[int], strides: Sequence[int]) -> list[int]:
    """Strides without gaps for `shape`, in the order of `strides`."""
    dense, size = [0] * len(shape), 1
    for dimension in sorted(range(len(shape)), key=lambda dimension: strides[dimension]):
        dense[dimension] = size
        size *= shape[dimension]
    return dense


@lru_cache(maxsize=1024)
def _excess(operator: Any, arguments: tuple[Any, ...]) -> tuple[int, ...]:
    """Bytes held after each allocation within the operator, less what it returns."""
    real = [argument.tensor() if isinstance(argument, TensorShape) else argument for argument in arguments]
    with torch.no_grad():
        held = list(accumulate(allocation_changes(lambda: operator(*real))))
    return tuple(value - held[-1] for value in held)

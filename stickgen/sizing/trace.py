"""Tracing one run of a workload: which operator allocates how much, and how long it lives.

It runs on tensors without data, so it takes no memory and the figures are those of the real operators.
Every storage that an operator returns is counted from that operator on until the last tensor on it is gone,
which is when an allocator would give its bytes back.
"""

import weakref
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch._subclasses import FakeTensor
from torch.utils._python_dispatch import TorchDispatchMode

from stickgen.progress import Progress, silent, without_pause
from stickgen.sizing.workspaces import CONVOLUTIONS, ConvolutionCall
from stickgen.workloads import TrainingStep, Workload

PHASES = TrainingStep.phases

CATEGORIES = (
    "parameters",
    "gradients",
    "optimizer state",
    "activations",
    "temporaries",
    "inputs",
)
"""What a byte is held for. Buffers count as parameters; an activation is what forward leaves for backward."""

REPORTED_OPERATORS = 100
"""Operators from one report to the next: a few hundredths of a second."""

_DEVICE = torch.ops.prim.device.default
_LOCAL_SCALAR = torch.ops.aten._local_scalar_dense.default
_SAFE_SOFTMAX = torch.ops.aten._safe_softmax.default
_IN_PLACE_POINTWISE = frozenset({torch.Tag.inplace, torch.Tag.pointwise})

PARAMETERS, GRADIENTS, OPTIMIZER_STATE, ACTIVATIONS, TEMPORARIES, INPUTS = range(len(CATEGORIES))


@dataclass(frozen=True, kw_only=True, eq=False)
class Trace:
    """One run of a workload, operator by operator.

    An allocation is alive at operator `i` when `births <= i < deaths`. What exists before has birth 0, what
    outlives the run has the number of operators as its death.
    """

    operators: tuple[str, ...]
    operator_modules: tuple[str, ...]
    """Path of the module each operator belongs to, empty for loss and optimizer."""
    operator_phases: NDArray[np.int8]
    """Index into the workload's phases for each operator."""
    sizes: NDArray[np.int64]
    """Bytes of each allocation."""
    births: NDArray[np.int64]
    deaths: NDArray[np.int64]
    categories: NDArray[np.int8]
    """Index into `CATEGORIES` for each allocation."""
    allocation_modules: tuple[str, ...]
    """Path of the module that holds or made each allocation."""
    convolutions: tuple[ConvolutionCall, ...]
    batch_size: int


class Tracer(TorchDispatchMode):  # type: ignore[no-untyped-call]  # torch leaves __init_subclass__ untyped
    """Records what operators allocate while it is active."""

    def __init__(self, workload: Workload, progress: Progress = silent) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # torch leaves it untyped
        self.progress = progress
        self.phases = workload.phases
        self.batch_size = workload.batch_size
        self.recording = False
        self.phase = 0
        self.operators: list[str] = []
        self.operator_modules: list[str] = []
        self.operator_phases: list[int] = []
        self.sizes: list[int] = []
        self.births: list[int] = []
        self.deaths: dict[int, int] = {}
        self.categories: list[int] = []
        self.allocation_modules: list[str] = []
        self.convolutions: list[ConvolutionCall] = []
        self._alive: dict[int, tuple[int, weakref.ref[torch.UntypedStorage]]] = {}
        self._open_modules: list[str] = []
        self._node_starts: list[int] = [0]
        self._node_modules: list[str] = [""]
        self._forward_began: int | None = None
        self._told = "Tracing the real model", 0.0
        self._untold = 0

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        if func is _DEVICE and isinstance(args[0], FakeTensor):
            return args[0].fake_device  # a question, not an operator, and half of what a fake tensor is asked
        if func is _LOCAL_SCALAR and _is_empty(args[0]):
            return 1.0  # Adafactor asks for the norm of a weight, which has no value here
        if _IN_PLACE_POINTWISE.issubset(func.tags) and _is_empty(args[0]):
            result = args[0]  # nothing to compute and nothing to allocate; most of an optimizer step is this
        else:
            result = func(*args, **(kwargs or {}))
        self._tell()
        if self.recording:
            self._follow_forward()
            module = self._current_module()
            hidden = _softmax_temporaries(result) if func is _SAFE_SOFTMAX else ()
            for tensor in (*_tensors_of(result), *hidden):
                self.note(tensor, TEMPORARIES, module)
            if func in CONVOLUTIONS:
                self.convolutions.append(ConvolutionCall.of(len(self.operators), func, args))
            self.operators.append(_name_of(func))
            self.operator_modules.append(module)
            self.operator_phases.append(self.phase)
        return result

    def note(self, tensor: Tensor, category: int, module: str) -> None:
        """Count the tensor's storage from the current operator on, unless it is known already."""
        self._note_storage(tensor.untyped_storage(), category, module)

    def resized(self, storage: torch.UntypedStorage) -> None:
        """Count a storage anew that was given another size: gathered weights, given back and taken again."""
        known = self._alive.pop(storage._cdata, None)
        if known is not None:
            self.deaths[known[0]] = len(self.operators)
        self._note_storage(storage, PARAMETERS, self._current_module())

    @contextmanager
    def watching(self, model: nn.Module) -> Iterator[None]:
        """Follow which module of `model` runs, and which tensors become its gradients."""
        with _module_hooks(model, self), _gradient_hooks(model, self):
            yield

    def _note_storage(self, storage: torch.UntypedStorage, category: int, module: str) -> None:
        key = storage._cdata
        if key in self._alive or not storage.nbytes():
            return
        index = len(self.sizes)
        self.sizes.append(storage.nbytes())
        self.births.append(len(self.operators))
        self.categories.append(category)
        self.allocation_modules.append(module)
        self._alive[key] = (index, weakref.ref(storage, partial(self._freed, key, index)))

    def tag(self, tensor: Tensor, category: int, module: str) -> None:
        """Say what the tensor's allocation is held for, from its birth on."""
        known = self._alive.get(tensor.untyped_storage()._cdata)
        if known is not None:
            self.categories[known[0]] = category
            self.allocation_modules[known[0]] = module

    def enter_phase(self, phase: str) -> None:
        """Take the operators that follow as part of `phase`."""
        self._told = f"Tracing the real model: {phase}", self.phases.index(phase) / len(self.phases)
        self.progress(*self._told)
        self._close_forward()
        self.phase = self.phases.index(phase)
        if phase == "forward":
            self._forward_began = len(self.sizes)

    def _tell(self) -> None:
        """Report every few operators, so that the trace can be given up there."""
        self._untold += 1
        if self._untold == REPORTED_OPERATORS:
            self._untold = 0
            # Autocast keeps the weights it has cast for all threads: whoever is paused here may lose them.
            with without_pause():
                self.progress(*self._told)

    def enter_module(self, path: str) -> None:
        """Take the operators that follow as part of the module at `path`."""
        self._open_modules.append(path)
        self._mark_nodes(path)

    def leave_module(self) -> None:
        """Take the operators that follow as part of the module around the current one."""
        self._open_modules.pop()
        self._mark_nodes(self._open_modules[-1] if self._open_modules else "")

    def result(self, start: int = 0) -> Trace:
        """What was recorded from the operator at `start` on."""
        end = len(self.operators)
        deaths = np.array([self.deaths.get(i, end) for i in range(len(self.sizes))], dtype=np.int64)
        births = np.array(self.births, dtype=np.int64)
        kept = (deaths > start) | (births >= start)
        return Trace(
            operators=tuple(self.operators[start:]),
            operator_modules=tuple(self.operator_modules[start:]),
            operator_phases=np.array(self.operator_phases[start:], dtype=np.int8),
            sizes=np.array(self.sizes, dtype=np.int64)[kept],
            births=np.maximum(births[kept] - start, 0),
            deaths=deaths[kept] - start,
            categories=np.array(self.categories, dtype=np.int8)[kept],
            allocation_modules=tuple(self.allocation_modules[i] for i in np.flatnonzero(kept)),
            convolutions=tuple(
                replace(call, operator_index=call.operator_index - start)
                for call in self.convolutions
                if call.operator_index >= start
            ),
            batch_size=self.batch_size,
        )

    def _freed(self, key: int, index: int, _: object) -> None:
        known = self._alive.get(key)
        if known is not None and known[0] == index:  # a resized storage was counted anew under the same key
            del self._alive[key]
            self.deaths[index] = len(self.operators)

    def _mark_nodes(self, path: str) -> None:
        # Autograd numbers its nodes as it makes them, so the numbers between two marks belong to one module.
        self._node_starts.append(torch._C._autograd._get_sequence_nr())
        self._node_modules.append(path)

    def _current_module(self) -> str:
        if self._open_modules:
            return self._open_modules[-1]
        node = torch._C._current_autograd_node()
        if node is None:
            return ""
        return self._node_modules[bisect_right(self._node_starts, node._sequence_nr()) - 1]

    def _follow_forward(self) -> None:
        """Notice where backward recomputes a piece of forward: only then are gradients enabled in it."""
        if self.phases[self.phase] != "backward":
            return
        if not torch.is_grad_enabled():
            self._close_forward()
        elif self._forward_began is None:
            self._forward_began = len(self.sizes)

    def _close_forward(self) -> None:
        """What a piece of forward made and left alive is kept for backward: activations."""
        if self._forward_began is None:
            return
        for index, _ in self._alive.values():
            if index >= self._forward_began and self.categories[index] == TEMPORARIES:
                self.categories[index] = ACTIVATIONS
        self._forward_began = None


def trace(workload: Workload, progress: Progress = silent, place: str = "") -> Trace:
    """Trace a run of `workload` on one device, after what only the first run does.

    `place` is a key of `PLACES`; by default one without data. On a CPU the real run is traced: its tensors, and
    neither what operators take within themselves nor the random states of recomputation.
    """
    tracer = Tracer(workload, progress)
    with workload.prepare(place or workload.place) as prepared, tracer:
        prepared.first_run()
        for tensor, category, module in prepared.held():
            tracer.note(tensor, CATEGORIES.index(category), module)
        with tracer.watching(prepared.model):
            tracer.recording = True
            prepared.run(tracer.enter_phase)
            tracer.recording = False
    return tracer.result()


def _is_empty(tensor: Tensor) -> bool:
    """Whether the tensor has a shape but no values."""
    return tensor.is_meta or isinstance(tensor, FakeTensor)


@contextmanager
def _module_hooks(model: nn.Module, tracer: Tracer) -> Iterator[None]:
    handles = []
    for path, module in model.named_modules():
        handles.append(module.register_forward_pre_hook(_entering(tracer, path)))
        # A recomputed layer stops as soon as backward has what it needs, in the middle of a module.
        handles.append(module.register_forward_hook(lambda *_: tracer.leave_module(), always_call=True))
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def _entering(tracer: Tracer, path: str) -> Callable[..., None]:
    return lambda *_: tracer.enter_module(path)


@contextmanager
def _gradient_hooks(model: nn.Module, tracer: Tracer) -> Iterator[None]:
    def tag(parameter: Tensor, owner: str) -> None:
        if parameter.grad is not None:
            tracer.tag(parameter.grad, GRADIENTS, owner)

    handles = [
        parameter.register_post_accumulate_grad_hook(  # type: ignore[no-untyped-call]  # torch leaves it untyped
            partial(tag, owner=name.rpartition(".")[0])
        )
        for name, parameter in model.named_parameters()
        if parameter.requires_grad
    ]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def _softmax_temporaries(result: Tensor) -> tuple[Tensor, ...]:
    """What `_safe_softmax` holds beside its result: which entries are masked, and which rows are so entirely.

    It is the one composite operator of a step that a tracer does not see into.
    """
    return (
        torch.empty_like(result, dtype=torch.bool),
        torch.empty_like(result[..., :1], dtype=torch.bool),
    )


@cache
def _name_of(operator: object) -> str:
    return str(operator)


def _tensors_of(values: object) -> Iterable[Tensor]:
    """Every tensor in a tensor or in nested tuples, lists and dict values."""
    if isinstance(values, Tensor):
        yield values
    elif isinstance(values, Iterable) and not isinstance(values, str):
        for value in values:
            yield from _tensors_of(value)

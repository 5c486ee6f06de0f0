"""Training on several devices: what one of them holds.

Fully sharded training (FSDP2) is PyTorch's own, traced on tensors without data with a process group that talks to
nobody. Data-parallel training (DDP) adds one thing to the step of a single device, the gradient buckets, and that
is a term of its own.
"""

import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.distributed.device_mesh import DeviceMesh, init_device_mesh
from torch.distributed.fsdp import fully_shard
from torch.distributed.tensor import DTensor
from torch.testing._internal.distributed.fake_pg import FakeStore

from stickgen.model import StickFigureTransformer
from stickgen.progress import Progress, silent, without_pause
from stickgen.sizing.trace import CATEGORIES, GRADIENTS, Trace, Tracer, trace
from stickgen.workloads import TrainingStep

_PROCESS_GROUP = threading.Lock()
"""A process has one default process group, and one patched storage class."""


def trace_rank(step: TrainingStep, progress: Progress = silent) -> Trace:
    """Trace the step of one of the plan's ranks."""
    if step.plan.parallel == "fsdp2":
        progress("Tracing the real model on one of the devices", 0.0)
        with without_pause():  # which would keep the process group from whoever needs it next
            return trace_sharded(step, progress)
    one_device = replace(step, plan=replace(step.plan, parallel="none", ranks=1))
    with one_device.prepare("meta") as prepared:
        bucket_bytes = gradient_bucket_bytes(prepared.model)
    return with_gradient_buckets(trace(one_device, progress), bucket_bytes)


def gradient_bucket_bytes(model: nn.Module) -> int:
    """Bytes of DDP's gradient buckets, which hold a second copy of every gradient for as long as training runs.

    Source: the internal design section of PyTorch's DDP notes, and the default `gradient_as_bucket_view=False`.
    """
    trained = (parameter for parameter in model.parameters() if parameter.requires_grad)
    return sum(parameter.numel() * parameter.element_size() for parameter in trained)


def with_gradient_buckets(one_device: Trace, bucket_bytes: int) -> Trace:
    """The step of a single device with DDP's buckets alive throughout."""
    return replace(
        one_device,
        sizes=np.append(one_device.sizes, bucket_bytes),
        births=np.append(one_device.births, 0),
        deaths=np.append(one_device.deaths, len(one_device.operators)),
        categories=np.append(one_device.categories, np.int8(GRADIENTS)),
        allocation_modules=(*one_device.allocation_modules, ""),
    )


def shard(model: StickFigureTransformer, mesh: DeviceMesh) -> None:
    """Shard every encoder layer, then what is left, as PyTorch's FSDP2 guide recommends; in place."""
    for layer in model.transformer_encoder.layers:
        fully_shard(layer, mesh=mesh)
    fully_shard(model, mesh=mesh)


def trace_sharded(step: TrainingStep, progress: Progress = silent) -> Trace:
    """Trace the second step of the first of the plan's ranks."""
    with _PROCESS_GROUP, _silent_process_group(step.plan.ranks) as mesh, warnings.catch_warnings():
        # It warns of views that are changed in place; the loss changes nothing in place.
        warnings.filterwarnings("ignore", message="FSDP2-wrapped module")
        tracer = _ShardTracer(step, progress)
        with step.prepare(step.place) as prepared, tracer, _watched_resizes(tracer):
            model = prepared.model
            tracer.recording = True
            prepared.shard(partial(shard, mesh=mesh))
            prepared.run()
            prepared.optimizer.zero_grad()
            start = len(tracer.operators)
            for tensor, category, module in prepared.held():
                _hold(tracer, tensor, CATEGORIES.index(category), module)
            with tracer.watching(model):
                prepared.run(tracer.enter_phase)
            for name, parameter in model.named_parameters():
                if parameter.grad is not None:
                    _hold(tracer, parameter.grad, GRADIENTS, name.rpartition(".")[0])
            tracer.recording = False
        return tracer.result(start)


class _ShardTracer(Tracer):  # type: ignore[no-untyped-call]  # torch leaves __init_subclass__ untyped
    """Sees the operators on shards, below the distributed tensors that hold them."""

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        if any(issubclass(kind, DTensor) for kind in types):
            return NotImplemented
        return super().__torch_dispatch__(func, types, args, kwargs)


def _hold(tracer: Tracer, tensor: Tensor, category: int, module: str) -> None:
    local = tensor.to_local() if isinstance(tensor, DTensor) else tensor
    tracer.note(local, category, module)
    tracer.tag(local, category, module)


@contextmanager
def _silent_process_group(ranks: int) -> Iterator[DeviceMesh]:
    """A mesh over a default process group of `ranks` whose collectives return at once."""
    dist.init_process_group(backend="fake", store=FakeStore(), rank=0, world_size=ranks)
    try:
        yield init_device_mesh("cpu", (ranks,))
    finally:
        dist.destroy_process_group()


@contextmanager
def _watched_resizes(tracer: Tracer) -> Iterator[None]:
    """Tell the tracer where FSDP2 gives the storage of a gathered weight back, and takes it again."""
    original = torch.UntypedStorage.resize_

    def resize(storage: torch.UntypedStorage, size: int) -> Any:
        result = original(storage, size)
        tracer.resized(storage)
        return result

    # FSDP2 resizes storages from Python, where no dispatch mode looks and torch offers no hook.
    torch.UntypedStorage.resize_ = resize  # type: ignore[method-assign, assignment]  # torch types it as fixed
    try:
        yield
    finally:
        torch.UntypedStorage.resize_ = original  # type: ignore[method-assign]  # torch types it as fixed

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
from typing import Any
from unittest.mock import patch

import numpy as np
import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch._subclasses import FakeTensorMode
from torch.distributed.device_mesh import DeviceMesh, init_device_mesh
from torch.distributed.fsdp import fully_shard
from torch.distributed.tensor import DTensor
from torch.testing._internal.distributed.fake_pg import FakeStore

from stickgen.config import ModelConfig
from stickgen.model import StickFigureTransformer
from stickgen.plan import TrainingPlan
from stickgen.sizing.scaling import trace_plan
from stickgen.sizing.trace import GRADIENTS, INPUTS, OPTIMIZER_STATE, PARAMETERS, StepTrace, StepTracer
from stickgen.workloads.training import Batch, plan_batch, plan_optimizer, trained_model, training_step

_PROCESS_GROUP = threading.Lock()
"""A process has one default process group, and one patched storage class."""


def trace_parallel_step(config: ModelConfig, plan: TrainingPlan) -> StepTrace:
    """Trace the step of one of the plan's ranks."""
    model = trained_model(config, plan, device="meta")
    if plan.parallel == "ddp":
        one_device = trace_plan(config, replace(plan, parallel="none", ranks=1))
        return with_gradient_buckets(one_device, gradient_bucket_bytes(model))
    # Sharding does not know meta tensors, so these are tensors without data that claim to be on the CPU.
    with FakeTensorMode(allow_non_fake_inputs=True):
        model.to_empty(device="cpu")
        batch = plan_batch(config, plan, device="meta")
        batch = batch.map(lambda tensor: torch.empty_like(tensor, device="cpu"))
        return trace_sharded_step(model, batch, plan)


def gradient_bucket_bytes(model: nn.Module) -> int:
    """Bytes of DDP's gradient buckets, which hold a second copy of every gradient for as long as training runs.

    Source: the internal design section of PyTorch's DDP notes, and the default `gradient_as_bucket_view=False`.
    """
    trained = (parameter for parameter in model.parameters() if parameter.requires_grad)
    return sum(parameter.numel() * parameter.element_size() for parameter in trained)


def with_gradient_buckets(trace: StepTrace, bucket_bytes: int) -> StepTrace:
    """The step of a single device with DDP's buckets alive throughout."""
    return replace(
        trace,
        sizes=np.append(trace.sizes, bucket_bytes),
        births=np.append(trace.births, 0),
        deaths=np.append(trace.deaths, len(trace.operators)),
        categories=np.append(trace.categories, np.int8(GRADIENTS)),
        allocation_modules=(*trace.allocation_modules, ""),
    )


def shard(model: StickFigureTransformer, mesh: DeviceMesh) -> None:
    """Shard every encoder layer, then what is left, as PyTorch's FSDP2 guide recommends; in place."""
    for layer in model.transformer_encoder.layers:
        fully_shard(layer, mesh=mesh)
    fully_shard(model, mesh=mesh)


def trace_sharded_step(model: StickFigureTransformer, batch: Batch, plan: TrainingPlan) -> StepTrace:
    """Trace the second step of the first of `plan.ranks` ranks. Model and batch are fake tensors."""
    with _PROCESS_GROUP, _silent_process_group(plan.ranks), warnings.catch_warnings():
        # It warns of views that are changed in place; the loss changes nothing in place.
        warnings.filterwarnings("ignore", message="FSDP2-wrapped module")
        mesh = _without_fake_tensors(plan.ranks)
        tracer = _ShardTracer()
        with tracer, _watched_resizes(tracer):
            tracer.recording = True
            shard(model, mesh)
            optimizer = plan_optimizer(model, plan)
            training_step(model, optimizer, batch, plan)
            optimizer.zero_grad()
            start = len(tracer.operators)
            for name, parameter in model.named_parameters():
                _hold(tracer, parameter, PARAMETERS, name)
                for tensor in optimizer.state.get(parameter, {}).values():
                    _hold(tracer, tensor, OPTIMIZER_STATE, name)
            for name, buffer in model.named_buffers():
                _hold(tracer, buffer, PARAMETERS, name)
            for tensor in batch.tensors().values():
                _hold(tracer, tensor, INPUTS, "")
            with tracer.watching(model):
                training_step(model, optimizer, batch, plan, tracer.enter_phase)
            for name, parameter in model.named_parameters():
                if parameter.grad is not None:
                    _hold(tracer, parameter.grad, GRADIENTS, name)
            tracer.recording = False
        return tracer.result(start)


class _ShardTracer(StepTracer):  # type: ignore[no-untyped-call]  # torch leaves __init_subclass__ untyped
    """Sees the operators on shards, below the distributed tensors that hold them."""

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        if any(issubclass(kind, DTensor) for kind in types):
            return NotImplemented
        return super().__torch_dispatch__(func, types, args, kwargs)


def _hold(tracer: StepTracer, tensor: Tensor, category: int, name: str) -> None:
    local = tensor.to_local() if isinstance(tensor, DTensor) else tensor
    module = name.rpartition(".")[0]
    tracer.note(local, category, module)
    tracer.tag(local, category, module)


@contextmanager
def _silent_process_group(ranks: int) -> Iterator[None]:
    """A default process group of `ranks` whose collectives return at once."""
    dist.init_process_group(backend="fake", store=FakeStore(), rank=0, world_size=ranks)
    try:
        yield
    finally:
        dist.destroy_process_group()


def _without_fake_tensors(ranks: int) -> DeviceMesh:
    """The mesh over all ranks. It holds real numbers, so no fake tensor mode may be active here."""
    with torch._subclasses.fake_tensor.unset_fake_temporarily():
        return init_device_mesh("cpu", (ranks,))


@contextmanager
def _watched_resizes(tracer: StepTracer) -> Iterator[None]:
    """Tell the tracer where FSDP2 gives the storage of a gathered weight back, and takes it again."""
    original = torch.UntypedStorage.resize_

    def resize(storage: torch.UntypedStorage, size: int) -> Any:
        result = original(storage, size)
        tracer.resized(storage)
        return result

    # FSDP2 resizes storages from Python, where no dispatch mode looks and torch offers no hook.
    with patch.object(torch.UntypedStorage, "resize_", resize):
        yield

"""Several devices: estimates against two real ranks that talk over gloo on the CPU."""

import importlib
import socket
from itertools import accumulate
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.distributed as dist
from torch import nn
from torch.distributed.device_mesh import init_device_mesh

from stickgen.config import ModelConfig
from stickgen.plan import TrainingPlan
from stickgen.sizing import estimate_training_memory, peak_bytes
from stickgen.sizing.allocations import allocation_changes
from stickgen.sizing.parallel import shard
from stickgen.training import plan_batch, plan_optimizer, trained_model, training_step

SMALL = ModelConfig(d_model=128, num_layers=4, num_heads=4)


def rank_peak(rank: int, plan: TrainingPlan, port: int, folder: str) -> None:
    """Train for three steps on one rank and write the allocator's peak in the third to a file."""
    torch.set_num_threads(1)
    address = f"tcp://127.0.0.1:{port}"
    dist.init_process_group("gloo", init_method=address, rank=rank, world_size=plan.ranks)
    held: list[Any] = []

    def prepare() -> None:
        model = trained_model(SMALL, plan)
        wrapped: nn.Module = model
        if plan.parallel == "ddp":
            wrapped = nn.parallel.DistributedDataParallel(model)
        else:
            shard(model, init_device_mesh("cpu", (plan.ranks,)))
        optimizer, batch = plan_optimizer(wrapped, plan), plan_batch(SMALL, plan)
        for _ in range(2):
            training_step(wrapped, optimizer, batch, plan)
        optimizer.zero_grad()
        held.extend((wrapped, optimizer, batch))

    base = sum(allocation_changes(prepare))
    wrapped, optimizer, batch = held
    changes = allocation_changes(lambda: training_step(wrapped, optimizer, batch, plan))
    Path(folder, str(rank)).write_text(str(base + max(accumulate(changes))))
    dist.barrier()
    dist.destroy_process_group()


def measured_peaks(plan: TrainingPlan, folder: Path) -> list[int]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    spawn: Any = importlib.import_module("torch.multiprocessing").spawn  # torch leaves it untyped
    spawn(rank_peak, (plan, port, str(folder)), nprocs=plan.ranks)
    return [int((folder / str(rank)).read_text()) for rank in range(plan.ranks)]


def test_two_data_parallel_ranks_hold_what_is_estimated(tmp_path: Path) -> None:
    plan = TrainingPlan(batch_size=2, sequence_length=40, parallel="ddp", ranks=2)
    estimated = peak_bytes(SMALL, plan)
    for measured in measured_peaks(plan, tmp_path):
        assert estimated == pytest.approx(measured, rel=0.001)


def test_two_sharded_ranks_hold_what_is_estimated_and_what_gloo_copies(tmp_path: Path) -> None:
    """gloo gathers into buffers of its own, for the layer in use and the one fetched ahead; a trace has none."""
    plan = TrainingPlan(batch_size=2, sequence_length=40, parallel="fsdp2", ranks=2)
    estimated = peak_bytes(SMALL, plan)
    layer = trained_model(SMALL, plan, device="meta").transformer_encoder.layers[0]
    layer_bytes = sum(parameter.numel() * 4 for parameter in layer.parameters())
    for measured in measured_peaks(plan, tmp_path):
        assert 0 <= measured - estimated <= 2 * layer_bytes


def test_sharding_divides_and_data_parallel_adds() -> None:
    peaks = {
        (parallel, ranks): estimate_training_memory(
            SMALL, TrainingPlan(sequence_length=20, parallel=parallel, ranks=ranks)
        )
        for parallel, ranks in (("none", 1), ("ddp", 2), ("ddp", 64), ("fsdp2", 2), ("fsdp2", 64))
    }
    alone = peaks["none", 1]
    assert peaks["ddp", 2].peak_bytes == peaks["ddp", 64].peak_bytes > alone.peak_bytes
    assert peaks["fsdp2", 64].peak_bytes < peaks["fsdp2", 2].peak_bytes < alone.peak_bytes
    assert peaks["fsdp2", 64].at_peak["optimizer state"] < alone.at_peak["optimizer state"] / 30
    for estimate in peaks.values():
        assert sum(estimate.at_peak.values()) == estimate.peak_bytes
        assert sum(estimate.modules_at_peak.values()) == estimate.peak_bytes


def test_tracing_leaves_no_process_group_and_no_patch_behind() -> None:
    resize = torch.UntypedStorage.resize_
    peak_bytes(SMALL, TrainingPlan(sequence_length=20, parallel="fsdp2", ranks=3))
    assert not dist.is_initialized()
    assert torch.UntypedStorage.resize_ is resize

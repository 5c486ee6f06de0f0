"""Several devices, as far as one process can tell; `test_memory_ranks.py` runs real ones."""

import torch
import torch.distributed as dist

from stickgen.config import ModelConfig
from stickgen.plan import TrainingPlan
from stickgen.sizing import CHANGES, estimate_memory, peak_bytes
from stickgen.workloads import TrainingStep

SMALL = ModelConfig(d_model=128, num_layers=4, num_heads=4)


def test_a_change_that_cannot_be_made_is_not_suggested() -> None:
    step = TrainingStep(SMALL, TrainingPlan(batch_size=2, sequence_length=20, parallel="fsdp2", ranks=2))
    assert CHANGES["adafactor"].made_to(step) == step
    assert CHANGES["mixed_precision"].made_to(step) != step


def test_sharding_divides_and_data_parallel_adds() -> None:
    peaks = {
        (parallel, ranks): estimate_memory(
            TrainingStep(SMALL, TrainingPlan(sequence_length=20, parallel=parallel, ranks=ranks))
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
    peak_bytes(TrainingStep(SMALL, TrainingPlan(sequence_length=20, parallel="fsdp2", ranks=3)))
    assert not dist.is_initialized()
    assert torch.UntypedStorage.resize_ is resize

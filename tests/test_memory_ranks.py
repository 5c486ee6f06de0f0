"""Several devices: the estimate for a rank against what real ranks, talking over gloo on the CPU, hold."""

import re
import socket
import sys
import time
from functools import partial
from pathlib import Path
from types import ModuleType

import pytest
import torch
import torch.distributed as dist
import torch.multiprocessing as mp
from torch import nn
from torch.distributed.device_mesh import init_device_mesh
from torch.profiler import ProfilerActivity, profile, record_function

from stickgen.config import ModelConfig
from stickgen.plan import TrainingPlan
from stickgen.sizing import peak_bytes
from stickgen.sizing.parallel import shard
from stickgen.workloads import TrainingStep

SMALL = ModelConfig(d_model=128, num_layers=4, num_heads=4)
MEASURED = "the measured step"
TRANSPORT = re.compile(r"/c10d::|/gloo:\w+/aten::empty/\[memory\]$")
"""Where gloo allocates copies of its own, two for each gathered weight, which NCCL does without."""
LET_GO_SECONDS = 0.02
"""After a collective, before the caller goes on: gloo's thread drops its tensors first, so that the last reference, and
with it the free, is the caller's. The profiler sees no frees of other threads."""
STEP_SECONDS = 0.5
"""After a step, for the same reason: DDP waits for its collectives itself, and replaces its buckets in the second."""


@pytest.mark.parametrize(
    "knobs",
    [
        {"parallel": "ddp"},
        {"parallel": "ddp", "optimizer": "sgd", "frozen": "all_but_heads"},
        {"parallel": "fsdp2"},
        {"parallel": "fsdp2", "activation_checkpointing": 2},
    ],
    ids=lambda knobs: "+".join(map(str, knobs.values())),
)
def test_two_ranks_hold_what_is_estimated(
    knobs: dict[str, str | int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A process that is spawned runs the main module again, and a page test before this one leaves its page as that.
    monkeypatch.setitem(sys.modules, "__main__", ModuleType("__main__"))
    plan = TrainingPlan(batch_size=2, sequence_length=40, ranks=2, **knobs)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    mp.spawn(run_rank, (plan, port, tmp_path), nprocs=plan.ranks)
    held = [int((tmp_path / str(rank)).read_text()) for rank in range(plan.ranks)]
    # Equal but for a few scalars of DDP, and the state of the random numbers that checkpointing keeps for each layer.
    assert held == pytest.approx([peak_bytes(TrainingStep(SMALL, plan))] * plan.ranks, rel=1e-3)


def run_rank(rank: int, plan: TrainingPlan, port: int, folder: Path) -> None:
    """Train for three steps on one rank and write the allocator's peak in the third to a file."""
    torch.set_num_threads(1)
    dist.init_process_group("gloo", init_method=f"tcp://127.0.0.1:{port}", rank=rank, world_size=plan.ranks)
    wait = dist.Work.wait

    def wait_and_let_go(work: dist.Work, *arguments: object) -> bool:
        done = wait(work, *arguments)
        time.sleep(LET_GO_SECONDS)
        return done

    dist.Work.wait = wait_and_let_go
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as recording:
        kept = train(plan)
    del kept
    (folder / str(rank)).write_text(str(peak_while_measured(recording)))
    dist.destroy_process_group()


def train(plan: TrainingPlan) -> tuple[object, ...]:
    """Two steps until everything has its place, and the measured one."""
    with TrainingStep(SMALL, plan).prepare() as step:
        if plan.parallel == "ddp":
            # Ranks build the same weights. To send them around anew would leave copies whose frees are unseen, too.
            step.model = nn.parallel.DistributedDataParallel(step.model, init_sync=False)
        else:
            step.shard(partial(shard, mesh=init_device_mesh("cpu", (plan.ranks,))))
        for _ in range(2):
            step.run()
            time.sleep(STEP_SECONDS)
        step.optimizer.zero_grad()
        with record_function(MEASURED):
            step.run()
        return step.model, step.optimizer, step.batch


def peak_while_measured(recording: profile) -> int:
    """The most bytes held at once from the start of the measured step on, gloo's own copies left out."""
    changes: list[tuple[int, int, int, bool]] = []  # nanoseconds, address, bytes, whether gloo's own
    start = 0

    def walk(event, path: str) -> None:
        nonlocal start
        path = f"{path}/{event.name}"
        if event.name == MEASURED:
            start = event.start_time_ns
        if event.tag.name == "Allocation":
            block = event.extra_fields
            changes.append((event.start_time_ns, block.ptr, block.alloc_size, bool(TRANSPORT.search(path))))
        for child in event.children:
            walk(child, path)

    for event in recording.profiler.kineto_results.experimental_event_tree():
        walk(event, "")
    held = peak = 0
    gloos: set[int] = set()
    for nanoseconds, address, size, is_gloos in sorted(changes):
        if size > 0 and is_gloos:
            gloos.add(address)
        elif size < 0 and address in gloos:
            gloos.remove(address)
        else:
            gloos.discard(address)  # given out again: gloo's thread has freed it
            held += size
            if nanoseconds >= start:
                peak = max(peak, held)
    return peak

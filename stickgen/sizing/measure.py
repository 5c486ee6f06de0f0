"""Measuring training memory: the real step on this machine's CPU, in this process."""

from collections.abc import Callable
from itertools import accumulate
from pathlib import Path

from stickgen.config import ModelConfig
from stickgen.formatting import gibibytes
from stickgen.plan import TrainingPlan
from stickgen.sizing.allocations import allocation_changes
from stickgen.sizing.memory import peak_bytes
from stickgen.workloads.training import plan_batch, plan_optimizer, trained_model, training_step

STAGES = (
    "building the model",
    "first step, which creates the optimizer state",
    "second step, which is measured",
)
"""What a measurement does, in order; progress is reported as one of these."""

_RESERVE_BYTES = 512 * 2**20


class NotMeasurableError(ValueError):
    """The plan cannot be measured on this machine; the message says why, for people to read."""


def check_measurable(config: ModelConfig, plan: TrainingPlan, free_bytes: int | None = None) -> None:
    """Raise `NotMeasurableError`, saying why, unless this machine's CPU can run the step of `plan`.

    `free_bytes` is the memory to count on; by default what the machine has free right now.
    """
    if plan.attention == "fused":
        raise NotMeasurableError(
            "Fused attention with dropout is a CUDA kernel, so it cannot be measured on a CPU. "
            "Choose the math attention path to measure."
        )
    if plan.parallel != "none":
        raise NotMeasurableError("Only one device can be measured here: choose a plan without several devices.")
    free = free_memory_bytes() if free_bytes is None else free_bytes
    needed = peak_bytes(config, plan) + _RESERVE_BYTES
    if needed > free:
        raise NotMeasurableError(
            f"This step needs {gibibytes(needed)} with room to spare, and {gibibytes(free)} of this machine's "
            "memory is free. Choose a smaller batch, a shorter sequence or a smaller variant."
        )


def free_memory_bytes() -> int:
    """Bytes that this process may still take: what the machine has available, within its control group's limit."""
    available = _meminfo_available_bytes()
    group = Path("/sys/fs/cgroup")
    limit, used = group / "memory.max", group / "memory.current"
    if limit.is_file() and used.is_file() and (text := limit.read_text().strip()) != "max":
        available = min(available, int(text) - int(used.read_text()))
    return max(available, 0)


def measure_training_memory(
    config: ModelConfig, plan: TrainingPlan, progress: Callable[[str], None] | None = None
) -> int:
    """Run the plan's step for real on this machine's CPU and return the peak of allocated bytes.

    The peak counts what the step starts with (weights, optimizer state, batch) and everything the CPU allocator
    gave out in the second step. `progress` is called with each of `STAGES`. Raises `NotMeasurableError` before
    anything is built where the step would not fit or has no CPU kernel.
    """
    check_measurable(config, plan)
    report = progress or (lambda _: None)
    report(STAGES[0])
    model, batch = trained_model(config, plan), plan_batch(config, plan)
    optimizer = plan_optimizer(model, plan)
    report(STAGES[1])
    training_step(model, optimizer, batch, plan)
    optimizer.zero_grad()
    state = [tensor for values in optimizer.state.values() for tensor in values.values()]
    held = (*model.parameters(), *model.buffers(), *batch.tensors().values(), *state)
    base = sum({t.data_ptr(): t.untyped_storage().nbytes() for t in held}.values())
    report(STAGES[2])
    changes = allocation_changes(lambda: training_step(model, optimizer, batch, plan))
    return base + max(accumulate(changes, initial=0))


def _meminfo_available_bytes() -> int:
    """Memory available without swapping; where the system does not say, as much as any step could want."""
    meminfo = Path("/proc/meminfo")
    if meminfo.is_file():
        for line in meminfo.read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    return 2**62

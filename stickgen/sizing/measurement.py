"""Measuring the memory of a workload: a real run on this machine's CPU, in this process."""

from collections.abc import Callable
from itertools import accumulate
from pathlib import Path

from stickgen.formatting import gibibytes
from stickgen.sizing.allocations import allocation_changes
from stickgen.sizing.memory import peak_bytes
from stickgen.workloads import Workload

STAGES = (
    "building the model",
    "first run, which creates what only it creates",
    "second run, which is measured",
)
"""What a measurement does, in order; progress is reported as one of these."""

_RESERVE_BYTES = 512 * 2**20


class NotMeasurableError(ValueError):
    """The workload cannot be measured on this machine; the message says why, for people to read."""


def check_measurable(workload: Workload, free_bytes: int | None = None) -> None:
    """Raise `NotMeasurableError`, saying why, unless this machine's CPU can run `workload`.

    `free_bytes` is the memory to count on; by default what the machine has free right now.
    """
    if problem := workload.problem_on_cpu():
        raise NotMeasurableError(problem)
    free = free_memory_bytes() if free_bytes is None else free_bytes
    needed = peak_bytes(workload) + _RESERVE_BYTES
    if needed > free:
        raise NotMeasurableError(
            f"This needs {gibibytes(needed)} with room to spare, and {gibibytes(free)} of this machine's memory is "
            "free. Choose a smaller batch, a shorter sequence or a smaller variant."
        )


def free_memory_bytes() -> int:
    """Bytes that this process may still take: what the machine has available, within its control group's limit."""
    available = _meminfo_available_bytes()
    group = Path("/sys/fs/cgroup")
    limit, used = group / "memory.max", group / "memory.current"
    if limit.is_file() and used.is_file() and (text := limit.read_text().strip()) != "max":
        available = min(available, int(text) - int(used.read_text()))
    return max(available, 0)


def measure_memory(workload: Workload, progress: Callable[[str], None] | None = None) -> int:
    """Run `workload` for real on this machine's CPU and return the peak of allocated bytes.

    The peak counts what the run starts with (weights, optimizer state, batch) and everything the CPU allocator gave
    out in the second run. `progress` is called with each of `STAGES`. Raises `NotMeasurableError` before anything is
    built where it would not fit or has no CPU kernel.
    """
    check_measurable(workload)
    report = progress or (lambda _: None)
    report(STAGES[0])
    with workload.prepare() as prepared:
        report(STAGES[1])
        prepared.first_run()
        tensors = [held.tensor for held in prepared.held()]
        base = sum({tensor.data_ptr(): tensor.untyped_storage().nbytes() for tensor in tensors}.values())
        del tensors
        report(STAGES[2])
        changes = allocation_changes(prepared.run)
    return base + max(accumulate(changes, initial=0))


def _meminfo_available_bytes() -> int:
    """Memory available without swapping; where the system does not say, as much as any step could want."""
    meminfo = Path("/proc/meminfo")
    if meminfo.is_file():
        for line in meminfo.read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    return 2**62

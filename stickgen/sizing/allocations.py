"""What the CPU allocator is asked for while a piece of code runs."""

from collections.abc import Callable
from typing import Any

import torch


def allocation_changes(run: Callable[[], object]) -> list[int]:
    """Bytes that the CPU allocator gave out (positive) and got back (negative) while `run` ran, in order.

    The figures are PyTorch's own, from its memory profiler, for this thread. The older profiler is used because
    it records one thread: the newer one records the whole process, and only one caller can have it.
    What `run` returns is kept until the recording ends.
    """
    profiler: Any = torch._C._profiler  # without a hint, since the one for the kind of an event is wrong
    config = profiler.ProfilerConfig(
        profiler.ProfilerState.CPU, False, True, False, False, False, torch._C._profiler._ExperimentalConfig()
    )
    torch._C._autograd._enable_profiler_legacy(config)
    try:
        kept = run()
    finally:
        records: Any = torch._C._autograd._disable_profiler_legacy()
    del kept
    return [event.cpu_memory_usage() for thread in records for event in thread if event.kind() == "memory_alloc"]

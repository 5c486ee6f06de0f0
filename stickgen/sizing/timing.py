"""How long a workload takes on this machine, run for real."""

import os
import platform
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from statistics import median

import torch

from stickgen.formatting import exact_count
from stickgen.progress import Progress
from stickgen.sizing.measurement import NotMeasurableError, check_measurable
from stickgen.workloads import Workload

THREADS = torch.get_num_threads()
"""Threads torch runs on by default. A fit may hold it to fewer just when the first measurement begins."""

MAX_FRAMES = 8_000
"""Maximum frames of a run that is timed: batch size times sequence length times micro-batches."""

MAX_RUNS, MIN_RUNS = 9, 3
ENOUGH_SECONDS = 6.0
"""After so long, `MIN_RUNS` are enough."""


@dataclass(frozen=True, kw_only=True)
class RunTime:
    """How long one run takes."""

    seconds: float
    """Median over all runs but the first."""
    runs: int
    """Runs the median is of."""
    threads: int
    """Threads that torch ran on."""


def measure_time(workload: Workload, progress: Progress | None = None) -> RunTime:
    """Run `workload` several times, after one run that is not counted.

    Raises `NotMeasurableError`, saying why, before anything is built that this machine should not run.
    """
    check_timeable(workload)
    tell = progress or (lambda _text, _share: None)
    torch.set_num_threads(THREADS)
    tell("Building the model", 0.0)
    with workload.prepare() as prepared:
        times = _times(
            prepared.run, lambda run: tell(f"Run {run} of up to {MAX_RUNS}", 0.1 + 0.9 * run / (MAX_RUNS + 1))
        )
    return RunTime(seconds=median(times), runs=len(times), threads=torch.get_num_threads())


def check_timeable(workload: Workload) -> None:
    """Raise `NotMeasurableError`, saying why, unless this machine can run `workload` several times soon."""
    _, repeats = workload.arithmetic()
    frames = workload.batch_size * workload.sequence_length * repeats
    if frames > MAX_FRAMES:
        raise NotMeasurableError(
            f"This run has {exact_count(frames)} frames, and up to {exact_count(MAX_FRAMES)} are timed here. "
            "Choose a smaller batch, a shorter sequence or fewer micro-batches."
        )
    check_measurable(workload)


CPU_FACTS = Path("/proc/cpuinfo")


@cache
def machine() -> str:
    """This machine, as far as it matters to how fast it is: its CPU, cores, system and torch."""
    cores = f"{os.cpu_count()} logical cores"
    return f"{_cpu_name()}, {cores}, {platform.system()}, torch {torch.__version__} on the CPU"


def _cpu_name() -> str:
    """The model of the CPU where the system tells it, else its architecture."""
    if CPU_FACTS.is_file():
        for line in CPU_FACTS.read_text(encoding="utf-8", errors="replace").splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "model name" and value.strip():
                return value.strip()
    return platform.processor() or platform.machine() or "unknown CPU"


def _times(run: Callable[[], object], begin: Callable[[int], None]) -> list[float]:
    """Seconds of each counted run. `begin` is told the number of the run, 0 for the one that is not counted."""
    begin(0)
    run()
    times: list[float] = []
    while len(times) < MAX_RUNS and (len(times) < MIN_RUNS or sum(times) < ENOUGH_SECONDS):
        begin(len(times) + 1)
        started = time.perf_counter()
        run()
        times.append(time.perf_counter() - started)
    return times

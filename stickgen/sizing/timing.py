"""How long a configuration takes on this machine: the forward pass and the training step, run for real."""

import os
import platform
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from statistics import median

import torch

from stickgen.config import ModelConfig
from stickgen.formatting import exact_count
from stickgen.plan import TrainingPlan
from stickgen.progress import Progress
from stickgen.sizing import NotMeasurableError, check_measurable
from stickgen.workloads.training import autocast, plan_batch, plan_optimizer, trained_model, training_step

THREADS = torch.get_num_threads()
"""Threads torch runs on by itself. A fit may hold it to fewer just when the first measurement begins."""

MAX_FRAMES = 8_000
"""Frames in one step that are still measured: batch size times sequence length times micro-batches."""

MAX_RUNS, MIN_RUNS = 9, 3
ENOUGH_SECONDS = 6.0
"""After so long, `MIN_RUNS` are enough."""


@dataclass(frozen=True, kw_only=True)
class StepTimes:
    """Medians, and of how many runs each."""

    forward_seconds: float
    """One sequence through the model in evaluation."""
    forward_runs: int
    step_seconds: float
    """The plan's training step."""
    step_runs: int
    threads: int
    """Threads that torch ran on."""


def measure_times(config: ModelConfig, plan: TrainingPlan, report: Progress) -> StepTimes:
    """Run the forward pass and the plan's step several times each, after one run that is not counted.

    Raises `NotMeasurableError`, saying why, before anything is built that this machine should not run.
    """
    check_timeable(config, plan)
    torch.set_num_threads(THREADS)
    report("Building the model", 0.05)
    model = trained_model(config, plan).eval()
    single = TrainingPlan(batch_size=1, sequence_length=plan.sequence_length, precision=plan.precision)
    inputs = plan_batch(config, single).inputs()

    def forward() -> None:
        with torch.inference_mode(), autocast(plan, torch.device("cpu")):
            model(**inputs)

    forward_times = _times(forward, lambda run: report(f"Forward pass, run {run} of {MAX_RUNS}", 0.1 + 0.03 * run))
    model.train()
    batch, optimizer = plan_batch(config, plan), plan_optimizer(model, plan)
    step_times = _times(
        lambda: training_step(model, optimizer, batch, plan),
        lambda run: report(f"Training step, run {run} of {MAX_RUNS}", 0.4 + 0.06 * run),
    )
    return StepTimes(
        forward_seconds=median(forward_times),
        forward_runs=len(forward_times),
        step_seconds=median(step_times),
        step_runs=len(step_times),
        threads=torch.get_num_threads(),
    )


def check_timeable(config: ModelConfig, plan: TrainingPlan) -> None:
    """Raise `NotMeasurableError`, saying why, unless this machine can run the step of `plan` several times soon."""
    frames = plan.batch_size * plan.sequence_length * plan.gradient_accumulation
    if frames > MAX_FRAMES:
        raise NotMeasurableError(
            f"This step has {exact_count(frames)} frames, and up to {exact_count(MAX_FRAMES)} are measured here. "
            "Choose a smaller batch, a shorter sequence or fewer micro-batches."
        )
    check_measurable(config, plan)


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


def _times(run: Callable[[], None], begin: Callable[[int], None]) -> list[float]:
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

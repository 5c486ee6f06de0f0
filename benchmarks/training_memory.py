"""How exact the training-memory estimate is: `python -m benchmarks.training_memory`.

Runs the real step of every configuration on this machine's CPU and compares the allocator's peak with the
estimate, then puts other tools beside it on the same work. Prints a line a step and writes its section of
docs/benchmarks.md, between its markers. Takes some minutes and up to 4 GiB of memory. Times are ratios within
one run, since a shared machine makes seconds mean little.
"""

import argparse
import importlib
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch.distributed._tools.mem_tracker import MemTracker
from torchinfo import summary

from benchmarks.document import table, write_section
from stickgen.config import DEFAULT_MULTIMODAL, configurations, configure
from stickgen.formatting import mebibytes
from stickgen.model import build_model
from stickgen.plan import TrainingPlan
from stickgen.sizing import (
    count_parameters,
    estimate_memory,
    measure_memory,
    peak_bytes,
)
from stickgen.sizing.curves import TRACED_BATCH_SIZE, TRACED_POSITIONS, trace_any
from stickgen.workloads import TrainingStep

GRID_FRAMES = 100
GRID_BATCHES = (1, 2, 8)
KNOB_FRAMES = 60

KNOBS: dict[str, dict[str, Any]] = {
    "Recomputed layers": {"activation_checkpointing": 6},
    "Two micro-batches": {"gradient_accumulation": 2},
    "SGD with momentum": {"optimizer": "sgd"},
    "Adafactor": {"optimizer": "adafactor"},
    "Optimizer with foreach": {"optimizer_loop": "foreach"},
    "BF16 autocast": {"precision": "bfloat16_autocast"},
    "Pure BF16": {"precision": "bfloat16"},
    "LoRA of rank 8": {"lora_rank": 8},
    "Heads only": {"frozen": "all_but_heads"},
}
KNOB_CONFIGS = [
    configure("small"),
    configure("small", "lightweight_cnn", "gated"),
    configure("small", "resnet", "cross_attention"),
    configure("small", "mini_vit", "film"),
    configure("small", "lightweight_cnn", "gated", image_size=128),
    configure("medium", "lightweight_cnn", "concat"),
    configure("medium", skeleton="v3", num_actions=64),
]


@dataclass(frozen=True)
class Comparison:
    """One step, estimated and run."""

    step: TrainingStep
    title: str
    estimated_bytes: int
    measured_bytes: int

    @property
    def error(self) -> float:
        """Relative error of the estimate, signed."""
        return self.estimated_bytes / self.measured_bytes - 1


def compare(step: TrainingStep, title: str) -> Comparison:
    """Estimate the step, run it, and print both."""
    estimated, measured = peak_bytes(step), measure_memory(step)
    result = Comparison(step, title, estimated, measured)
    print(
        f"{step.config.key:36} {title:22} {mebibytes(estimated):>14} {mebibytes(measured):>14} {result.error:+z.4%}",
        flush=True,
    )
    return result


def summary_row(title: str, results: list[Comparison]) -> tuple[str, ...]:
    """Count, how many are all but exact, median and worst error of some comparisons."""
    worst = max(results, key=lambda result: abs(result.error))
    exact = sum(abs(result.error) < 1e-5 for result in results)
    return (
        title,
        str(len(results)),
        str(exact),
        f"{statistics.median(abs(result.error) for result in results):.4%}",
        f"{worst.error:+z.4%}",
        worst.step.config.key,
    )


def mem_tracker_bytes(step: TrainingStep) -> int:
    """The peak that PyTorch's MemTracker reports for the second step, on tensors without data."""
    with step.prepare("fake") as prepared:
        prepared.run()
        prepared.optimizer.zero_grad()
        tracker = MemTracker()
        tracker.track_external(prepared.model, prepared.optimizer, *prepared.batch.tensors().values())
        with tracker:
            prepared.run()
        peak: dict[torch.device, dict[str, int]] = tracker.get_tracker_snapshot("peak")
    return peak[torch.device("cpu")]["Total"]


def torchinfo_bytes(step: TrainingStep) -> int:
    """What torchinfo calls the estimated total size: input, forward and backward pass, parameters."""
    with step.prepare("meta") as prepared:
        seen = summary(prepared.model, input_data=prepared.batch.inputs(), device="meta", verbose=0)
    return int(seen.total_input + seen.total_output_bytes + seen.total_param_bytes)


def accelerate_bytes(step: TrainingStep) -> int:
    """What `accelerate estimate-memory` gives for training with Adam in FP32."""
    try:
        estimate = importlib.import_module("accelerate.commands.estimate")
        sizes = importlib.import_module("accelerate.utils")
    except ModuleNotFoundError as missing:
        raise SystemExit("the comparison needs accelerate: pip install accelerate==1.15.0") from missing
    total, _largest = sizes.calculate_maximum_sizes(build_model(step.config, device="meta"))
    return int(estimate.estimate_training_usage(total, "float32")["step"])


def four_times_bytes(step: TrainingStep) -> int:
    """The rule of thumb: weights, gradients and two moments, four bytes each."""
    return 16 * count_parameters(step.config).total


TOOLS: dict[str, Callable[[TrainingStep], int]] = {
    "This project": lambda step: estimate_memory(step).peak_bytes,
    "MemTracker (PyTorch)": mem_tracker_bytes,
    "torchinfo, total": torchinfo_bytes,
    "accelerate, Adam": accelerate_bytes,
    "4 x parameters": four_times_bytes,
}


def side_by_side() -> list[tuple[str, ...]]:
    """Every tool on the same steps: what it says, and how far that is from the allocator's peak."""
    rows = []
    for config, plan in (
        (configure("small"), TrainingPlan(batch_size=4)),
        (configure("small"), TrainingPlan(batch_size=4, activation_checkpointing=6)),
        (configure("small", *DEFAULT_MULTIMODAL["small"]), TrainingPlan(batch_size=4)),
        (configure("medium", *DEFAULT_MULTIMODAL["medium"]), TrainingPlan(batch_size=2, sequence_length=100)),
    ):
        step = TrainingStep(config, plan)
        measured = measure_memory(step)
        title = f"{config.key}, batch {plan.batch_size}, {plan.sequence_length} frames"
        title += ", recomputed" if plan.activation_checkpointing else ""
        cells = [title, mebibytes(measured)]
        for tool in TOOLS.values():
            said = tool(step)
            cells.append(f"{mebibytes(said)} ({said / measured - 1:+.2%})")
        print("  ".join(cells), flush=True)
        rows.append(tuple(cells))
    return rows


def seconds(action: Callable[[], object], repeats: int = 2) -> float:
    """The shortest of some runs."""
    times = []
    for _ in range(repeats):
        began = time.perf_counter()
        action()
        times.append(time.perf_counter() - began)
    return min(times)


def time_ratios() -> list[tuple[str, ...]]:
    """How long a trace and a slider take, measured in MemTracker's time for the same step."""
    rows: list[tuple[str, ...]] = []
    for config in (configure("small"), configure("medium", *DEFAULT_MULTIMODAL["medium"])):
        step = TrainingStep(config, TrainingPlan(batch_size=4))
        peer = seconds(partial(mem_tracker_bytes, step))
        trace = seconds(partial(trace_any, step.resized(TRACED_BATCH_SIZE, TRACED_POSITIONS)))
        peak_bytes(step)
        slider = seconds(partial(peak_bytes, step.resized(7, step.sequence_length)))
        rows.append((config.key, f"{peer / trace:.1f}", f"{peer / slider:,.0f}"))
        print(
            f"{config.key}: MemTracker takes {rows[-1][1]} times a trace, {rows[-1][2]} times a slider",
            flush=True,
        )
    return rows


def grid_rows(grid: list[Comparison]) -> list[tuple[str, ...]]:
    """One row a configuration: the estimate and its error at each batch size."""
    by_config: dict[str, list[Comparison]] = {}
    for result in grid:
        by_config.setdefault(result.step.config.key, []).append(result)
    return [
        (key, *(f"{mebibytes(result.estimated_bytes)} ({result.error:+z.4%})" for result in results))
        for key, results in by_config.items()
    ]


def document(grid: list[Comparison], knobs: list[Comparison]) -> str:
    """The section as Markdown."""
    columns = ("Steps", "Count", "Within 0.001 %", "Median error", "Worst error", "Worst at")
    rows = [
        summary_row(f"FP32, batch {batch}", [result for result in grid if result.step.batch_size == batch])
        for batch in GRID_BATCHES
    ]
    rows += [summary_row(title, [result for result in knobs if result.title == title]) for title in KNOBS]
    parts = [
        "## Training memory",
        (
            "The estimate against the peak of PyTorch's CPU allocator over one real training step (the second, "
            f"with optimizer state), torch {torch.__version__}, math attention. The first rows are all "
            f"{len(list(configurations()))} configurations at {GRID_FRAMES} frames; the others are "
            f"{len(KNOB_CONFIGS)} configurations at batch 2 and {KNOB_FRAMES} frames, with one knob turned. "
            "Written by `python -m benchmarks.training_memory`. Nothing here was measured on CUDA."
        ),
        table(columns, rows),
        "### Beside other tools",
        "The same steps, each tool's figure and its error against the measured peak.",
        table(("Step", "Measured", *TOOLS), side_by_side()),
        (
            "MemTracker's time for one step, divided by ours for a trace (which gives every batch size and "
            "sequence length) and for one more size after it:"
        ),
        table(("Configuration", "One trace", "One more size"), time_ratios()),
        "### Every configuration",
        f"Estimated peak and its error, FP32, {GRID_FRAMES} frames.",
        table(("Configuration", *(f"Batch {batch}" for batch in GRID_BATCHES)), grid_rows(grid)),
    ]
    return "\n\n".join(parts)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="small variants only, and write nothing")
    quick = parser.parse_args().quick
    configs = [config for config in configurations() if not quick or config.variant == "small"]
    grid = [
        compare(
            TrainingStep(config, TrainingPlan(batch_size=batch, sequence_length=GRID_FRAMES)), f"FP32, batch {batch}"
        )
        for config in configs
        for batch in GRID_BATCHES
    ]
    knobs = [
        compare(TrainingStep(config, TrainingPlan(batch_size=2, sequence_length=KNOB_FRAMES, **change)), title)
        for config in KNOB_CONFIGS
        for title, change in KNOBS.items()
        if (not quick or config.variant == "small")
    ]
    text = document(grid, knobs)
    for title, results in (("FP32 math, every configuration", grid), ("One knob turned", knobs)):
        print("  ".join(summary_row(title, results)))
    if not quick:
        write_section("training-memory", text)


if __name__ == "__main__":
    main()

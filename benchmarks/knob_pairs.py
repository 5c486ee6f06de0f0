"""How exact the training-memory estimate is where two knobs are turned: `python -m benchmarks.knob_pairs`.

Runs the real step of small models at odd sizes on this machine's CPU, in every precision with every two other knobs
turned, and compares the allocator's peak with the estimate. Prints a line a step and writes its section of
docs/benchmarks.md. Takes some minutes.
"""

import argparse
from itertools import combinations, cycle
from typing import Any

import torch

from benchmarks.document import table, write_section
from benchmarks.training_memory import Comparison, compare, summary_row
from stickgen.config import ModelConfig, configure
from stickgen.plan import PRECISIONS, TrainingPlan
from stickgen.sizing.timing import machine
from stickgen.workloads import TrainingStep

TURNED: tuple[dict[str, Any], ...] = (
    {"activation_checkpointing": 2},
    {"gradient_accumulation": 2},
    {"optimizer": "sgd"},
    {"optimizer": "adafactor"},
    {"optimizer_loop": "foreach"},
    {"lora_rank": 7},
    {"frozen": "image_encoder"},
    {"frozen": "all_but_heads"},
)
"""Every knob that one device has, turned to a value that is not its default."""

SIZES = ((2, 9), (3, 37), (5, 4), (1, 61), (4, 23))
"""Batch sizes and frames."""

CONFIGS = (
    ModelConfig(
        d_model=72,
        num_layers=5,
        num_heads=6,
        skeleton="v3",
        num_actions=142,
        embedding_dim=1040,
        feedforward_factor=6,
    ),
    configure("small", "mini_vit", "cross_attention", image_size=128),
    configure("small", "lightweight_cnn", "gated", image_size=96),
    configure("small", skeleton="v3", num_actions=64),
    configure("small", "resnet", "film", image_size=64),
    configure("small", "mini_vit", "concat", image_size=96),
    ModelConfig(d_model=40, num_layers=3, num_heads=5, image_encoder="lightweight_cnn", fusion="concat", image_size=64),
)


def steps() -> list[TrainingStep]:
    """Every precision with every two knobs turned that go together, each on the next config and size that take them."""
    configs, sizes = cycle(CONFIGS), cycle(SIZES)
    found = []
    for precision in PRECISIONS:
        for first, second in combinations(TURNED, 2):
            if first.keys() == second.keys():
                continue
            for _ in CONFIGS:
                batch_size, frames = next(sizes)
                try:
                    plan = TrainingPlan(
                        batch_size=batch_size, sequence_length=frames, precision=precision, **first, **second
                    )
                    found.append(TrainingStep(next(configs), plan))
                except ValueError:
                    continue
                break
    return found


def turned(step: TrainingStep) -> str:
    """The knobs of `steps` that a step has turned, for people."""
    names = {name for change in TURNED for name in change}
    return ", ".join(
        f"{name} {getattr(step.plan, name)}"
        for name in sorted(names)
        if getattr(step.plan, name) != getattr(TrainingPlan(), name)
    )


def document(results: list[Comparison]) -> str:
    """The section as Markdown."""
    rows = [
        summary_row(choice.label, [result for result in results if result.step.plan.precision == precision])
        for precision, choice in PRECISIONS.items()
    ]
    worst = sorted(results, key=lambda result: -abs(result.error))[:5]
    worst_rows: list[tuple[str, ...]] = [
        (
            result.step.config.key,
            PRECISIONS[result.step.plan.precision].label,
            turned(result.step),
            f"{result.step.batch_size} x {result.step.sequence_length}",
            f"{result.error:+z.2%}",
        )
        for result in worst
    ]
    parts = [
        "## Training memory, two knobs at a time",
        (
            f"Estimate and allocator as above, for {len(results)} steps of small models at odd sizes, with two knobs "
            f"turned beside the precision. Written by `python -m benchmarks.knob_pairs` on {machine()}, in one thread."
        ),
        table(("Precision", "Count", "Within 0.001 %", "Median error", "Worst error", "Worst at"), rows),
        (
            "The estimate counts tensors and what convolutions take within themselves. In 16 bits a processor's matrix "
            "products take working memory of their own as well. It depends on the processor and the threads, is no "
            "tensor, and is not counted: these are the differences. They are largest where little else is held:"
        ),
        table(("Configuration", "Precision", "Turned", "Batch x frames", "Error"), worst_rows),
    ]
    return "\n\n".join(parts)


def main() -> None:
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    torch.set_num_threads(1)
    write_section("knob-pairs", document([compare(step, turned(step)) for step in steps()]))


if __name__ == "__main__":
    main()

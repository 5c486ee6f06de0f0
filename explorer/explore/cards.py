"""What Explore says of a configuration: data in, text out."""

from collections.abc import Callable
from dataclasses import dataclass

from stickgen.config import ModelConfig
from stickgen.documented.facts import DOCUMENTED_TOTALS, VARIANT_FACTS, VariantFacts, written_number
from stickgen.formatting import (
    exact_count,
    gibibytes,
    mebibytes,
    megabytes,
    short_count,
    signed_exact_count,
    signed_gibibytes,
    signed_megabytes,
)
from stickgen.motion import Motion
from stickgen.plan import TrainingPlan
from stickgen.sizing import MemoryEstimate, count_parameters, file_size


@dataclass(frozen=True, kw_only=True)
class Card:
    """One figure as a person reads it."""

    label: str
    value: str
    note: str
    """The difference to the documented figure, or that there is none."""
    help: str
    """The formula."""


NOT_DOCUMENTED = "not documented"

NOTES = "Below each figure: its difference to the one that Stick-Gen documents."


def parameters_card(config: ModelConfig) -> Card:
    """Total parameters."""
    total = count_parameters(config).total
    documented = DOCUMENTED_TOTALS.get(config)
    compared = NOT_DOCUMENTED
    if documented is not None:
        compared = f"{signed_exact_count(total - documented)} vs documented" if total != documented else "as documented"
    return Card(
        label="Parameters",
        value=exact_count(total),
        note=f"{short_count(total)}, {compared}",
        help="Elements of all parameters of the real model, built on PyTorch's meta device: "
        "`sum(p.numel() for p in model.parameters())`. Buffers are not counted.",
    )


def file_card(config: ModelConfig, dtype: str, title: str) -> Card:
    """The weights file in one dtype."""
    size = file_size(config, dtype)
    facts = documented_facts(config)
    written = facts.file_sizes[config.mode].get(dtype) if facts else None
    return Card(
        label=f"{title} file",
        value=megabytes(size),
        note=_difference(size, written, signed_megabytes),
        help=f"Exactly {exact_count(size)} bytes: the `.safetensors` file of all weights and buffers as "
        f"`{dtype}`, integers kept, with its header. 1 MB is 10⁶ bytes.",
    )


def memory_card(config: ModelConfig, plan: TrainingPlan, estimate: MemoryEstimate) -> Card:
    """Peak memory of one training step."""
    peak = estimate.peak_bytes
    facts = documented_facts(config)
    column = "batch_32" if config.is_multimodal and plan.batch_size == 32 else config.mode
    written = facts.training_memory[column] if facts else None
    return Card(
        label="Training memory",
        value=gibibytes(peak) if peak >= 2**30 else mebibytes(peak),
        note=_difference(peak, written, signed_gibibytes),
        help=f"Exactly {exact_count(peak)} bytes: the most that tensors take at once in one training step "
        f"of the real model (batch {plan.batch_size} × {plan.sequence_length} frames), every operator traced. "
        "What a device needs beside tensors (CUDA context, fragmentation) is not in it. 1 GiB is 2³⁰ bytes. "
        "The document states a budget without its sequence length.",
    )


METHODS = """
**Parameters.** The real model is built on PyTorch's meta device, which gives every tensor its shape and no memory,
and the elements of its parameters are added up. The component groups add up to the total exactly.

**File sizes.** A `.safetensors` file is 8 bytes, a header that lists every tensor, and the tensors. All of it follows
from names, shapes and the dtype, so the size is exact to the byte. Buffers are in the file; integers keep their type.

**Training memory.** One real training step (forward, the losses of all six heads, backward, optimizer) runs on the
meta device while every storage is followed from its first tensor to its last. The figure is the most that is alive at
once. It equals what PyTorch's CPU allocator reports for the same step; a GPU needs more beside it: its context,
library workspaces and fragmentation.

**The motion.** The model is built with seeded initial weights and is not trained. Its pose head alone is fitted, in
closed form, to a reference clip: a ridge regression from the encoder's output to the next pose. The model then runs
free, each frame from those it made before. In a multimodal configuration the starting pose is drawn as an image,
encoded and fused.
"""


def motion_note(motion: Motion) -> str:
    """What the moving figure is, and how far off, in Markdown."""
    seconds = len(motion.frames) / motion.frame_rate
    note = f"**{motion.description}**, {seconds:.0f} s at {motion.frame_rate} frames per second."
    if motion.signals is None:
        return note
    note += (
        " The model's own motion: backbone at its seeded initial weights, untrained; pose head fitted in closed form."
    )
    if (report := motion.report) is None:
        return note
    return (
        f"{note} Error in body heights: {report.one_step_rmse:.3f} one frame ahead (repeating the last frame: "
        f"{report.repeat_rmse:.3f}), {report.rollout_rmse:.3f} running free for {report.rollout_seconds:.0f} s."
    )


def documented_facts(config: ModelConfig) -> VariantFacts | None:
    """What the document says of exactly this configuration, if anything."""
    return VARIANT_FACTS[config.variant] if config in DOCUMENTED_TOTALS else None


def _difference(value: int, written: str | None, signed: Callable[[float], str]) -> str:
    number = written_number(written) if written else None
    if number is None:
        return NOT_DOCUMENTED
    return f"{signed(value - number.nearest(value))} vs {written}"

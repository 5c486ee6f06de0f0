"""The text of Explore about a configuration: data in, text out."""

from dataclasses import dataclass

from stickgen.config import ModelConfig
from stickgen.documented.facts import (
    DOCUMENTED_TOTALS,
    NOT_DOCUMENTED,
    TRAINING_MEMORY_COLUMNS,
    VariantFacts,
    variant_facts,
    written_number,
)
from stickgen.formatting import (
    exact_count,
    gibibytes,
    megabytes,
    memory,
    short_count,
    signed_exact_count,
    signed_megabytes,
)
from stickgen.motion import Motion
from stickgen.sizing import FILE_DTYPES, MemoryEstimate, count_parameters, file_size


@dataclass(frozen=True, kw_only=True)
class Card:
    """One value as people read it."""

    label: str
    value: str
    note: str
    """How it compares with the documented value, or that none is documented."""
    help: str
    """How it is computed."""


WHAT = (
    "Stick-Gen turns text, and optionally an image and a camera, into stick-figure motion. Choose a configuration in "
    "the sidebar to see how big it is, what it takes to train, and how it moves."
)


def parameters_card(config: ModelConfig) -> Card:
    """Total parameters."""
    total = count_parameters(config).total
    documented = DOCUMENTED_TOTALS.get(config)
    compared = NOT_DOCUMENTED
    if documented is not None:
        compared = (
            f"{signed_exact_count(total - documented)} vs the documented" if total != documented else "as documented"
        )
    return Card(
        label="Parameters",
        value=exact_count(total),
        note=f"{short_count(total)}, {compared}",
        help="Counted on the real model, built on PyTorch's meta device: "
        "`sum(p.numel() for p in model.parameters())`. Buffers are not counted. Below it, the value is compared with "
        "the one in Stick-Gen's own document.",
    )


def file_card(config: ModelConfig, dtype: str) -> Card:
    """The weights file in one dtype, a key of `FILE_DTYPES`."""
    size = file_size(config, dtype)
    facts = documented_facts(config)
    written = facts.file_sizes.get(config.mode, {}).get(dtype, "")
    return Card(
        label=f"{FILE_DTYPES[dtype].title} file",
        value=megabytes(size),
        note=_difference(size, written),
        help=f"Exactly {exact_count(size)} bytes: the `.safetensors` file with its header, all weights and floating "
        f"buffers as `{dtype}`, integers unchanged. 1 MB is 10⁶ bytes.",
    )


def memory_card(estimate: MemoryEstimate) -> Card:
    """Peak memory of one training step, beside the documented budget."""
    peak, config, plan = estimate.peak_bytes, estimate.workload.config, estimate.workload.plan
    column = "batch_32" if config.is_multimodal and plan.batch_size == 32 else config.mode
    written = documented_facts(config).training_memory.get(column, "")
    return Card(
        label="Training memory",
        value=memory(peak),
        note=_within_budget(peak, written),
        help=f"Exactly {exact_count(peak)} bytes: the most that tensors hold at once in one training step of the real "
        f"model (batch {plan.batch_size} × {plan.sequence_length} frames), with every operator traced. A device needs "
        "more than that: for the CUDA context and libraries, fragmentation and other programs. 1 GiB is 2³⁰ bytes."
        + (_budget_help(column, written) if written else ""),
    )


METHODS = """
**Parameters.** The real model is built on PyTorch's meta device, where tensors have shapes but take no memory, and
the elements of its parameters are counted. The components add up to the total exactly.

**File sizes.** A `.safetensors` file is 8 bytes, a header that lists every tensor, and the tensors. All of it follows
from names, shapes and the dtype, so the size is exact to the byte. Buffers are part of the file; integers keep their
type.

**Training memory.** One real training step (forward, the losses of all six heads, backward, optimizer) runs on the
meta device while every storage is followed from allocation to release. The peak is the most memory that is alive at
once. In FP32 it is what PyTorch's CPU allocator reports for the same step; in 16 bits a CPU's matrix products take
working memory beside it. A GPU needs more: for its context, library workspaces and fragmentation.

**The motion.** The model has seeded initial weights and is not trained. Only its pose head is fitted to a reference
clip, in closed form: a ridge regression from the encoder's output to the next pose. The model then runs on its own
output, frame after frame. A multimodal configuration also gets the first pose as an image, which it encodes and fuses.
"""


def motion_note(motion: Motion) -> str:
    """What the player shows, and how far it is from its reference, in Markdown."""
    note = f"**{motion.description}**, {motion.duration_seconds:.0f} s at {motion.frame_rate} frames per second."
    if motion.signals is None:
        return note
    note += " Made by this model: its backbone is untrained, its pose head is fitted in closed form."
    if (report := motion.report) is None:
        return note
    return (
        f"{note} Error in body heights: {report.one_step_rmse:.3f} one frame ahead (repeating the last frame: "
        f"{report.repeat_rmse:.3f}) and {report.rollout_rmse:.3f} over a rollout of {report.rollout_seconds:.0f} s."
    )


def documented_facts(config: ModelConfig) -> VariantFacts:
    """What the document says about exactly this configuration; empty if it does not have it."""
    return variant_facts(config.variant) if config in DOCUMENTED_TOTALS else VariantFacts()


def _difference(size_bytes: int, written: str) -> str:
    number = written_number(written)
    if number is None:
        return NOT_DOCUMENTED
    return f"{signed_megabytes(size_bytes - number.nearest(size_bytes))} vs the documented {written}"


def _within_budget(peak_bytes: int, written: str) -> str:
    number = written_number(written)
    if number is None:
        return NOT_DOCUMENTED
    excess = peak_bytes - number.high
    return (
        f"within the documented {written}" if excess <= 0 else f"above the documented {written} by {gibibytes(excess)}"
    )


def _budget_help(column: str, written: str) -> str:
    batch_size = TRAINING_MEMORY_COLUMNS[column].batch_size
    stated = "no batch size or sequence length" if batch_size is None else "no sequence length"
    return (
        f" The documented {written} is the memory to provide; the document states {stated}. What the tensors leave of "
        "it is for these needs and for larger batches."
    )

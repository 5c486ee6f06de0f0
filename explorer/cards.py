"""The four figures of a configuration: data in, text out, with the difference to the documented figure."""

from collections.abc import Callable
from dataclasses import dataclass

from stickgen.config import ModelConfig
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
from stickgen.plan import TrainingPlan
from stickgen.reference import DOCUMENTED_TOTALS, VARIANT_FACTS, VariantFacts, written_number
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


NOT_DOCUMENTED = "no documented figure"


def parameters_card(config: ModelConfig) -> Card:
    """Total parameters."""
    total = count_parameters(config).total
    documented = DOCUMENTED_TOTALS.get(config)
    note = NOT_DOCUMENTED
    if documented is not None:
        difference = total - documented
        note = f"{signed_exact_count(difference)} to documented" if difference else "equal to documented"
    return Card(
        label="Parameters",
        value=exact_count(total),
        note=f"{short_count(total)} · {note}",
        help="Elements of all parameters of the real model, built on PyTorch's meta device: "
        "`sum(p.numel() for p in model.parameters())`. Buffers are not counted.",
    )


def file_card(config: ModelConfig, dtype: str, title: str) -> Card:
    """The weights file in one dtype."""
    size = file_size(config, dtype)
    facts = documented_facts(config)
    written = facts.file_sizes[_mode(config)].get(dtype) if facts else None
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
    column = "batch_32" if config.is_multimodal and plan.batch_size == 32 else _mode(config)
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


def documented_facts(config: ModelConfig) -> VariantFacts | None:
    """What the document says of exactly this configuration, if anything."""
    return VARIANT_FACTS[config.variant] if config in DOCUMENTED_TOTALS else None


def _mode(config: ModelConfig) -> str:
    return "multimodal" if config.is_multimodal else "motion_only"


def _difference(value: int, written: str | None, signed: Callable[[float], str]) -> str:
    number = written_number(written) if written else None
    if number is None:
        return NOT_DOCUMENTED
    return f"{signed(value - number.nearest(value))} to documented {written}"

"""The figures of the document one by one, in its order, each with the way to compute it on the real model.

`stickgen.documented.facts` holds what the document says; `stickgen.documented.verification` compares the two.
A figure the document repeats (the totals stand in four of its tables) is listed wherever it stands.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial

from stickgen import formatting
from stickgen.config import (
    DEFAULT_MULTIMODAL,
    DEFAULT_VARIANT,
    FUSION_STRATEGIES,
    IMAGE_ENCODERS,
    MODES,
    ModelConfig,
    configure,
)
from stickgen.documented.facts import (
    ENCODER_FACTS,
    FUSION_FACTS,
    RECOMMENDED_FUSION,
    RECOMMENDED_VARIANT,
    TRAINING_MEMORY_COLUMNS,
    VARIANT_FACTS,
    OptionFacts,
    documented_config,
    written_number,
)
from stickgen.plan import TrainingPlan, plan_text
from stickgen.sizing import FILE_DTYPES, count_parameters, file_size, largest_batch, peak_bytes
from stickgen.workloads import TrainingStep

REFERENCE_PLAN = TrainingPlan()
"""The training step priced where the document gives memory without saying for what: batch size 1, a full
sequence, FP32, AdamW, and nothing that saves memory."""

ARCHITECTURE_TITLES: dict[str, str] = {
    "d_model": "d_model",
    "num_layers": "Layers",
    "num_heads": "Heads",
    "embedding_dim": "Embedding width",
}
"""Field of `ModelConfig` to the title of its column in the architecture table."""


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One figure of the document and the way to compute the same on the real model."""

    subject: str
    """What it belongs to: a variant or an option, by title."""
    quantity: str
    """What is counted, in words."""
    written: str
    """The figure in the document's notation."""
    compute: Callable[[], int | str | None]
    """Gives a number in the unit's base, a name, or None where there is nothing to compute."""
    unit: str = "count"
    """A key of `stickgen.documented.verification.UNITS`."""
    explain: Callable[[int], str] | None = None
    """Gives the reason, from the computed number, for a figure that does not read the same."""

    @property
    def is_budget(self) -> bool:
        """Whether the figure is memory to provide, which a smaller need keeps, not a quantity to equal."""
        return self.unit == "memory"

    @property
    def is_traced(self) -> bool:
        """Whether computing it traces a training step, which takes about a second the first time."""
        return self.unit == "memory"


@dataclass(frozen=True, kw_only=True)
class Section:
    """A section of the document."""

    title: str
    figures: tuple[Figure, ...]
    note: str = ""
    """What to know about all of its figures."""


def training_plan(column: str) -> TrainingPlan:
    """The plan that a column of the training memory table, a key of `TRAINING_MEMORY_COLUMNS`, is for."""
    batch_size = TRAINING_MEMORY_COLUMNS[column].batch_size
    return REFERENCE_PLAN if batch_size is None else replace(REFERENCE_PLAN, batch_size=batch_size)


def training_step(variant: str, column: str) -> TrainingStep:
    """The step that a cell of the training memory table is for."""
    return TrainingStep(documented_config(variant, TRAINING_MEMORY_COLUMNS[column].mode), training_plan(column))


def training_peak(variant: str, column: str) -> int:
    """The traced peak in bytes for a cell of the training memory table."""
    return peak_bytes(training_step(variant, column))


def overhead(variant: str) -> int:
    """Parameters the variant's multimodal model has over its motion-only one."""
    multimodal, motion_only = (documented_config(variant, mode) for mode in ("multimodal", "motion_only"))
    return _total(multimodal) - _total(motion_only)


def _total(config: ModelConfig) -> int:
    return count_parameters(config).total


def _group(config: ModelConfig, group: str) -> int:
    return count_parameters(config).groups[group]


def _totals(variant: str, quantity: str, written: Mapping[str, str]) -> Iterator[Figure]:
    for mode, title in MODES.items():
        yield Figure(
            subject=variant.title(),
            quantity=f"{title} {quantity}",
            written=written[mode],
            compute=partial(_total, documented_config(variant, mode)),
        )


def _summary(variant: str) -> Iterator[Figure]:
    facts, subject = VARIANT_FACTS[variant], variant.title()
    image_encoder, fusion = DEFAULT_MULTIMODAL[variant]
    yield from _totals(variant, "parameters, exact", facts.parameters)
    yield from _totals(variant, "parameters", facts.parameters_short)
    yield Figure(subject=subject, quantity="Overhead", written=facts.overhead, compute=partial(overhead, variant))
    yield Figure(subject=subject, quantity="Image encoder", written=facts.image_encoder, compute=lambda: image_encoder)
    yield Figure(subject=subject, quantity="Fusion strategy", written=facts.fusion, compute=lambda: fusion)


def _use(variant: str) -> Iterator[Figure]:
    facts, subject = VARIANT_FACTS[variant], variant.title()
    yield from _totals(variant, "parameters", facts.parameters_short)
    if variant == RECOMMENDED_VARIANT:
        yield Figure(subject=subject, quantity="Recommended default", written=variant, compute=lambda: DEFAULT_VARIANT)
    if facts.cpu_cores:
        yield Figure(subject=subject, quantity="CPU cores", written=facts.cpu_cores, compute=lambda: None)
    yield _memory(variant, "Memory of the machine", facts.hardware_memory, column="multimodal")


def _architecture(variant: str) -> Iterator[Figure]:
    for name, title in ARCHITECTURE_TITLES.items():
        yield Figure(
            subject=variant.title(),
            quantity=title,
            written=getattr(VARIANT_FACTS[variant], name),
            compute=partial(getattr, configure(variant), name),
        )


def _option(title: str, facts: OptionFacts, group: str, config: ModelConfig) -> Iterator[Figure]:
    """The figures of an image encoder or a fusion strategy, measured in `config`, which has it."""
    yield Figure(
        subject=title,
        quantity="Parameters",
        written=facts.parameters,
        compute=partial(_group, config, group),
    )
    if facts.variants:
        choice = {"Image encoder": config.image_encoder, "Fusion module": config.fusion}[group]
        defaults = [variant for variant, pair in DEFAULT_MULTIMODAL.items() if choice in pair]
        yield Figure(
            subject=title,
            quantity="Recommended for",
            written=", ".join(facts.variants),
            compute=lambda: ", ".join(defaults),
        )


def _encoders() -> Iterator[Figure]:
    for name, facts in ENCODER_FACTS.items():
        config = configure(DEFAULT_VARIANT, name, RECOMMENDED_FUSION)
        yield from _option(IMAGE_ENCODERS[name], facts, "Image encoder", config)


def _fusions() -> Iterator[Figure]:
    image_encoder, fusion = DEFAULT_MULTIMODAL[DEFAULT_VARIANT]
    for name, facts in FUSION_FACTS.items():
        config = configure(DEFAULT_VARIANT, image_encoder, name)
        yield from _option(FUSION_STRATEGIES[name], facts, "Fusion module", config)
        if name == RECOMMENDED_FUSION:
            title = FUSION_STRATEGIES[name]
            yield Figure(subject=title, quantity="Recommended", written=name, compute=lambda: fusion)


def _breakdown(variant: str) -> Iterator[Figure]:
    facts, subject = VARIANT_FACTS[variant], variant.title()
    headline = [ARCHITECTURE_TITLES[name] for name in ("d_model", "num_layers", "num_heads")]
    yield from (figure for figure in _architecture(variant) if figure.quantity in headline)
    for mode, title in MODES.items():
        config = documented_config(variant, mode)
        for group, written in facts.groups.items():
            if group in count_parameters(config).groups:
                yield Figure(
                    subject=subject,
                    quantity=f"{group}, {title.lower()}",
                    written=written,
                    compute=partial(_group, config, group),
                    explain=EXPLANATIONS.get(group),
                )
        yield Figure(
            subject=subject,
            quantity=f"Total, {title.lower()}",
            written=facts.parameters_short[mode],
            compute=partial(_total, config),
        )


def _file_sizes(variant: str) -> Iterator[Figure]:
    for mode, sizes in VARIANT_FACTS[variant].file_sizes.items():
        for dtype, written in sizes.items():
            yield Figure(
                subject=variant.title(),
                quantity=f"{MODES[mode]}, {FILE_DTYPES[dtype].title}",
                written=written,
                compute=partial(file_size, documented_config(variant, mode), dtype),
                unit="file",
                explain=EXPLANATIONS.get(dtype),
            )


def _memory(variant: str, quantity: str, written: str, *, column: str) -> Figure:
    return Figure(
        subject=variant.title(),
        quantity=quantity,
        written=written,
        compute=partial(training_peak, variant, column),
        unit="memory",
        explain=partial(_explain_memory, variant, column, written),
    )


def _training_memory(variant: str) -> Iterator[Figure]:
    for column, written in VARIANT_FACTS[variant].training_memory.items():
        yield _memory(variant, TRAINING_MEMORY_COLUMNS[column].title, written, column=column)


def _explain_memory(variant: str, column: str, written: str, peak: int) -> str:
    step = training_step(variant, column)
    number = written_number(written)
    assert number is not None, written
    verb = "keeps" if peak <= number.low else "exceeds"
    largest = largest_batch(step, round(number.low))
    return f"batch size {step.batch_size} {verb} the budget; the largest batch size that keeps it is {largest}"


def _explain_heads(parameters: int) -> str:
    count = formatting.exact_count(parameters)
    return f"the document rounds its decoder heads up; the six heads of the real model have {count}"


def _explain_half(size_bytes: int) -> str:
    size = formatting.exact_count(size_bytes)
    return f"the document halves its rounded FP32 figure and rounds up again; the file has {size} bytes"


EXPLANATIONS: dict[str, Callable[[int], str]] = {"Decoder heads": _explain_heads, "float16": _explain_half}
"""Component group or file dtype to the reason why the document's figure is another."""


def _of_all_variants(figures: Callable[[str], Iterator[Figure]]) -> tuple[Figure, ...]:
    return tuple(figure for variant in VARIANT_FACTS for figure in figures(variant))


SECTIONS: dict[str, Section] = {
    "summary": Section(title="Summary", figures=_of_all_variants(_summary)),
    "use": Section(
        title="When to use each variant",
        figures=_of_all_variants(_use),
        note="Memory is set against the traced peak of a training step of the multimodal model at batch "
        "size 1, which is more than running the model takes. Python, PyTorch and the CUDA context come on "
        "top.",
    ),
    "architecture": Section(title="Architecture", figures=_of_all_variants(_architecture)),
    "encoders": Section(title="Image encoders", figures=tuple(_encoders())),
    "fusions": Section(title="Fusion strategies", figures=tuple(_fusions())),
    "breakdown": Section(
        title="Component breakdown",
        figures=_of_all_variants(_breakdown),
        note="The document has no row for the conditioning inputs (motion, action, camera and partner), so "
        "its rows do not add up to its totals; the computed groups do.",
    ),
    "file_sizes": Section(
        title="File sizes",
        figures=_of_all_variants(_file_sizes),
        note="Exact sizes of the .safetensors files, header and buffers included; MB is 10^6 bytes.",
    ),
    "training_memory": Section(
        title="Training memory",
        figures=_of_all_variants(_training_memory),
        note="The document says neither batch size, sequence length nor precision, and gives whole GB: its "
        "figures are read as budgets, with 10^9 bytes a GB. Set against them is the traced peak of tensor "
        "memory in one training step: batch size 1 (32 in the last column, which is read as multimodal), "
        f"{plan_text(REFERENCE_PLAN)}. The CUDA context, libraries and fragmentation come on top.",
    ),
}
"""Every section of the document, in its order, with all of its figures."""

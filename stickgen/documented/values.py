"""The values of the document one by one, in its order, each with the way to compute it on the real model.

`stickgen.documented.facts` holds what the document says; `stickgen.documented.verification` compares the two.
A value that the document repeats (the totals are in four of its tables) is listed in each place. What the registries
have and the document does not is listed without a documented value.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from itertools import product

from stickgen import formatting
from stickgen.config import (
    DEFAULT_MULTIMODAL,
    DEFAULT_VARIANT,
    FUSION_STRATEGIES,
    IMAGE_ENCODERS,
    MODES,
    VARIANTS,
    ModelConfig,
    configure,
)
from stickgen.documented.facts import (
    ENCODER_FACTS,
    FUSION_FACTS,
    NOT_DOCUMENTED,
    RECOMMENDED_FUSION,
    RECOMMENDED_VARIANT,
    TRAINING_MEMORY_COLUMNS,
    OptionFacts,
    variant_facts,
    written_number,
)
from stickgen.plan import TrainingPlan, plan_text
from stickgen.sizing import FILE_DTYPES, GROUPS, count_parameters, file_size, largest_batch, peak_bytes
from stickgen.workloads import TrainingStep

REFERENCE_PLAN = TrainingPlan()
"""The training step that documented memory is compared with, as the document does not name one: batch size 1, a
full sequence, FP32, AdamW, and nothing that saves memory."""

ARCHITECTURE_TITLES: dict[str, str] = {
    "d_model": "d_model",
    "num_layers": "Layers",
    "num_heads": "Heads",
    "embedding_dim": "Embedding width",
}
"""Field of `ModelConfig` to the title of its column in the architecture table."""


@dataclass(frozen=True, kw_only=True)
class DocumentedValue:
    """One value of the document and the way to compute the same on the real model."""

    subject: str
    """What it belongs to: a variant or an option, by title."""
    quantity: str
    """What is counted, in words."""
    written: str
    """The value in the document's notation; empty where the document does not give it."""
    compute: Callable[[], int | str | None]
    """Gives a number in the unit's base, a name, or None where there is nothing to compute."""
    unit: str = "count"
    """A key of `stickgen.documented.verification.UNITS`."""
    explain: Callable[[int], str] | None = None
    """Gives the reason, from the computed number, for a value that does not read the same."""

    @property
    def documented_text(self) -> str:
        """The documented value as people read it."""
        return self.written or NOT_DOCUMENTED

    @property
    def is_budget(self) -> bool:
        """Whether the value is memory to provide, an upper bound, and not a quantity to equal."""
        return self.unit == "memory"

    @property
    def is_traced(self) -> bool:
        """Whether computing it traces a training step, which takes about a second the first time."""
        return self.unit == "memory"


@dataclass(frozen=True, kw_only=True)
class Section:
    """A section of the document."""

    title: str
    values: tuple[DocumentedValue, ...]
    note: str = ""
    """What to know about all of its values."""


def default_pair(variant: str) -> tuple[str, str]:
    """Image encoder and fusion strategy of a variant's multimodal model: its own, or those of the default variant."""
    return DEFAULT_MULTIMODAL.get(variant, DEFAULT_MULTIMODAL[DEFAULT_VARIANT])


def default_config(variant: str, mode: str) -> ModelConfig:
    """The preset of a variant in a mode, a key of `MODES`."""
    return configure(variant, *default_pair(variant)) if mode == "multimodal" else configure(variant)


def training_plan(column: str) -> TrainingPlan:
    """The plan that a column of the training memory table, a key of `TRAINING_MEMORY_COLUMNS`, is for."""
    batch_size = TRAINING_MEMORY_COLUMNS[column].batch_size
    return REFERENCE_PLAN if batch_size is None else replace(REFERENCE_PLAN, batch_size=batch_size)


def training_step(variant: str, column: str) -> TrainingStep:
    """The step that a cell of the training memory table is for."""
    return TrainingStep(default_config(variant, TRAINING_MEMORY_COLUMNS[column].mode), training_plan(column))


def training_peak(variant: str, column: str) -> int:
    """The traced peak in bytes for a cell of the training memory table."""
    return peak_bytes(training_step(variant, column))


def overhead(variant: str) -> int:
    """Parameters the variant's multimodal model has in addition to those of its motion-only one."""
    multimodal, motion_only = (default_config(variant, mode) for mode in ("multimodal", "motion_only"))
    return _total(multimodal) - _total(motion_only)


def _total(config: ModelConfig) -> int:
    return count_parameters(config).total


def _group(config: ModelConfig, group: str) -> int:
    return count_parameters(config).groups[group]


def _totals(variant: str, quantity: str, written: Mapping[str, str]) -> Iterator[DocumentedValue]:
    for mode, title in MODES.items():
        yield DocumentedValue(
            subject=variant.title(),
            quantity=f"{title} {quantity}",
            written=written.get(mode, ""),
            compute=partial(_total, default_config(variant, mode)),
        )


def _summary(variant: str) -> Iterator[DocumentedValue]:
    facts, value = variant_facts(variant), partial(DocumentedValue, subject=variant.title())
    config = default_config(variant, "multimodal")
    yield from _totals(variant, "parameters, exact", facts.parameters)
    yield from _totals(variant, "parameters", facts.parameters_short)
    yield value(quantity="Overhead", written=facts.overhead, compute=partial(overhead, variant))
    yield value(quantity="Image encoder", written=facts.image_encoder, compute=lambda: config.image_encoder)
    yield value(quantity="Fusion strategy", written=facts.fusion, compute=lambda: config.fusion)


def _use(variant: str) -> Iterator[DocumentedValue]:
    facts, value = variant_facts(variant), partial(DocumentedValue, subject=variant.title())
    yield from _totals(variant, "parameters", facts.parameters_short)
    if variant == RECOMMENDED_VARIANT:
        yield value(quantity="Recommended default", written=variant, compute=lambda: DEFAULT_VARIANT)
    if facts.cpu_cores:
        yield value(quantity="CPU cores", written=facts.cpu_cores, compute=lambda: None)
    if facts.hardware_memory:
        yield _memory(variant, "Memory of the machine", facts.hardware_memory, column="multimodal")


def _architecture(variant: str) -> Iterator[DocumentedValue]:
    for name, title in ARCHITECTURE_TITLES.items():
        yield DocumentedValue(
            subject=variant.title(),
            quantity=title,
            written=getattr(variant_facts(variant), name),
            compute=partial(getattr, configure(variant), name),
        )


def _option(title: str, facts: OptionFacts, group: str, config: ModelConfig) -> Iterator[DocumentedValue]:
    """The values of an image encoder or a fusion strategy, counted in `config`, which has it."""
    yield DocumentedValue(
        subject=title,
        quantity="Parameters",
        written=facts.parameters,
        compute=partial(_group, config, group),
    )
    if facts.variants:
        choice = {"Image encoder": config.image_encoder, "Fusion module": config.fusion}[group]
        defaults = [variant for variant, pair in DEFAULT_MULTIMODAL.items() if choice in pair]
        yield DocumentedValue(
            subject=title,
            quantity="Recommended for",
            written=", ".join(facts.variants),
            compute=lambda: ", ".join(defaults),
        )


def _encoders() -> Iterator[DocumentedValue]:
    for name, title in IMAGE_ENCODERS.items():
        config = configure(DEFAULT_VARIANT, name, RECOMMENDED_FUSION)
        yield from _option(title, ENCODER_FACTS.get(name, OptionFacts()), "Image encoder", config)


def _fusions() -> Iterator[DocumentedValue]:
    image_encoder, fusion = DEFAULT_MULTIMODAL[DEFAULT_VARIANT]
    for name, title in FUSION_STRATEGIES.items():
        config = configure(DEFAULT_VARIANT, image_encoder, name)
        yield from _option(title, FUSION_FACTS.get(name, OptionFacts()), "Fusion module", config)
        if name == RECOMMENDED_FUSION:
            yield DocumentedValue(subject=title, quantity="Recommended", written=name, compute=lambda: fusion)


def _breakdown(variant: str) -> Iterator[DocumentedValue]:
    facts, subject = variant_facts(variant), variant.title()
    headline = [ARCHITECTURE_TITLES[name] for name in ("d_model", "num_layers", "num_heads")]
    yield from (value for value in _architecture(variant) if value.quantity in headline)
    for mode, title in MODES.items():
        config = default_config(variant, mode)
        for group in GROUPS:
            if group in count_parameters(config).groups:
                yield DocumentedValue(
                    subject=subject,
                    quantity=f"{group}, {title.lower()}",
                    written=facts.groups.get(group, ""),
                    compute=partial(_group, config, group),
                    explain=EXPLANATIONS.get(group),
                )
        yield DocumentedValue(
            subject=subject,
            quantity=f"Total, {title.lower()}",
            written=facts.parameters_short.get(mode, ""),
            compute=partial(_total, config),
        )


def _file_sizes(variant: str) -> Iterator[DocumentedValue]:
    for mode, (dtype, file_dtype) in product(MODES, FILE_DTYPES.items()):
        yield DocumentedValue(
            subject=variant.title(),
            quantity=f"{MODES[mode]}, {file_dtype.title}",
            written=variant_facts(variant).file_sizes.get(mode, {}).get(dtype, ""),
            compute=partial(file_size, default_config(variant, mode), dtype),
            unit="file",
            explain=EXPLANATIONS.get(dtype),
        )


def _memory(variant: str, quantity: str, written: str, *, column: str) -> DocumentedValue:
    return DocumentedValue(
        subject=variant.title(),
        quantity=quantity,
        written=written,
        compute=partial(training_peak, variant, column),
        unit="memory",
        explain=partial(_explain_memory, variant, column, written),
    )


def _training_memory(variant: str) -> Iterator[DocumentedValue]:
    """The documented budgets alone: without one there is nothing to compare a trace with."""
    for column, written in variant_facts(variant).training_memory.items():
        yield _memory(variant, TRAINING_MEMORY_COLUMNS[column].title, written, column=column)


def _explain_memory(variant: str, column: str, written: str, peak: int) -> str:
    step = training_step(variant, column)
    number = written_number(written)
    assert number is not None, written
    verb = "is within" if peak <= number.low else "exceeds"
    largest = largest_batch(step, round(number.low))
    return f"batch size {step.batch_size} {verb} the budget; the largest batch size within it is {largest}"


def _explain_heads(parameters: int) -> str:
    count = formatting.exact_count(parameters)
    return f"the documented value is approximate; the six heads of the real model have {count} parameters"


def _explain_half(size_bytes: int) -> str:
    size = formatting.exact_count(size_bytes)
    return f"the documented value is half of the rounded FP32 size, rounded up; the file has {size} bytes"


EXPLANATIONS: dict[str, Callable[[int], str]] = {"Decoder heads": _explain_heads, "float16": _explain_half}
"""Component group or file dtype to the reason why the documented value differs."""


def _of_all_variants(values: Callable[[str], Iterator[DocumentedValue]]) -> tuple[DocumentedValue, ...]:
    return tuple(value for variant in VARIANTS for value in values(variant))


def sections() -> dict[str, Section]:
    """Every section of the document, in its order, with its values and those of undocumented registry entries."""
    return {
        "summary": Section(title="Summary", values=_of_all_variants(_summary)),
        "use": Section(
            title="When to use each variant",
            values=_of_all_variants(_use),
            note="Memory is compared with the traced peak of a training step of the multimodal model at batch size 1, "
            "which is more than running the model takes. Python, PyTorch and the CUDA context need memory in addition.",
        ),
        "architecture": Section(title="Architecture", values=_of_all_variants(_architecture)),
        "encoders": Section(title="Image encoders", values=tuple(_encoders())),
        "fusions": Section(title="Fusion strategies", values=tuple(_fusions())),
        "breakdown": Section(
            title="Component breakdown",
            values=_of_all_variants(_breakdown),
            note="The document has no row for the conditioning inputs (motion, action, camera and partner), so its "
            "rows do not add up to its totals; the computed groups do.",
        ),
        "file_sizes": Section(
            title="File sizes",
            values=_of_all_variants(_file_sizes),
            note="Exact sizes of the .safetensors files, header and buffers included; MB is 10^6 bytes.",
        ),
        "training_memory": Section(
            title="Training memory",
            values=_of_all_variants(_training_memory),
            note="The document gives whole GB without sequence length or precision, and a batch size only in the last "
            "column, which is read as multimodal. Its values are read as budgets, with 10^9 bytes a GB, and compared "
            "with the traced peak of tensor memory in one training step: batch size 1 (32 in the last column), "
            f"{plan_text(REFERENCE_PLAN)}. The CUDA context, libraries and fragmentation need memory in addition.",
        ),
    }


SECTIONS = sections()
"""Key to section, for the registries as they are when the module is loaded."""

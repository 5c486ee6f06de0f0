"""The model sizes document from computed values: the tables of Stick-Gen's own, for `docs/model_sizes.md`.

`size_tables` computes the values and lays them out, `as_markdown` and `as_text` write the tables, and
`size_values` gives the same values as plain data. Nothing in them depends on the day or the machine.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from itertools import product
from typing import Any

import torch

from stickgen import formatting
from stickgen.config import (
    DEFAULT_MULTIMODAL,
    DEFAULT_VARIANT,
    FUSION_STRATEGIES,
    IMAGE_ENCODERS,
    MODES,
    SKELETONS,
    VARIANTS,
    ModelConfig,
    configurations,
    configure,
)
from stickgen.documented.facts import (
    ENCODER_FACTS,
    FUSION_FACTS,
    MULTIMODAL_SWITCH,
    NOT_DOCUMENTED,
    TRAINING_MEMORY_COLUMNS,
    OptionFacts,
    variant_facts,
)
from stickgen.documented.values import (
    ARCHITECTURE_TITLES,
    REFERENCE_PLAN,
    default_config,
    default_pair,
    overhead,
    training_peak,
    training_plan,
)
from stickgen.plan import plan_text
from stickgen.sizing import FILE_DTYPES, GROUPS, count_parameters, file_size
from stickgen.tables import Cell, Column, Table


@dataclass(frozen=True, kw_only=True)
class Part:
    """A table of the document under its heading. The note of the table stands between the two."""

    table: Table
    level: int = 2
    """Depth of the heading: 2 below the title of the document, 3 below the section before it."""


def size_tables() -> tuple[Part, ...]:
    """Every table of the document, from computed values. Training memory takes some seconds the first time."""
    return (
        _summary(),
        _use(),
        _architecture(),
        _image_encoders(),
        _fusion_strategies(),
        _skeletons(),
        *(_breakdown(variant) for variant in VARIANTS),
        _file_sizes(),
        _training_memory(),
    )


def size_values() -> dict[str, Any]:
    """The values of the document as plain data, for JSON: counts in parameters, sizes in bytes."""
    return {
        "torch_version": torch_version(),
        "training_plan": asdict(REFERENCE_PLAN),
        "variants": {variant: _variant_values(variant) for variant in VARIANTS},
        "image_encoders": {name: _encoder_parameters(name) for name in IMAGE_ENCODERS},
        "fusion_strategies": {name: _fusion_parameters(name) for name in FUSION_STRATEGIES},
        "skeletons": {name: _total(configure(DEFAULT_VARIANT, skeleton=name)) for name in SKELETONS},
        "configurations": {config.key: _total(config) for config in configurations()},
    }


def torch_version() -> str:
    """The release of PyTorch, without the build it comes as (CPU or CUDA), which changes no value."""
    return torch.__version__.partition("+")[0]


def as_markdown(parts: Iterable[Part]) -> str:
    """The whole document."""
    texts = [
        "# Stick-Gen Model Sizes Reference",
        "> Counted, sized and traced on the built models with PyTorch "
        f"{torch_version()}; v1 skeleton, 60 actions. Do not edit:\n"
        "> `python scripts/calculate_model_params.py --markdown > docs/model_sizes.md` writes this file.\n"
        "> To check the documented totals: `python scripts/verify_model_params.py`.",
    ]
    for part in parts:
        texts.append(f"{'#' * part.level} {part.table.title}")
        if part.table.note:
            texts.append(part.table.note)
        texts.append(part.table.to_markdown())
    return "\n\n".join(texts) + "\n"


def as_text(parts: Iterable[Part]) -> str:
    """The tables in aligned columns, without Markdown marks."""
    return "\n\n".join(f"{part.table.title}\n\n{part.table.to_text()}" for part in parts) + "\n"


def _total(config: ModelConfig) -> int:
    return count_parameters(config).total


def _encoder_parameters(name: str) -> int:
    _, fusion = DEFAULT_MULTIMODAL[DEFAULT_VARIANT]
    return count_parameters(configure(DEFAULT_VARIANT, name, fusion)).groups["Image encoder"]


def _fusion_parameters(name: str) -> int:
    image_encoder, _ = DEFAULT_MULTIMODAL[DEFAULT_VARIANT]
    return count_parameters(configure(DEFAULT_VARIANT, image_encoder, name)).groups["Fusion module"]


def _variant_values(variant: str) -> dict[str, Any]:
    values: dict[str, Any] = {name: getattr(VARIANTS[variant], name) for name in ARCHITECTURE_TITLES}
    for mode in MODES:
        config = default_config(variant, mode)
        counts = count_parameters(config)
        values[mode] = {
            "image_encoder": config.image_encoder,
            "fusion": config.fusion,
            "parameters": counts.total,
            "groups": dict(counts.groups),
            "components": dict(counts.components),
            "file_bytes": {dtype: file_size(config, dtype) for dtype in FILE_DTYPES},
        }
    values["overhead"] = overhead(variant)
    values["training_peak_bytes"] = {column: training_peak(variant, column) for column in TRAINING_MEMORY_COLUMNS}
    return values


def _summary() -> Part:
    columns = [
        Column("Variant", "markup"),
        *(Column(title, "short_and_exact") for title in MODES.values()),
        Column("Overhead", "short_difference"),
        Column("Image Encoder"),
        Column("Fusion Strategy"),
    ]
    rows: list[tuple[Cell, ...]] = [
        (
            f"**{variant.title()}**",
            *(_total(default_config(variant, mode)) for mode in MODES),
            overhead(variant),
            *default_pair(variant),
        )
        for variant in VARIANTS
    ]
    return Part(table=Table("Summary", columns, rows))


def _use() -> Part:
    def totals(variant: str) -> str:
        return "/".join(formatting.short_count(_total(default_config(variant, mode))) for mode in MODES)

    columns = [Column("Variant", "markup"), Column("Use Case"), Column("Hardware")]
    rows: list[tuple[Cell, ...]] = [
        (
            f"**{variant.title()}** ({totals(variant)})",
            variant_facts(variant).use_case or NOT_DOCUMENTED,
            variant_facts(variant).hardware or NOT_DOCUMENTED,
        )
        for variant in VARIANTS
    ]
    return Part(table=Table("When to Use Each Variant", columns, rows), level=3)


def _architecture() -> Part:
    columns = [Column("Variant"), *(Column(title, "setting") for title in ARCHITECTURE_TITLES.values())]
    rows: list[tuple[Cell, ...]] = [
        (variant.title(), *(getattr(config, name) for name in ARCHITECTURE_TITLES))
        for variant, config in VARIANTS.items()
    ]
    return Part(table=Table("Architecture Configuration", columns, rows))


def _image_encoders() -> Part:
    columns = [
        Column("Architecture"),
        Column("Parameters", "short_and_exact"),
        Column("Config Value", "markup"),
        Column("Recommended For"),
    ]
    rows: list[tuple[Cell, ...]] = [
        (
            title,
            _encoder_parameters(name),
            f"`{name}`",
            ENCODER_FACTS.get(name, OptionFacts()).recommended_for or NOT_DOCUMENTED,
        )
        for name, title in IMAGE_ENCODERS.items()
    ]
    note = f"With `{MULTIMODAL_SWITCH}: true` a model has an image encoder and a fusion module."
    return Part(table=Table("Image Encoders", columns, rows, note=note))


def _fusion_strategies() -> Part:
    columns = [
        Column("Strategy"),
        Column("Parameters", "short_and_exact"),
        Column("Config Value", "markup"),
        Column("Description"),
    ]
    rows: list[tuple[Cell, ...]] = [
        (
            title,
            _fusion_parameters(name),
            f"`{name}`",
            FUSION_FACTS.get(name, OptionFacts()).description or NOT_DOCUMENTED,
        )
        for name, title in FUSION_STRATEGIES.items()
    ]
    return Part(table=Table("Fusion Strategies", columns, rows))


def _skeletons() -> Part:
    columns = [
        Column("Skeleton"),
        Column("Segments", "setting"),
        Column("Pose Width", "setting"),
        *(Column(title, "short_and_exact") for title in MODES.values()),
    ]
    rows: list[tuple[Cell, ...]] = [
        (
            name,
            len(skeleton.segments),
            skeleton.pose_dim,
            *(_total(replace(default_config(DEFAULT_VARIANT, mode), skeleton=name)) for mode in MODES),
        )
        for name, skeleton in SKELETONS.items()
    ]
    note = f"Parameters of the {DEFAULT_VARIANT} model. All other tables are for the v1 skeleton."
    return Part(table=Table("Skeletons", columns, rows, note=note))


def _breakdown(variant: str) -> Part:
    config = VARIANTS[variant]
    counts = [count_parameters(default_config(variant, mode)) for mode in MODES]
    columns = [Column("Component"), *(Column(title, "short_and_exact", missing="-") for title in MODES.values())]
    rows: list[tuple[Cell, ...]] = [
        *((group, *(count.groups.get(group) for count in counts)) for group in GROUPS),
        ("Total", *(count.total for count in counts)),
    ]
    title = f"Component Breakdown: {variant.title()} (d={config.d_model}, L={config.num_layers}, H={config.num_heads})"
    return Part(table=Table(title, columns, rows, has_total=True))


def _file_sizes() -> Part:
    stored = list(product(MODES, FILE_DTYPES))
    columns = [
        Column("Variant"),
        *(Column(f"{MODES[mode]} ({FILE_DTYPES[dtype].title})", "file") for mode, dtype in stored),
    ]
    rows: list[tuple[Cell, ...]] = [
        (variant.title(), *(file_size(default_config(variant, mode), dtype) for mode, dtype in stored))
        for variant in VARIANTS
    ]
    note = "Exact sizes of the `.safetensors` files, header and buffers included; MB is 10^6 bytes."
    return Part(table=Table("File Sizes", columns, rows, note=note))


def _training_memory() -> Part:
    def header(column: str) -> str:
        title = MODES[TRAINING_MEMORY_COLUMNS[column].mode]
        return f"{title} (batch size {training_plan(column).batch_size})"

    columns = [
        Column("Variant"),
        *(Column(header(column), "gibibytes") for column in TRAINING_MEMORY_COLUMNS),
        Column("Notes"),
    ]
    rows: list[tuple[Cell, ...]] = [
        (
            variant.title(),
            *(training_peak(variant, column) for column in TRAINING_MEMORY_COLUMNS),
            variant_facts(variant).training_note or NOT_DOCUMENTED,
        )
        for variant in VARIANTS
    ]
    note = (
        f"Peak of tensor memory in one training step, traced: {plan_text(REFERENCE_PLAN)}, no recomputation. The CUDA "
        "context, libraries and fragmentation need memory in addition. GiB is 2^30 bytes."
    )
    return Part(table=Table("Memory Requirements (Training)", columns, rows, note=note))

"""The model sizes document from computed values: the tables of Stick-Gen's own, for `docs/model_sizes.md`.

`size_tables` computes the values and lays them out, `as_markdown` and `as_text` write the tables, and
`size_values` gives the same values as plain data. Nothing in them depends on the day or the machine.
"""

from collections.abc import Iterable, Sequence
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


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table of the document with the heading and the sentences above it."""

    title: str
    level: int
    """Depth of the heading: 2 below the title of the document, 3 below the section before it."""
    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    intro: str = ""


def size_tables() -> tuple[Table, ...]:
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


def as_markdown(tables: Iterable[Table]) -> str:
    """The whole document."""
    parts = [
        "# Stick-Gen Model Sizes Reference",
        "> Counted, sized and traced on the built models with PyTorch "
        f"{torch_version()}; v1 skeleton, 60 actions. Do not edit:\n"
        "> `python scripts/calculate_model_params.py --markdown > docs/model_sizes.md` writes this file.\n"
        "> To check the documented totals: `python scripts/verify_model_params.py`.",
    ]
    for table in tables:
        parts.append(f"{'#' * table.level} {table.title}")
        if table.intro:
            parts.append(table.intro)
        parts.append(markdown_table(table.headers, table.rows))
    return "\n\n".join(parts) + "\n"


def as_text(tables: Iterable[Table]) -> str:
    """The tables in aligned columns, without Markdown marks."""
    return "\n\n".join(_text_table(table) for table in tables) + "\n"


def markdown_table(headers: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table. A pipe inside a cell is escaped."""
    lines = [[cell.replace("|", r"\|") for cell in line] for line in (headers, *rows)]
    lines.insert(1, ["---"] * len(headers))
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _text_table(table: Table) -> str:
    lines = [[cell.replace("**", "").replace("`", "") for cell in line] for line in (table.headers, *table.rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    lines.insert(1, ["-" * width for width in widths])
    aligned = ["  ".join(map(str.ljust, line, widths)).rstrip() for line in lines]
    return "\n".join([table.title, "", *aligned])


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


def _short_and_exact(count: int) -> str:
    return f"{formatting.short_count(count)} ({formatting.exact_count(count)})"


def _summary() -> Table:
    return Table(
        title="Summary",
        level=2,
        headers=("Variant", *MODES.values(), "Overhead", "Image Encoder", "Fusion Strategy"),
        rows=tuple(
            (
                f"**{variant.title()}**",
                *(_short_and_exact(_total(default_config(variant, mode))) for mode in MODES),
                formatting.signed_short_count(overhead(variant)),
                *default_pair(variant),
            )
            for variant in VARIANTS
        ),
    )


def _use() -> Table:
    def totals(variant: str) -> str:
        return "/".join(formatting.short_count(_total(default_config(variant, mode))) for mode in MODES)

    return Table(
        title="When to Use Each Variant",
        level=3,
        headers=("Variant", "Use Case", "Hardware"),
        rows=tuple(
            (
                f"**{variant.title()}** ({totals(variant)})",
                variant_facts(variant).use_case or NOT_DOCUMENTED,
                variant_facts(variant).hardware or NOT_DOCUMENTED,
            )
            for variant in VARIANTS
        ),
    )


def _architecture() -> Table:
    return Table(
        title="Architecture Configuration",
        level=2,
        headers=("Variant", *ARCHITECTURE_TITLES.values()),
        rows=tuple(
            (variant.title(), *(str(getattr(config, name)) for name in ARCHITECTURE_TITLES))
            for variant, config in VARIANTS.items()
        ),
    )


def _image_encoders() -> Table:
    return Table(
        title="Image Encoders",
        level=2,
        intro=f"With `{MULTIMODAL_SWITCH}: true` a model has an image encoder and a fusion module.",
        headers=("Architecture", "Parameters", "Config Value", "Recommended For"),
        rows=tuple(
            (
                title,
                _short_and_exact(_encoder_parameters(name)),
                f"`{name}`",
                ENCODER_FACTS.get(name, OptionFacts()).recommended_for or NOT_DOCUMENTED,
            )
            for name, title in IMAGE_ENCODERS.items()
        ),
    )


def _fusion_strategies() -> Table:
    return Table(
        title="Fusion Strategies",
        level=2,
        headers=("Strategy", "Parameters", "Config Value", "Description"),
        rows=tuple(
            (
                title,
                _short_and_exact(_fusion_parameters(name)),
                f"`{name}`",
                FUSION_FACTS.get(name, OptionFacts()).description or NOT_DOCUMENTED,
            )
            for name, title in FUSION_STRATEGIES.items()
        ),
    )


def _skeletons() -> Table:
    def total(skeleton: str, mode: str) -> str:
        return _short_and_exact(_total(replace(default_config(DEFAULT_VARIANT, mode), skeleton=skeleton)))

    return Table(
        title="Skeletons",
        level=2,
        intro=f"Parameters of the {DEFAULT_VARIANT} model. All other tables are for the v1 skeleton.",
        headers=("Skeleton", "Segments", "Pose Width", *MODES.values()),
        rows=tuple(
            (
                name,
                str(len(skeleton.segments)),
                str(skeleton.pose_dim),
                *(total(name, mode) for mode in MODES),
            )
            for name, skeleton in SKELETONS.items()
        ),
    )


def _breakdown(variant: str) -> Table:
    config = VARIANTS[variant]
    counts = [count_parameters(default_config(variant, mode)) for mode in MODES]
    rows = [
        (
            group,
            *(_short_and_exact(count.groups[group]) if group in count.groups else "-" for count in counts),
        )
        for group in GROUPS
    ]
    rows.append(("**Total**", *(f"**{_short_and_exact(count.total)}**" for count in counts)))
    size = f"d={config.d_model}, L={config.num_layers}, H={config.num_heads}"
    return Table(
        title=f"Component Breakdown: {variant.title()} ({size})",
        level=2,
        headers=("Component", *MODES.values()),
        rows=tuple(rows),
    )


def _file_sizes() -> Table:
    columns = list(product(MODES, FILE_DTYPES))
    return Table(
        title="File Sizes",
        level=2,
        intro="Exact sizes of the `.safetensors` files, header and buffers included; MB is 10^6 bytes.",
        headers=("Variant", *(f"{MODES[mode]} ({FILE_DTYPES[dtype].title})" for mode, dtype in columns)),
        rows=tuple(
            (
                variant.title(),
                *(formatting.megabytes(file_size(default_config(variant, mode), dtype)) for mode, dtype in columns),
            )
            for variant in VARIANTS
        ),
    )


def _training_memory() -> Table:
    def header(column: str) -> str:
        title = MODES[TRAINING_MEMORY_COLUMNS[column].mode]
        return f"{title} (batch size {training_plan(column).batch_size})"

    return Table(
        title="Memory Requirements (Training)",
        level=2,
        intro="Peak of tensor memory in one training step, traced: "
        f"{plan_text(REFERENCE_PLAN)}, no recomputation. The CUDA context, libraries and fragmentation need "
        "memory in addition. GiB is 2^30 bytes.",
        headers=("Variant", *map(header, TRAINING_MEMORY_COLUMNS), "Notes"),
        rows=tuple(
            (
                variant.title(),
                *(formatting.gibibytes(training_peak(variant, column)) for column in TRAINING_MEMORY_COLUMNS),
                variant_facts(variant).training_note or NOT_DOCUMENTED,
            )
            for variant in VARIANTS
        ),
    )

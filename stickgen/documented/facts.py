"""Every value of Stick-Gen's model sizes document, held once, in the notation of the document.

This project is checked against the document and never computes from it: `stickgen.documented.verification`
compares each documented value with a computed one. The values are text ("~2.1M") because the notation says how
precise they are; `written_number` reads them.

The registries may have more than the document: look facts up with `.get` or `variant_facts`, and show what is missing
as `NOT_DOCUMENTED`.

The document describes models with the v1 skeleton and 60 actions, which is what `configure` gives.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from stickgen.config import MODES, ModelConfig, configure

NOT_DOCUMENTED = "not documented"


@dataclass(frozen=True, kw_only=True)
class VariantFacts:
    """What the document says about one variant, in its notation. A field is empty where it says nothing."""

    parameters: Mapping[str, str] = field(default_factory=dict)
    """Mode to the exact total."""
    parameters_short: Mapping[str, str] = field(default_factory=dict)
    """Mode to the rounded total."""
    overhead: str = ""
    """Parameters the multimodal model has in addition to those of the motion-only one."""
    image_encoder: str = ""
    fusion: str = ""
    use_case: str = ""
    hardware: str = ""
    cpu_cores: str = ""
    hardware_memory: str = ""
    """RAM, or video memory for the variant that needs a GPU."""
    d_model: str = ""
    num_layers: str = ""
    num_heads: str = ""
    embedding_dim: str = ""
    groups: Mapping[str, str] = field(default_factory=dict)
    """Component group to its parameters. The document has no row for the conditioning inputs."""
    file_sizes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Mode, then file dtype, to the size of the file."""
    training_memory: Mapping[str, str] = field(default_factory=dict)
    """A key of `TRAINING_MEMORY_COLUMNS` to the memory to provide for training."""
    training_note: str = ""


@dataclass(frozen=True, kw_only=True)
class OptionFacts:
    """What the document says about an image encoder or a fusion strategy. A field is empty where it says nothing."""

    parameters: str = ""
    recommended_for: str = ""
    description: str = ""
    variants: tuple[str, ...] = ()
    """Variants that the document recommends it for."""


@dataclass(frozen=True, kw_only=True)
class TrainingMemoryColumn:
    """A column of the document's training memory table."""

    title: str
    mode: str
    """A key of `MODES`."""
    batch_size: int | None = None
    """None where the document names no batch size."""


@dataclass(frozen=True, kw_only=True)
class WrittenNumber:
    """A documented number. `low` equals `high` unless the document gives a range such as "~4-5M".

    Units are single parameters and bytes. `step` is worth one of the last digit written: 100,000 for "7.2M",
    and 0 for a number given in full.
    """

    low: float
    high: float
    step: float

    def nearest(self, value: float) -> float:
        """The documented number to compare `value` with."""
        return min(max(value, self.low), self.high)

    def is_rounded_from(self, value: float) -> bool:
        """Whether `value`, written with as many digits as the document uses, reads the same."""
        return abs(value - self.nearest(value)) <= self.step / 2


_NUMBER = re.compile(r"[~+]?(?:(?P<low>[\d.,]+)-)?(?P<high>[\d.,]+) ?(?P<unit>K|M|MB|GB)?\+?")
_UNITS = {"K": 10**3, "M": 10**6, "MB": 10**6, "GB": 10**9}


def written_number(text: str) -> WrittenNumber | None:
    """Read a documented number; None for a name such as "gated".

    GB is read as 10^9 bytes: the document does not say, and as a budget that is the stricter reading.
    """
    match = _NUMBER.fullmatch(text)
    if match is None:
        return None
    digits = match["high"]
    unit = _UNITS[match["unit"]] if match["unit"] else 1
    low, high = (float(number.replace(",", "")) * unit for number in (match["low"] or digits, digits))
    decimals = len(digits.partition(".")[2])
    return WrittenNumber(low=low, high=high, step=unit / 10**decimals if match["unit"] else 0)


VARIANT_FACTS: dict[str, VariantFacts] = {
    "small": VariantFacts(
        parameters={"motion_only": "7,248,122", "multimodal": "11,717,412"},
        parameters_short={"motion_only": "7.2M", "multimodal": "11.7M"},
        overhead="+4.5M",
        image_encoder="lightweight_cnn",
        fusion="gated",
        use_case="Edge devices, testing and deployments on a small budget",
        hardware="CPU with 4 or more cores, 2 GB of RAM",
        cpu_cores="4+",
        hardware_memory="2GB",
        d_model="256",
        num_layers="6",
        num_heads="8",
        embedding_dim="1024",
        groups={
            "Transformer encoder": "6.3M",
            "Text projection": "656.6K",
            "Image encoder": "2.1M",
            "Fusion module": "2.4M",
            "Decoder heads": "~200K",
        },
        file_sizes={
            "motion_only": {"float32": "~29 MB", "float16": "~15 MB"},
            "multimodal": {"float32": "~47 MB", "float16": "~24 MB"},
        },
        training_memory={"motion_only": "~2 GB", "multimodal": "~3 GB", "batch_32": "~4 GB"},
        training_note="CPU feasible",
    ),
    "medium": VariantFacts(
        parameters={"motion_only": "20,594,618", "multimodal": "25,063,908"},
        parameters_short={"motion_only": "20.6M", "multimodal": "25.1M"},
        overhead="+4.5M",
        image_encoder="lightweight_cnn",
        fusion="gated",
        use_case="The recommended default: balanced quality",
        hardware="CPU or GPU, 8 GB of RAM",
        hardware_memory="8GB",
        d_model="384",
        num_layers="8",
        num_heads="12",
        embedding_dim="1024",
        groups={
            "Transformer encoder": "18.9M",
            "Text projection": "1.1M",
            "Image encoder": "2.1M",
            "Fusion module": "2.4M",
            "Decoder heads": "~475K",
        },
        file_sizes={
            "motion_only": {"float32": "~82 MB", "float16": "~41 MB"},
            "multimodal": {"float32": "~100 MB", "float16": "~50 MB"},
        },
        training_memory={"motion_only": "~4 GB", "multimodal": "~6 GB", "batch_32": "~8 GB"},
        training_note="GPU recommended",
    ),
    "large": VariantFacts(
        parameters={"motion_only": "44,618,362", "multimodal": "71,282,874"},
        parameters_short={"motion_only": "44.6M", "multimodal": "71.3M"},
        overhead="+26.7M",
        image_encoder="resnet",
        fusion="cross_attention",
        use_case="Maximum quality and production workloads",
        hardware="GPU with 8 GB or more of video memory",
        hardware_memory="8GB+",
        d_model="512",
        num_layers="10",
        num_heads="16",
        embedding_dim="1024",
        groups={
            "Transformer encoder": "42.0M",
            "Text projection": "1.6M",
            "Image encoder": "11.7M",
            "Fusion module": "15.0M",
            "Decoder heads": "~850K",
        },
        file_sizes={
            "motion_only": {"float32": "~178 MB", "float16": "~89 MB"},
            "multimodal": {"float32": "~285 MB", "float16": "~143 MB"},
        },
        training_memory={"motion_only": "~8 GB", "multimodal": "~14 GB", "batch_32": "~20 GB"},
        training_note="GPU required",
    ),
}

ENCODER_FACTS: dict[str, OptionFacts] = {
    "lightweight_cnn": OptionFacts(
        parameters="~2.1M",
        recommended_for="Small and medium models",
        description="A plain convolutional network",
        variants=("small", "medium"),
    ),
    "resnet": OptionFacts(
        parameters="~11.7M",
        recommended_for="The large model",
        description="A residual convolutional network",
        variants=("large",),
    ),
    "mini_vit": OptionFacts(
        parameters="~4-5M",
        recommended_for="Experiments",
        description="A small vision transformer",
    ),
}

FUSION_FACTS: dict[str, OptionFacts] = {
    "gated": OptionFacts(
        parameters="~2.4M",
        recommended_for="Recommended",
        description="Learned weights, one for each modality",
    ),
    "concat": OptionFacts(
        parameters="~2.1M",
        recommended_for="",
        description="Concatenation and one projection",
    ),
    "film": OptionFacts(
        parameters="~2.2M",
        recommended_for="",
        description="Feature-wise linear modulation: the image scales and shifts the text",
    ),
    "cross_attention": OptionFacts(
        parameters="~15M",
        recommended_for="The large model",
        description="Attention from text to image and camera: the most expressive",
        variants=("large",),
    ),
}

MULTIMODAL_SWITCH = "data.use_parallax_augmentation"
"""The setting of a Stick-Gen configuration file that adds the image encoder and the fusion module."""

RECOMMENDED_VARIANT = "medium"
RECOMMENDED_FUSION = "gated"

TRAINING_MEMORY_COLUMNS: dict[str, TrainingMemoryColumn] = {
    "motion_only": TrainingMemoryColumn(title="Motion-only", mode="motion_only"),
    "multimodal": TrainingMemoryColumn(title="Multimodal", mode="multimodal"),
    "batch_32": TrainingMemoryColumn(title="Batch size 32", mode="multimodal", batch_size=32),
}
"""Columns of the training memory table. The document does not say which mode its batch-32 column is for: its
values are above the multimodal ones, so it is read as multimodal."""


def variant_facts(variant: str) -> VariantFacts:
    """What the document says about a variant; every field is empty for a variant that it does not have."""
    return VARIANT_FACTS.get(variant, VariantFacts())


def documented_config(variant: str, mode: str) -> ModelConfig:
    """The configuration the document means by one of its variants and a key of `MODES`."""
    if mode == "motion_only":
        return configure(variant)
    facts = VARIANT_FACTS[variant]
    return configure(variant, facts.image_encoder, facts.fusion)


DOCUMENTED_TOTALS: dict[ModelConfig, int] = {
    documented_config(variant, mode): int(facts.parameters[mode].replace(",", ""))
    for variant, facts in VARIANT_FACTS.items()
    for mode in MODES
}
"""Configuration to its documented number of parameters: the six totals that the real model must equal."""

"""The controls all pages share, in the sidebar."""

from collections.abc import Mapping
from dataclasses import fields

from explorer.choice.controls import Control, DecimalControl, NumberControl, OptionControl, TextControl
from stickgen.config import (
    ACTION_COUNTS,
    CUSTOM,
    DEFAULT_MULTIMODAL,
    DEFAULT_VARIANT,
    FUSION_STRATEGIES,
    IMAGE_ENCODERS,
    IMAGE_SIZES,
    MODES,
    SKELETONS,
    VARIANTS,
    ModelConfig,
)
from stickgen.documented.facts import ENCODER_FACTS, FUSION_FACTS, OptionFacts, variant_facts
from stickgen.formatting import short_count
from stickgen.plan import (
    CHOICES,
    KNOB_DECIMALS,
    KNOB_HELP,
    KNOB_LABELS,
    KNOB_NUMBERS,
    KNOB_TEXTS,
    TrainingPlan,
)
from stickgen.sizing.limits import MAX_PARAMETERS, SIZE_LIMITS

DEFAULT_ENCODER, DEFAULT_FUSION = DEFAULT_MULTIMODAL[DEFAULT_VARIANT]


def _list(items: Mapping[str, str]) -> str:
    return "\n".join(f"- `{name}`: {text}." for name, text in items.items())


def _variant_text(name: str) -> str:
    """What is documented of a variant, or its size."""
    config, facts = VARIANTS[name], variant_facts(name)
    said = filter(None, (facts.use_case, facts.hardware, facts.training_note))
    return ". ".join(said) or f"{config.d_model} wide, {config.num_layers} layers, {config.num_heads} heads"


def _option_text(title: str, facts: OptionFacts | None) -> str:
    """What is documented of an image encoder or a fusion strategy, or its title."""
    if facts is None:
        return title
    parameters = facts.parameters and f"{facts.parameters} parameters"
    return ". ".join(filter(None, (facts.description, facts.recommended_for, parameters))) or title


MODEL_CONTROLS: dict[str, OptionControl] = {
    "variant": OptionControl(
        label="Variant",
        options=(*VARIANTS, CUSTOM),
        default=DEFAULT_VARIANT,
        help="Size of the transformer: width, layers and heads. What Stick-Gen documents each for:\n"
        + _list({name: _variant_text(name) for name in VARIANTS} | {CUSTOM: "a size you set below"}),
    ),
    "mode": OptionControl(
        label="Mode",
        options=tuple(MODES),
        default="multimodal",
        help="Multimodal adds an image encoder and a fusion module; motion-only has neither.",
    ),
    "image_encoder": OptionControl(
        label="Image encoder",
        options=tuple(IMAGE_ENCODERS),
        default=DEFAULT_ENCODER,
        help="Turns the image into one embedding as wide as the text's.\n"
        + _list({name: _option_text(title, ENCODER_FACTS.get(name)) for name, title in IMAGE_ENCODERS.items()}),
        multimodal_only=True,
    ),
    "fusion": OptionControl(
        label="Fusion strategy",
        options=tuple(FUSION_STRATEGIES),
        default=DEFAULT_FUSION,
        help="Combines text, image and camera into one conditioning vector.\n"
        + _list({name: _option_text(title, FUSION_FACTS.get(name)) for name, title in FUSION_STRATEGIES.items()}),
        multimodal_only=True,
    ),
    "image_size": OptionControl(
        label="Image side in pixels",
        options=tuple(map(str, IMAGE_SIZES)),
        default=str(ModelConfig.image_size),
        help="The input image is a square of this side.",
        style="list",
        multimodal_only=True,
    ),
    "skeleton": OptionControl(
        label="Skeleton",
        options=tuple(SKELETONS),
        default=ModelConfig.skeleton,
        help="Which figure the model moves. The documented sizes are for v1.\n"
        + "\n".join(f"- `{name}`: {len(skeleton.segments)} segments." for name, skeleton in SKELETONS.items()),
    ),
    "actions": OptionControl(
        label="Actions",
        options=tuple(map(str, ACTION_COUNTS)),
        default=str(ModelConfig.num_actions),
        help="Size of the action vocabulary. 60 is documented; Stick-Gen's v3 training configs use 64.",
    ),
}

SIZE_CONTROLS: dict[str, NumberControl] = {
    name: NumberControl(
        label=SIZE_LIMITS[name].label,
        minimum=SIZE_LIMITS[name].minimum,
        maximum=SIZE_LIMITS[name].maximum,
        default=getattr(VARIANTS[DEFAULT_VARIANT], name),
        step=SIZE_LIMITS[name].step,
        help=text,
    )
    for name, text in {
        "d_model": "Width of the transformer: a multiple of 4 and of twice the heads.",
        "num_layers": f"Encoder layers. A model may have up to {short_count(MAX_PARAMETERS)} parameters.",
        "num_heads": "Attention heads, which share the width.",
        "feedforward_factor": "Width of the feed-forward layers, as a multiple of the model's; 4 in every variant.",
        "num_actions": "Size of the action vocabulary of the custom model.",
        "embedding_dim": "Width of the text and image embeddings; 1024 in every variant.",
    }.items()
}
"""The sizes of the variant `custom`, under the names of `ModelConfig`'s fields."""


def _knob(name: str) -> Control:
    default = getattr(TrainingPlan(), name)
    if name in CHOICES:
        told = "\n".join(f"- `{value}` {choice.label}: {choice.cost}" for value, choice in CHOICES[name].items())
        return OptionControl(label=KNOB_LABELS[name], options=tuple(CHOICES[name]), default=default, help=told)
    label, told = KNOB_LABELS[name], KNOB_HELP[name]
    if name in KNOB_TEXTS:
        return TextControl(label=label, default=default, max_length=KNOB_TEXTS[name], placeholder=default, help=told)
    if name in KNOB_DECIMALS:
        least, most, step = KNOB_DECIMALS[name]
        return DecimalControl(label=label, minimum=least, maximum=most, default=default, step=step, help=told)
    values = KNOB_NUMBERS[name]
    return NumberControl(
        label=label,
        minimum=values[0],
        maximum=values[-1],
        default=default,
        step=25 if name == "sequence_length" else 1,
        help=told,
    )


_KNOBS = {field.name: _knob(field.name) for field in fields(TrainingPlan)}

STEP_CONTROLS: dict[str, Control] = {name: _KNOBS[name] for name in ("batch_size", "sequence_length")}
"""The knobs in sight."""

KNOB_CONTROLS: dict[str, Control] = {name: control for name, control in _KNOBS.items() if name not in STEP_CONTROLS}
"""All other knobs."""

PLAN_CONTROLS: dict[str, Control] = {**STEP_CONTROLS, **KNOB_CONTROLS}
"""The training step, under the names of `TrainingPlan`'s fields."""

CONFIG_CONTROLS: dict[str, Control] = {**MODEL_CONTROLS, **SIZE_CONTROLS}
"""The model."""

CONTROLS: dict[str, Control] = {**CONFIG_CONTROLS, **PLAN_CONTROLS}

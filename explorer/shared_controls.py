"""The controls all pages share, in the sidebar."""

from collections.abc import Mapping

from explorer.controls import NumberControl, OptionControl
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
)
from stickgen.documented.facts import ENCODER_FACTS, FUSION_FACTS, VARIANT_FACTS, OptionFacts
from stickgen.formatting import short_count
from stickgen.plan import CHOICES, KNOB_LABELS, KNOB_NUMBERS, TrainingPlan
from stickgen.sizing.limits import MAX_PARAMETERS, SIZE_LIMITS

DEFAULT_ENCODER, DEFAULT_FUSION = DEFAULT_MULTIMODAL[DEFAULT_VARIANT]


def _list(items: Mapping[str, str]) -> str:
    return "\n".join(f"- `{name}`: {text}" for name, text in items.items())


def _advice(options: Mapping[str, OptionFacts]) -> dict[str, str]:
    return {
        name: ". ".join(filter(None, (facts.description, facts.recommended_for, facts.parameters))) + " parameters"
        for name, facts in options.items()
    }


MODEL_CONTROLS: dict[str, OptionControl] = {
    "variant": OptionControl(
        label="Variant",
        options=(*VARIANTS, CUSTOM),
        default=DEFAULT_VARIANT,
        help="Width, depth and heads of the transformer. What Stick-Gen documents each for:\n"
        + _list(
            {
                name: f"{facts.use_case}. {facts.hardware}. {facts.training_note}."
                for name, facts in VARIANT_FACTS.items()
            }
            | {CUSTOM: "a size of your own, set below."}
        ),
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
        help="Turns the image into one embedding as wide as the text's.\n" + _list(_advice(ENCODER_FACTS)),
        multimodal_only=True,
    ),
    "fusion": OptionControl(
        label="Fusion strategy",
        options=tuple(FUSION_STRATEGIES),
        default=DEFAULT_FUSION,
        help="How text, image and camera become one conditioning vector.\n" + _list(_advice(FUSION_FACTS)),
        multimodal_only=True,
    ),
    "skeleton": OptionControl(
        label="Skeleton",
        options=tuple(SKELETONS),
        default="v1",
        help="v1 has 5 segments and is what the documented totals hold for; v3 has 12.",
    ),
    "actions": OptionControl(
        label="Actions",
        options=tuple(map(str, ACTION_COUNTS)),
        default=str(ACTION_COUNTS[0]),
        help="Size of the action vocabulary. 60 is documented; Stick-Gen's v3 training configs use 64.",
    ),
    "image_size": OptionControl(
        label="Image side in pixels",
        options=tuple(map(str, IMAGE_SIZES)),
        default=str(VARIANTS[DEFAULT_VARIANT].image_size),
        help="Side of the square image.",
        multimodal_only=True,
    ),
}

SIZE_CONTROLS: dict[str, NumberControl] = {
    name: NumberControl(
        label=SIZE_LIMITS[name].label,
        smallest=SIZE_LIMITS[name].minimum,
        largest=SIZE_LIMITS[name].maximum,
        default=getattr(VARIANTS[DEFAULT_VARIANT], name),
        step=SIZE_LIMITS[name].step,
        help=text,
    )
    for name, text in {
        "d_model": "Width of the transformer. It becomes a multiple of 4 and of twice the heads.",
        "num_layers": f"At most as many as keep the model within {short_count(MAX_PARAMETERS)} parameters.",
        "num_heads": "Attention heads, which share the width.",
        "feedforward_factor": "How many times wider than the model its feed-forward layers are; 4 in every variant.",
        "num_actions": "Size of the action vocabulary, in place of the 60 or 64 above.",
        "embedding_dim": "Width of the embeddings of text and image; 1024 in every variant.",
    }.items()
}
"""The sizes of the variant `custom`, under the names of `ModelConfig`'s fields."""


def _number_knob(knob: str, text: str, step: int = 1) -> NumberControl:
    values = KNOB_NUMBERS[knob]
    return NumberControl(
        label=KNOB_LABELS[knob],
        smallest=values[0],
        largest=values[-1],
        default=getattr(TrainingPlan(), knob),
        step=step,
        help=text,
    )


STEP_CONTROLS: dict[str, NumberControl] = {
    "batch_size": _number_knob("batch_size", "Sequences in one training step."),
    "sequence_length": _number_knob("sequence_length", "Frames of one training sequence: 250 are 10 seconds.", step=25),
}


def _named_knob(knob: str) -> OptionControl:
    choices = CHOICES[knob]
    return OptionControl(
        label=KNOB_LABELS[knob],
        options=tuple(choices),
        default=getattr(TrainingPlan(), knob),
        help="\n".join(f"- `{name}` {choice.label}: {choice.cost}" for name, choice in choices.items()),
    )


KNOB_CONTROLS: dict[str, OptionControl | NumberControl] = {
    "precision": _named_knob("precision"),
    "optimizer": _named_knob("optimizer"),
    "optimizer_loop": _named_knob("optimizer_loop"),
    "attention": _named_knob("attention"),
    "activation_checkpointing": _number_knob(
        "activation_checkpointing",
        "Encoder layers that keep only their input and are computed again in the backward pass.",
    ),
    "gradient_accumulation": _number_knob(
        "gradient_accumulation", "Micro-batches whose gradients are summed before the optimizer steps."
    ),
    "frozen": _named_knob("frozen"),
    "lora_rank": _number_knob(
        "lora_rank",
        "Rank of the adapters that alone are trained; Stick-Gen uses 8 and 16. 0 trains the weights. "
        "Adapters freeze every weight already, so `frozen` has no say beside them.",
    ),
    "parallel": _named_knob("parallel"),
    "ranks": _number_knob("ranks", "Devices that train together, with `ddp` or `fsdp2`."),
}
"""The other knobs of the training step, under the names of `TrainingPlan`'s fields."""

CONTROLS: dict[str, OptionControl | NumberControl] = {
    **MODEL_CONTROLS,
    **SIZE_CONTROLS,
    **STEP_CONTROLS,
    **KNOB_CONTROLS,
}

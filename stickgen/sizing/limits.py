"""Limits of a custom size, so that one visitor's model cannot take a server down."""

from dataclasses import dataclass, replace
from math import lcm
from typing import Any

from stickgen import formatting
from stickgen.config import CROSS_ATTENTION_HEADS, MAX_LAYERS, ModelConfig
from stickgen.sizing import count_parameters


@dataclass(frozen=True, kw_only=True)
class Limit:
    """The range of one size."""

    label: str
    minimum: int
    maximum: int
    step: int
    """Values in use are multiples of it."""


SIZE_LIMITS: dict[str, Limit] = {
    "d_model": Limit(label="Width (d_model)", minimum=32, maximum=1024, step=8),
    "num_layers": Limit(label="Layers", minimum=1, maximum=MAX_LAYERS, step=1),
    "num_heads": Limit(label="Heads", minimum=1, maximum=32, step=1),
    "feedforward_factor": Limit(label="Feed-forward factor", minimum=1, maximum=8, step=1),
    "num_actions": Limit(label="Actions", minimum=1, maximum=1024, step=1),
    "embedding_dim": Limit(label="Embedding width", minimum=64, maximum=2048, step=8),
    "image_size": Limit(label="Image side in pixels", minimum=32, maximum=512, step=32),
}
"""Field of `ModelConfig` to its range. Twice the large variant's width and a little more than twice its
layers leave room above the presets. An image of 512 pixels is 1,024 patches to the Mini ViT, whose attention
grows with the square of that."""

MAX_PARAMETERS = 200_000_000
"""Sizes within their limits can still be too large together. 200 million parameters are 0.8 GB of FP32
weights, and four times that in a training step with AdamW: what a small server can lend to one visitor."""


def size_text(config: ModelConfig) -> str:
    """The sizes that a variant's name would say, in words."""
    return (
        f"{config.d_model} wide, {config.num_layers} layers, {config.num_heads} heads, "
        f"feed-forward × {config.feedforward_factor}, embedding {config.embedding_dim}"
    )


def size_problems(config: ModelConfig) -> dict[str, str]:
    """What is too small or too large in `config`: field to a sentence saying what is allowed.

    Empty if all is well. The parameters are counted only if every field is in its range; too many are
    reported under "d_model".
    """
    problems = {
        name: f"{name} must be from {limit.minimum} to {limit.maximum}, not {value}"
        for name, limit in SIZE_LIMITS.items()
        if not limit.minimum <= (value := getattr(config, name)) <= limit.maximum
    }
    if not problems and (total := count_parameters(config).total) > MAX_PARAMETERS:
        problems["d_model"] = (
            f"this model would have {formatting.short_count(total)} parameters, more than the "
            f"{formatting.short_count(MAX_PARAMETERS)} allowed here: choose a smaller width, fewer "
            "layers or a smaller feed-forward factor"
        )
    return problems


def check_sizes(config: ModelConfig) -> ModelConfig:
    """`config` itself. Raises `ValueError`, saying what is allowed, if it is outside the limits."""
    if problems := size_problems(config):
        raise ValueError("; ".join(problems.values()))
    return config


def nearest_config(**given: Any) -> ModelConfig:
    """The config of these fields, which are each in their range, with those that do not go together made to.

    The width becomes a multiple of what the heads need, the embedding width one of what cross-attention needs,
    and there are no more layers than `MAX_PARAMETERS` allows.
    """
    unit = lcm(4, 2 * given["num_heads"])
    units = max(given["d_model"] // unit, -(-SIZE_LIMITS["d_model"].minimum // unit))
    given["d_model"] = units * unit
    if given.get("fusion") == "cross_attention":
        given["embedding_dim"] -= given["embedding_dim"] % CROSS_ATTENTION_HEADS
    config = ModelConfig(**given)
    if not size_problems(config):
        return config
    fewest, most = 1, config.num_layers
    while fewest < most:
        middle = (fewest + most + 1) // 2
        fits = not size_problems(replace(config, num_layers=middle))
        fewest, most = (middle, most) if fits else (fewest, middle - 1)
    return check_sizes(replace(config, num_layers=fewest))

"""The keys of a Stick-Gen configuration file that are written and read, and the values each allows."""

from collections.abc import Callable, Collection
from typing import Any

from stickgen.config import FUSION_STRATEGIES, IMAGE_ENCODERS, SKELETONS
from stickgen.sizing.limits import SIZE_LIMITS

MAX_BATCH_SIZE = 65_536
"""More sequences than fit any device."""

MAX_EXPECTED = 10**15
"""More parameters than any model has."""


def _from_to(minimum: int, maximum: int) -> Callable[[object], int]:
    def read(value: object) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not minimum <= value <= maximum:
            raise ValueError(f"must be a whole number from {minimum} to {maximum}")
        return value

    return read


def _size(field: str) -> Callable[[object], int]:
    return _from_to(SIZE_LIMITS[field].minimum, SIZE_LIMITS[field].maximum)


def _share(value: object) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value < 1:
        raise ValueError("must be a number from 0 up to, but not including, 1")
    return value


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError("must be true or false")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("must be a name")
    return value


def _one_of(names: Collection[str]) -> Callable[[object], str]:
    def read(value: object) -> str:
        if not isinstance(value, str) or value not in names:
            raise ValueError(f"must be one of {', '.join(names)}")
        return value

    return read


def _pose_dim(value: object) -> int:
    labels = {skeleton.pose_dim: skeleton.label for skeleton in SKELETONS.values()}
    if not isinstance(value, int) or value not in labels:
        raise ValueError(f"must be {' or '.join(f'{width} ({label})' for width, label in labels.items())}")
    return value


def _square(value: object) -> int:
    """A side in pixels, or height and width, which must be the same."""
    if isinstance(value, list):
        if len(value) != 2 or value[0] != value[1]:
            raise ValueError("must be one side in pixels, or two equal sides")
        value = value[0]
    return _size("image_size")(value)


EXPECTED_KEYS: dict[str, str] = {
    "metadata.expected_params_motion_only": "motion_only",
    "metadata.expected_params_multimodal": "multimodal",
}
"""Key of a count of parameters to the key of `MODES` whose model it counts."""

KEYS: dict[str, Callable[[object], Any]] = {
    "metadata.variant": _text,
    **dict.fromkeys(EXPECTED_KEYS, _from_to(0, MAX_EXPECTED)),
    "model.input_dim": _pose_dim,
    "model.d_model": _size("d_model"),
    "model.nhead": _size("num_heads"),
    "model.num_layers": _size("num_layers"),
    "model.output_dim": _pose_dim,
    "model.embedding_dim": _size("embedding_dim"),
    "model.dropout": _share,
    "model.num_actions": _size("num_actions"),
    "model.feedforward_factor": _size("feedforward_factor"),
    "model.image_encoder_arch": _one_of(IMAGE_ENCODERS),
    "model.fusion_strategy": _one_of(FUSION_STRATEGIES),
    "data.use_parallax_augmentation": _flag,
    "data.parallax_image_size": _square,
    "training.batch_size": _from_to(1, MAX_BATCH_SIZE),
}
"""Every key, in the order of the file, to the function that reads its value: it returns the value, or raises
`ValueError` saying what it must be."""

FLAT_KEYS: dict[str, str] = {key.partition(".")[2]: key for key in KEYS} | {
    "enable_image_conditioning": "data.use_parallax_augmentation"
}
"""Name in a file without sections, as Stick-Gen's files for finetuning are, to the key it stands for."""

SECTIONS = tuple(dict.fromkeys(key.partition(".")[0] for key in KEYS))

CONFIG_FIELDS: dict[str, str] = {
    "model.d_model": "d_model",
    "model.nhead": "num_heads",
    "model.num_layers": "num_layers",
    "model.embedding_dim": "embedding_dim",
    "model.dropout": "dropout",
    "model.num_actions": "num_actions",
    "model.feedforward_factor": "feedforward_factor",
    "model.image_encoder_arch": "image_encoder",
    "model.fusion_strategy": "fusion",
}
"""Key to the field of `ModelConfig` with the same value."""

FACTOR_KEY = "model.feedforward_factor"
MULTIMODAL_KEYS = ("model.image_encoder_arch", "model.fusion_strategy", "data.parallax_image_size")

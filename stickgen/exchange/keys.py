"""The keys of a Stick-Gen configuration file that are written and read, and the values each allows."""

from collections.abc import Callable, Collection
from typing import Any, NoReturn

from stickgen.config import FUSION_STRATEGIES, IMAGE_ENCODERS, SKELETONS
from stickgen.sizing.limits import SIZE_LIMITS

MAX_BATCH_SIZE = 65_536
"""More sequences than fit any device."""

MAX_QUOTE_LENGTH = 40
"""Maximum characters of the file that a message quotes."""


def shown(value: object) -> str:
    """`value` as a message quotes it, cut short if it is long."""
    text = "a section" if value is ... else repr(value)
    return text if len(text) <= MAX_QUOTE_LENGTH else f"{text[:MAX_QUOTE_LENGTH]}..."


def _refuse(allowed: str, value: object) -> NoReturn:
    raise ValueError(f"must be {allowed}, not {shown(value)}")


def _whole_number(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        _refuse("a whole number", value)
    return value


def _from_to(minimum: int, maximum: int) -> Callable[[object], int]:
    def read(value: object) -> int:
        if not minimum <= _whole_number(value) <= maximum:
            _refuse(f"from {minimum} to {maximum}", value)
        return _whole_number(value)

    return read


def _size(field: str) -> Callable[[object], int]:
    return _from_to(SIZE_LIMITS[field].minimum, SIZE_LIMITS[field].maximum)


def _share(value: object) -> float:
    if isinstance(value, str):
        # YAML 1.1 reads 1e-1, which has no decimal point, as text.
        try:
            value = float(value)
        except ValueError:
            _refuse("a number", value)
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value < 1:
        _refuse("a number from 0 up to, but not including, 1", value)
    return value


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        _refuse("true or false", value)
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        _refuse("a name", value)
    return value


def _one_of(names: Collection[str]) -> Callable[[object], str]:
    def read(value: object) -> str:
        if not isinstance(value, str) or value not in names:
            _refuse(f"one of {', '.join(names)}", value)
        return value

    return read


def _pose_dim(value: object) -> int:
    labels = {skeleton.pose_dim: skeleton.label for skeleton in SKELETONS.values()}
    if _whole_number(value) not in labels:
        _refuse(" or ".join(f"{width} ({label})" for width, label in labels.items()), value)
    return _whole_number(value)


def _square(value: object) -> int:
    """A side in pixels, or height and width, which must be the same."""
    if isinstance(value, list):
        if len(value) != 2 or value[0] != value[1]:
            _refuse("one side in pixels, or two equal sides", value)
        value = value[0]
    return _size("image_size")(value)


KEYS: dict[str, Callable[[object], Any]] = {
    "metadata.variant": _text,
    "metadata.expected_parameters": _whole_number,
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
`ValueError` saying what is allowed."""

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

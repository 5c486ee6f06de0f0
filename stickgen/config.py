"""What can be chosen of a model: variant, image encoder, fusion strategy, skeleton, and the config they make.

The classes behind `IMAGE_ENCODERS` and `FUSION_STRATEGIES` stand at the bottom of
`stickgen/model/image_encoders.py` and `stickgen/model/fusion.py`, under the same keys.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, fields, replace
from itertools import product
from typing import Any

FULL_SEQUENCE_LENGTH = 250
"""Frames in a full training sequence (10 seconds)."""

MAX_LAYERS = 24
"""Maximum number of encoder layers of a custom size."""

IMAGE_CAMERA_DIM = 7
"""Width of an image camera pose: position x, y, z, target x, y, z, field of view."""


def check_choice(what: str, value: object, allowed: Collection[str]) -> None:
    """Raise `ValueError` naming the allowed values, unless `value` is one of them."""
    if not isinstance(value, str) or value not in allowed:
        raise ValueError(f"unknown {what} {value!r}: choose one of {', '.join(allowed)}")


@dataclass(frozen=True, kw_only=True)
class Segment:
    """A bone drawn as one line, from one joint to another."""

    name: str
    start: str
    end: str


@dataclass(frozen=True, kw_only=True)
class Skeleton:
    """The segments of one frame, in the order in which a pose vector lists them.

    Coordinates are x to the right and y **up**, with the ground at y = 0.
    """

    name: str
    label: str
    motion_type: str
    """The skeleton's name in a `.motion` file."""
    segments: tuple[Segment, ...]
    frame_rate: int = 25
    """Frames per second."""
    body_height: float = 1.5
    """Height of the standing figure, head to foot, in the units of its coordinates."""

    @property
    def pose_dim(self) -> int:
        """Width of a pose vector: x1, y1, x2, y2 for each segment."""
        return 4 * len(self.segments)

    @property
    def joints(self) -> tuple[str, ...]:
        """Every joint a segment ends in, in order of first appearance."""
        return tuple(dict.fromkeys(joint for s in self.segments for joint in (s.start, s.end)))


def _segments(**ends: tuple[str, str]) -> tuple[Segment, ...]:
    return tuple(Segment(name=name, start=start, end=end) for name, (start, end) in ends.items())


SKELETONS: dict[str, Skeleton] = {
    "v1": Skeleton(
        name="v1",
        label="v1, 5 segments",
        motion_type="stick_figure_5_segment",
        segments=_segments(
            torso=("neck", "hip_center"),
            l_leg=("hip_center", "l_foot"),
            r_leg=("hip_center", "r_foot"),
            l_arm=("neck", "l_hand"),
            r_arm=("neck", "r_hand"),
        ),
    ),
    "v3": Skeleton(
        name="v3",
        label="v3, 12 segments",
        motion_type="stick_figure_12_segment_v3",
        segments=_segments(
            head=("neck", "head_center"),
            upper_torso=("neck", "chest"),
            lower_torso=("chest", "pelvis_center"),
            l_upper_arm=("l_shoulder", "l_elbow"),
            l_forearm=("l_elbow", "l_wrist"),
            r_upper_arm=("r_shoulder", "r_elbow"),
            r_forearm=("r_elbow", "r_wrist"),
            l_thigh=("l_hip", "l_knee"),
            l_shin=("l_knee", "l_ankle"),
            r_thigh=("r_hip", "r_knee"),
            r_shin=("r_knee", "r_ankle"),
            pelvis_width=("l_hip", "r_hip"),
        ),
    ),
}

IMAGE_ENCODERS: dict[str, str] = {
    "lightweight_cnn": "Lightweight CNN",
    "resnet": "ResNet",
    "mini_vit": "Mini ViT",
}
"""Image encoder name to the title people read."""

FUSION_STRATEGIES: dict[str, str] = {
    "gated": "Gated",
    "concat": "Concat",
    "film": "FiLM",
    "cross_attention": "Cross-attention",
}
"""Fusion strategy name to the title people read."""

MODES: dict[str, str] = {"motion_only": "Motion-only", "multimodal": "Multimodal"}
"""Whether a model takes an image: name to the title people read."""

CROSS_ATTENTION_HEADS = 8

ACTION_COUNTS = (60, 64)
"""Action vocabularies in use: 60 is the documented one, 64 that of Stick-Gen's v3 training configs."""

IMAGE_SIZES = (128, 192, 256, 320, 384, 512)
"""Sides in pixels that are offered; a `ModelConfig` takes every multiple of 32."""

CUSTOM = "custom"
"""In place of a variant's name: a size that no variant has."""

VARIANT_FIELDS = ("d_model", "num_layers", "num_heads", "feedforward_factor", "embedding_dim")
"""The fields of `ModelConfig` that a variant fixes. All others are chosen beside it."""

_MINIMUM = {
    "d_model": 4,
    "num_layers": 1,
    "num_heads": 1,
    "num_actions": 1,
    "embedding_dim": 4,
    "feedforward_factor": 1,
    "image_size": 32,
}


@dataclass(frozen=True, kw_only=True)
class ModelConfig:
    """One buildable model. Frozen and hashable, so it serves as a cache key.

    Raises `ValueError`, naming what is allowed, for a value no model can be built from.
    """

    d_model: int
    num_layers: int
    num_heads: int
    image_encoder: str | None = None
    """A key of `IMAGE_ENCODERS`, or None for a motion-only model."""
    fusion: str | None = None
    """A key of `FUSION_STRATEGIES`; given exactly when an image encoder is."""
    skeleton: str = "v1"
    num_actions: int = 60
    embedding_dim: int = 1024
    """Width of the text embedding, of the image embedding and of what fusion makes of them."""
    feedforward_factor: int = 4
    dropout: float = 0.1
    image_size: int = 256
    """Side of the square input image in pixels. A motion-only model has no image, and keeps the default."""

    def __post_init__(self) -> None:
        for name, minimum in _MINIMUM.items():
            value = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool) or value < minimum:
                raise ValueError(f"{name} must be a whole number of at least {minimum}, not {value!r}")
        if not isinstance(self.dropout, int | float) or not 0 <= self.dropout < 1:
            raise ValueError(f"dropout must be a number from 0 up to, but not including, 1, not {self.dropout!r}")
        check_choice("skeleton", self.skeleton, SKELETONS)
        if self.image_encoder is not None:
            check_choice("image_encoder", self.image_encoder, IMAGE_ENCODERS)
        if self.fusion is not None:
            check_choice("fusion", self.fusion, FUSION_STRATEGIES)
        if (self.image_encoder is None) != (self.fusion is None):
            raise ValueError(
                "image_encoder and fusion go together: give both, or neither for a motion-only model; "
                f"got image_encoder={self.image_encoder!r} (of {', '.join(IMAGE_ENCODERS)}) "
                f"and fusion={self.fusion!r} (of {', '.join(FUSION_STRATEGIES)})"
            )
        for name, divisor, reason in (
            ("d_model", 4, "two projections are d_model / 4 wide"),
            ("d_model", 2 * self.num_heads, "rotary embedding needs heads of an even width"),
        ):
            self._check_multiple(name, divisor, reason)
        if self.fusion == "cross_attention":
            self._check_multiple("embedding_dim", CROSS_ATTENTION_HEADS, "cross-attention splits it into heads")
        self._check_multiple("image_size", 32, "the convolutional encoders halve it five times")
        if self.image_encoder is None:  # so that equal models are equal configs
            object.__setattr__(self, "image_size", type(self).image_size)

    def _check_multiple(self, name: str, divisor: int, reason: str) -> None:
        value = getattr(self, name)
        if value % divisor:
            raise ValueError(f"{name} must be a multiple of {divisor} ({reason}), not {value}")

    @property
    def variant(self) -> str:
        """The key of `VARIANTS` whose size this config has, or `CUSTOM`."""
        return next((name for name, preset in VARIANTS.items() if preset.size == self.size), CUSTOM)

    @property
    def size(self) -> tuple[int, ...]:
        """The values of `VARIANT_FIELDS`."""
        return tuple(getattr(self, name) for name in VARIANT_FIELDS)

    @property
    def is_multimodal(self) -> bool:
        """Whether the model takes an image."""
        return self.image_encoder is not None

    @property
    def mode(self) -> str:
        """The key of `MODES` this config is of."""
        return "multimodal" if self.is_multimodal else "motion_only"

    @property
    def pose_dim(self) -> int:
        """Width of a pose vector."""
        return SKELETONS[self.skeleton].pose_dim

    @property
    def key(self) -> str:
        """A short readable name, no two configs the same: `medium/lightweight_cnn/gated` or `large/motion_only`.

        A custom size is spelled out (`custom-320-7-10-4-1024`, in the order of `VARIANT_FIELDS`), and what is not
        at its default follows (`small/motion_only/v3/num_actions-64`).
        """
        custom = self.variant == CUSTOM
        size = "-".join((CUSTOM, *map(str, self.size))) if custom else self.variant
        parts = (self.image_encoder, self.fusion) if self.image_encoder and self.fusion else ("motion_only",)
        others = {field.name: field.default for field in fields(self) if field.name in _OTHER_FIELDS}
        changed = {name: getattr(self, name) for name, default in others.items() if getattr(self, name) != default}
        skeleton = [changed.pop("skeleton")] if "skeleton" in changed else []
        return "/".join((size, *parts, *skeleton, *(f"{name}-{value}" for name, value in changed.items())))


_OTHER_FIELDS = ("skeleton", "num_actions", "dropout", "image_size")
"""Fields that the name of a config leaves out where they are at their default."""

VARIANTS: dict[str, ModelConfig] = {
    "small": ModelConfig(d_model=256, num_layers=6, num_heads=8),
    "medium": ModelConfig(d_model=384, num_layers=8, num_heads=12),
    "large": ModelConfig(d_model=512, num_layers=10, num_heads=16),
}
"""The motion-only preset of each variant."""

DEFAULT_VARIANT = "medium"

DEFAULT_MULTIMODAL: dict[str, tuple[str, str]] = {
    "small": ("lightweight_cnn", "gated"),
    "medium": ("lightweight_cnn", "gated"),
    "large": ("resnet", "cross_attention"),
}
"""Image encoder and fusion strategy that the reference document pairs with each variant."""


def configure(
    variant: str,
    image_encoder: str | None = None,
    fusion: str | None = None,
    skeleton: str = "v1",
    **overrides: Any,
) -> ModelConfig:
    """The config of a variant.

    `image_encoder` and `fusion` are given together, or neither for motion-only. `overrides` are any
    other fields of `ModelConfig`, for example `num_actions=64`. Raises `ValueError` naming what is allowed.
    """
    check_choice("variant", variant, VARIANTS)
    for name in overrides:
        check_choice("override", name, [field.name for field in fields(ModelConfig)])
    return replace(VARIANTS[variant], image_encoder=image_encoder, fusion=fusion, skeleton=skeleton, **overrides)


def configurations(skeleton: str = "v1", **overrides: Any) -> Iterator[ModelConfig]:
    """Every configuration, small to large: a variant motion-only, then with each encoder and strategy."""
    pairs = [(None, None), *product(IMAGE_ENCODERS, FUSION_STRATEGIES)]
    for variant, (image_encoder, fusion) in product(VARIANTS, pairs):
        yield configure(variant, image_encoder, fusion, skeleton, **overrides)

"""The canvas motion player: figures in, a moving drawing with controls out.

The drawing, the clock and the controls run in the browser, so playing, scrubbing and stepping never rerun the
page, and a rerun with the same figures leaves the player running. On every frame it shows, the player
dispatches a `stickgen:frame` event on the document, with `{key, frame, time}` as its detail.
"""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import streamlit as st

from stickgen.config import SKELETONS, check_choice

__all__ = ["LAYOUTS", "MAX_FIGURES", "ROLES", "Figure", "motion_player"]

MAX_FIGURES = 12
"""Figures one player shows at a time."""

_HERE = Path(__file__).parent
_SCRIPTS = ("motion.js", "drawing.js", "player.js")
_INT16_MAX = 32767


class MotionLike(Protocol):
    """What the player reads of a `stickgen.motion.Motion`."""

    @property
    def frames(self) -> Any:
        """Array or tensor [frames, segments, 4] of x1, y1, x2, y2, y up, ground at y = 0."""

    @property
    def skeleton(self) -> str:
        """A key of `stickgen.config.SKELETONS`."""

    @property
    def frame_rate(self) -> int:
        """Frames per second."""


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A motion as the player shows it."""

    motion: MotionLike
    label: str = ""
    """Shown beside the figure, as plain text."""
    role: str = "main"
    """A key of `ROLES`."""

    def __post_init__(self) -> None:
        check_choice("role", self.role, ROLES)


def motion_player(
    figures: Sequence[Figure],
    *,
    key: str,
    height: int = 380,
    layout: str = "side_by_side",
    autoplay: bool = True,
    loop: bool = True,
    label: str = "Moving stick figure",
) -> None:
    """Play one to `MAX_FIGURES` motions in step.

    `height` is that of the drawing in CSS pixels; the controls below it add about 50. `layout` is a key of
    `LAYOUTS`, `label` is what a screen reader calls the player. People who ask their system for reduced
    motion get a still with a play button, whatever `autoplay` says.

    Raises `ValueError`, saying what is allowed, for figures that cannot be drawn.
    """
    _COMPONENT(key=key, data=player_data(figures, key, height, layout, autoplay, loop, label))


def player_data(
    figures: Sequence[Figure], key: str, height: int, layout: str, autoplay: bool, loop: bool, label: str
) -> dict[str, Any]:
    """What the browser receives, as plain JSON values."""
    check_choice("layout", layout, LAYOUTS)
    if not 1 <= len(figures) <= MAX_FIGURES:
        raise ValueError(f"a player shows 1 to {MAX_FIGURES} figures, not {len(figures)}")
    return {
        "key": key,
        "height": height,
        "layout": layout,
        "autoplay": autoplay,
        "loop": loop,
        "label": label,
        "figures": [_figure_data(figure) for figure in figures],
    }


def _figure_data(figure: Figure) -> dict[str, Any]:
    """One figure: its coordinates as base64 of little-endian int16, in steps of `scale` world units."""
    motion = figure.motion
    check_choice("skeleton", motion.skeleton, SKELETONS)
    skeleton = SKELETONS[motion.skeleton]
    frames = np.asarray(motion.frames, dtype=np.float32)
    if frames.ndim != 3 or frames.shape[0] < 1 or frames.shape[1:] != (len(skeleton.segments), 4):
        raise ValueError(
            f"frames of a {skeleton.name} motion have the shape [frames, {len(skeleton.segments)}, 4], "
            f"with at least one frame, not {list(frames.shape)}"
        )
    if not np.isfinite(frames).all():
        raise ValueError("frames must be finite numbers: this motion holds NaN or infinity")
    if motion.frame_rate <= 0:
        raise ValueError(f"frame_rate must be above 0 frames per second, not {motion.frame_rate}")
    scale = float(np.abs(frames).max()) / _INT16_MAX or 1.0
    steps = np.rint(frames / scale).astype("<i2")
    return {
        "label": figure.label,
        "role": figure.role,
        "segments": [segment.name for segment in skeleton.segments],
        "rate": motion.frame_rate,
        "height": skeleton.body_height,
        "scale": scale,
        "frames": base64.b64encode(steps.tobytes()).decode("ascii"),
    }


def _read(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


_COMPONENT = st.components.v2.component(
    "stickgen_motion_player",
    html=_read("player.html"),
    css=_read("player.css"),
    js="\n".join(_read(name) for name in _SCRIPTS),
)

ROLES: dict[str, str] = {
    "main": "in full colours",
    "ghost": "muted and in one colour, drawn behind the others",
}

LAYOUTS: dict[str, str] = {
    "side_by_side": "a panel for each figure, all in step and at one scale",
    "overlay": "all figures in one panel that follows the first",
}

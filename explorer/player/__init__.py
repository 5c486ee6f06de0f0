"""The canvas motion player: it takes figures and shows a moving drawing with controls.

The drawing, the clock and the controls run in the browser, so playing, scrubbing and stepping never rerun the
page, and a rerun with the same figures leaves the player running. On every frame it shows, the player
dispatches a `stickgen:frame` event on the document, with `{key, frame, time}` as its detail.
"""

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import streamlit as st
import torch

from stickgen.config import SKELETONS, check_choice
from stickgen.motion.anatomy import BODY
from stickgen.motion.placement import AS_IT_IS, Placement

__all__ = ["CONTROLS", "LAYOUTS", "MAX_FIGURES", "MAX_LINES", "PACES", "ROLES", "Figure", "Track", "motion_player"]

MAX_FIGURES = 12
"""Maximum number of figures in one player."""

MAX_LINES = 6
"""Maximum number of lines in one track: as many as there are colours that are easy to tell apart."""

LOADER = "loader.js"
"""The script that loads the others, which are ES modules."""

_HERE = Path(__file__).parent
_INT16_MAX = 32767
_MAX_STEP = 0.001
"""How coarse the coordinates may be, in body heights: less than a pixel."""


class MotionLike(Protocol):
    """What the player reads of a `stickgen.motion.Motion`."""

    @property
    def frames(self) -> Any:
        """Array or tensor [frames, segments, 4] of x1, y1, x2, y2."""

    @property
    def skeleton(self) -> str:
        """A key of `stickgen.config.SKELETONS`."""

    @property
    def frame_rate(self) -> float:
        """Frames per second."""


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A motion as the player shows it."""

    motion: MotionLike
    label: str = ""
    """Shown beside the figure, as plain text."""
    role: str = "main"
    """A key of `ROLES`."""
    placement: Placement = AS_IT_IS
    """Where the frames are drawn: once placed, they have y up and the ground at y = 0."""

    def __post_init__(self) -> None:
        check_choice("role", self.role, ROLES)


@dataclass(frozen=True, kw_only=True)
class Track:
    """Values over time, drawn as a small line chart in step with the first figure."""

    name: str
    unit: str = ""
    lines: Mapping[str, Any]
    """Label to values, one for each frame of the first figure."""


def motion_player(
    figures: Sequence[Figure],
    *,
    key: str,
    height: int = 380,
    layout: str = "side_by_side",
    controls: str = "full",
    autoplay: bool = True,
    loop: bool = True,
    pace: str = "screen",
    label: str = "Moving stick figure",
    tracks: Sequence[Track] = (),
) -> None:
    """Play one to `MAX_FIGURES` motions in step.

    `height` is the height of the drawing in CSS pixels, which grows where figures need several rows; controls and
    tracks come below it. `layout` is a key of `LAYOUTS`, `controls` one of `CONTROLS`, `pace` one of `PACES`, and
    `label` what a screen reader calls the player. People whose system asks for reduced motion get a still with a
    play button, whatever `autoplay` says.

    Raises `ValueError`, saying what is allowed, for figures and tracks that cannot be drawn.
    """
    check_choice("layout", layout, LAYOUTS)
    check_choice("controls", controls, CONTROLS)
    check_choice("pace", pace, PACES)
    if not 1 <= len(figures) <= MAX_FIGURES:
        raise ValueError(f"a player shows 1 to {MAX_FIGURES} figures, not {len(figures)}")
    _COMPONENT(
        key=key,
        data={
            "key": key,
            "height": height,
            "layout": layout,
            "controls": controls,
            "autoplay": autoplay,
            "loop": loop,
            "pace": pace,
            "label": label,
            "body": asdict(BODY),
            "figures": [figure_data(figure) for figure in figures],
            "tracks": [track_data(track, len(figures[0].motion.frames)) for track in tracks],
        },
    )


def figure_data(figure: Figure) -> dict[str, Any]:
    """One figure: its coordinates as base64 of little-endian int16, in steps of `scale` world units.

    For a motion that goes so far that the steps would show, they are float32, and `scale` is 0.
    """
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
    frames = figure.placement.apply(torch.from_numpy(frames)).numpy()
    scale = float(np.abs(frames).max()) / _INT16_MAX or 1.0
    if scale > _MAX_STEP * skeleton.body_height:
        scale, coordinates = 0.0, frames.astype("<f4")
    else:
        coordinates = np.rint(frames / scale).astype("<i2")
    return {
        "label": figure.label,
        "role": figure.role,
        "segments": [segment.name for segment in skeleton.segments],
        "rate": motion.frame_rate,
        "height": skeleton.body_height,
        "scale": scale,
        "frames": base64.b64encode(coordinates.tobytes()).decode("ascii"),
    }


def track_data(track: Track, frame_count: int) -> dict[str, Any]:
    """One track: its values rounded to what a chart can show."""
    if not 1 <= len(track.lines) <= MAX_LINES:
        raise ValueError(f"track {track.name!r} shows 1 to {MAX_LINES} lines, not {len(track.lines)}")
    lines = []
    for label, given in track.lines.items():
        values = np.asarray(given, dtype=np.float64)
        if values.shape != (frame_count,) or not np.isfinite(values).all():
            raise ValueError(
                f"line {label!r} of track {track.name!r} must hold {frame_count} finite values, one for each "
                f"frame of the first figure, not an array of shape {list(values.shape)}"
            )
        lines.append({"label": label, "values": [float(f"{value:.5g}") for value in values]})
    return {"name": track.name, "unit": track.unit, "lines": lines}


def module_sources() -> dict[str, str]:
    """The text of every ES module, by file name."""
    return {path.name: _read(path.name) for path in sorted(_HERE.glob("*.js")) if path.name != LOADER}


def script() -> str:
    """What Streamlit runs: the loader, with the modules that it loads."""
    return f"const SOURCES = {json.dumps(module_sources())};\n{_read(LOADER)}"


def _read(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


_COMPONENT = st.components.v2.component(
    "stickgen_motion_player",
    html=_read("player.html"),
    css=_read("player.css"),
    js=script(),
)

ROLES: dict[str, str] = {
    "main": "in full colours",
    "ghost": "in one muted colour, drawn behind the others",
}

LAYOUTS: dict[str, str] = {
    "side_by_side": "a panel for each figure, all in step and at one scale",
    "overlay": "all figures in one panel that follows the first",
}

CONTROLS: dict[str, str] = {
    "full": "frame step, play, position, loop, trail and speed, below the drawing",
    "play": "a play button on the drawing, for small players",
    "none": "only the drawing, for players that the page pauses",
}

PACES: dict[str, str] = {
    "screen": "drawn at the refresh rate of the screen, with poses between the frames of the motions",
    "slow": "drawn 25 times a second, which saves processor time",
    "rest": "paused until the pace changes",
}

"""A page with the player in its forms, for the browser tests: `streamlit run tests/browser/player_app.py`."""

from dataclasses import dataclass

import numpy as np
import streamlit as st
import torch

from explorer.player import PACES, Figure, Track, motion_player
from stickgen.config import SKELETONS
from stickgen.motion import Performance
from stickgen.motion.placement import placement_of

RATE = 25

ORIGINS = {
    "": (1.0, 1.0, 0.0, 0.0),
    "pixels": (300.0, 300.0, 0.0, 0.0),
    "image": (300.0, -300.0, 640.0, 480.0),
    "pelvis": (1.2, 1.2, 0.0, -0.95),
    "far": (1.0, 1.0, 19.0, 2.0),
}
"""Name to what a file does with x and y, and where its origin is."""


@dataclass(frozen=True)
class PlainMotion:
    """The least a motion is to the player."""

    frames: np.ndarray
    skeleton: str
    frame_rate: int = RATE


def walk(skeleton: str, tempo: float, phase: float, origin: str = "", leaps: bool = False) -> PlainMotion:
    """Four seconds of the walk clip, in the coordinates of `ORIGINS`; one that leaps is elsewhere in its last second.

    A leap is higher and wider than any view, and so far that whole steps of an int16 would show.
    """
    frames = Performance(clip="walk", tempo=tempo, phase=phase).frames(4 * RATE, skeleton).numpy()
    if leaps:
        frames[3 * RATE :] += np.array((-120.0, 5.0, -120.0, 5.0), dtype=np.float32)
    *scale, x, y = ORIGINS[origin]
    return PlainMotion((frames * np.tile(scale, 2) + (x, y, x, y)).astype(np.float32), skeleton)


def main() -> None:
    """One player, as the query string asks: `?figures=2&layout=overlay&skeleton=v1&autoplay=no&same=yes`.

    `origins=pixels,far` gives each figure coordinates of its own, and with `leaps=yes` each leaps.
    """
    st.set_page_config(page_title="Player", layout="wide")
    asked = st.query_params
    skeleton = asked.get("skeleton", "v3")
    tempo = st.radio("Tempo", [1.0, 1.5], horizontal=True)
    pace = st.radio("Pace", PACES, horizontal=True)
    st.button(f"Rerun {st.session_state.setdefault('reruns', 0)}", key="rerun", on_click=_count)
    apart = 0 if asked.get("same") == "yes" else 1
    origins = asked.get("origins", "").split(",")
    count = max(int(asked.get("figures", "1")), len(origins))
    motions = [
        walk(
            skeleton,
            tempo=tempo + 0.03 * i * apart,
            phase=0.1 * i * apart,
            origin=origins[i % len(origins)],
            leaps=asked.get("leaps") == "yes" and i % 2 == 0,
        )
        for i in range(count)
    ]
    figures = [
        Figure(
            motion=motion,
            label=f"Figure {i + 1} <b>",
            role="ghost" if i and asked.get("layout") == "overlay" else "main",
            placement=placement_of(torch.from_numpy(motion.frames), skeleton),
        )
        for i, motion in enumerate(motions)
    ]
    if not st.checkbox("Show", value=True):
        return
    motion_player(
        figures,
        key="player",
        height=int(asked.get("height", "380")),
        layout=asked.get("layout", "side_by_side"),
        controls=asked.get("controls", "full"),
        tracks=_tracks(figures[0]) if asked.get("tracks") == "yes" else (),
        autoplay=asked.get("autoplay", "yes") == "yes",
        pace=pace,
        label="A walk",
    )


def _tracks(figure: Figure) -> list[Track]:
    """Velocity of the torso's lower end, and the height of both legs' ends."""
    frames = figure.motion.frames
    segments = [segment.name for segment in SKELETONS[figure.motion.skeleton].segments]
    pelvis = frames[:, [i for i, name in enumerate(segments) if "torso" in name][-1], 2:]
    velocity = RATE * np.gradient(pelvis, axis=0)
    legs = {name: frames[:, i, 3] for i, name in enumerate(segments) if name.endswith(("leg", "shin"))}
    return [
        Track(name="Velocity", unit="units/s", lines={"x": velocity[:, 0], "y": velocity[:, 1]}),
        Track(name="Height of the feet", unit="units", lines=legs),
    ]


def _count() -> None:
    st.session_state["reruns"] += 1


main()

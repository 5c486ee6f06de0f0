"""A page with the player in its forms, for the browser tests: `streamlit run tests/browser/player_app.py`."""

import math
from dataclasses import dataclass

import numpy as np
import streamlit as st

from explorer.player import Figure, motion_player
from stickgen.config import SKELETONS

RATE = 25


@dataclass(frozen=True)
class PlainMotion:
    """The least a motion is to the player."""

    frames: np.ndarray
    skeleton: str
    frame_rate: int = RATE


def walk(skeleton: str, seconds: float = 4.0, tempo: float = 1.0, phase: float = 0.0) -> PlainMotion:
    """A walk to the right: legs swing against each other, arms against the legs."""
    frames = []
    for i in range(round(seconds * RATE)):
        t = i / RATE
        frames.append(_pose(skeleton, 2 * math.pi * tempo * t + phase, 1.1 * tempo * t))
    return PlainMotion(np.array(frames, dtype=np.float32), skeleton)


def _pose(skeleton: str, angle: float, x: float) -> list[list[float]]:
    """Segments of one moment of the stride."""

    def along(start: tuple[float, float], length: float, swing: float) -> tuple[float, float]:
        return start[0] + length * math.sin(swing), start[1] - length * math.cos(swing)

    hip = (x, 0.74 + 0.025 * math.cos(2 * angle))
    neck = (hip[0] + 0.05, hip[1] + 0.48)
    joints = {
        "hip_center": hip,
        "pelvis_center": hip,
        "neck": neck,
        "head_center": (neck[0] + 0.03, neck[1] + 0.16),
    }
    joints["chest"] = (hip[0] + 0.035, hip[1] + 0.27)
    for side, offset in (("l", 0.0), ("r", math.pi)):
        swing = math.sin(angle + offset)
        bend = max(0.0, math.cos(angle + offset))
        joints[f"{side}_hip"] = (hip[0] + (0.03 if side == "r" else -0.03), hip[1])
        joints[f"{side}_shoulder"] = (neck[0] + (0.03 if side == "r" else -0.03), neck[1] - 0.05)
        thigh = 0.48 * swing
        joints[f"{side}_knee"] = along(joints[f"{side}_hip"], 0.37, thigh + 0.1)
        joints[f"{side}_ankle"] = along(joints[f"{side}_knee"], 0.36, thigh - 0.12 - 0.9 * bend)
        joints[f"{side}_foot"] = joints[f"{side}_ankle"]
        joints[f"{side}_elbow"] = along(joints[f"{side}_shoulder"], 0.27, -0.55 * swing)
        joints[f"{side}_wrist"] = along(joints[f"{side}_elbow"], 0.25, -0.55 * swing + 0.45)
        joints[f"{side}_hand"] = joints[f"{side}_wrist"]
    return [[*joints[s.start], *joints[s.end]] for s in SKELETONS[skeleton].segments]


def main() -> None:
    """One player, as the query string asks: `?figures=2&layout=overlay&skeleton=v1&autoplay=no`."""
    st.set_page_config(page_title="Player", layout="wide")
    asked = st.query_params
    skeleton = asked.get("skeleton", "v3")
    tempo = st.radio("Tempo", [1.0, 1.5], key="tempo")
    st.button(f"Rerun {st.session_state.setdefault('reruns', 0)}", key="rerun", on_click=_count)
    figures = [
        Figure(
            motion=walk(skeleton, tempo=tempo + 0.03 * i, phase=0.3 * i),
            label=f"Figure {i + 1} <b>",
            role="ghost" if i and asked.get("layout") == "overlay" else "main",
        )
        for i in range(int(asked.get("figures", "1")))
    ]
    motion_player(
        figures,
        key="player",
        height=int(asked.get("height", "380")),
        layout=asked.get("layout", "side_by_side"),
        autoplay=asked.get("autoplay", "yes") == "yes",
        label="A walk",
    )


def _count() -> None:
    st.session_state["reruns"] += 1


main()

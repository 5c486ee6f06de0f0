"""Motions in other coordinates, for several test files: as files hold them that other programs wrote."""

from dataclasses import replace

import torch
from hypothesis import strategies as st

from stickgen.motion import Motion

HEIGHT = 1.5
"""Of a figure in the coordinates of clips."""


def moved(sent: Motion, scale: float = 1.0, x: float = 0.0, y: float = 0.0, upside_down: bool = False) -> Motion:
    """The motion in other coordinates: x and y, in body heights, are where its origin comes to be."""
    up = -scale if upside_down else scale
    at = torch.tensor((x, y)).repeat(2) * HEIGHT * scale
    return replace(sent, frames=sent.frames * torch.tensor((scale, up)).repeat(2) + at)


coordinates = st.fixed_dictionaries(
    {
        "scale": st.sampled_from((0.01, 0.4, 0.85, 1.0, 1.2, 4.0, 300.0)),
        "x": st.floats(-40, 40),
        "y": st.floats(-4, 4),
        "upside_down": st.booleans(),
    }
)
"""Keywords for `moved`."""

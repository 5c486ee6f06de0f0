"""Procedural clips: what the figure should do, as functions of time.

A clip's `pose` takes cycles `[T]` (float64; 0 to 1 is once through, a periodic clip goes on counting) and an
amplitude, and returns `Controls`. Adding a clip is one such function and one line in `CLIPS`.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from stickgen.config import SKELETONS, check_choice
from stickgen.motion.body import Arm, Controls, draw, joints

TURN = 2 * math.pi


@dataclass(frozen=True, kw_only=True)
class Clip:
    """One action the figure knows."""

    name: str
    label: str
    pose: Callable[[Tensor, float], Controls]
    duration_seconds: float
    """Once through at tempo 1."""
    words: tuple[str, ...]
    """What people call it; the first is the prompt a model is fitted with."""
    periodic: bool = True
    """Whether it repeats; otherwise its last pose is held."""
    travels: bool = False
    """Whether it leaves the spot."""

    def frames(
        self,
        count: int,
        skeleton: str = "v1",
        *,
        tempo: float = 1.0,
        phase: float = 0.0,
        amplitude: float = 1.0,
        direction: int = 1,
        first: int = 0,
    ) -> Tensor:
        """`[count, segments, 4]` float32 frames, from frame `first` on; frame 0 is at `phase` (cycles).

        `tempo` multiplies the speed, `amplitude` the size of the movement, and `direction` -1 mirrors it. A
        clip that travels has its pelvis at x = 0 in frame 0. Raises `ValueError` for a value outside those.
        """
        check_choice("skeleton", skeleton, SKELETONS)
        for name, value in (("tempo", tempo), ("amplitude", amplitude)):
            if not 0 < value <= 4:
                raise ValueError(f"{name} must be above 0 and at most 4, not {value!r}")
        if direction not in (1, -1):
            raise ValueError(f"direction must be 1 or -1, not {direction!r}")
        if count < 1:
            raise ValueError(f"a motion has at least one frame, not {count}")
        seconds = torch.arange(first, first + count, dtype=torch.float64) / SKELETONS[skeleton].frame_rate
        cycles = phase + seconds * tempo / self.duration_seconds
        if not self.periodic:
            cycles = cycles.clamp(0, 1)
        frames = draw(joints(self.pose(cycles, amplitude)), SKELETONS[skeleton])
        if self.travels:
            start = self.pose(torch.tensor([phase], dtype=torch.float64), amplitude).pelvis[0, 0]
            frames = frames - torch.stack((start, torch.zeros_like(start))).repeat(2)
        if direction < 0:
            frames = frames * torch.tensor((-1.0, 1.0, -1.0, 1.0), dtype=frames.dtype)
        return frames.float()


def point(x: Tensor, y: Tensor) -> Tensor:
    """Coordinates `[T]` each to points `[T, 2]`."""
    return torch.stack((x, y), dim=-1)


def wave_of(cycles: Tensor, shift: float = 0.0) -> Tensor:
    """A cosine with its peak where `cycles` equals `shift`."""
    return torch.cos(TURN * (cycles - shift))


def ease(progress: Tensor) -> Tensor:
    """0 to 1 with zero speed and acceleration at both ends (Perlin's smootherstep)."""
    p = progress.clamp(0, 1)
    return p**3 * (p * (6 * p - 15) + 10)


def stepping_foot(cycles: Tensor, stride: float, stance: float, lift: float) -> Tensor:
    """A foot that stands for the share `stance` of its cycle, then swings `stride` ahead: `[T, 2]`.

    The foot strikes at whole cycles; the pelvis is meant to be at `stride * cycles`.
    """
    whole = cycles.floor()
    swing = ((cycles - whole - stance) / (1 - stance)).clamp(0, 1)
    x = stride * (whole + stance / 2 + ease(swing))
    return point(x, lift * torch.sin(math.pi * swing**0.8) ** 2)


def walk(cycles: Tensor, amplitude: float) -> Controls:
    """Contact at 0, the weight sinks, passes over the standing leg and falls into the next step at 0.5."""
    stride = 0.95 * amplitude
    left, right = cycles, cycles + 0.5
    sink = 0.02 * amplitude
    return Controls(
        pelvis=point(
            stride * cycles + 0.01 * wave_of(2 * cycles, 0.2), 0.757 - sink * wave_of(2 * cycles, 0.1)
        ),
        left_foot=stepping_foot(left, stride, 0.56, 0.12 * amplitude),
        right_foot=stepping_foot(right, stride, 0.56, 0.12 * amplitude) - point(*_offset(cycles, stride / 2)),
        left_arm=_swinging_arm(left, amplitude),
        right_arm=_swinging_arm(right, amplitude),
        lean=0.05 + 0.02 * wave_of(2 * cycles, 0.15),
        bend=0.02 - 0.02 * wave_of(2 * cycles, 0.25),
        nod=-0.02 + 0.03 * wave_of(2 * cycles, 0.35),
    )


def _offset(cycles: Tensor, x: float) -> tuple[Tensor, Tensor]:
    return torch.full_like(cycles, x), torch.zeros_like(cycles)


def _swinging_arm(cycles: Tensor, amplitude: float) -> Arm:
    """Against the leg of the same side, the forearm trailing behind the upper arm."""
    return Arm(
        shoulder=0.02 - 0.48 * amplitude * wave_of(cycles, 0.02),
        elbow=0.38 - 0.22 * amplitude * wave_of(cycles, 0.09),
    )


CLIPS: dict[str, Clip] = {
    clip.name: clip
    for clip in (
        Clip(
            name="walk",
            label="Walk",
            pose=walk,
            duration_seconds=1.04,
            words=("walk", "stroll", "stride", "step", "wander", "amble", "pace"),
            travels=True,
        ),
    )
}
"""Every clip under its name."""

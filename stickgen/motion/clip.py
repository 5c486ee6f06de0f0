"""What a clip is, and how it becomes frames."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from stickgen.config import SKELETONS, check_choice
from stickgen.motion.body import Arm, Controls, Hand, draw, joints

SLOWEST, FASTEST = 0.5, 2.0
LARGEST = 1.2


@dataclass(frozen=True, kw_only=True)
class Clip:
    """One action the figure knows.

    `pose` takes cycles `[T]` (float64; 0 to 1 is once through, a periodic clip goes on counting) and an
    amplitude, 1 being the ordinary size of the movement, and returns `Controls`.
    """

    name: str
    label: str
    pose: Callable[[Tensor, float], Controls]
    duration_seconds: float
    """Once through at tempo 1."""
    words: tuple[str, ...]
    """What people call it; the first is the prompt a model is fitted with by default."""
    periodic: bool = True
    """Whether it repeats; otherwise its last pose is held."""
    travels: bool = False
    """Whether it leaves the spot."""

    @property
    def latest_start(self) -> float:
        """The phase before which a performance starts: an early one for a clip that does not repeat."""
        return 1.0 if self.periodic else 0.3

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
        check_performance(tempo, amplitude, direction)
        if not math.isfinite(phase):
            raise ValueError(f"phase must be a finite number of cycles, not {phase!r}")
        if count < 1:
            raise ValueError(f"a motion has at least one frame, not {count}")
        seconds = torch.arange(first, first + count, dtype=torch.float64) / SKELETONS[skeleton].frame_rate
        cycles = phase + seconds * tempo / self.duration_seconds
        frames = self.at(cycles, skeleton, tempo, amplitude, direction)
        if self.travels:
            here = torch.tensor([phase], dtype=torch.float64)
            start = direction * self.pose(here, amplitude).pelvis[0, 0]
            frames = frames - torch.stack((start, torch.zeros_like(start))).repeat(2)
        return frames.float()

    def at(
        self, cycles: Tensor, skeleton: str, tempo: float = 1.0, amplitude: float = 1.0, direction: int = 1
    ) -> Tensor:
        """The figure at any moments `[N]`, in cycles: `[N, segments, 4]` float64, wherever it has got to."""
        if not self.periodic:
            cycles = cycles.clamp(0, 1)
        frames = draw(joints(hasten(self.pose(cycles, amplitude), tempo)), SKELETONS[skeleton])
        return frames * torch.tensor((direction, 1, direction, 1), dtype=frames.dtype)


def check_performance(tempo: float, amplitude: float, direction: int) -> None:
    """Raise `ValueError` for a way to perform a clip that is out of range."""
    if not SLOWEST <= tempo <= FASTEST:
        raise ValueError(f"tempo must be from {SLOWEST} to {FASTEST}, not {tempo!r}")
    if not 0 < amplitude <= LARGEST:
        raise ValueError(f"amplitude must be above 0 and at most {LARGEST}, not {amplitude!r}")
    if direction not in (1, -1):
        raise ValueError(f"direction must be 1 or -1, not {direction!r}")


def hasten(controls: Controls, tempo: float) -> Controls:
    """What hurry looks like in a single frame: bent elbows, and seen from the side a forward lean."""
    hurry = math.log(tempo)

    side_view = controls.knees[0] == controls.knees[1]

    def hastened(arm: Arm | Hand, side: float) -> Arm | Hand:
        if isinstance(arm, Hand):
            return arm
        return replace(arm, elbow=arm.elbow * (1 + 0.4 * hurry) + 0.35 * hurry * side)

    return replace(
        controls,
        left_arm=hastened(controls.left_arm, 1.0),
        right_arm=hastened(controls.right_arm, 1.0 if side_view else -1.0),
        lean=controls.lean + (0.3 * hurry if side_view else 0.0),
    )

"""How a clip is performed, and the frames of a performance."""

import math
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from stickgen.config import SKELETONS, check_choice
from stickgen.motion.body import Arm, Controls, Hand, draw, joints
from stickgen.motion.clips.clip import Clip
from stickgen.motion.clips.registry import CLIPS

MIN_TEMPO, MAX_TEMPO = 0.5, 2.0
MAX_AMPLITUDE = 1.2


@dataclass(frozen=True, kw_only=True)
class Performance:
    """One way to perform a clip. Raises `ValueError` for a clip or a value that is not allowed."""

    clip: str | None = None
    """A name in `CLIPS`; None for the clip nearest to a prompt."""
    tempo: float = 1.0
    """Multiplies the speed."""
    phase: float = 0.0
    """Where frame 0 is, in cycles."""
    amplitude: float = 1.0
    """Multiplies the size of the movement."""
    direction: int = 1
    """1, or -1 for the mirror image."""

    def __post_init__(self) -> None:
        if self.clip is not None:
            check_choice("clip", self.clip, CLIPS)
        if not MIN_TEMPO <= self.tempo <= MAX_TEMPO:
            raise ValueError(f"tempo must be from {MIN_TEMPO} to {MAX_TEMPO}, not {self.tempo!r}")
        if not math.isfinite(self.phase):
            raise ValueError(f"phase must be a finite number of cycles, not {self.phase!r}")
        if not 0 < self.amplitude <= MAX_AMPLITUDE:
            raise ValueError(f"amplitude must be above 0 and at most {MAX_AMPLITUDE}, not {self.amplitude!r}")
        if self.direction not in (1, -1):
            raise ValueError(f"direction must be 1 or -1, not {self.direction!r}")

    @property
    def definition(self) -> Clip:
        """The clip. Raises `ValueError` where none is named."""
        if self.clip is None:
            raise ValueError(f"name a clip to perform: Performance(clip=...), one of {', '.join(CLIPS)}")
        return CLIPS[self.clip]

    def varied(self, tempo: float, start: float) -> "Performance":
        """The same at `tempo` times the tempo, within the limits, and from `start` (0 to 1) of the possible starts."""
        return replace(
            self,
            tempo=min(max(self.tempo * tempo, MIN_TEMPO), MAX_TEMPO),
            phase=start * self.definition.max_start,
        )

    def cycles_per_frame(self, skeleton: str) -> float:
        """Cycles that one frame takes."""
        return self.tempo / (self.definition.duration_seconds * SKELETONS[skeleton].frame_rate)

    def frames(self, count: int, skeleton: str = "v1", first: int = 0) -> Tensor:
        """`[count, segments, 4]` float32 frames, from frame `first` on; frame 0 is at `phase`.

        A clip that travels has its pelvis at x = 0 in frame 0. Raises `ValueError` for fewer than one frame, an
        unknown skeleton, or where no clip is named.
        """
        check_choice("skeleton", skeleton, SKELETONS)
        if count < 1:
            raise ValueError(f"a motion has at least one frame, not {count}")
        seconds = torch.arange(first, first + count, dtype=torch.float64) / SKELETONS[skeleton].frame_rate
        frames = self.at(self.phase + seconds * self.tempo / self.definition.duration_seconds, skeleton)
        if self.definition.travels:
            phase = torch.tensor([self.phase], dtype=torch.float64)
            start = self.direction * self.definition.pose(phase, self.amplitude).pelvis[0, 0]
            frames = frames - torch.stack((start, torch.zeros_like(start))).repeat(2)
        return frames.float()

    def at(self, cycles: Tensor, skeleton: str) -> Tensor:
        """The figure at any moments `[N]`, in cycles: `[N, segments, 4]` float64, wherever it is by then."""
        if not self.definition.periodic:
            cycles = cycles.clamp(0, 1)
        controls = _hurried(self.definition.pose(cycles, self.amplitude), self.tempo)
        frames = draw(joints(controls), SKELETONS[skeleton])
        return frames * torch.tensor((self.direction, 1, self.direction, 1), dtype=frames.dtype)


def _hurried(controls: Controls, tempo: float) -> Controls:
    """How a tempo shows in a single frame: bent elbows, and from the side a forward lean."""
    hurry = math.log(tempo)
    side_view = controls.knees[0] == controls.knees[1]

    def hurried(arm: Arm | Hand, side: float) -> Arm | Hand:
        if isinstance(arm, Hand):
            return arm
        return replace(arm, elbow=arm.elbow * (1 + 0.4 * hurry) + 0.35 * hurry * side)

    return replace(
        controls,
        left_arm=hurried(controls.left_arm, 1.0),
        right_arm=hurried(controls.right_arm, 1.0 if side_view else -1.0),
        lean=controls.lean + (0.3 * hurry if side_view else 0.0),
    )

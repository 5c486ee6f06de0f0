"""What generation returns: frames, and what is known about them."""

from dataclasses import dataclass

from torch import Tensor

from stickgen.motion.report import FitReport, HeadSignals


@dataclass(frozen=True, kw_only=True, eq=False)
class Motion:
    """A moving figure. Coordinates: x to the right, y up, ground at y = 0, body 1.5 high."""

    frames: Tensor
    """`[T, segments, 4]` float32 on the CPU: x1, y1, x2, y2 for each segment."""
    skeleton: str
    frame_rate: int
    description: str
    report: FitReport | None = None
    """How well the pose head was fitted; None for a motion that no fitted model made."""
    actions: tuple[str, ...] | None = None
    """A label for each frame, where a file gave them."""
    signals: HeadSignals | None = None
    """What the model's other heads said along the way; None for a motion that no model made."""

    @property
    def duration_seconds(self) -> float:
        return len(self.frames) / self.frame_rate

"""What generation returns: frames, and what is known about them."""

from base64 import b64encode
from dataclasses import dataclass, replace
from functools import cached_property
from html import escape

from torch import Tensor

from stickgen.motion.images import to_webp
from stickgen.motion.placement import AS_IT_IS, Placement, placement_of
from stickgen.motion.report import FitReport, HeadSignals

MAX_FRAMES = 1500
"""One minute."""
PREVIEW_SECONDS = 5
PREVIEW_SIZE = 240
"""Pixels of the moving picture in a notebook."""


def check_frames(frames: int) -> None:
    """Raise `ValueError` for a number of frames that is not allowed."""
    if not isinstance(frames, int) or isinstance(frames, bool) or not 1 <= frames <= MAX_FRAMES:
        raise ValueError(f"frames must be a whole number from 1 to {MAX_FRAMES}, not {frames!r}")


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

    @cached_property
    def placement(self) -> Placement:
        """Where it is drawn. What a model made is drawn as it is, out of shape or not."""
        return placement_of(self.frames, self.skeleton) if self.signals is None else AS_IT_IS

    def _repr_html_(self) -> str:
        """The motion as a moving picture, for notebooks: no more than its first seconds, since drawing takes time."""
        shown = replace(self, frames=self.frames[: PREVIEW_SECONDS * self.frame_rate])
        image = b64encode(to_webp(shown, PREVIEW_SIZE)).decode()
        text = escape(f"{self.description}, {self.duration_seconds:g} s", quote=True)
        note = f"<p>The first {PREVIEW_SECONDS} s are shown.</p>" if len(shown.frames) < len(self.frames) else ""
        return f'<img src="data:image/webp;base64,{image}" alt="A stick figure: {text}">{note}'

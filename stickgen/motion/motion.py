"""What generation returns: frames, and what is known about them."""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from html import escape
from typing import Any

from torch import Tensor

from stickgen.motion.images import to_webp
from stickgen.motion.placement import AS_IT_IS, Placement, placement_of
from stickgen.motion.report import FitReport, HeadSignals

MAX_FRAMES = 1500
"""One minute, at the 25 frames per second of clips and models."""
PREVIEW_SECONDS = 5
PREVIEW_SIZE = 240
"""Pixels of the moving picture in a notebook."""
MAX_ALT_LENGTH = 200
"""Characters of the description that stand for it where it cannot be seen."""


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
    frame_rate: float
    """Frames per second, not always a whole number."""
    description: str
    report: FitReport | None = None
    """How well the pose head was fitted; None for a motion that no fitted model made."""
    actions: tuple[str, ...] | None = None
    """A label for each frame; None for a motion without labels."""
    signals: HeadSignals | None = None
    """What the model's other heads said along the way; None for a motion that no model made."""
    physics: Tensor | None = None
    """`[T, 6]`, where a file gave them: vx, vy, ax, ay, momentum x, momentum y."""
    camera: Tensor | None = None
    """`[T, 3]`, where a file gave them: x, y, zoom."""
    unread: Mapping[str, Any] = field(default_factory=dict)
    """What else the file says, by its place there. It has no effect here, and is saved again as it stands."""
    notes: tuple[str, ...] = ()
    """What reading the file changed, in sentences."""

    @property
    def duration_seconds(self) -> float:
        return len(self.frames) / self.frame_rate

    def first_frames(self, count: int) -> "Motion":
        """The beginning of the motion, with all that belongs to these frames."""
        return replace(
            self,
            frames=self.frames[:count],
            actions=self.actions and self.actions[:count],
            signals=self.signals and self.signals.first_frames(count),
            physics=None if self.physics is None else self.physics[:count],
            camera=None if self.camera is None else self.camera[:count],
        )

    @cached_property
    def placement(self) -> Placement:
        """Where it is drawn. What a model made is drawn as it is, out of shape or not."""
        return placement_of(self.frames, self.skeleton) if self.signals is None else AS_IT_IS

    def _repr_html_(self) -> str:
        """The motion as a moving picture, for notebooks: no more than its first seconds, since drawing takes time."""
        shown = self.first_frames(round(PREVIEW_SECONDS * self.frame_rate))
        image = b64encode(to_webp(shown, PREVIEW_SIZE)).decode()
        text = escape(f"{self.description[:MAX_ALT_LENGTH]}, {self.duration_seconds:g} s", quote=True)
        notes = [f"The first {PREVIEW_SECONDS} s are shown."] if len(shown.frames) < len(self.frames) else []
        said = "".join(f"<p>{escape(note)}</p>" for note in (*self.notes, *self.placement.notes, *notes))
        return f'<img src="data:image/webp;base64,{image}" alt="A stick figure: {text}">{said}'

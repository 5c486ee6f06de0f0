"""What a clip is."""

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor

from stickgen.motion.body import Controls


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
    """Words and phrases that mean it; the first is its default prompt."""
    periodic: bool = True
    """Whether it repeats; otherwise its last pose is held."""
    travels: bool = False
    """Whether it leaves the spot."""

    @property
    def max_start(self) -> float:
        """A performance may start at any phase below this: an early one for a clip that does not repeat."""
        return 1.0 if self.periodic else 0.3

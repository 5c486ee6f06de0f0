"""What is known about a fitted pose head, and what the other heads say: plain data."""

from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True, kw_only=True)
class FitReport:
    """How well a pose head follows its clip on phases and tempi the fit never saw.

    Errors are root mean squares over all coordinates, as a share of the body height.
    """

    clip: str
    one_step_rmse: float
    """One frame ahead, from true frames."""
    repeat_rmse: float
    """What repeating the last frame would score one frame ahead."""
    rollout_rmse: float
    """Running free for `rollout_seconds`, against the clip at the same moment."""
    rollout_seconds: float
    amplitude_ratio: float
    """How much the free-running figure moves, against the clip: 1 is the same; the worst of the tests."""
    tempo_error: float
    """Worst error of the tempo, as a share of it."""
    bone_error: float
    """Mean error of the worst segment's length, as a share of the longest it gets in the clip."""
    travel_error: float
    """Worst error of the way travelled, as a share of it; 0 for a clip that stays on the spot."""
    rounds: int
    """How many times the fit has seen the model's own free runs."""
    fit_seconds: float


@dataclass(frozen=True, kw_only=True, eq=False)
class HeadSignals:
    """What the heads beside the pose say along a motion of T frames. Untrained: at their initial weights.

    Velocity is read off the mean over the frames so far, as the model reads it off the mean over all frames.
    """

    velocity: Tensor  # [T, 2]
    physics: Tensor  # [T, 6]: vx, vy, ax, ay, momentum x, momentum y
    action_probabilities: Tensor  # [T, A]
    trained: bool = False

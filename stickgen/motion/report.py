"""What is known about a fitted pose head, and what the other heads say: plain data."""

from dataclasses import dataclass, replace

from torch import Tensor

from stickgen.formatting import error, percent
from stickgen.tables import Column, Table


@dataclass(frozen=True, kw_only=True)
class FitReport:
    """How well a pose head follows its clip on phases and tempos not seen in the fit.

    Errors are root mean squares over all coordinates, as a share of the body height.
    """

    clip: str
    one_step_rmse: float
    """One frame ahead, from true frames."""
    repeat_rmse: float
    """The same of repeating the last frame."""
    rollout_rmse: float
    """Over a rollout of `rollout_seconds`, against the clip at the same moment."""
    rollout_seconds: float
    amplitude_ratio: float
    """How much the figure moves in a rollout, against the clip: 1 is the same. Of the worst sequence."""
    tempo_error: float
    """Worst error of the tempo, as a share of it."""
    bone_error: float
    """Mean error of the worst segment's length, as a share of its longest in the clip."""
    travel_error: float
    """Worst error of the distance travelled, as a share of it; 0 for a clip that stays on the spot."""
    rounds: int
    """Rollout rounds of the fit."""
    fit_seconds: float

    def table(self) -> Table:
        """One value a row."""
        rows = [
            ("Clip", self.clip),
            ("Error one frame ahead, in body heights", error(self.one_step_rmse)),
            ("Error of repeating the last frame, in body heights", error(self.repeat_rmse)),
            (f"Error over a rollout of {self.rollout_seconds:g} s, in body heights", error(self.rollout_rmse)),
            ("Amplitude, as a share of the clip's", percent(self.amplitude_ratio)),
            ("Error of the tempo", percent(self.tempo_error)),
            ("Error of segment lengths", percent(self.bone_error)),
            ("Error of the distance travelled", percent(self.travel_error)),
            ("Rollout rounds of the fit", str(self.rounds)),
            ("Time of the fit", f"{self.fit_seconds:.1f} s"),
        ]
        columns = (Column("Measure"), Column("Value", "written"))
        return Table("How close the model comes to the clip", columns, rows, row_headings=True)

    def _repr_html_(self) -> str:
        return self.table()._repr_html_()


@dataclass(frozen=True, kw_only=True, eq=False)
class HeadSignals:
    """What the heads beside the pose say along a motion of T frames. Untrained: at their initial weights.

    Velocity is read off the mean over the frames so far, as the model reads it off the mean over all frames.
    """

    velocity: Tensor  # [T, 2]
    physics: Tensor  # [T, 6]: vx, vy, ax, ay, momentum x, momentum y
    action_probabilities: Tensor  # [T, A]
    trained: bool = False

    def first_frames(self, count: int) -> "HeadSignals":
        """What they say along the beginning of the motion."""
        return replace(
            self,
            velocity=self.velocity[:count],
            physics=self.physics[:count],
            action_probabilities=self.action_probabilities[:count],
        )

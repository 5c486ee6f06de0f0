"""How close the model's motion should come to its clip, and where it falls short: data for a page to show."""

from dataclasses import dataclass

from stickgen.config import VARIANTS, check_choice
from stickgen.motion.report import FitReport


@dataclass(frozen=True, kw_only=True)
class Bars:
    """The most a report may say. Errors of poses are shares of the body height."""

    one_step_rmse: float
    rollout_rmse: float
    one_step_share: float = 0.5
    """Of what repeating the last frame would score."""
    amplitude_error: float = 0.15
    tempo_error: float = 0.05
    bone_error: float = 0.10


BARS: dict[str, Bars] = {
    "small": Bars(one_step_rmse=0.015, rollout_rmse=0.06),
    "medium": Bars(one_step_rmse=0.012, rollout_rmse=0.045),
    "large": Bars(one_step_rmse=0.010, rollout_rmse=0.03),
}
"""The bars of each variant."""


def shortfalls(report: FitReport, variant: str) -> tuple[str, ...]:
    """A sentence for each bar that a fit misses, with the likely reason; none where it meets them all.

    Raises `ValueError` for a variant that has no bars.
    """
    check_choice("variant", variant, VARIANTS)
    bars = BARS[variant]
    found = []
    if report.one_step_rmse > min(bars.one_step_rmse, bars.one_step_share * report.repeat_rmse):
        found.append(
            f"One frame ahead it is off by {report.one_step_rmse:.1%} of the body height: a frame moves the body by "
            f"{report.repeat_rmse:.1%}, and a pose alone does not say how fast it is passed through."
        )
    if report.rollout_rmse > bars.rollout_rmse:
        found.append(
            f"Running free for {report.rollout_seconds:g} s it is off by {report.rollout_rmse:.1%} of the body height: "
            + (
                "it gets out of step with the clip."
                if report.tempo_error > bars.tempo_error / 2
                else "its small errors feed back."
            )
        )
    if abs(report.amplitude_ratio - 1) > bars.amplitude_error:
        found.append(
            f"It moves {report.amplitude_ratio:.0%} as far as the clip: poses on the way there and back look alike to "
            "a backbone that was never trained."
        )
    if report.tempo_error > bars.tempo_error:
        found.append(
            f"Its tempo is off by {report.tempo_error:.1%}: this clip shows its tempo in few of its single frames."
        )
    if report.bone_error > bars.bone_error:
        found.append(
            f"A segment's length is off by {report.bone_error:.0%} on average: the head is linear, and a mean of two "
            "poses has shorter limbs than either."
        )
    return tuple(found)

"""How close the model's motion should come to its clip, and which targets it misses."""

from dataclasses import dataclass

from stickgen.config import VARIANTS, check_choice
from stickgen.motion.report import FitReport


@dataclass(frozen=True, kw_only=True)
class Targets:
    """Upper limits of a report's errors. Errors of poses are shares of the body height."""

    one_step_rmse: float
    rollout_rmse: float
    one_step_share: float = 0.5
    """Of the error of repeating the last frame."""
    amplitude_error: float = 0.15
    tempo_error: float = 0.05
    bone_error: float = 0.10


TARGETS: dict[str, Targets] = {
    "small": Targets(one_step_rmse=0.015, rollout_rmse=0.06),
    "medium": Targets(one_step_rmse=0.012, rollout_rmse=0.045),
    "large": Targets(one_step_rmse=0.010, rollout_rmse=0.03),
}
"""The targets of each variant."""


def missed_targets(report: FitReport, variant: str) -> tuple[str, ...]:
    """A sentence for each target that a fit misses, with the likely reason; none where it reaches them all.

    Raises `ValueError` for a variant without targets.
    """
    check_choice("variant", variant, VARIANTS)
    targets = TARGETS[variant]
    missed = []
    if report.one_step_rmse > min(targets.one_step_rmse, targets.one_step_share * report.repeat_rmse):
        missed.append(
            f"One frame ahead, the error is {report.one_step_rmse:.1%} of the body height. Repeating the last frame is "
            f"off by {report.repeat_rmse:.1%}; a single pose does not show how fast it changes."
        )
    if report.rollout_rmse > targets.rollout_rmse:
        missed.append(
            f"Over a rollout of {report.rollout_seconds:g} s, the error is {report.rollout_rmse:.1%} of the body "
            "height: "
            + (
                "the motion gets out of step with the clip."
                if report.tempo_error > targets.tempo_error / 2
                else "small errors feed back into the input."
            )
        )
    if abs(report.amplitude_ratio - 1) > targets.amplitude_error:
        missed.append(
            f"The motion is {report.amplitude_ratio:.0%} as large as the clip's: to an untrained backbone, poses on "
            "the way out and on the way back look alike."
        )
    if report.tempo_error > targets.tempo_error:
        missed.append(f"The tempo is off by {report.tempo_error:.1%}: few single frames of this clip show its tempo.")
    if report.bone_error > targets.bone_error:
        missed.append(
            f"A segment's length is off by {report.bone_error:.0%} on average: the head is linear, and the mean of two "
            "poses has shorter limbs than either."
        )
    return tuple(missed)

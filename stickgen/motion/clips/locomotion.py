"""Locomotion, seen from the side. A standing foot does not slide."""

from torch import Tensor

from stickgen.motion.body import Arm, Controls, Hand
from stickgen.motion.clips.curves import point, stepping_foot, swing, through


def walk(cycles: Tensor, amplitude: float) -> Controls:
    """Contact at 0, the weight sinks, passes over the standing leg and falls into the next step at 0.5."""
    stride = 0.95 * amplitude
    path = ((0.22, -0.25, 0.13), (0.5, 0.0, 0.11), (0.8, 0.25 * amplitude, 0.07))
    other = cycles + 0.5

    def arm(leg: Tensor) -> Arm:
        return Arm(
            shoulder=0.04 - 0.5 * amplitude * swing(leg, 0.02),
            elbow=0.40 - 0.24 * amplitude * swing(leg, 0.08),
        )

    return Controls(
        pelvis=point(
            stride * cycles + 0.008 * swing(2 * cycles, 0.2),
            0.747 - 0.2 * max(0.0, amplitude - 1) - 0.02 * amplitude * swing(2 * cycles, 0.1),
            cycles,
        ),
        left_foot=stepping_foot(cycles, stride, 0.56, *path),
        right_foot=stepping_foot(other, stride, 0.56, *path) - point(stride / 2, 0, cycles),
        left_arm=arm(cycles),
        right_arm=arm(other),
        lean=0.05 + 0.02 * swing(2 * cycles, 0.15),
        bend=0.02 - 0.02 * swing(2 * cycles, 0.25),
        nod=-0.02 + 0.03 * swing(2 * cycles, 0.35),
    )


def run(cycles: Tensor, amplitude: float) -> Controls:
    """A long push, a moment in the air, heels up behind and knees up in front."""
    stride = 1.55 * amplitude
    path = (
        (0.18, -0.44 * amplitude, 0.24),
        (0.40, -0.24, 0.36),
        (0.62, 0.14, 0.33),
        (0.84, 0.36 * amplitude, 0.17),
    )
    other = cycles + 0.5

    def arm(leg: Tensor) -> Arm:
        return Arm(shoulder=-0.12 - 0.85 * amplitude * swing(leg, 0.06), elbow=1.65 - 0.25 * swing(leg, 0.12))

    return Controls(
        pelvis=point(stride * cycles, 0.715 - 0.3 * max(0.0, amplitude - 1) - 0.04 * swing(2 * cycles, 0.34), cycles),
        left_foot=stepping_foot(cycles, stride, 0.34, *path),
        right_foot=stepping_foot(other, stride, 0.34, *path) - point(stride / 2, 0, cycles),
        left_arm=arm(cycles),
        right_arm=arm(other),
        lean=0.20 + 0.03 * swing(2 * cycles, 0.45),
        bend=0.06 - 0.03 * swing(2 * cycles, 0.5),
        nod=-0.14 + 0.04 * swing(2 * cycles, 0.6),
    )


def sneak(cycles: Tensor, amplitude: float) -> Controls:
    """Bent low, hands up like paws, each foot lifted high and set down with care."""
    stride = 0.72 * amplitude
    path = ((0.3, -0.12, 0.24), (0.55, 0.12, 0.30), (0.8, 0.25 * amplitude, 0.20))
    other = cycles + 0.5

    def arm(leg: Tensor) -> Arm:
        return Arm(shoulder=0.75 + 0.22 * amplitude * swing(leg, 0.25), elbow=1.55 + 0.25 * swing(leg, 0.40))

    return Controls(
        pelvis=point(
            stride * cycles + 0.02 * swing(2 * cycles, 0.30),
            0.635 + 0.03 * amplitude * swing(2 * cycles, 0.62),
            cycles,
        ),
        left_foot=stepping_foot(cycles, stride, 0.60, *path),
        right_foot=stepping_foot(other, stride, 0.60, *path) - point(stride / 2, 0, cycles),
        left_arm=arm(cycles),
        right_arm=arm(other),
        lean=0.34 + 0.05 * swing(2 * cycles, 0.55),
        bend=0.24 - 0.04 * swing(2 * cycles, 0.6),
        nod=-0.42 + 0.10 * swing(cycles, 0.2),
    )


def march(cycles: Tensor, amplitude: float) -> Controls:
    """Upright and exact: knees to the hip, straight arms, a short stop at the top of each."""
    stride = 0.70 * amplitude
    path = ((0.28, -0.02, 0.22), (0.52, 0.22, 0.34), (0.70, 0.24, 0.33), (0.9, 0.22, 0.08))
    other = cycles + 0.5

    def arm(leg: Tensor) -> Arm:
        forward = through(leg, (0.0, -0.55), (0.12, -0.60), (0.5, 1.15), (0.62, 1.22), loop=True)
        return Arm(shoulder=amplitude * forward, elbow=0.10 + 0.10 * swing(leg, 0.55))

    return Controls(
        pelvis=point(stride * cycles, 0.768 - 0.014 * swing(2 * cycles, 0.08), cycles),
        left_foot=stepping_foot(cycles, stride, 0.56, *path),
        right_foot=stepping_foot(other, stride, 0.56, *path) - point(stride / 2, 0, cycles),
        left_arm=arm(cycles),
        right_arm=arm(other),
        lean=-0.02 + 0.015 * swing(2 * cycles, 0.2),
        bend=-0.03 - 0.01 * swing(2 * cycles, 0.3),
        nod=0.02 - 0.05 * swing(2 * cycles, 0.05),
    )


def climb(cycles: Tensor, amplitude: float) -> Controls:
    """Up a ladder that comes down to meet the climber: hands and feet take hold of rungs in turn."""
    rise = 0.50 * amplitude
    low = 0.22 + 0.2 * max(0.0, amplitude - 1)

    def held(limb: Tensor, wall: float, height: float, back: float) -> Tensor:
        """A limb that rides down with its rung, then leaves the ladder and reaches for a higher one."""
        path = ((0.3, -0.10 * amplitude, back), (0.65, 0.16 * amplitude, back))
        ridden = stepping_foot(limb, rise, 0.6, *path)
        return point(wall - ridden[:, 1], height + ridden[:, 0] - rise * limb, limb)

    other = cycles + 0.5
    return Controls(
        pelvis=point(0.02 * swing(2 * cycles, 0.2), 0.84 + 0.03 * amplitude * swing(2 * cycles, 0.45), cycles),
        left_foot=held(other, 0.20, low, 0.10),
        right_foot=held(cycles, 0.20, low, 0.10),
        left_arm=Hand(at=held(cycles, 0.33, 1.42, 0.09)),
        right_arm=Hand(at=held(other, 0.33, 1.42, 0.09)),
        lean=0.10 + 0.03 * swing(2 * cycles, 0.1),
        bend=0.02 + 0.03 * swing(2 * cycles, 0.3),
        nod=-0.30 + 0.06 * swing(2 * cycles, 0.4),
    )

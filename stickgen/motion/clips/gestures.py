"""Gestures on the spot, seen from the front or from three quarters."""

from dataclasses import replace

import torch
from torch import Tensor

from stickgen.motion.body import Arm, Controls, Hand
from stickgen.motion.clips.curves import point, swing, through

SHOULDERS, HIPS = 0.16, 0.085
"""Half widths seen from the front."""
STANDING = 0.793
"""Height of the pelvis seen from the front, where a soft knee does not show."""


def _facing(cycles: Tensor, stance: float = 0.12) -> Controls:
    """Facing the viewer, each foot `stance` to the side, arms at ease."""
    hang = 0.14 * torch.ones_like(cycles)
    return Controls(
        pelvis=point(0, STANDING, cycles),
        left_foot=point(stance, 0, cycles),
        right_foot=point(-stance, 0, cycles),
        left_arm=Arm(shoulder=hang, elbow=hang),
        right_arm=Arm(shoulder=-hang, elbow=-hang),
        lean=0 * cycles,
        bend=0 * cycles,
        nod=0 * cycles,
        knees=(1.0, -1.0),
        shoulder_width=SHOULDERS,
        hip_width=HIPS,
    )


def idle(cycles: Tensor, amplitude: float) -> Controls:
    """Waiting: the weight rolls from leg to leg, the chest breathes twice, head and arms come after."""
    shift = amplitude * swing(cycles)
    late = amplitude * swing(cycles, 0.2)
    breath = swing(2 * cycles, 0.1)
    return replace(
        _facing(cycles),
        pelvis=point(0.065 * shift, STANDING - 0.008 + 0.003 * breath - 0.006 * shift**2, cycles),
        lean=-0.05 * shift,
        bend=0.07 * late + 0.012 * breath,
        nod=0.20 * amplitude * swing(cycles, 0.32),
        left_arm=Arm(shoulder=0.22 + 0.05 * breath - 0.12 * late, elbow=0.24 - 0.12 * amplitude * swing(cycles, 0.35)),
        right_arm=Arm(
            shoulder=-0.22 - 0.05 * breath - 0.12 * late, elbow=-0.24 - 0.12 * amplitude * swing(cycles, 0.35)
        ),
    )


def wave(cycles: Tensor, amplitude: float) -> Controls:
    """One arm high; the elbow leads, the forearm follows a quarter behind, the body sways against it."""
    elbow = swing(cycles)
    forearm = swing(cycles, 0.22)
    sway = swing(cycles, 0.45)
    return replace(
        _facing(cycles),
        pelvis=point(0.02 * sway, STANDING - 0.006 + 0.004 * swing(cycles, 0.3), cycles),
        lean=-0.03 * sway,
        bend=0.05 + 0.05 * swing(cycles, 0.6),
        nod=0.12 * amplitude * swing(cycles, 0.1),
        right_arm=Arm(
            shoulder=-2.15 - 0.22 * amplitude * elbow,
            elbow=-0.62 + 0.62 * amplitude * forearm,
        ),
        left_arm=Arm(shoulder=0.24 + 0.07 * sway, elbow=0.24 + 0.10 * swing(cycles, 0.7)),
    )


def cheer(cycles: Tensor, amplitude: float) -> Controls:
    """Both fists up, pumped in time with a bounce on the toes."""
    pump = through(cycles, (0.0, 0.0), (0.38, 1.0), (0.55, 0.92), loop=True)
    bounce = swing(cycles, 0.20)
    hand = 0.20 * amplitude * pump
    out = 0.07 * amplitude * swing(cycles, 0.70)
    return replace(
        _facing(cycles, stance=0.16),
        pelvis=point(0.015 * swing(cycles, 0.2), 0.762 + 0.026 * amplitude * bounce, cycles),
        bend=0.04 * swing(cycles, 0.3),
        nod=0.08 * swing(cycles, 0.55),
        left_arm=Hand(at=point(0.33 + out, 1.40 + hand, cycles), elbow=-1.0),
        right_arm=Hand(at=point(-0.33 - out, 1.40 + hand, cycles), elbow=1.0),
    )


def dance(cycles: Tensor, amplitude: float) -> Controls:
    """Hips to one side, a pointing arm to the other; bounce on every beat, four to a cycle."""
    hips = amplitude * through(cycles, (0.0, 1), (0.25, 0.75), (0.5, -1), (0.75, -0.75), loop=True)
    beat = swing(4 * cycles, 0.5)
    up = through(cycles, (0.02, 1.0), (0.22, 0.86), (0.52, 0.0), (0.75, 0.10), loop=True)
    down = through(cycles, (0.02, 0.0), (0.25, 0.10), (0.52, 1.0), (0.72, 0.86), loop=True)
    return replace(
        _facing(cycles, stance=0.21),
        pelvis=point(0.10 * hips, 0.738 + 0.022 * amplitude * beat - 0.016 * hips**2, cycles),
        lean=-0.16 * hips,
        bend=0.26 * hips,
        nod=0.12 * beat - 0.12 * hips,
        left_arm=Arm(shoulder=0.55 + 1.75 * up * amplitude, elbow=1.1 - 0.9 * up + 0.10 * beat),
        right_arm=Arm(shoulder=-0.55 - 1.75 * down * amplitude, elbow=-1.1 + 0.9 * down - 0.10 * beat),
    )


def jumping_jacks(cycles: Tensor, amplitude: float) -> Controls:
    """Out on one hop, in on the next; arms meet overhead."""
    wide = through(cycles, (0.06, 0.0), (0.46, 1.0), (0.58, 1.0), (0.96, 0.0), loop=True)
    hop = 0.075 * amplitude * torch.sin(2 * torch.pi * (cycles - 0.07)).pow(2)
    land = 0.03 * swing(2 * cycles, 0.06)
    foot = 0.08 + 0.23 * amplitude * wide
    raised = 0.20 + 2.55 * amplitude * wide
    return replace(
        _facing(cycles),
        pelvis=point(0, 0.772 + hop - 0.7 * land - 0.045 * wide, cycles),
        left_foot=point(foot, hop, cycles),
        right_foot=point(-foot, hop, cycles),
        left_arm=Arm(shoulder=raised, elbow=0.16 + 0.14 * swing(cycles, 0.3)),
        right_arm=Arm(shoulder=-raised, elbow=-0.16 - 0.14 * swing(cycles, 0.3)),
        nod=0.02 * swing(cycles),
    )

"""Actions of the whole body, seen from the side, facing +x."""

import torch
from torch import Tensor

from stickgen.motion.body import STANDING, Arm, Controls, Hand
from stickgen.motion.clips.curves import point, swing, through


def jump(cycles: Tensor, amplitude: float) -> Controls:
    """Wind up, drive, hang, land and absorb it. The speed of the hips is that of the flight at either end."""
    into = cycles - cycles.floor()
    leave, land = 0.40, 0.74
    air = (into - leave) / (land - leave)
    height = 0.36 * amplitude
    speed = 4 * height / (land - leave)
    wind_up = through(into, (0.0, 0.0), (0.25, -0.26 * amplitude), (leave, 0.008), slopes=(0, speed))
    absorb = through(into, (land, 0.008), (0.83, -0.20 * amplitude), (1.0, 0.0), slopes=(-speed, 0))
    flight = height * 4 * air * (1 - air)
    hips = torch.where(into < leave, wind_up, torch.where(into > land, absorb, 0.008 + flight))
    tuck = 0.12 * amplitude * torch.sin(torch.pi * air.clamp(0, 1)) ** 2
    foot = flight.clamp_min(0) + tuck
    lean = amplitude * through(
        cycles, (0.02, 0.04), (0.25, 0.62), (0.42, 0.02), (0.56, -0.05), (0.82, 0.42), (1.0, 0.05), loop=True
    )
    arms = amplitude * through(
        cycles, (0.0, 0.05), (0.23, -1.0), (0.45, 2.6), (0.54, 2.45), (0.86, -0.3), (0.97, 0.02), loop=True
    )
    bent = through(cycles, (0.0, 0.25), (0.26, 0.15), (0.44, 0.12), (0.64, 0.55), (0.84, 0.6), loop=True)
    back = amplitude * through(
        cycles, (0.02, 0.0), (0.25, -0.10), (0.40, 0.0), (0.74, 0.0), (0.83, -0.07), (1.0, 0.0), loop=True
    )
    return Controls(
        pelvis=point(back, STANDING + hips, cycles),
        left_foot=point(0.05 - 0.6 * tuck, foot, cycles),
        right_foot=point(-0.05 - 0.6 * tuck, foot, cycles),
        left_arm=Arm(shoulder=arms + 0.06, elbow=bent),
        right_arm=Arm(shoulder=arms - 0.06, elbow=bent),
        lean=lean,
        bend=0.35 * lean,
        nod=-0.75 * lean,
    )


def crouch(cycles: Tensor, amplitude: float) -> Controls:
    """Down with the arms out for balance, a moment at the bottom, up again."""
    low = amplitude * through(cycles, (0.02, 0.0), (0.40, 1.0), (0.52, 0.94), (0.90, 0.0), loop=True)
    late = amplitude * through(cycles, (0.10, 0.0), (0.48, 1.0), (0.60, 0.95), (1.0, 0.0), loop=True)
    return Controls(
        pelvis=point(-0.11 * low, STANDING - 0.36 * low, cycles),
        left_foot=point(0.07, 0, cycles),
        right_foot=point(-0.03, 0, cycles),
        left_arm=Arm(shoulder=0.08 + 1.30 * late, elbow=0.2 + 0.1 * late),
        right_arm=Arm(shoulder=-0.02 + 1.25 * late, elbow=0.2 + 0.15 * late),
        lean=0.03 + 0.46 * low,
        bend=0.02 + 0.20 * late,
        nod=-0.46 * late,
    )


def sit_down(cycles: Tensor, amplitude: float) -> Controls:
    """A look back, hips go behind the feet, the chest comes forward to balance and straightens once seated."""
    down = through(cycles, (0.12, 0.0), (0.20, -0.015), (0.66, 1.02), (0.74, 0.985), (0.86, 1.0))
    lean = through(cycles, (0.08, 0.04), (0.45, 0.72), (0.74, 0.16), (0.86, 0.02), (0.97, 0.05))
    arms = through(cycles, (0.08, 0.05), (0.42, 0.85), (0.76, 0.62), (0.90, 0.52))
    return Controls(
        pelvis=point(-0.37 * down * amplitude, STANDING - 0.36 * down * amplitude, cycles),
        left_foot=point(0.06, 0, cycles),
        right_foot=point(-0.01, 0, cycles),
        left_arm=Arm(shoulder=arms, elbow=0.25 + 0.9 * arms),
        right_arm=Arm(shoulder=arms - 0.06, elbow=0.25 + 0.8 * arms),
        lean=lean * amplitude,
        bend=0.30 * lean * amplitude,
        nod=through(cycles, (0.02, 0.0), (0.12, 0.20), (0.40, -0.35), (0.80, -0.05), (0.95, 0.0)),
    )


def bow(cycles: Tensor, amplitude: float) -> Controls:
    """Upright, down from the hips with one arm across and one behind, a pause of respect, and up."""
    deep = amplitude * through(cycles, (0.08, 0.0), (0.40, 1.0), (0.58, 0.97), (0.94, 0.0))
    late = amplitude * through(cycles, (0.12, 0.0), (0.46, 1.0), (0.62, 0.97), (0.98, 0.0))
    return Controls(
        pelvis=point(-0.11 * deep, STANDING - 0.02 * deep, cycles),
        left_foot=point(0.05, 0, cycles),
        right_foot=point(-0.04, 0, cycles),
        left_arm=Arm(shoulder=0.05 + 0.55 * deep, elbow=0.2 + 1.35 * late),
        right_arm=Arm(shoulder=-0.05 - 0.75 * deep, elbow=0.2 - 0.15 * late),
        lean=0.02 + 0.72 * deep,
        bend=0.02 + 0.42 * late,
        nod=0.30 * late,
    )


def punch(cycles: Tensor, amplitude: float) -> Controls:
    """On guard, bouncing: a quick jab, then the cross with the hips behind it."""
    jab = amplitude * through(cycles, (0.02, 0.0), (0.14, 1.0), (0.20, 0.9), (0.38, 0.0), loop=True)
    cross = amplitude * through(cycles, (0.34, -0.18), (0.50, 1.0), (0.57, 0.92), (0.78, 0.0), (0.96, 0.0), loop=True)
    bounce = swing(4 * cycles, 0.1)
    drive = 0.05 * jab + 0.12 * cross
    shoulder = 1.20
    return Controls(
        pelvis=point(drive, 0.70 + 0.012 * bounce - 0.02 * cross, cycles),
        left_foot=point(0.24, 0, cycles),
        right_foot=point(-0.22, 0.05 * cross.clamp_min(0), cycles),
        left_arm=Hand(
            at=point(0.27 + drive + 0.36 * jab - 0.06 * cross, shoulder + 0.10 - 0.04 * jab + 0.01 * bounce, cycles)
        ),
        right_arm=Hand(at=point(0.17 + drive + 0.50 * cross, shoulder + 0.03 + 0.02 * cross + 0.01 * bounce, cycles)),
        lean=0.05 + 0.05 * jab + 0.15 * cross,
        bend=0.08 + 0.05 * cross,
        nod=-0.08 - 0.10 * cross + 0.02 * bounce,
        shoulder_width=0.05,
    )


def kick(cycles: Tensor, amplitude: float) -> Controls:
    """Weight onto the standing leg, knee up, snap, back through the knee, down."""
    x = through(
        cycles,
        (0.06, -0.20),
        (0.22, -0.12),
        (0.36, 0.20),
        (0.46, 0.80),
        (0.51, 0.78),
        (0.62, 0.22),
        (0.86, -0.20),
        loop=True,
    )
    y = through(
        cycles,
        (0.06, 0.0),
        (0.22, 0.12),
        (0.36, 0.52),
        (0.46, 0.93),
        (0.51, 0.91),
        (0.62, 0.46),
        (0.86, 0.0),
        loop=True,
    )
    over = through(cycles, (0.0, 0.0), (0.26, 1.0), (0.60, 1.0), (0.90, 0.0), loop=True)
    snap = amplitude * through(cycles, (0.28, 0.0), (0.46, 1.0), (0.52, 0.95), (0.74, 0.0), loop=True)
    return Controls(
        pelvis=point(-0.06 + 0.10 * over, 0.735 + 0.025 * over, cycles),
        left_foot=point(0.08, 0, cycles),
        right_foot=point(-0.20 + (x + 0.20) * amplitude, y * amplitude, cycles),
        left_arm=Arm(shoulder=0.35 - 0.75 * snap, elbow=1.5 - 0.5 * snap),
        right_arm=Arm(shoulder=0.25 + 0.45 * snap, elbow=1.6 - 0.5 * snap),
        lean=0.06 - 0.42 * snap,
        bend=0.05 + 0.12 * snap,
        nod=-0.05 + 0.25 * snap,
    )


def push_ups(cycles: Tensor, amplitude: float) -> Controls:
    """Hands and feet down, the body one straight line that lowers and presses up."""
    low = amplitude * through(cycles, (0.02, 0.0), (0.42, 1.0), (0.55, 0.95), (0.92, 0.0), loop=True)
    late = amplitude * through(cycles, (0.10, 0.0), (0.50, 1.0), (0.64, 0.95), (1.0, 0.0), loop=True)
    tilt = 1.165 + 0.29 * low
    feet = -0.78
    along = 0.78
    return Controls(
        pelvis=point(feet + along * torch.sin(tilt), 0.03 + along * torch.cos(tilt), cycles),
        left_foot=point(feet, 0.03, cycles),
        right_foot=point(feet - 0.03, 0.03, cycles),
        left_arm=Hand(at=point(0.345, 0.02, cycles)),
        right_arm=Hand(at=point(0.295, 0.02, cycles)),
        lean=tilt + 0.02,
        bend=0.02 - 0.10 * (low - late),
        nod=-0.45 + 0.30 * late,
        shoulder_width=0.03,
        hip_width=0.012,
    )

"""One joint model of the body, from which both skeletons are drawn.

A clip steers the body by `Controls`: where pelvis and feet are, how the torso leans, how the arms hang. Legs
follow by two-bone inverse kinematics, arms by forward kinematics, so that every bone keeps its length and a
foot stands exactly where the clip put it. The body lives in the picture plane: x to the right, y up, ground
at y = 0. Shape letter: T frames. Angles are in radians.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from stickgen.config import SKELETONS, Skeleton

HEAD = 0.14
"""Neck to the centre of the head; the head's radius is what is left up to the body height of 1.5."""
UPPER_TORSO = 0.24
LOWER_TORSO = 0.24
UPPER_ARM = 0.27
FOREARM = 0.25
THIGH = 0.40
SHIN = 0.40
SHOULDER_DROP = 0.03
"""How far the shoulders sit below the neck, along the upper torso."""

STANDING = 0.78
"""Height of the pelvis when standing at ease, with soft knees."""

JOINT_NAMES = {
    "hip_center": "pelvis_center",
    "l_foot": "l_ankle",
    "r_foot": "r_ankle",
    "l_hand": "l_wrist",
    "r_hand": "r_wrist",
}
"""Joints that the v1 skeleton names differently."""

MIDDLES = {"pelvis_center": ("l_hip", "r_hip")}
"""Joints that lie in the middle between two others, wherever a skeleton has all three."""

ROOTS = {"v1": "hip_center", "v3": "pelvis_center"}
"""The joint that carries the body, per skeleton."""


@dataclass(frozen=True, kw_only=True)
class Arm:
    """An arm that hangs and swings.

    `shoulder` is the upper arm's angle from hanging straight down, `elbow` the forearm's on top of it, each
    `[T]`. Positive angles turn towards +x, for someone facing right forwards and up.
    """

    shoulder: Tensor
    elbow: Tensor


@dataclass(frozen=True, kw_only=True)
class Hand:
    """An arm that goes where its hand is: `at` `[T, 2]`. The elbow bends to the side `elbow`, +1 being +x
    for an arm that hangs down."""

    at: Tensor
    elbow: float = -1.0


@dataclass(frozen=True, kw_only=True)
class Controls:
    """What a clip decides, per frame."""

    pelvis: Tensor  # [T, 2]
    left_foot: Tensor  # [T, 2]
    right_foot: Tensor  # [T, 2]
    left_arm: Arm | Hand
    right_arm: Arm | Hand
    lean: Tensor  # [T], the lower torso's angle from upright, positive towards +x
    bend: Tensor  # [T], the upper torso's angle on top of it
    nod: Tensor  # [T], the head's angle on top of both
    knees: tuple[float, float] = (1.0, 1.0)
    """The side a knee bends to, left and right: +1 is +x."""
    shoulder_width: float = 0.05
    """Half the visible distance between the shoulders: small from the side, large from the front."""
    hip_width: float = 0.035
    """Half the visible distance between the hips."""


def _up(angle: Tensor) -> Tensor:
    """Unit vector `[T, 2]` at `angle` from upright."""
    return torch.stack((angle.sin(), angle.cos()), dim=-1)


def _down(angle: Tensor) -> Tensor:
    """Unit vector `[T, 2]` at `angle` from hanging."""
    return torch.stack((angle.sin(), -angle.cos()), dim=-1)


def _two_bones(root: Tensor, tip: Tensor, upper: float, lower: float, side: float) -> tuple[Tensor, Tensor]:
    """Middle joint and tip, each `[T, 2]`; a tip out of reach is pulled in along the line to the root."""
    line = tip - root
    reach = torch.linalg.vector_norm(line, dim=-1, keepdim=True)
    along = line / reach
    distance = reach.clamp(abs(upper - lower) + 1e-3, upper + lower - 1e-6)
    projection = (distance**2 + upper**2 - lower**2) / (2 * distance)
    offset = (upper**2 - projection**2).clamp_min(0).sqrt()
    across = torch.stack((-along[:, 1], along[:, 0]), dim=-1)  # towards +x for a limb that hangs
    return root + projection * along + side * offset * across, root + distance * along


def _arm(shoulder: Tensor, arm: Arm | Hand) -> tuple[Tensor, Tensor]:
    """Elbow and wrist, each `[T, 2]`."""
    if isinstance(arm, Hand):
        return _two_bones(shoulder, arm.at, UPPER_ARM, FOREARM, arm.elbow)
    elbow = shoulder + UPPER_ARM * _down(arm.shoulder)
    return elbow, elbow + FOREARM * _down(arm.shoulder + arm.elbow)


def joints(controls: Controls) -> dict[str, Tensor]:
    """Every joint of the body, `[T, 2]` each, under the names of the v3 skeleton."""
    c = controls
    chest = c.pelvis + LOWER_TORSO * _up(c.lean)
    spine = _up(c.lean + c.bend)
    neck = chest + UPPER_TORSO * spine
    found = {
        "pelvis_center": c.pelvis,
        "chest": chest,
        "neck": neck,
        "head_center": neck + HEAD * _up(c.lean + c.bend + c.nod),
    }
    sides = (
        ("l", 1.0, c.left_arm, c.left_foot, c.knees[0]),
        ("r", -1.0, c.right_arm, c.right_foot, c.knees[1]),
    )
    for side, sign, arm, foot, knee_side in sides:
        across = torch.tensor((sign, 0.0), dtype=neck.dtype)
        shoulder = neck - SHOULDER_DROP * spine + c.shoulder_width * across
        elbow, wrist = _arm(shoulder, arm)
        hip = c.pelvis + c.hip_width * across
        knee, ankle = _two_bones(hip, foot, THIGH, SHIN, knee_side)
        found |= {
            f"{side}_shoulder": shoulder,
            f"{side}_elbow": elbow,
            f"{side}_wrist": wrist,
            f"{side}_hip": hip,
            f"{side}_knee": knee,
            f"{side}_ankle": ankle,
        }
    return found


def draw(found: dict[str, Tensor], skeleton: Skeleton) -> Tensor:
    """Joints `[T, 2]` to the skeleton's segments `[T, segments, 4]`: x1, y1, x2, y2 each."""
    ends = [
        torch.cat([found[JOINT_NAMES.get(name, name)] for name in (segment.start, segment.end)], dim=-1)
        for segment in skeleton.segments
    ]
    return torch.stack(ends, dim=1)


def joint_position(frames: Tensor, skeleton: str, joint: str) -> Tensor:
    """Where one joint is: frames `[T, segments, 4]` to `[T, 2]`."""
    for index, segment in enumerate(SKELETONS[skeleton].segments):
        if segment.start == joint:
            return frames[..., index, :2]
        if segment.end == joint:
            return frames[..., index, 2:]
    raise ValueError(f"skeleton {skeleton} has no joint {joint!r}, only {', '.join(SKELETONS[skeleton].joints)}")


def bone_lengths(frames: Tensor) -> Tensor:
    """Length of every segment: `[…, segments, 4]` to `[…, segments]`."""
    return torch.linalg.vector_norm(frames[..., 2:] - frames[..., :2], dim=-1)


def centred(frames: Tensor, skeleton: str) -> Tensor:
    """Frames `[T, segments, 4]` float32 with every joint of `MIDDLES` exactly in the middle, if rounding moved it.

    A joint that is elsewhere by more than float32's precision stays where it is.
    """
    middle = at_middles(frames, skeleton)
    info = torch.finfo(torch.float32)
    precision = 4 * info.eps * at_middles(frames.abs(), skeleton) + info.tiny
    return torch.where((frames - middle).abs() <= precision, middle, frames)


def at_middles(frames: Tensor, skeleton: str) -> Tensor:
    """Frames `[T, segments, 4]` with every joint of `MIDDLES` in the middle of its two others."""
    names = [joint for segment in SKELETONS[skeleton].segments for joint in (segment.start, segment.end)]
    points = frames.reshape(len(frames), -1, 2).clone()
    for joint, (left, right) in MIDDLES.items():
        if joint in names and left in names and right in names:
            middle = (points[:, names.index(left)] + points[:, names.index(right)]) / 2
            points[:, [place for place, name in enumerate(names) if name == joint]] = middle[:, None]
    return points.reshape(frames.shape)

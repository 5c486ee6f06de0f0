"""The starting pose as the image a multimodal model is given, and the camera that saw it."""

import math

import torch
from torch import Tensor

from stickgen.config import SKELETONS
from stickgen.motion.anatomy import LINES
from stickgen.motion.body import ROOTS, joint_position

CAMERA_DISTANCE = 3.0
CAMERA_HEIGHT = 0.8
FIELD_OF_VIEW = math.radians(40.0)
"""Vertical angle of the camera in radians: 2.2 units of the picture plane at that distance."""

BACKGROUND, GROUND, INK = 1.0, 0.8, 0.1


def camera_pose(pose: Tensor, skeleton: str) -> Tensor:
    """`[7]`: position x, y, z, target x, y, z, field of view in radians, straight in front of the pelvis."""
    x = float(joint_position(pose, skeleton, ROOTS[skeleton])[0])
    return torch.tensor((x, CAMERA_HEIGHT, CAMERA_DISTANCE, x, CAMERA_HEIGHT, 0.0, FIELD_OF_VIEW))


def draw_pose(pose: Tensor, skeleton: str, size: int = 256) -> Tensor:
    """One pose `[segments, 4]` as an RGB image `[3, size, size]` in 0..1, seen by `camera_pose`."""
    pose = pose.float()
    body_height = SKELETONS[skeleton].body_height
    limb_radius = LINES.limb_radius * body_height
    camera = camera_pose(pose, skeleton)
    half = CAMERA_DISTANCE * math.tan(FIELD_OF_VIEW / 2)
    steps = ((torch.arange(size) + 0.5) / size * 2 - 1) * half
    x, y = camera[0] + steps, (camera[1] - steps)[:, None]  # [S], [S, 1]
    pixel = 2 * half / size
    shade = torch.lerp(torch.tensor(BACKGROUND), torch.tensor(GROUND), _coverage(y, pixel))  # [S, 1]
    distance = _distance_to_segments(x, y, pose)
    if "head_center" in SKELETONS[skeleton].joints:
        centre = joint_position(pose, skeleton, "head_center")
        rim = torch.hypot(x - centre[0], y - centre[1]) - LINES.head_radius * body_height
        distance = torch.minimum(distance, rim + limb_radius)
    shade = torch.lerp(shade, torch.tensor(INK), _coverage(distance - limb_radius, pixel))
    return shade.expand(3, size, size).contiguous()


def _coverage(distance: Tensor, pixel: float) -> Tensor:
    """The share of a pixel inside an edge at a distance, which is negative inside."""
    return (0.5 - distance / pixel).clamp(0, 1)


def _distance_to_segments(x: Tensor, y: Tensor, pose: Tensor) -> Tensor:
    """Distance of every point `x` `[S]`, `y` `[S, 1]` to the nearest of the segments `[segments, 4]`: `[S, S]`."""
    nearest = x.new_full((len(y), len(x)), torch.inf)
    for x1, y1, x2, y2 in pose.tolist():
        dx, dy = x2 - x1, y2 - y1
        # What depends on one coordinate alone is computed once for a row or a column, not for every point.
        along = ((x - x1) * dx + (y - y1) * dy).div_(max(dx * dx + dy * dy, 1e-12)).clamp_(0, 1)
        across, down = (x - x1) - along * dx, (y - y1) - along * dy
        nearest = torch.minimum(nearest, across.square_().add_(down.square_()))
    return nearest.sqrt_()

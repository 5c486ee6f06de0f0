"""The starting pose as the image a multimodal model is given, and the camera that saw it."""

import math

import torch
from torch import Tensor

from stickgen.config import SKELETONS
from stickgen.motion.body import ROOTS, joint_position

CAMERA_DISTANCE = 3.0
CAMERA_HEIGHT = 0.8
FIELD_OF_VIEW = math.radians(40.0)
"""Vertical opening of the camera: 2.2 units of the picture plane at that distance."""

STROKE = 0.025
"""Half the width of a limb, in units."""
BACKGROUND, GROUND, INK = 1.0, 0.8, 0.1


def camera_pose(pose: Tensor, skeleton: str) -> Tensor:
    """`[7]`: position x, y, z, target x, y, z, field of view in radians, straight in front of the pelvis."""
    x = float(joint_position(pose, skeleton, ROOTS[skeleton])[0])
    return torch.tensor((x, CAMERA_HEIGHT, CAMERA_DISTANCE, x, CAMERA_HEIGHT, 0.0, FIELD_OF_VIEW))


def draw_pose(pose: Tensor, skeleton: str, size: int = 256) -> Tensor:
    """One pose `[segments, 4]` as an RGB image `[3, size, size]` in 0..1, seen by `camera_pose`."""
    pose = pose.float()
    camera = camera_pose(pose, skeleton)
    half = CAMERA_DISTANCE * math.tan(FIELD_OF_VIEW / 2)
    steps = ((torch.arange(size) + 0.5) / size * 2 - 1) * half
    x = (camera[0] + steps).expand(size, size)
    y = (camera[1] - steps)[:, None].expand(size, size)
    pixel = 2 * half / size
    shade = torch.full((size, size), BACKGROUND)
    shade = torch.lerp(shade, torch.tensor(GROUND), _coverage(y, pixel))
    distance = _distance_to_segments(torch.stack((x, y), dim=-1), pose)
    if "head_center" in SKELETONS[skeleton].joints:
        centre = joint_position(pose, skeleton, "head_center")
        radius = SKELETONS[skeleton].body_height / 15
        rim = (torch.stack((x, y), dim=-1) - centre).norm(dim=-1) - radius
        distance = torch.minimum(distance, rim + STROKE)
    shade = torch.lerp(shade, torch.tensor(INK), _coverage(distance - STROKE, pixel))
    return shade.expand(3, size, size).contiguous()


def _coverage(distance: Tensor, pixel: float) -> Tensor:
    """How much of a pixel lies inside an edge `distance` away, negative being inside."""
    return (0.5 - distance / pixel).clamp(0, 1)


def _distance_to_segments(points: Tensor, pose: Tensor) -> Tensor:
    """Distance of every point `[S, S, 2]` to the nearest of the segments `[segments, 4]`: `[S, S]`."""
    nearest = torch.full(points.shape[:2], torch.inf)
    for start, end in ((segment[:2], segment[2:]) for segment in pose):
        line = end - start
        along = ((points - start) @ line / (line @ line).clamp_min(1e-12)).clamp(0, 1)
        nearest = torch.minimum(nearest, (points - start - along[..., None] * line).norm(dim=-1))
    return nearest

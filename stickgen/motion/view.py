"""What the pictures of a motion show of the world: the whole figure, in every one.

Shape letter: T frames. All lengths are in units as drawn.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from stickgen.config import Skeleton
from stickgen.motion.anatomy import LINES, NECK_TO_HEAD

VIEW_SIZE = 2.4
"""Width and height of a picture, where the figure is not larger."""
BELOW_GROUND = 0.2
"""How much of it lies below the ground."""
EDGE_SHARE = 0.008
"""Minimum distance of the figure from the edge, as a share of the size: a pixel or two."""
USUAL_SHARE = 0.95
"""Share of the frames that one size of the view is chosen for; the others may be out of shape, and show more."""
FOLLOWED_SECONDS = 0.24
"""How long before and after a frame the view looks at where the figure is, so that it does not shake."""


@dataclass(frozen=True, kw_only=True)
class View:
    """The square that each picture shows."""

    left: Tensor
    """`[T]`"""
    bottom: Tensor
    """`[T]`"""
    size: Tensor
    """`[T]`"""


def view_of(frames: Tensor, frame_rate: float, skeleton: Skeleton) -> View:
    """The view of `[T, segments, 4]`, which follows the figure along the ground.

    Where the figure would not be whole, the view moves, and where it is larger, the view is too.
    """
    low, high = bounds(frames.double(), skeleton)
    needed = (high - low).amax(dim=1) / (1 - 2 * EDGE_SHARE)
    usual = max(VIEW_SIZE, float(needed.quantile(USUAL_SHARE)))
    size = needed.clamp_min(usual)
    corner = torch.stack((_middles(frames, frame_rate) - size / 2, torch.full_like(size, -BELOW_GROUND)), dim=1)
    edge = EDGE_SHARE * size[:, None]
    corner = corner.clamp(high + edge - size[:, None], low - edge)
    return View(left=corner[:, 0], bottom=corner[:, 1], size=size)


def bounds(frames: Tensor, skeleton: Skeleton) -> tuple[Tensor, Tensor]:
    """Lower left and upper right corner of the figure as it is drawn, lines and head included: `[T, 2]` each."""
    limb, head = LINES.limb_radius * skeleton.body_height, LINES.head_radius * skeleton.body_height
    points = frames.reshape(len(frames), -1, 2)
    heads = head_centres(frames, skeleton)
    low = torch.minimum(points.amin(dim=1) - limb, heads - head)
    return low, torch.maximum(points.amax(dim=1) + limb, heads + head)


def head_centres(frames: Tensor, skeleton: Skeleton) -> Tensor:
    """Centre of the head, `[T, 2]`: the end of a head segment, or above the neck in line with the torso."""
    names = [segment.name for segment in skeleton.segments]
    if "head" in names:
        return frames[:, names.index("head"), 2:]
    ends = frames[:, names.index("torso")]
    neck, torso = ends[:, :2], ends[:, :2] - ends[:, 2:]
    length = torso.norm(dim=-1, keepdim=True).clamp_min(1e-6)
    return neck + NECK_TO_HEAD * skeleton.body_height * torso / length


def _middles(frames: Tensor, frame_rate: float) -> Tensor:
    """The mean x of the frames around each one: `[T]`."""
    around = round(FOLLOWED_SECONDS * frame_rate)
    x = frames[..., (0, 2)]
    return torch.stack([x[max(0, i - around) : i + around + 1].mean() for i in range(len(x))]).double()

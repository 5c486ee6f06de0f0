"""Poses as the model sees them, and frames in the world: how one becomes the other.

For a clip that travels, the model sees x measured from where the root joint was one frame before, so that its
numbers stay small and the root's x is the speed. The pose head predicts the next frame in the same terms, and its
output is fed back unchanged. All other clips keep their world coordinates.
Shape letters: T frames, B batch, S segments, P = 4 S pose width.
"""

import torch
from torch import Tensor

from stickgen.motion.body import ROOTS, joint_position


def root_x(frames: Tensor, skeleton: str) -> Tensor:
    """Where the root joint is along the ground: `[…, S, 4]` to `[…]`."""
    return joint_position(frames, skeleton, ROOTS[skeleton])[..., 0]


def _moved(frames: Tensor, x: Tensor) -> Tensor:
    """Frames `[…, S, 4]` moved by `x` `[…]`."""
    step = torch.stack((x, torch.zeros_like(x)), dim=-1)
    return frames + torch.cat((step, step), dim=-1).unsqueeze(-2)


def to_poses(frames: Tensor, skeleton: str, travels: bool) -> Tensor:
    """World frames `[T + 1, B, S, 4]` to what the model sees of the last T: `[T, B, P]`."""
    seen = _moved(frames[1:], -root_x(frames[:-1], skeleton)) if travels else frames[1:]
    return seen.flatten(2)


def to_frames(poses: Tensor, skeleton: str, travels: bool, start: Tensor) -> Tensor:
    """Poses `[T, B, P]` to world frames `[T, B, S, 4]`; `start` `[B]` is where the root was before them."""
    frames = poses.reshape(*poses.shape[:2], -1, 4)
    if not travels:
        return frames
    steps = root_x(frames, skeleton)
    before = start + torch.cumsum(steps, dim=0) - steps
    return _moved(frames, before)

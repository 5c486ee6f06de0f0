"""Clips as sequences for a model: what it sees, what should follow, and what should follow from where it is.

Shape letters: T frames, K starting frames, B batch, N moments of a cycle, S segments, P pose width.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import torch
from torch import Tensor

from stickgen.model.rollout import START_FRAMES
from stickgen.motion.clips import Performance
from stickgen.motion.stream import to_poses

MOMENTS = 160
"""Moments of a cycle among which the nearest to a pose is looked for."""

TIME_COST = 1.3
"""Cost of being a whole cycle away from the moment the clip is at, in spreads of its main direction."""


@dataclass(frozen=True, kw_only=True)
class ClipSequences:
    """Performances of one clip side by side, as the model sees them and as they stand in the world."""

    performances: tuple[Performance, ...]
    skeleton: str
    world: Tensor  # [T, B, S, 4], after the starting frames
    starts: Tensor  # [B, S, 4], world, the last of the starting frames
    inputs: Tensor  # [K + T - 1, B, P]
    targets: Tensor  # [K + T - 1, B, P], one frame later

    @property
    def travels(self) -> bool:
        return self.performances[0].definition.travels

    @property
    def scale(self) -> float:
        """How far the poses spread along their main direction, in units."""
        return float(principal(self.inputs)[0][0])


def clip_sequences(performances: Sequence[Performance], skeleton: str, frames: int) -> ClipSequences:
    """Sequences of `frames` frames. Frame 0 of each is at its phase; the starting frames come before."""
    world = torch.stack(
        [
            performance.frames(START_FRAMES + frames + 1, skeleton, first=-START_FRAMES - 1)
            for performance in performances
        ],
        dim=1,
    )  # [K + T + 1, B, S, 4]
    poses = to_poses(world, skeleton, performances[0].definition.travels)  # [K + T, B, P]
    return ClipSequences(
        performances=tuple(performances),
        skeleton=skeleton,
        world=world[START_FRAMES + 1 :],
        starts=world[START_FRAMES],
        inputs=poses[:-1],
        targets=poses[1:],
    )


def principal(poses: Tensor) -> tuple[Tensor, Tensor]:
    """Principal components of poses `[T, B, P]`: their spreads `[R]` and directions `[R, P]`."""
    flat = poses.flatten(0, 1)
    _, values, directions = torch.linalg.svd(flat - flat.mean(dim=0), full_matrices=False)
    spread = values / len(flat) ** 0.5
    kept = spread > 1e-3 * spread[0]
    return spread[kept], directions[kept]


def what_follows(sequences: ClipSequences, poses: Tensor) -> tuple[Tensor, Tensor]:
    """What the clip would do next from where the figure is.

    `poses` `[K + T - 1, B, P]` are what the model saw, near the clip but perhaps early, late or out of shape. For
    each, the nearest moment of its performance is found (near in pose, and not far from the moment the clip is at).
    Returned are the pose one frame after that moment, and the distance `[K + T - 1, B]` to the nearest moment.
    An expert of this kind corrects the shape and leaves the phase alone, so the movement does not fade.
    """
    following = torch.empty_like(poses)
    distance = torch.empty(poses.shape[:2])
    time_cost = TIME_COST * sequences.scale
    for index, performance in enumerate(sequences.performances):
        following[:, index], distance[:, index] = _follow(performance, sequences.skeleton, poses[:, index], time_cost)
    return following, distance


def _follow(performance: Performance, skeleton: str, poses: Tensor, time_cost: float) -> tuple[Tensor, Tensor]:
    """The same for one performance: `[T, P]` to `[T, P]` and `[T]`."""
    periodic = performance.definition.periodic
    step = performance.cycles_per_frame(skeleton)
    moments, seen = moments_of(performance, skeleton)  # [N + 1], [N + 1, P]
    _, next_seen = moments_of(performance, skeleton, step)
    expected = performance.phase + step * (torch.arange(len(poses)) - START_FRAMES)
    apart = moments - (torch.remainder(expected, 1) if periodic else expected.clamp(0, 1))[:, None]
    if periodic:
        apart = torch.remainder(apart + 0.5, 1) - 0.5
    cost = torch.cdist(poses, seen) ** 2 + (time_cost * apart) ** 2  # [T, N + 1]
    best = cost.argmin(dim=1).clamp(1, MOMENTS - 1)
    left, middle, right = (cost.gather(1, (best + shift)[:, None])[:, 0] for shift in (-1, 0, 1))
    curvature = (left - 2 * middle + right).clamp_min(1e-9)
    place = best + (0.5 * (left - right) / curvature).clamp(-1, 1)  # the minimum of a parabola through three
    low = place.floor().long().clamp(0, MOMENTS - 1)
    share = (place - low)[:, None]
    distance = (poses - torch.lerp(seen[low], seen[low + 1], share)).norm(dim=1)
    return torch.lerp(next_seen[low], next_seen[low + 1], share), distance


def moments_of(performance: Performance, skeleton: str, later: float = 0.0) -> tuple[Tensor, Tensor]:
    """Moments `[N + 1]` of one cycle, both ends included, and what the model sees `later` cycles on: `[N + 1, P]`."""
    return _moments_of(replace(performance, phase=0.0), skeleton, later)


@lru_cache(maxsize=32)  # the sequences of a fit differ in phase, which makes no difference here
def _moments_of(performance: Performance, skeleton: str, later: float) -> tuple[Tensor, Tensor]:
    moments = torch.arange(MOMENTS + 1, dtype=torch.float64) / MOMENTS
    frames = performance.at(moments + later, skeleton)
    if not performance.definition.travels:
        return moments.float(), frames.flatten(1).float()
    before = performance.at(moments + later - performance.cycles_per_frame(skeleton), skeleton)
    return moments.float(), to_poses(torch.stack((before, frames)), skeleton, True)[0].float()

"""Clips as sequences for a model: what it sees, what should follow, and what should follow from where it is.

Shape letters: T frames, K starting frames, B batch, N moments of a cycle, S segments, P pose width.
"""

from dataclasses import dataclass, replace
from functools import lru_cache

import torch
from torch import Tensor

from stickgen.config import SKELETONS
from stickgen.motion.clips import CLIPS
from stickgen.motion.stream import to_poses

START_FRAMES = 10
"""Frames of the clip a free run starts from."""

MOMENTS = 160
"""How finely a cycle is cut up to look for the moment a pose is nearest to."""

PATIENCE = 1.3
"""Cost of being a whole cycle away from the moment the clip is at, in spreads of its main direction."""


@dataclass(frozen=True, kw_only=True)
class Take:
    """One performance of a clip."""

    clip: str
    tempo: float = 1.0
    phase: float = 0.0
    amplitude: float = 1.0
    direction: int = 1


@dataclass(frozen=True, kw_only=True)
class Rehearsal:
    """Takes of one clip side by side, as the model sees them and as they stand in the world."""

    takes: tuple[Take, ...]
    skeleton: str
    world: Tensor  # [T, B, S, 4], after the starting frames
    starts: Tensor  # [B, S, 4], world, the last of the starting frames
    inputs: Tensor  # [K + T - 1, B, P]
    targets: Tensor  # [K + T - 1, B, P], one frame later

    @property
    def travels(self) -> bool:
        return CLIPS[self.takes[0].clip].travels

    @property
    def scale(self) -> float:
        """How far the poses spread along their main direction, in units."""
        return float(principal(self.inputs)[0][0])


def rehearse(takes: list[Take], skeleton: str, frames: int) -> Rehearsal:
    """Takes of one clip; frame 0 of each is at its phase, the starting frames come before."""
    world = torch.stack(
        [
            CLIPS[take.clip].frames(
                START_FRAMES + frames + 1,
                skeleton,
                tempo=take.tempo,
                phase=take.phase,
                amplitude=take.amplitude,
                direction=take.direction,
                first=-START_FRAMES - 1,
            )
            for take in takes
        ],
        dim=1,
    )  # [K + T + 1, B, S, 4]
    poses = to_poses(world, skeleton, CLIPS[takes[0].clip].travels)  # [K + T, B, P]
    return Rehearsal(
        takes=tuple(takes),
        skeleton=skeleton,
        world=world[START_FRAMES + 1 :],
        starts=world[START_FRAMES],
        inputs=poses[:-1],
        targets=poses[1:],
    )


def principal(poses: Tensor) -> tuple[Tensor, Tensor]:
    """Directions `[R, P]` in which poses `[T, B, P]` vary, and their spreads `[R]`: their principal components."""
    flat = poses.flatten(0, 1)
    _, values, directions = torch.linalg.svd(flat - flat.mean(dim=0), full_matrices=False)
    spread = values / len(flat) ** 0.5
    kept = spread > 1e-3 * spread[0]
    return spread[kept], directions[kept]


def what_follows(rehearsal: Rehearsal, poses: Tensor) -> tuple[Tensor, Tensor]:
    """What the clip would do next from where the figure really is.

    `poses` `[K + T - 1, B, P]` are what the model saw, near the clip but perhaps early, late or out of shape. For
    each, the nearest moment of its take is found (near in pose, and not far from the moment the clip is at), and
    the pose one frame after that moment is returned, with the distance `[K + T - 1, B]` to the nearest moment.
    A teacher of this kind corrects the shape and leaves the phase alone, so the movement does not fade.
    """
    following = torch.empty_like(poses)
    distance = torch.empty(poses.shape[:2])
    patience = PATIENCE * rehearsal.scale
    for index, take in enumerate(rehearsal.takes):
        following[:, index], distance[:, index] = _follow(take, rehearsal.skeleton, poses[:, index], patience)
    return following, distance


def _follow(take: Take, skeleton: str, poses: Tensor, patience: float) -> tuple[Tensor, Tensor]:
    """The same for one take: `[T, P]` to `[T, P]` and `[T]`."""
    clip = CLIPS[take.clip]
    step = cycles_per_frame(take, skeleton)
    moments, seen = moments_of(take, skeleton)  # [N + 1], [N + 1, P]
    _, next_seen = moments_of(take, skeleton, step)
    expected = take.phase + step * (torch.arange(len(poses)) - START_FRAMES)
    apart = moments - (torch.remainder(expected, 1) if clip.periodic else expected.clamp(0, 1))[:, None]
    if clip.periodic:
        apart = torch.remainder(apart + 0.5, 1) - 0.5
    cost = torch.cdist(poses, seen) ** 2 + (patience * apart) ** 2  # [T, N + 1]
    best = cost.argmin(dim=1).clamp(1, MOMENTS - 1)
    left, middle, right = (cost.gather(1, (best + shift)[:, None])[:, 0] for shift in (-1, 0, 1))
    bow = (left - 2 * middle + right).clamp_min(1e-9)
    place = best + (0.5 * (left - right) / bow).clamp(-1, 1)  # the lowest point of a parabola through three
    low = place.floor().long().clamp(0, MOMENTS - 1)
    share = (place - low)[:, None]
    distance = (poses - torch.lerp(seen[low], seen[low + 1], share)).norm(dim=1)
    return torch.lerp(next_seen[low], next_seen[low + 1], share), distance


def cycles_per_frame(take: Take, skeleton: str) -> float:
    """How far a take gets in one frame."""
    return take.tempo / (CLIPS[take.clip].duration_seconds * SKELETONS[skeleton].frame_rate)


def moments_of(take: Take, skeleton: str, later: float = 0.0) -> tuple[Tensor, Tensor]:
    """Moments `[N + 1]` of one cycle, both ends included, and what the model sees `later` cycles on: `[N + 1, P]`."""
    return _moments_of(replace(take, phase=0.0), skeleton, later)


@lru_cache(maxsize=32)  # the takes of a lesson differ in phase, which makes no difference here
def _moments_of(take: Take, skeleton: str, later: float) -> tuple[Tensor, Tensor]:
    clip = CLIPS[take.clip]
    moments = torch.arange(MOMENTS + 1, dtype=torch.float64) / MOMENTS
    frames = clip.at(moments + later, skeleton, take.tempo, take.amplitude, take.direction)
    if not clip.travels:
        return moments.float(), frames.flatten(1).float()
    earlier = moments + later - cycles_per_frame(take, skeleton)
    before = clip.at(earlier, skeleton, take.tempo, take.amplitude, take.direction)
    return moments.float(), to_poses(torch.stack((before, frames)), skeleton, True)[0].float()

"""Curves through time that clips are made of. Cycles are float64 `[T]`; 0 to 1 is once through."""

import math

import torch
from torch import Tensor

TURN = 2 * math.pi


def swing(cycles: Tensor, peak: float = 0.0) -> Tensor:
    """A cosine with its peak of 1 where `cycles` equals `peak`."""
    return torch.cos(TURN * (cycles - peak))


def point(x: Tensor | float, y: Tensor | float, like: Tensor) -> Tensor:
    """Coordinates, each `[T]` or constant, to points `[T, 2]`; `like` gives length and type."""
    return torch.stack((torch.zeros_like(like) + x, torch.zeros_like(like) + y), dim=-1)


def through(
    cycles: Tensor, *keys: tuple[float, float], loop: bool = False, slopes: tuple[float, float] = (0, 0)
) -> Tensor:
    """A smooth curve through keys (time, value): it turns at every key that is a peak and never overshoots.

    Cubic Hermite pieces with the slopes of Fritsch and Butland (1984). Before the first and after the last key
    the value is held, with `slopes` there; a `loop` starts again after one cycle instead.
    """
    times = [time for time, _ in keys]
    values = [value for _, value in keys]
    if loop:
        cycles = times[0] + torch.remainder(cycles - times[0], 1.0)
        times, values = [*times, times[0] + 1], [*values, values[0]]
    rises = [(values[i + 1] - values[i]) / (times[i + 1] - times[i]) for i in range(len(times) - 1)]
    inner = [_slope(rises[i], rises[i + 1], times[i : i + 3]) for i in range(len(rises) - 1)]
    if loop:
        ends = _slope(rises[-1], rises[0], [times[-2], times[-1], times[-1] + times[1] - times[0]])
        first, last = ends, ends
    else:
        first, last = slopes
    tangents = [first, *inner, last]
    t = torch.tensor(times, dtype=cycles.dtype)
    piece = (torch.searchsorted(t, cycles, right=True) - 1).clamp(0, len(times) - 2)
    v, m = torch.tensor(values, dtype=cycles.dtype), torch.tensor(tangents, dtype=cycles.dtype)
    length = t[piece + 1] - t[piece]
    s = ((cycles - t[piece]) / length).clamp(0, 1)
    return (
        (1 + 2 * s) * (1 - s) ** 2 * v[piece]
        + s * (1 - s) ** 2 * length * m[piece]
        + s**2 * (3 - 2 * s) * v[piece + 1]
        - s**2 * (1 - s) * length * m[piece + 1]
    )


def _slope(before: float, after: float, times: list[float]) -> float:
    """Slope at a key between two rises: zero at a peak, else their weighted harmonic mean."""
    if before * after <= 0:
        return 0.0
    left, right = times[1] - times[0], times[2] - times[1]
    share = (1 + right / (left + right)) / 3
    return before * after / (share * after + (1 - share) * before)


def stepping_foot(cycles: Tensor, stride: float, stance: float, *path: tuple[float, float, float]) -> Tensor:
    """A foot that stands for the share `stance` of its cycle, then swings `stride` ahead: `[T, 2]`.

    It strikes at whole cycles, with the pelvis at `stride * cycles`. `path` lists where it swings through: the
    share of the swing, x from the pelvis, height.
    """
    whole = cycles.floor()
    into = cycles - whole
    share = ((into - stance) / (1 - stance)).clamp(0, 1)
    half = stride * stance / 2
    speed = -stride * (1 - stance)
    ahead = through(share, (0, -half), *((s, x) for s, x, _ in path), (1, half), slopes=(speed, speed))
    height = through(share, (0, 0), *((s, y) for s, _, y in path), (1, 0))
    planted = stride * whole + half
    return point(torch.where(into <= stance, planted, stride * cycles + ahead), height, cycles)

"""Motions as `.motion` files, Stick-Gen's JSON format, in and out.

Coordinates are rounded to 4 decimals on the way out. On the way in everything is checked, and a file that
cannot be played is refused with a sentence that says why.
"""

import json
from datetime import UTC, datetime
from typing import Any, TypeGuard

import torch
from torch import Tensor

from stickgen.config import SKELETONS, Skeleton
from stickgen.motion.motion import MAX_FRAMES, Motion
from stickgen.version import __version__

FORMAT_VERSION = "1.0"
JOINT_FORMAT = "xy_lines_flat"
DECIMALS = 4
MAX_BYTES = 5_000_000
MAX_COORDINATE = 1000.0
"""A point further from the origin than this, in units (a body is 1.5 high), is taken for a mistake."""
MIN_FRAME_RATE, MAX_FRAME_RATE = 1, 120
"""Frames per second."""
MAX_LABEL_LENGTH = 200
"""Characters that are kept of a description or an action label."""


def to_motion_file(motion: Motion, *, created_at: datetime | None = None) -> str:
    """The motion as the text of a `.motion` file. `created_at` is the present by default."""
    skeleton = SKELETONS[motion.skeleton]
    frames = motion.frames
    content: dict[str, Any] = {
        "meta": {
            "version": FORMAT_VERSION,
            "generator": f"Stick-Gen Model Explorer {__version__}",
            "created_at": (created_at or datetime.now(UTC)).isoformat(timespec="seconds"),
            "fps": motion.frame_rate,
            "duration": round(motion.duration_seconds, DECIMALS),
            "total_frames": len(frames),
            "description": motion.description,
        },
        "skeleton": {
            "type": skeleton.motion_type,
            "joint_format": JOINT_FORMAT,
            "input_dim": skeleton.pose_dim,
            "segments": [segment.name for segment in skeleton.segments],
        },
        "motion": _rounded(frames.flatten()),
        "actions": list(motion.actions or [motion.description] * len(frames)),
    }
    if motion.signals is not None:
        content["physics"] = [_rounded(row) for row in motion.signals.physics]
    return json.dumps(content, allow_nan=False, separators=(",", ":"))


def _rounded(values: Tensor) -> list[float]:
    return [round(value, DECIMALS) for value in values.tolist()]


def from_motion_file(text: str | bytes) -> Motion:
    """Read a `.motion` file. Raises `ValueError` with a sentence saying what is wrong and what is allowed."""
    if len(text) > MAX_BYTES:
        raise ValueError(f"The file has {len(text):,} bytes; at most {MAX_BYTES:,} can be read.")
    try:
        content = json.loads(text, parse_constant=_refuse_constant)
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise ValueError("This is not a .motion file: it should be JSON with meta, skeleton and motion.") from error
    if not isinstance(content, dict):
        raise ValueError("A .motion file is a JSON object with meta, skeleton and motion, not a list or a value.")
    meta = _part(content, "meta")
    skeleton = _skeleton(_part(content, "skeleton"))
    frames = _frames(content.get("motion"), skeleton)
    total = meta.get("total_frames", len(frames))
    if not _is_number(total) or total != len(frames):
        raise ValueError(f"meta says total_frames {total!r}, but motion holds {len(frames)} frames.")
    description = meta.get("description", "")
    if not isinstance(description, str):
        raise ValueError(f"The description should be text, not {_kind(description)}.")
    return Motion(
        frames=frames,
        skeleton=skeleton.name,
        frame_rate=_frame_rate(meta.get("fps", skeleton.frame_rate)),
        description=description[:MAX_LABEL_LENGTH],
        actions=_actions(content.get("actions"), len(frames)),
    )


def _refuse_constant(name: str) -> float:
    raise ValueError(f"The motion holds {name}; every number has to be finite.")


def _kind(value: object) -> str:
    """What a JSON value is, in words."""
    kinds = {dict: "an object", list: "a list", str: "text", bool: "true or false", type(None): "nothing"}
    return kinds.get(type(value), "a number")


def _is_number(value: object) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _part(content: dict[str, Any], name: str) -> dict[str, Any]:
    part = content.get(name)
    if not isinstance(part, dict):
        raise ValueError(f"The file has no {name}: every .motion file needs an object of that name.")
    return part


def _skeleton(part: dict[str, Any]) -> Skeleton:
    kind = part.get("type")
    known = {skeleton.motion_type: skeleton for skeleton in SKELETONS.values()}
    if not isinstance(kind, str) or kind not in known:
        raise ValueError(f"Unknown skeleton {str(kind)[:80]!r}: choose one of {', '.join(known)}.")
    skeleton = known[kind]
    if part.get("joint_format", JOINT_FORMAT) != JOINT_FORMAT:
        raise ValueError(f"Unknown joint_format {str(part['joint_format'])[:80]!r}: only {JOINT_FORMAT} is read.")
    width = part.get("input_dim", skeleton.pose_dim)
    if width != skeleton.pose_dim:
        raise ValueError(f"{kind} has {skeleton.pose_dim} numbers a frame, but input_dim says {str(width)[:20]}.")
    names = [segment.name for segment in skeleton.segments]
    if part.get("segments", names) != names:
        raise ValueError(f"The segments of {kind} are {', '.join(names)}, in this order.")
    return skeleton


def _frames(numbers: object, skeleton: Skeleton) -> Tensor:
    """The flat array as `[T, segments, 4]`."""
    width = skeleton.pose_dim
    if not isinstance(numbers, list) or not numbers:
        raise ValueError("The file has no motion: it needs a flat list of numbers of that name.")
    if len(numbers) % width:
        raise ValueError(
            f"motion holds {len(numbers):,} numbers, which is not a whole number of frames: "
            f"{skeleton.motion_type} has {width} a frame."
        )
    if len(numbers) > MAX_FRAMES * width:
        raise ValueError(
            f"The motion is too long: {len(numbers) // width:,} frames; at most {MAX_FRAMES:,} can be played."
        )
    for place, number in enumerate(numbers):
        if not _is_number(number):
            raise ValueError(f"motion should hold numbers only, but number {place + 1} is {_kind(number)}.")
        if not abs(number) <= MAX_COORDINATE:  # true of NaN as well
            raise ValueError(
                f"Number {place + 1} of motion is {str(number)[:12]}; coordinates are finite and within "
                f"{MAX_COORDINATE:g} units of the origin."
            )
    return torch.tensor(numbers, dtype=torch.float32).reshape(-1, width // 4, 4)


def _frame_rate(value: object) -> int:
    if not _is_number(value) or not MIN_FRAME_RATE <= value <= MAX_FRAME_RATE or value != int(value):
        raise ValueError(
            f"fps should be a whole number from {MIN_FRAME_RATE} to {MAX_FRAME_RATE}, not {str(value)[:40]!r}."
        )
    return int(value)


def _actions(labels: object, frames: int) -> tuple[str, ...] | None:
    if labels is None:
        return None
    if not isinstance(labels, list) or not all(isinstance(label, str) for label in labels):
        raise ValueError("actions should be a list of texts, one for each frame.")
    if len(labels) != frames:
        raise ValueError(f"actions should have a label for each of the {frames} frames, not {len(labels)}.")
    return tuple(label[:MAX_LABEL_LENGTH] for label in labels)


def to_csv(motion: Motion) -> str:
    """One line for each frame: its number, its time in seconds, then x1, y1, x2, y2 of each segment, in units."""
    names = [segment.name for segment in SKELETONS[motion.skeleton].segments]
    header = ["frame", "time_seconds"]
    header += [f"{name}_{end}" for name in names for end in ("x1", "y1", "x2", "y2")]
    lines = [",".join(header)]
    for index, frame in enumerate(motion.frames):
        values = [str(index), f"{index / motion.frame_rate:.{DECIMALS}f}"]
        values += [f"{value:.{DECIMALS}f}" for value in frame.flatten().tolist()]
        lines.append(",".join(values))
    return "\n".join(lines) + "\n"

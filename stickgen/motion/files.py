"""Motions as `.motion` files, Stick-Gen's JSON format, in and out.

A motion comes back as it went: numbers have as many digits as float32 needs, and what is not read is kept. On the way
in everything is checked, and a file that cannot be played is refused with a sentence that says why.
"""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, TypeGuard

import numpy as np
import torch
from torch import Tensor

from stickgen.config import SKELETONS, Skeleton
from stickgen.formatting import exact_count
from stickgen.motion.body import at_middles, centred
from stickgen.motion.motion import MAX_FRAMES, Motion
from stickgen.motion.safe_json import UnreadableError, kind, read_object, word
from stickgen.version import __version__

FORMAT_VERSION = "1.0"
JOINT_FORMAT = "xy_lines_flat"
PHYSICS_WIDTH, CAMERA_WIDTH = 6, 3
"""Numbers a frame."""
MAX_COORDINATE = 10_000
"""A point further from the origin than this is taken for a mistake: the pixels of the largest screens are nearer."""
MAX_SIGNAL = 1_000_000_000
"""The same for physics and camera."""
MAX_DURATION_ERROR = 0.05
"""Seconds by which the duration that a file gives may be off, or a whole frame, before anything is said of it."""
MIN_FRAME_RATE, MAX_FRAME_RATE = 1, 240
"""Frames per second."""
DECIMALS = 4
"""Of times in seconds, and of the coordinates of a table."""
SIGNIFICANT_DIGITS = 12
"""Of a number in a file: more than any float32 needs, and fewer than float64 has."""
NO_MOTION_FILE = "This is not a .motion file: it should be a JSON object with meta, skeleton and motion."


def to_motion_file(motion: Motion, *, created_at: datetime | None = None) -> str:
    """The motion as the text of a `.motion` file, created at `created_at`, by default the present.

    A motion from a file keeps what that file says of who made it and when. Raises `ValueError` for a motion with
    numbers that are not finite.
    """
    skeleton = SKELETONS[motion.skeleton]
    physics = motion.signals.physics if motion.physics is None and motion.signals else motion.physics
    unread = dict(motion.unread)
    made = {
        "version": FORMAT_VERSION,
        "generator": f"Stick-Gen Model Explorer {__version__}",
        "created_at": (created_at or datetime.now(UTC)).isoformat(timespec="seconds"),
    }
    content: dict[str, Any] = {
        "meta": {
            **unread.pop("meta", made),
            "fps": motion.frame_rate,
            "duration": round(motion.duration_seconds, DECIMALS),
            "total_frames": len(motion.frames),
            "description": motion.description,
        },
        "skeleton": {
            "type": skeleton.motion_type,
            "joint_format": JOINT_FORMAT,
            "input_dim": skeleton.pose_dim,
            "segments": [segment.name for segment in skeleton.segments],
            **unread.pop("skeleton", {}),
        },
        "motion": _coordinates(motion),
        "actions": list(motion.actions or ()),
    }
    if physics is not None:
        content["physics"] = _short(physics).flatten().tolist()
    if motion.camera is not None:
        content["camera"] = _short(motion.camera).flatten().tolist()
    return json.dumps(content | unread, allow_nan=False, separators=(",", ":"))


def _coordinates(motion: Motion) -> list[float]:
    """All coordinates. A joint in the middle of two others is so to the last digit, which float32 may not have."""
    frames = centred(motion.frames.float(), motion.skeleton)
    short = _short(frames)
    numbers = torch.where(frames == at_middles(frames, motion.skeleton), at_middles(short, motion.skeleton), short)
    return [float(f"{number:.{SIGNIFICANT_DIGITS}g}") for number in numbers.flatten().tolist()]


def _short(values: Tensor) -> Tensor:
    """Values as float64 with the fewest digits that give the same float32."""
    if not values.isfinite().all():
        raise ValueError("the motion holds NaN or infinity: a .motion file holds finite numbers only")
    texts = values.detach().float().cpu().numpy().astype(str)
    return torch.from_numpy(texts.astype(np.float64))


def from_motion_file(text: str | bytes) -> Motion:
    """Read a `.motion` file. What had to be changed is said in the motion's `notes`.

    Raises `UnreadableError`, a `ValueError`, with a sentence saying what is wrong and what is allowed.
    """
    content = read_object(text, NO_MOTION_FILE)
    meta, form = _part(content, "meta"), _part(content, "skeleton")
    skeleton = _skeleton(form)
    frames = _numbers("motion", _required(content, "motion"), skeleton.pose_dim, MAX_COORDINATE)
    count = len(frames)
    total = _number("total_frames", _optional(meta, "total_frames", count))
    if total != count:
        raise UnreadableError(f"meta says total_frames {total:g}, but motion holds {exact_count(count)} frames.")
    frame_rate = _number("fps", _optional(meta, "fps", skeleton.frame_rate))
    if not MIN_FRAME_RATE <= frame_rate <= MAX_FRAME_RATE:
        raise UnreadableError(f"fps is {frame_rate:g}; it should be from {MIN_FRAME_RATE} to {MAX_FRAME_RATE}.")
    description = _optional(meta, "description", "")
    if not isinstance(description, str):
        raise UnreadableError(f"The description should be text, not {kind(description)}.")
    duration = _number("duration", _optional(meta, "duration", count / frame_rate))
    motion = Motion(
        frames=centred(frames.reshape(count, -1, 4), skeleton.name),
        skeleton=skeleton.name,
        frame_rate=frame_rate,
        description=description,
        actions=_actions(content.pop("actions", None), count),
        physics=_signal("physics", content.pop("physics", None), PHYSICS_WIDTH, count),
        camera=_signal("camera", content.pop("camera", None), CAMERA_WIDTH, count),
        unread={**content, "meta": meta, "skeleton": form},
    )
    notes = []
    if abs(duration - motion.duration_seconds) > max(MAX_DURATION_ERROR, 1 / frame_rate):
        notes.append(
            f"The file gives a duration of {duration:g} s, but its {exact_count(count)} frames at {frame_rate:g} "
            f"frames per second take {motion.duration_seconds:.4g} s, which is used."
        )
    if count > MAX_FRAMES:
        notes.append(f"The file has {exact_count(count)} frames. Only the first {exact_count(MAX_FRAMES)} are used.")
        motion = motion.first_frames(MAX_FRAMES)
    return replace(motion, notes=tuple(notes))


def _required(content: dict[str, Any], name: str) -> object:
    """Take a part out of an object. Raises `UnreadableError` where there is none."""
    if name not in content:
        raise UnreadableError(f"The file has no {name}: every .motion file has meta, skeleton and motion.")
    return content.pop(name)


def _optional(part: dict[str, Any], name: str, default: Any) -> Any:
    """Take a value out of an object, or the default where there is none or null."""
    value = part.pop(name, None)
    return default if value is None else value


def _part(content: dict[str, Any], name: str) -> dict[str, Any]:
    part = _required(content, name)
    if not isinstance(part, dict):
        raise UnreadableError(f"{name} should be an object, not {kind(part)}.")
    return dict(part)


def _is_number(value: object) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _number(name: str, value: object) -> int | float:
    if not _is_number(value):
        raise UnreadableError(f"{name} should be a number, not {kind(value)}.")
    return value


def _skeleton(part: dict[str, Any]) -> Skeleton:
    """The skeleton that the file says its motion has, all that is known of it taken out of `part`."""
    known = {skeleton.motion_type: skeleton for skeleton in SKELETONS.values()}
    named = part.pop("type", None)
    if not isinstance(named, str) or named not in known:
        raise UnreadableError(
            f"Unknown skeleton {word(named)}".rstrip() + f": its type should be {' or '.join(known)}."
        )
    skeleton = known[named]
    if _optional(part, "joint_format", JOINT_FORMAT) != JOINT_FORMAT:
        raise UnreadableError(f"Unknown joint_format: only {JOINT_FORMAT} is read.")
    width = _number("input_dim", _optional(part, "input_dim", skeleton.pose_dim))
    if width != skeleton.pose_dim:
        raise UnreadableError(f"input_dim is {width:g}; {named} has {skeleton.pose_dim} numbers a frame.")
    names = [segment.name for segment in skeleton.segments]
    if _optional(part, "segments", names) != names:
        raise UnreadableError(f"The segments of {named} are {', '.join(names)}, in this order.")
    return skeleton


def _numbers(name: str, numbers: object, width: int, limit: int) -> Tensor:
    """A flat list of the file as `[T, width]` float32."""
    if not isinstance(numbers, list):
        raise UnreadableError(f"{name} should be a flat list of numbers, {width} a frame, not {kind(numbers)}.")
    if not numbers:
        raise UnreadableError(f"{name} is an empty list; it should hold {width} numbers a frame.")
    for place, number in enumerate(numbers, start=1):
        if not _is_number(number):
            raise UnreadableError(
                f"{name} should be a flat list of numbers, {width} a frame, but its item {exact_count(place)} is "
                f"{kind(number)}."
            )
        if abs(number) > limit:
            raise UnreadableError(
                f"Number {exact_count(place)} of {name} is {number:g}; it should be within {exact_count(limit)} of 0."
            )
    if len(numbers) % width:
        raise UnreadableError(
            f"{name} holds {exact_count(len(numbers))} numbers, which is not a whole number of frames: "
            f"it should hold {width} a frame."
        )
    return torch.tensor(numbers, dtype=torch.float32).reshape(-1, width)


def _signal(name: str, numbers: object, width: int, frames: int) -> Tensor | None:
    """The same for a part that may be left out or empty. Raises `UnreadableError` where frames are missing."""
    if numbers is None or numbers == []:
        return None
    signal = _numbers(name, numbers, width, MAX_SIGNAL)
    if len(signal) != frames:
        raise UnreadableError(
            f"{name} holds {exact_count(len(signal))} frames, {width} numbers each, but motion holds "
            f"{exact_count(frames)}."
        )
    return signal


def _actions(labels: object, frames: int) -> tuple[str, ...] | None:
    if labels is None or labels == []:
        return None
    if not isinstance(labels, list):
        raise UnreadableError(f"actions should be a list of texts, one a frame, or empty, not {kind(labels)}.")
    for place, label in enumerate(labels, start=1):
        if not isinstance(label, str):
            raise UnreadableError(
                f"actions should be a list of texts, but its item {exact_count(place)} is {kind(label)}."
            )
    if len(labels) != frames:
        raise UnreadableError(
            f"actions should have a label for each of the {exact_count(frames)} frames, or none, "
            f"not {exact_count(len(labels))}."
        )
    return tuple(labels)


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

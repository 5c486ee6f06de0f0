"""Where a motion of unknown origin is drawn: which way is up in it, how tall its figure is, where its ground is.

Clips and models have y up, the ground at y = 0 and a body 1.5 high. A file may have its origin at the pelvis, pixels
for units, or y that points down. A placement is read from the frames, for drawing only: the motion keeps its numbers.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from stickgen.config import SKELETONS
from stickgen.motion.body import JOINT_NAMES, LOWER_TORSO, ROOTS, SHIN, THIGH, UPPER_TORSO, bone_lengths, joint_position

MAX_HEIGHT_ERROR = 0.1
"""A figure whose height differs by no more than this share is drawn as large as it is."""
MAX_BELOW, MAX_ABOVE = 0.05, 0.15
"""How far below and above y = 0 the lowest point may be, in body heights, with the ground taken to be at y = 0.
Above is more: a figure may be in the air, or hang, all the time."""
MAX_START = 1.0
"""How far from x = 0 a motion may start, in body heights, and be drawn there."""
MIN_UPSIDE_DOWN = 0.2
"""How far the neck is below the feet in most frames, in body heights, where y is taken to point down. In someone who
lies it is hardly lower."""
MIN_HEIGHT = 1e-6
"""A figure less tall than this many units is a point, and has no size to go by."""


@dataclass(frozen=True, kw_only=True)
class Placement:
    """How the coordinates of a motion become those it is drawn in: y up, ground at y = 0."""

    scale: float = 1.0
    """What a unit of the motion becomes."""
    upside_down: bool = False
    """Whether y points down in the motion."""
    ground: float = 0.0
    """The motion's y of the ground."""
    start: float = 0.0
    """The motion's x that is drawn at x = 0."""
    notes: tuple[str, ...] = ()
    """What was assumed, in sentences; none where the motion is drawn as it is."""

    def apply(self, frames: Tensor) -> Tensor:
        """Frames `[…, segments, 4]` as they are drawn."""
        origin = frames.new_tensor((self.start, self.ground)).repeat(2)
        scale = frames.new_tensor((self.scale, -self.scale if self.upside_down else self.scale)).repeat(2)
        return (frames - origin) * scale


AS_IT_IS = Placement()


def placement_of(frames: Tensor, skeleton: str) -> Placement:
    """The placement of frames `[T, segments, 4]` whose origin is unknown."""
    body_height = SKELETONS[skeleton].body_height
    height = figure_height(frames, skeleton)
    if height < MIN_HEIGHT:
        return AS_IT_IS
    notes = []
    upside_down = _rise(frames, skeleton) < -MIN_UPSIDE_DOWN * height
    if upside_down:
        notes.append("The head is below the feet in most frames, so y is taken to point down.")
    scale = 1.0
    if abs(height / body_height - 1) > MAX_HEIGHT_ERROR:
        scale = body_height / height
        notes.append(f"The figure is about {_short(height)} units tall, and is drawn {body_height:g} tall.")
    ground = _lowest(frames, upside_down)
    elevation = -ground if upside_down else ground
    if -MAX_BELOW * body_height <= elevation * scale <= MAX_ABOVE * body_height:
        ground = 0.0
    else:
        notes.append(f"The ground is taken to be at y = {_short(ground)}, where the figure is lowest.")
    start = float(joint_position(frames[0], skeleton, ROOTS[skeleton])[0])
    if abs(start) * scale <= MAX_START * body_height:
        start = 0.0
    else:
        notes.append(f"The figure starts at x = {_short(start)}, and is drawn from x = 0.")
    return Placement(scale=scale, upside_down=upside_down, ground=ground, start=start, notes=tuple(notes))


def figure_height(frames: Tensor, skeleton: str) -> float:
    """How tall the figure of `[T, segments, 4]` is when it stands, from its bones, whatever its pose.

    Torso and legs say it in the proportions of `body.py`, the longer of them in each frame: both look shorter when
    they bend or point at the viewer. A tenth of the frames may be out of shape.
    """
    names = [segment.name for segment in SKELETONS[skeleton].segments]
    lengths = bone_lengths(frames)

    def together(*bones: str) -> Tensor:
        return lengths[:, [i for i, name in enumerate(names) if name in bones]].sum(dim=1)

    torso = together("torso", "upper_torso", "lower_torso") / (UPPER_TORSO + LOWER_TORSO)
    legs = [together(f"{side}_leg", f"{side}_thigh", f"{side}_shin") / (THIGH + SHIN) for side in ("l", "r")]
    return float(torch.stack((torso, *legs)).amax(dim=0).quantile(0.9)) * SKELETONS[skeleton].body_height


def _rise(frames: Tensor, skeleton: str) -> float:
    """How far the neck is above the feet, in the median frame."""
    heights = {
        JOINT_NAMES.get(joint, joint): joint_position(frames, skeleton, joint)[:, 1]
        for joint in SKELETONS[skeleton].joints
    }
    return float((heights["neck"] - (heights["l_ankle"] + heights["r_ankle"]) / 2).median())


def _lowest(frames: Tensor, upside_down: bool) -> float:
    """The y of the figure's lowest point, but for a twentieth of the frames, which may be out of shape."""
    heights = frames[..., (1, 3)].flatten(1)
    if upside_down:
        return float(heights.amax(dim=1).quantile(0.95, interpolation="higher"))
    return float(heights.amin(dim=1).quantile(0.05, interpolation="lower"))


def _short(value: float) -> str:
    """A number with three significant digits."""
    return f"{float(f'{value:.3g}'):,g}"

"""Motions as moving and still images, drawn with Pillow: GIF, animated WebP and PNG, and a contact sheet as PNG.

Pictures are drawn at twice their size and scaled down, so that lines are smooth.
"""

import math
from collections.abc import Sequence
from io import BytesIO
from itertools import pairwise
from typing import Protocol

import torch
from PIL import Image, ImageDraw
from torch import Tensor

from stickgen.config import SKELETONS, Skeleton
from stickgen.motion.anatomy import LINES
from stickgen.motion.placement import Placement
from stickgen.motion.view import head_centres, view_of

PAPER, GROUND, CORE = (255, 255, 255), (190, 194, 200), (51, 56, 66)
SIDES = {"l_": (31, 111, 201), "r_": (214, 99, 38)}
"""Colours of the left and the right limbs: equally bright, and different to colour-blind readers too."""

SUPERSAMPLING = 2

MAX_PICTURE_RATE = 50
"""Pictures per second. Browsers show a picture that should last 10 ms or less for 100 ms, and a GIF counts in 10 ms."""
GIF_TICK = 10
"""Milliseconds that a GIF counts in."""
MAX_MARKS = 24
"""On the ground of one picture: at every unit, or where more is shown at every 10 or 100."""


class Drawable(Protocol):
    """What is drawn of a `Motion`."""

    @property
    def frames(self) -> Tensor:
        """`[T, segments, 4]`: x1, y1, x2, y2 for each segment."""

    @property
    def skeleton(self) -> str:
        """A key of `SKELETONS`."""

    @property
    def frame_rate(self) -> float:
        """Frames per second."""

    @property
    def placement(self) -> Placement:
        """Where the frames are drawn."""


def pictures(
    frames: Tensor, frame_rate: float, skeleton: Skeleton, size: int, chosen: Sequence[int] | None = None
) -> list[Image.Image]:
    """Frames of `[T, segments, 4]` as they are drawn, by default all: RGB, `size` pixels square, the figure whole."""
    view, heads = view_of(frames, frame_rate, skeleton), head_centres(frames, skeleton)
    squares = torch.stack((view.left, view.bottom, view.size), dim=1)
    return [
        _picture(skeleton, frames[i].tolist(), heads[i].tolist(), squares[i].tolist(), size)
        for i in (range(len(frames)) if chosen is None else chosen)
    ]


def _picture(
    skeleton: Skeleton, pose: list[list[float]], head: list[float], square: list[float], size: int
) -> Image.Image:
    """One pose. `square` is what it shows: its left, its bottom and its width."""
    left, bottom, width = square
    large = size * SUPERSAMPLING
    image = Image.new("RGB", (large, large), PAPER)
    pen = ImageDraw.Draw(image)
    scale = large / width
    limb_radius = LINES.limb_radius * skeleton.body_height

    def place(x: float, y: float) -> tuple[float, float]:
        return (x - left) * scale, large - (y - bottom) * scale

    ground = place(0, -limb_radius)[1]
    thickness = max(1, round(scale * 0.015))
    pen.line((0, ground, large, ground), fill=GROUND, width=thickness)
    step = 10 ** math.ceil(max(0.0, math.log10(width / MAX_MARKS)))
    for mark in range(math.floor(left / step), math.ceil((left + width) / step) + 1):
        x, _ = place(mark * step, 0)
        pen.line((x, ground, x, ground + 0.06 * scale), fill=GROUND, width=thickness)
    for segment, (x1, y1, x2, y2) in zip(skeleton.segments, pose, strict=True):
        colour = SIDES.get(segment.name[:2], CORE)
        start, end = place(x1, y1), place(x2, y2)
        pen.line((*start, *end), fill=colour, width=max(1, round(2 * limb_radius * scale)))
        for x, y in (start, end):
            _disc(pen, x, y, limb_radius * scale, colour)
    _disc(pen, *place(*head), LINES.head_radius * skeleton.body_height * scale, CORE)
    return image.resize((size, size), Image.Resampling.LANCZOS)


def _disc(pen: ImageDraw.ImageDraw, x: float, y: float, radius: float, colour: tuple[int, int, int]) -> None:
    pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)


def timed(frames: Tensor, frame_rate: float, tick: int) -> tuple[Tensor, list[int]]:
    """The poses to show `[N, segments, 4]`, and for how many milliseconds each, in whole ticks.

    Together they last as long as the frames `[T, segments, 4]`, to the tick: what is rounded off one is made up for
    by the next. Of more than `MAX_PICTURE_RATE` frames a second, poses are taken at that rate, between the frames.
    """
    seconds = len(frames) / frame_rate
    count = min(len(frames), max(1, math.floor(seconds * MAX_PICTURE_RATE + 1e-6)))
    if count < len(frames):
        places = torch.arange(count, dtype=torch.float64) * (len(frames) / count)
        before = places.long()
        share = (places - before).to(frames)[:, None, None]
        frames = torch.lerp(frames[before], frames[(before + 1).clamp_max(len(frames) - 1)], share)
    ends = [round(1000 * seconds * i / count / tick) * tick for i in range(count + 1)]
    return frames, [max(tick, end - start) for start, end in pairwise(ends)]


def _moving(motion: Drawable, size: int, file_format: str, tick: int = 1, **options: object) -> bytes:
    frames, durations = timed(motion.placement.apply(motion.frames), motion.frame_rate, tick)
    rate = motion.frame_rate * len(frames) / len(motion.frames)
    drawn = pictures(frames, rate, SKELETONS[motion.skeleton], size)
    if file_format == "GIF":
        drawn = [picture.quantize(32) for picture in drawn]
    target = BytesIO()
    drawn[0].save(
        target, format=file_format, save_all=True, append_images=drawn[1:], duration=durations, loop=0, **options
    )
    return target.getvalue()


def to_gif(motion: Drawable, size: int = 320) -> bytes:
    """A GIF that repeats, `size` pixels square."""
    return _moving(motion, size, "GIF", tick=GIF_TICK, disposal=1)


def to_webp(motion: Drawable, size: int = 320) -> bytes:
    """An animated WebP that repeats, `size` pixels square."""
    return _moving(motion, size, "WEBP", quality=80, method=0)


def to_apng(motion: Drawable, size: int = 320) -> bytes:
    """An animated PNG that repeats, `size` pixels square."""
    return _moving(motion, size, "PNG")


def to_contact_sheet(motion: Drawable, moments: int = 12, columns: int = 6, size: int = 200) -> bytes:
    """A PNG of as many moments, evenly spread from the first frame to the last, with their times."""
    count = min(moments, len(motion.frames))
    columns = min(columns, count)
    chosen = [round(cell * (len(motion.frames) - 1) / max(1, count - 1)) for cell in range(count)]
    frames = motion.placement.apply(motion.frames)
    sheet = Image.new("RGB", (columns * size, math.ceil(count / columns) * size), PAPER)
    for cell, picture in enumerate(pictures(frames, motion.frame_rate, SKELETONS[motion.skeleton], size, chosen)):
        ImageDraw.Draw(picture).text((6, 4), f"{chosen[cell] / motion.frame_rate:.2f} s", fill=CORE)
        sheet.paste(picture, (cell % columns * size, cell // columns * size))
    target = BytesIO()
    sheet.save(target, format="PNG", optimize=True)
    return target.getvalue()

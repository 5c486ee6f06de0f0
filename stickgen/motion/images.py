"""Motions as moving and still images, drawn with Pillow: GIF, animated WebP, and a contact sheet as PNG.

Pictures are drawn at twice their size and scaled down, so that lines are smooth.
"""

import math
from io import BytesIO
from typing import Protocol

from PIL import Image, ImageDraw
from torch import Tensor

from stickgen.config import SKELETONS, Skeleton
from stickgen.motion.anatomy import LINES, NECK_TO_HEAD

PAPER, GROUND, CORE = (255, 255, 255), (190, 194, 200), (51, 56, 66)
SIDES = {"l_": (31, 111, 201), "r_": (214, 99, 38)}
"""Colours of the left and the right limbs: equally bright, and different to colour-blind readers too."""

SUPERSAMPLING = 2
VIEW_WIDTH, VIEW_HEIGHT = 2.4, 2.4
"""The part of the world that a picture shows, in units of the motion."""
BELOW_GROUND = 0.2
"""How much of it lies below the ground."""


class Drawable(Protocol):
    """What is drawn of a `Motion`."""

    @property
    def frames(self) -> Tensor:
        """`[T, segments, 4]`: x1, y1, x2, y2 for each segment, y up."""

    @property
    def skeleton(self) -> str:
        """A key of `SKELETONS`."""

    @property
    def frame_rate(self) -> float:
        """Frames per second."""


def draw_frame(motion: Drawable, index: int, size: int = 320) -> Image.Image:
    """One frame, with the figure in the middle: RGB, `size` pixels square."""
    frame, skeleton = motion.frames[index], SKELETONS[motion.skeleton]
    large = size * SUPERSAMPLING
    image = Image.new("RGB", (large, large), PAPER)
    pen = ImageDraw.Draw(image)
    scale = large / VIEW_WIDTH
    limb_radius = LINES.limb_radius * skeleton.body_height
    left = _middle(motion, index) - VIEW_WIDTH / 2

    def place(x: float, y: float) -> tuple[float, float]:
        return (x - left) * scale, large - (y + BELOW_GROUND) * scale

    ground = place(0, -limb_radius)[1]
    pen.line((0, ground, large, ground), fill=GROUND, width=max(1, round(scale * 0.015)))
    for mark in range(math.floor(left), math.ceil(left + VIEW_WIDTH) + 1):
        x, _ = place(mark, 0)
        pen.line((x, ground, x, ground + 0.06 * scale), fill=GROUND, width=max(1, round(scale * 0.015)))
    for segment, (x1, y1, x2, y2) in zip(skeleton.segments, frame.tolist(), strict=True):
        colour = SIDES.get(segment.name[:2], CORE)
        start, end = place(x1, y1), place(x2, y2)
        pen.line((*start, *end), fill=colour, width=round(2 * limb_radius * scale))
        for x, y in (start, end):
            _disc(pen, x, y, limb_radius * scale, colour)
    _disc(pen, *place(*_head(skeleton, frame)), LINES.head_radius * skeleton.body_height * scale, CORE)
    return image.resize((size, size), Image.Resampling.LANCZOS)


def _disc(pen: ImageDraw.ImageDraw, x: float, y: float, radius: float, colour: tuple[int, int, int]) -> None:
    pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)


def _middle(motion: Drawable, index: int) -> float:
    """The x in the middle of the picture: the mean over the frames around this one, so that the view does not shake."""
    around = motion.frames[max(0, index - 6) : index + 7]
    return float(around[..., (0, 2)].mean())


def _head(skeleton: Skeleton, frame: Tensor) -> tuple[float, float]:
    """Centre of the head: the end of a head segment, or above the neck in line with the torso."""
    names = [segment.name for segment in skeleton.segments]
    if "head" in names:
        _, _, x, y = frame[names.index("head")].tolist()
        return x, y
    neck_x, neck_y, hip_x, hip_y = frame[names.index("torso")].tolist()
    length = math.hypot(neck_x - hip_x, neck_y - hip_y) or 1.0
    share = NECK_TO_HEAD * skeleton.body_height / length
    return neck_x + share * (neck_x - hip_x), neck_y + share * (neck_y - hip_y)


def _moving(motion: Drawable, size: int, file_format: str, **options: object) -> bytes:
    pictures = [draw_frame(motion, index, size) for index in range(len(motion.frames))]
    if file_format == "GIF":
        pictures = [picture.quantize(32) for picture in pictures]
    target = BytesIO()
    pictures[0].save(
        target,
        format=file_format,
        save_all=True,
        append_images=pictures[1:],
        duration=round(1000 / motion.frame_rate),
        loop=0,
        **options,
    )
    return target.getvalue()


def to_gif(motion: Drawable, size: int = 320) -> bytes:
    """A GIF that repeats, `size` pixels square."""
    return _moving(motion, size, "GIF", disposal=1)


def to_webp(motion: Drawable, size: int = 320) -> bytes:
    """An animated WebP that repeats, `size` pixels square."""
    return _moving(motion, size, "WEBP", quality=80, method=0)


def to_contact_sheet(motion: Drawable, pictures: int = 12, columns: int = 6, size: int = 200) -> bytes:
    """A PNG of `pictures` moments, evenly spread from the first frame to the last, with their times."""
    count = min(pictures, len(motion.frames))
    columns = min(columns, count)
    sheet = Image.new("RGB", (columns * size, math.ceil(count / columns) * size), PAPER)
    for cell in range(count):
        index = round(cell * (len(motion.frames) - 1) / max(1, count - 1))
        picture = draw_frame(motion, index, size)
        ImageDraw.Draw(picture).text((6, 4), f"{index / motion.frame_rate:.2f} s", fill=CORE)
        sheet.paste(picture, (cell % columns * size, cell // columns * size))
    target = BytesIO()
    sheet.save(target, format="PNG", optimize=True)
    return target.getvalue()

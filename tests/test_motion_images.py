"""Motions as pictures: they last as long as the motion, and the figure is whole in each, wherever it stands."""

import io
import math
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from motion_coordinates import HEIGHT, coordinates, moved
from PIL import Image, ImageSequence

from stickgen.config import SKELETONS
from stickgen.motion import CLIPS, FORMATS, Motion, reference_motion, to_contact_sheet
from stickgen.motion.anatomy import LINES, NECK_TO_HEAD
from stickgen.motion.images import CORE, GIF_TICK, GROUND, MAX_PICTURE_RATE, PAPER, SIDES, pictures, timed
from stickgen.motion.view import view_of

MOVING = [ending for ending in FORMATS if ending in ("gif", "webp", "apng")]
RATES = [12.5, 23.976, 24, 25, 29.97, 30, 50, 59.94, 60, 100, 120, 240]


def motion(skeleton: str = "v1", frames: int = 12, clip: str = "walk") -> Motion:
    return reference_motion(clip, skeleton, frames)


def opened(ending: str, sent: Motion) -> Image.Image:
    return Image.open(io.BytesIO(FORMATS[ending].write(sent)))


def durations(image: Image.Image) -> list[float]:
    """Milliseconds of each picture."""
    found = []
    for frame in ImageSequence.Iterator(image):
        frame.load()  # only now a WebP says how long it is shown
        found.append(frame.info["duration"])
    return found


# How long they last


@pytest.mark.parametrize("frames", [1, 2, 3, 60, 61])
@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("tick", [1, GIF_TICK])
def test_pictures_last_as_long_as_the_motion_and_long_enough_for_a_browser(rate, frames, tick):
    sent = torch.rand(frames, 5, 4)
    poses, lasting = timed(sent, rate, tick)
    assert len(poses) == len(lasting)
    assert all(milliseconds % tick == 0 for milliseconds in lasting)
    assert sum(lasting) == pytest.approx(1000 * frames / rate, abs=tick / 2 if sum(lasting) > tick else tick)
    if len(poses) > 1:
        assert min(lasting) >= 1000 / MAX_PICTURE_RATE
        assert max(lasting) - min(lasting) <= tick
    if rate <= MAX_PICTURE_RATE:
        assert torch.equal(poses, sent)


@pytest.mark.parametrize("rate", [59.94, 60, 100, 240])
def test_fewer_pictures_a_second_still_show_the_figure_where_it_is(rate):
    places = torch.arange(240, dtype=torch.float32)
    poses, _ = timed(places[:, None, None].expand(240, 5, 4), rate, 1)
    shown = torch.arange(len(poses)) * (240 / rate / len(poses))
    torch.testing.assert_close(poses[:, 0, 0], (shown * rate).float(), rtol=0, atol=1e-3)


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("ending", MOVING)
def test_a_moving_picture_read_back_lasts_as_long_as_its_motion(ending, rate):
    sent = replace(motion(frames=31), frame_rate=rate)
    with opened(ending, sent) as image:
        assert sum(durations(image)) == pytest.approx(1000 * sent.duration_seconds, abs=max(1000 / rate, GIF_TICK / 2))
        assert min(durations(image)) >= 1000 / MAX_PICTURE_RATE


@pytest.mark.parametrize("ending", MOVING)
def test_frames_that_look_the_same_take_their_time(ending):
    still = motion(frames=30)
    still.frames[5:25] = still.frames[5]
    sent = replace(still, frame_rate=30)
    with opened(ending, sent) as image:
        assert image.n_frames < 30
        assert sum(durations(image)) == pytest.approx(1000)


@pytest.mark.parametrize("skeleton", SKELETONS)
@pytest.mark.parametrize("ending", MOVING)
def test_a_moving_picture_opens_and_moves(skeleton, ending):
    with opened(ending, motion(skeleton)) as image:
        assert image.format.lower() in ending
        assert image.size == (320, 320)
        assert image.n_frames == 12
        assert image.info["loop"] == 0
        shown = []
        for frame in ImageSequence.Iterator(image):
            shown.append(np.asarray(frame.convert("RGB")))
            assert frame.info["duration"] == 40
        assert (shown[0] != shown[6]).any()


def test_a_contact_sheet_is_a_still_picture_of_moments():
    with opened("png", motion(frames=30)) as image:
        assert (image.format, image.size) == ("PNG", (6 * 200, 2 * 200))
        assert getattr(image, "n_frames", 1) == 1


def test_a_contact_sheet_has_no_more_pictures_than_frames():
    with Image.open(io.BytesIO(to_contact_sheet(motion(frames=2), size=64))) as image:
        assert image.size == (128, 64)


# Where the figure is


@given(
    skeleton=st.sampled_from(list(SKELETONS)),
    clip=st.sampled_from(list(CLIPS)),
    changes=coordinates,
    leap=st.tuples(st.floats(-20, 20), st.floats(-6, 6)),
    stretch=st.sampled_from((1.0, 1.0, 3.0)),
)
def test_every_joint_and_the_head_are_inside_every_picture(skeleton, clip, changes, leap, stretch):
    """Wherever the figure is, and even where it leaps or loses its shape."""
    plain = motion(skeleton, 24, clip)
    plain.frames[12:] += torch.tensor(leap).repeat(2)
    plain.frames[16:18] *= stretch
    sent = moved(plain, **changes)
    placed = sent.placement.apply(sent.frames).double()
    view = view_of(placed.float(), sent.frame_rate, SKELETONS[skeleton])
    names = [segment.name for segment in SKELETONS[skeleton].segments]
    squares = zip(view.left.tolist(), view.bottom.tolist(), view.size.tolist(), strict=True)
    for frame, (left, bottom, size) in zip(placed.tolist(), squares, strict=True):
        radius = LINES.limb_radius * HEIGHT
        discs = [(x, y, radius) for x1, y1, x2, y2 in frame for x, y in ((x1, y1), (x2, y2))]
        if "head" in names:
            head = frame[names.index("head")][2:]
        else:
            x, y, hip_x, hip_y = frame[names.index("torso")]
            share = NECK_TO_HEAD * HEIGHT / math.hypot(x - hip_x, y - hip_y)
            head = [x + share * (x - hip_x), y + share * (y - hip_y)]
        discs.append((*head, LINES.head_radius * HEIGHT))
        for x, y, radius in discs:
            assert left < x - radius
            assert x + radius < left + size
            assert bottom < y - radius
            assert y + radius < bottom + size


def _is_figure(pixels: np.ndarray) -> np.ndarray:
    """Which pixels have a colour of the figure, more or less, rather than of paper or ground."""
    colours = np.array([PAPER, GROUND, CORE, *SIDES.values()], dtype=int)
    away = np.abs(pixels[..., None, :].astype(int) - colours).sum(axis=-1)
    return away.argmin(axis=-1) >= 2


@pytest.mark.parametrize(
    "changes",
    [
        {"scale": 300.0},
        {"scale": 300.0, "x": 2, "y": 1, "upside_down": True},
        {"scale": 1.2, "y": -0.52},
        {"x": 12, "y": 1.3},
        {"scale": 0.01, "y": -5},
    ],
    ids=str,
)
@pytest.mark.parametrize("skeleton", SKELETONS)
def test_a_picture_holds_a_figure_and_its_edges_do_not(skeleton, changes):
    sent = moved(motion(skeleton, 13), **changes)
    whole = motion(skeleton, 13)
    drawn = pictures(sent.placement.apply(sent.frames), 25, SKELETONS[skeleton], 80)
    usual = pictures(whole.frames, 25, SKELETONS[skeleton], 80)
    for picture, same in zip(drawn, usual, strict=True):
        figure = _is_figure(np.asarray(picture))
        assert figure.sum() == pytest.approx(_is_figure(np.asarray(same)).sum(), rel=0.3)
        for edge in (figure[0], figure[-1], figure[:, 0], figure[:, -1]):
            assert not edge.any()


@pytest.mark.parametrize("ending", [ending for ending, kind in FORMATS.items() if "image" in kind.media_type])
def test_no_picture_of_a_file_in_pixels_is_empty(ending):
    sent = moved(motion("v3", 14), scale=300, y=-0.5)
    with opened(ending, sent) as image:
        for frame in ImageSequence.Iterator(image):
            figure = _is_figure(np.asarray(frame.convert("RGB")))
            assert figure.mean() > 0.02
            for edge in (figure[0], figure[-1], figure[:, 0], figure[:, -1]):
                assert not edge.any()


def test_the_view_follows_without_jumps():
    view = view_of(motion(frames=100).frames, 25, SKELETONS["v1"])
    steps = [after - before for before, after in pairwise(view.left.tolist())]
    assert max(steps) < 0.1
    assert min(steps) > 0

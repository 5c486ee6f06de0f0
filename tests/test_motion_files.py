"""Motions as files: what goes out comes in again, and what cannot be played is refused with a sentence."""

import base64
import csv
import io
import json
import math
import re
from dataclasses import replace
from html import unescape

import pytest
import torch
from PIL import Image

from stickgen.config import SKELETONS
from stickgen.motion import (
    CLIPS,
    HeadSignals,
    Motion,
    from_motion_file,
    reference_motion,
    to_csv,
    to_motion_file,
)
from stickgen.motion.files import MAX_BYTES
from stickgen.motion.motion import MAX_FRAMES


def motion(skeleton: str = "v1", frames: int = 12, clip: str = "walk") -> Motion:
    return reference_motion(clip, skeleton, frames)


@pytest.mark.parametrize("skeleton", SKELETONS)
@pytest.mark.parametrize("clip", CLIPS)
def test_a_motion_file_comes_back_as_it_went(skeleton, clip):
    sent = motion(skeleton, 30, clip)
    read = from_motion_file(to_motion_file(sent))
    torch.testing.assert_close(read.frames, sent.frames, rtol=0, atol=5.1e-5)
    assert (read.skeleton, read.frame_rate, read.description) == (skeleton, 25, sent.description)
    assert read.actions == (sent.description,) * 30
    assert to_motion_file(read).split('"motion"')[1] == to_motion_file(sent).split('"motion"')[1]


@pytest.mark.parametrize("skeleton", SKELETONS)
def test_a_motion_file_has_the_documented_parts(skeleton):
    content = json.loads(to_motion_file(motion(skeleton)))
    assert set(content) == {"meta", "skeleton", "motion", "actions"}
    assert set(content["meta"]) == {
        "version",
        "generator",
        "created_at",
        "fps",
        "duration",
        "total_frames",
        "description",
    }
    assert content["meta"]["duration"] == pytest.approx(12 / 25)
    known = SKELETONS[skeleton]
    assert content["skeleton"] == {
        "type": known.motion_type,
        "joint_format": "xy_lines_flat",
        "input_dim": known.pose_dim,
        "segments": [segment.name for segment in known.segments],
    }
    assert len(content["motion"]) == 12 * known.pose_dim == 12 * {"v1": 20, "v3": 48}[skeleton]
    assert all(round(number, 4) == number for number in content["motion"])
    assert len(content["actions"]) == 12


def test_physics_goes_out_where_a_model_said_it():
    signals = HeadSignals(
        velocity=torch.zeros(12, 2), physics=torch.ones(12, 6), action_probabilities=torch.ones(12, 60) / 60
    )
    text = to_motion_file(replace(motion(), signals=signals))
    assert json.loads(text)["physics"] == [[1.0] * 6] * 12
    assert from_motion_file(text).frames.shape == (12, 5, 4)


def broken(**changes: object) -> str:
    """A good file with parts replaced: `meta__fps=0` is the fps of meta, None leaves a part out."""
    content = json.loads(to_motion_file(motion()))
    for path, value in changes.items():
        *outer, name = path.split("__")
        part = content[outer[0]] if outer else content
        if value is None:
            del part[name]
        else:
            part[name] = value
    return json.dumps(content)


NUMBERS = [0.5] * 240


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "not a .motion file"),
        ("hello", "not a .motion file"),
        (b"\xff\xfe\x00", "not a .motion file"),
        ("[" * 100_000, "not a .motion file"),
        ("[1, 2]", "JSON object"),
        ("{}", "no meta"),
        (broken(meta=3), "no meta"),
        (broken(skeleton=None), "no skeleton"),
        (broken(motion=None), "no motion"),
        (broken(motion=[]), "no motion"),
        (broken(motion="walk"), "no motion"),
        (broken(motion=NUMBERS[:-1]), "239 numbers.*20 a frame"),
        (broken(motion=[*NUMBERS[:-1], "x"]), "number 240 is text"),
        (broken(motion=[True, *NUMBERS[1:]]), "number 1 is true or false"),
        (broken(motion=[None, *NUMBERS[1:]]), "number 1 is nothing"),
        (broken(motion=[math.nan, *NUMBERS[1:]]), "NaN"),
        (broken(motion=[math.inf, *NUMBERS[1:]]), "Infinity"),
        (broken(motion=[1e300, *NUMBERS[1:]]), "within 1000"),
        (broken(motion=[10**400, *NUMBERS[1:]]), "within 1000"),
        (broken(motion=[0.5] * 20 * (MAX_FRAMES + 1)), "too long"),
        (broken(meta__total_frames=13), "total_frames 13.*12 frames"),
        (broken(meta__fps=0), "fps"),
        (broken(meta__fps="fast"), "fps"),
        (broken(meta__fps=12.5), "fps"),
        (broken(meta__description=5), "description"),
        (broken(skeleton__type="stick_figure_9"), "Unknown skeleton.*stick_figure_5_segment"),
        (broken(skeleton__type=["v1"]), "Unknown skeleton"),
        (broken(skeleton__joint_format="angles"), "joint_format"),
        (broken(skeleton__input_dim=48), "input_dim"),
        (broken(skeleton__segments=["torso"]), "in this order"),
        (broken(actions=["walk"]), "12 frames, not 1"),
        (broken(actions=[1] * 12), "list of texts"),
        (" " * (MAX_BYTES + 1), "bytes"),
    ],
)
def test_a_file_that_cannot_be_played_is_refused_with_a_sentence(text, complaint):
    with pytest.raises(ValueError, match=complaint) as refusal:
        from_motion_file(text)
    assert str(refusal.value).endswith(".")
    assert len(str(refusal.value)) < 300


@pytest.mark.parametrize("part", ["actions", "meta__fps", "meta__description", "meta__version", "skeleton__segments"])
def test_what_can_be_guessed_may_be_left_out(part):
    assert from_motion_file(broken(**{part: None})).frames.shape == (12, 5, 4)


def test_a_motion_is_a_moving_picture_in_a_notebook():
    html = replace(motion(), description='<b> & "quoted"')._repr_html_()
    found = re.fullmatch(r'<img src="data:image/webp;base64,([^"]+)" alt="([^"<]+)">', html)
    with Image.open(io.BytesIO(base64.b64decode(found[1]))) as image:
        assert (image.format, image.n_frames) == ("WEBP", 12)
    assert unescape(found[2]) == 'A stick figure: <b> & "quoted", 0.48 s'


@pytest.mark.parametrize("skeleton", SKELETONS)
def test_a_table_has_a_line_a_frame(skeleton):
    sent = motion(skeleton)
    rows = list(csv.reader(io.StringIO(to_csv(sent))))
    assert rows[0][:4] == ["frame", "time_seconds", f"{SKELETONS[skeleton].segments[0].name}_x1", rows[0][3]]
    assert len(rows) == 13
    assert [float(value) for value in rows[5][2:]] == pytest.approx(sent.frames[4].flatten().tolist(), abs=1e-4)

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
    FORMATS,
    HeadSignals,
    Motion,
    Performance,
    UnreadableError,
    from_motion_file,
    reference_motion,
    to_csv,
    to_motion_file,
)
from stickgen.motion.body import joint_position
from stickgen.motion.clips import MAX_AMPLITUDE, MAX_TEMPO
from stickgen.motion.motion import MAX_FRAMES
from stickgen.motion.safe_json import MAX_BYTES


def motion(skeleton: str = "v1", frames: int = 12, clip: str = "walk") -> Motion:
    return reference_motion(clip, skeleton, frames)


@pytest.mark.parametrize("skeleton", SKELETONS)
@pytest.mark.parametrize("clip", CLIPS)
def test_a_motion_file_comes_back_as_it_went(skeleton, clip):
    sent = motion(skeleton, 30, clip)
    read = from_motion_file(to_motion_file(sent))
    torch.testing.assert_close(read.frames, sent.frames, rtol=1e-6, atol=1e-7)
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
    assert len(content["actions"]) == 12


def test_physics_goes_out_where_a_model_said_it():
    signals = HeadSignals(
        velocity=torch.zeros(12, 2), physics=torch.ones(12, 6), action_probabilities=torch.ones(12, 60) / 60
    )
    text = to_motion_file(replace(motion(), signals=signals))
    assert json.loads(text)["physics"] == [1.0] * 72
    assert from_motion_file(text).physics.equal(signals.physics)


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


def twice(key: str) -> str:
    """A good file in which one key of meta stands twice."""
    return broken().replace('"meta": {', f'"meta": {{"{key}": 1, "{key}": 2, ', 1)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "not a .motion file"),
        ("hello", "not a .motion file"),
        (b"\xff\xfe\x00", "not a .motion file"),
        ("[1, 2]", "JSON object"),
        ("[" * 100_000, "32 levels deep"),
        (broken(meta__note=[[]] * 3 + json.loads("[" * 40 + "]" * 40)), "32 levels deep"),
        ("{}", "no meta"),
        (broken(meta=3), "meta should be an object, not a number"),
        (broken(skeleton=None), "no skeleton"),
        (twice("fps"), "key fps stands twice"),
        (twice("<b>"), "A key stands twice"),
        (broken(motion=None), "no motion"),
        (broken(motion=[]), "empty list.*20 numbers a frame"),
        (broken(motion="walk"), "flat list of numbers, 20 a frame, not text"),
        (broken(motion=NUMBERS[:-1]), "239 numbers.*20 a frame"),
        (broken(motion=[*NUMBERS[:-1], "x"]), "item 240 is text"),
        (broken(motion=[*NUMBERS[:-1], "0.5"]), "item 240 is text"),
        (broken(motion=[True, *NUMBERS[1:]]), "item 1 is true or false"),
        (broken(motion=[*NUMBERS[1:], math.nan]), "holds NaN.*finite"),
        (broken(motion=[*NUMBERS[1:], -math.inf]), "holds -Infinity.*finite"),
        (broken(motion=["null", *NUMBERS[1:]]).replace('"null"', "null"), "item 1 is null"),
        (broken(motion=[[0.5] * 20] * 12), "flat list of numbers, 20 a frame, but its item 1 is a list"),
        (broken(motion=[{"x": 1}]), "item 1 is an object"),
        (broken(motion=[1e300, *NUMBERS[1:]]), "within 10,000 of 0"),
        (broken(motion=[10**20, *NUMBERS[1:]]), "within 10,000 of 0"),
        (broken(motion=["huge", *NUMBERS[1:]]).replace('"huge"', "1e400"), "too large"),
        (broken(motion=["long", *NUMBERS[1:]]).replace('"long"', "-" + "9" * 5000), "5,000 digits; at most 300"),
        (broken(meta__total_frames=13), "total_frames 13.*12 frames"),
        (broken(meta__total_frames="12"), "total_frames should be a number, not text"),
        (broken(meta__fps=0), "fps is 0.*from 1 to 240"),
        (broken(meta__fps=1e300), "fps is 1e[+]300.*from 1 to 240"),
        (broken(meta__fps="fast"), "fps should be a number, not text"),
        (broken(meta__fps=True), "fps should be a number, not true or false"),
        (broken(meta__duration=[]), "duration should be a number, not a list"),
        (broken(meta__description=5), "description"),
        (broken(skeleton__type="stick_figure_9"), "Unknown skeleton stick_figure_9:.*stick_figure_5_segment"),
        (broken(skeleton__type=["v1"]), "Unknown skeleton:.*stick_figure_5_segment"),
        (broken(skeleton__joint_format="angles"), "joint_format"),
        (broken(skeleton__input_dim=48), "input_dim is 48.*20 numbers a frame"),
        (broken(skeleton__input_dim="20"), "input_dim should be a number"),
        (broken(skeleton__segments=["torso"]), "in this order"),
        (broken(actions=["walk"]), "12 frames, or none, not 1"),
        (broken(actions=["walk"] * 11 + [1]), "item 12 is a number"),
        (broken(actions="walk"), "list of texts, one a frame, or empty, not text"),
        (broken(physics=[1] * 66), "physics holds 11 frames.*motion holds 12"),
        (broken(physics=[[1] * 6] * 12), "physics should be a flat list.*6 a frame, but its item 1 is a list"),
        (broken(camera=[0.5] * 35), "camera holds 35 numbers.*3 a frame"),
        (broken(camera=[1e10] * 36), "within 1,000,000,000 of 0"),
        (broken(camera=5), "camera should be a flat list of numbers, 3 a frame, not a number"),
        (" " * (MAX_BYTES + 1), "bytes"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_played_is_refused_with_a_sentence(text, complaint):
    with pytest.raises(UnreadableError, match=complaint) as refusal:
        from_motion_file(text)
    assert str(refusal.value).endswith(".")
    assert len(str(refusal.value)) < 300


@pytest.mark.parametrize("part", ["actions", "meta__fps", "meta__description", "meta__version", "skeleton__segments"])
def test_what_can_be_guessed_may_be_left_out(part):
    assert from_motion_file(broken(**{part: None})).frames.shape == (12, 5, 4)


@pytest.mark.parametrize("skeleton", SKELETONS)
def test_a_motion_that_is_too_long_is_cut_and_says_so(skeleton):
    count = MAX_FRAMES + 500
    content = json.loads(to_motion_file(motion(skeleton)))
    content["motion"] = [frame / 1000 for frame in range(count) for _ in range(SKELETONS[skeleton].pose_dim)]
    content["meta"] |= {"total_frames": count, "duration": count / 25}
    content |= {"actions": ["a"] * count, "physics": [0.5] * 6 * count, "camera": [0.5] * 3 * count}
    read = from_motion_file(json.dumps(content))
    assert read.notes == ("The file has 2,000 frames. Only the first 1,500 are used.",)
    assert {len(part) for part in (read.frames, read.actions, read.physics, read.camera)} == {MAX_FRAMES}
    assert float(read.frames[-1, 0, 0]) == pytest.approx(1.499)
    again = from_motion_file(to_motion_file(read))
    assert again.frames.equal(read.frames)
    assert not again.notes
    assert "Only the first 1,500 are used." in replace(read, frames=read.frames[:2])._repr_html_()


@pytest.mark.parametrize(("fps", "said"), [(25, 0), (24.95, 0), (12.5, 1), (60, 1)])
def test_a_duration_that_is_not_that_of_the_frames_is_said(fps, said):
    notes = from_motion_file(broken(meta__fps=fps)).notes  # 12 frames, 0.48 s
    assert len(notes) == said
    assert all(f"at {fps:g} frames per second take {12 / fps:g} s" in note for note in notes)


@pytest.mark.parametrize("fps", [1, 12.5, 29.97, 240])
def test_every_frame_rate_goes_through(fps):
    read = from_motion_file(broken(meta__fps=fps))
    assert read.duration_seconds == 12 / fps
    assert read._repr_html_()
    assert json.loads(to_motion_file(read))["meta"]["fps"] == fps
    for kind in FORMATS.values():
        assert kind.write(read)
    assert to_csv(read).splitlines()[-1].split(",")[1] == f"{11 / fps:.4f}"


@pytest.mark.parametrize("clip", CLIPS)
@pytest.mark.parametrize("skeleton", SKELETONS)
def test_the_pelvis_in_a_file_is_in_the_middle_of_the_hips(skeleton, clip):
    """Stick-Gen's validator allows 1e-5, which is less than the precision of float32 a minute's run away."""
    made = Performance(clip=clip, tempo=MAX_TEMPO, amplitude=MAX_AMPLITUDE, direction=-1)
    text = to_motion_file(reference_motion(made, skeleton, MAX_FRAMES))
    for saved in (text, to_motion_file(from_motion_file(text))):
        assert pelvis_error(saved) <= 1e-9


def pelvis_error(text: str) -> float:
    """How far the pelvis of a file is from the middle of its hips at most; 0 for a skeleton without hips."""
    content = json.loads(text)
    (skeleton,) = (known for known in SKELETONS.values() if known.motion_type == content["skeleton"]["type"])
    frames = torch.tensor(content["motion"], dtype=torch.float64).reshape(-1, len(skeleton.segments), 4)
    if not {"pelvis_center", "l_hip", "r_hip"} <= set(skeleton.joints):
        return 0.0
    pelvis, left, right = (
        joint_position(frames, skeleton.name, joint) for joint in ("pelvis_center", "l_hip", "r_hip")
    )
    return float((pelvis - (left + right) / 2).abs().max())


def test_a_pelvis_that_a_file_puts_elsewhere_stays_there():
    content = json.loads(to_motion_file(motion("v3")))
    content["motion"][10] += 1e-4
    saved = to_motion_file(from_motion_file(json.dumps(content)))
    assert json.loads(saved)["motion"] == pytest.approx(content["motion"], abs=1e-7)
    assert pelvis_error(saved) == pytest.approx(1e-4, abs=1e-7)


def test_numbers_that_are_not_finite_are_not_written():
    with pytest.raises(ValueError, match="finite numbers only"):
        to_motion_file(replace(motion(), frames=torch.full((12, 5, 4), math.nan)))


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

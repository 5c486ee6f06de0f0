"""Where motions of unknown origin are drawn, and what is said about it."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from motion_coordinates import HEIGHT, coordinates, moved
from streamlit.testing.v1 import AppTest

from stickgen.config import SKELETONS
from stickgen.motion import CLIPS, Motion, Performance, reference_motion, to_motion_file
from stickgen.motion.placement import AS_IT_IS, figure_height, placement_of
from stickgen.motion.view import BELOW_GROUND, VIEW_SIZE, view_of

ROOT = Path(__file__).parents[1]


def motion(skeleton: str = "v1", frames: int = 12, clip: str = "walk") -> Motion:
    return reference_motion(clip, skeleton, frames)


@pytest.mark.parametrize("skeleton", SKELETONS)
@pytest.mark.parametrize("clip", CLIPS)
def test_clips_are_drawn_as_they_are(skeleton, clip):
    for direction, phase in ((1, 0.0), (-1, 0.5)):
        performance = Performance(clip=clip, direction=direction, phase=phase)
        sent = reference_motion(performance, skeleton, 50)
        assert sent.placement == AS_IT_IS
        view = view_of(sent.frames, sent.frame_rate, SKELETONS[skeleton])
        assert set(view.size.tolist()) == {VIEW_SIZE}
        assert set(view.bottom.tolist()) == {-BELOW_GROUND}
        assert figure_height(sent.frames, skeleton) == pytest.approx(HEIGHT, rel=0.02)


def test_what_a_model_made_is_drawn_as_it_is():
    signals = object()
    assert replace(moved(motion(), y=-3), signals=signals).placement == AS_IT_IS


@pytest.mark.parametrize(
    ("changes", "notes"),
    [
        ({"y": -0.52}, ["ground is taken to be at y = -0.78, where"]),
        ({"scale": 1.2}, ["about 1.8 units tall, and is drawn 1.5 tall"]),
        ({"scale": 300, "x": 2}, ["about 450 units tall", "starts at x = 900, and is drawn from x = 0"]),
        ({"upside_down": True}, ["y is taken to point down"]),
        ({"upside_down": True, "y": 1.2}, ["y is taken to point down", "ground is taken to be at y = 1.8"]),
        ({"x": 12.7}, ["starts at x = 19, and"]),
    ],
)
@pytest.mark.parametrize("skeleton", SKELETONS)
def test_what_was_assumed_is_said(skeleton, changes, notes):
    """A walk whose first pelvis is at x = 0 and whose feet are at y = 0, in other coordinates."""
    placement = moved(motion(skeleton, 50), **changes).placement
    assert len(placement.notes) == len(notes)
    for said, expected in zip(placement.notes, notes, strict=True):
        assert expected in said
        assert said.endswith(".")


@given(skeleton=st.sampled_from(list(SKELETONS)), clip=st.sampled_from(list(CLIPS)), changes=coordinates)
def test_a_placed_figure_stands_upright_on_the_ground_as_tall_as_ours(skeleton, clip, changes):
    plain = motion(skeleton, 50, clip)
    sent = moved(plain, **changes)
    if clip == "push_ups" and changes["upside_down"]:
        return  # of someone who lies, nothing tells which way is up
    placed = sent.placement.apply(sent.frames)
    assert figure_height(placed, skeleton) == pytest.approx(HEIGHT, rel=0.1)
    heights = placed[..., (1, 3)]
    lowest = float(heights.min()) / HEIGHT
    assert -0.1 <= lowest <= 0.16
    risen = (plain.frames[..., (1, 3)] - plain.frames[..., (1, 3)].min()) * figure_height(placed, skeleton) / HEIGHT
    torch.testing.assert_close(heights - heights.min(), risen, rtol=0, atol=0.03)
    assert abs(float(placed[0].mean())) <= 2 * HEIGHT
    again = placement_of(placed, skeleton)
    assert (again.scale, again.upside_down, again.start) == (1.0, False, 0.0)


def test_a_motion_keeps_its_numbers():
    sent = moved(motion(frames=30), scale=300, x=2, upside_down=True)
    before = sent.frames.clone()
    sent.placement.apply(sent.frames)
    assert torch.equal(sent.frames, before)
    assert str(round(float(sent.frames[0, 0, 0]), 4)) in to_motion_file(sent)


@pytest.mark.parametrize("changes", [{}, {"scale": 300.0}, {"y": -0.5, "scale": 1.2}], ids=str)
def test_the_motion_page_says_how_a_file_is_drawn(changes):
    app = AppTest.from_file(str(ROOT / "explorer" / "main.py"), default_timeout=60)
    app.switch_page(str(ROOT / "pages" / "motion.py"))
    app.query_params["show"] = "file"
    sent = moved(motion("v3", 30), **changes)
    app.session_state["motion_of_file"] = sent
    app.run()
    assert not app.exception, app.exception
    said = [text.value for text in app.markdown if "How your file is drawn" in text.value]
    assert len(said) == bool(changes)
    for note in sent.placement.notes:
        assert note in said[0]

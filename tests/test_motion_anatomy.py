"""The figure's build, and the picture that the model sees of it."""

import hashlib

import pytest
import torch

from stickgen.config import SKELETONS
from stickgen.motion.anatomy import BODY, LINES, NECK_TO_HEAD
from stickgen.motion.body import bone_lengths
from stickgen.motion.clips import Performance
from stickgen.motion.picture import draw_pose

STANDING = {
    "v1": [
        (0.0, 1.26, 0.0, 0.78),
        (0.0, 0.78, 0.17, 0.0),
        (0.0, 0.78, -0.13, 0.02),
        (0.0, 1.26, 0.31, 0.9),
        (0.0, 1.26, -0.27, 0.85),
    ],
    "v3": [
        (0.0, 1.26, 0.01, 1.4),
        (0.0, 1.26, 0.0, 1.02),
        (0.0, 1.02, 0.0, 0.78),
        (0.05, 1.23, 0.2, 1.0),
        (0.2, 1.0, 0.4, 0.85),
        (-0.05, 1.23, -0.16, 0.99),
        (-0.16, 0.99, -0.2, 0.74),
        (0.035, 0.78, 0.11, 0.39),
        (0.11, 0.39, 0.09, 0.0),
        (-0.035, 0.78, -0.04, 0.38),
        (-0.04, 0.38, -0.2, 0.02),
        (0.035, 0.78, -0.035, 0.78),
    ],
}
"""A pose for each skeleton, typed here so that a change of the clips leaves the pictures alone."""

PICTURES = {
    "v1": "ba57709082f717cae294a972671aac45f5e52606a0091e8b32d733841eb36069",
    "v3": "bf3fee1d7b8e0448fbc78fc15190e7ab5e44fd9e1a8572e89b926139543ecb11",
}
"""SHA-256 of the pictures at 256 pixels, in 8-bit grey."""


@pytest.mark.parametrize("skeleton", SKELETONS)
def test_the_picture_that_the_model_sees_stays_the_same(skeleton: str) -> None:
    """A fitted motion starts from this picture: another one would change every motion of a multimodal model."""
    image = draw_pose(torch.tensor(STANDING[skeleton]), skeleton, 256)
    assert torch.equal(image[0], image[1])
    assert torch.equal(image[0], image[2])
    grey = (image[0] * 255).round().to(torch.uint8)
    assert hashlib.sha256(grey.numpy().tobytes()).hexdigest() == PICTURES[skeleton]


@pytest.mark.parametrize("skeleton", SKELETONS.values(), ids=SKELETONS)
def test_lines_have_the_widths_that_the_model_was_shown(skeleton) -> None:
    assert LINES.limb_radius * skeleton.body_height == 0.025
    assert LINES.head_radius * skeleton.body_height == 0.1


@pytest.mark.parametrize("skeleton", SKELETONS.values(), ids=SKELETONS)
def test_every_segment_has_a_shape_to_be_drawn_in(skeleton) -> None:
    assert {segment.name.removeprefix("l_").removeprefix("r_") for segment in skeleton.segments} <= set(BODY.bones)


@pytest.mark.parametrize("bone", BODY.bones.values(), ids=BODY.bones)
def test_bones_lead_to_bones_of_the_same_limb(bone) -> None:
    assert bone.limb in {"arm", "leg", "core"}
    if bone.next:
        assert BODY.bones[bone.next].limb == bone.limb
        assert BODY.bones[bone.next].start == bone.end, "the joint between them is as thick as both"


def test_the_sole_is_that_of_every_foot() -> None:
    assert {bone.tip for bone in BODY.bones.values() if bone.limb == "leg" and bone.tip} == {BODY.sole}


def test_a_head_without_a_bone_is_where_the_head_bone_ends() -> None:
    skeleton = SKELETONS["v3"]
    index = [segment.name for segment in skeleton.segments].index("head")
    length = bone_lengths(Performance(clip="walk").frames(5, "v3"))[:, index]
    assert length / skeleton.body_height == pytest.approx(NECK_TO_HEAD)
    assert BODY.neck_to_head == NECK_TO_HEAD

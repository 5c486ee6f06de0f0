"""The clips: one body, both skeletons, feet that stand, and words that find them."""

import hashlib
import itertools

import pytest
import torch

from stickgen.config import SKELETONS
from stickgen.motion import CLIPS, Performance, embed_text, nearest_clip, reference_motion
from stickgen.motion.body import bone_lengths, joint_position, joints

EVERYWHERE = list(itertools.product(CLIPS, SKELETONS))
STYLES = [{}, {"tempo": 0.8, "phase": 0.3}, {"tempo": 1.25, "amplitude": 0.7}, {"amplitude": 1.15, "direction": -1}]


def cycle(samples: int = 101) -> torch.Tensor:
    return torch.linspace(0, 1, samples, dtype=torch.float64)


@pytest.mark.parametrize(("clip", "skeleton"), EVERYWHERE)
@pytest.mark.parametrize("style", STYLES, ids=str)
def test_a_clip_is_a_body_on_the_ground(clip, skeleton, style):
    frames = Performance(clip=clip, **style).frames(120, skeleton)
    assert frames.shape == (120, len(SKELETONS[skeleton].segments), 4)
    assert frames.dtype == torch.float32
    assert frames.isfinite().all()
    assert frames[..., (1, 3)].min() > -0.005, "nothing sinks into the ground"
    assert frames[..., (1, 3)].max() < 2.6
    speed = frames.diff(dim=0).abs().max() * 25
    assert speed < 14 * style.get("tempo", 1), "no joint jumps from frame to frame"


@pytest.mark.parametrize("clip", CLIPS)
@pytest.mark.parametrize("style", STYLES, ids=str)
def test_bones_keep_their_lengths(clip, style):
    lengths = bone_lengths(Performance(clip=clip, **style).frames(120, "v3"))
    torch.testing.assert_close(lengths, lengths[:1].expand_as(lengths), rtol=0, atol=2e-5)


@pytest.mark.parametrize(("clip", "skeleton"), EVERYWHERE)
def test_segments_that_meet_share_their_ends(clip, skeleton):
    frames = Performance(clip=clip).frames(30, skeleton)
    places: dict[str, list[torch.Tensor]] = {}
    for index, segment in enumerate(SKELETONS[skeleton].segments):
        places.setdefault(segment.start, []).append(frames[:, index, :2])
        places.setdefault(segment.end, []).append(frames[:, index, 2:])
    for ends in places.values():
        assert all(torch.equal(end, ends[0]) for end in ends)


@pytest.mark.parametrize("clip", CLIPS)
@pytest.mark.parametrize("amplitude", [0.6, 1.0, 1.2])
def test_the_legs_reach_the_ground_where_the_clip_stands(clip, amplitude):
    controls = CLIPS[clip].pose(cycle(), amplitude)
    found = joints(controls)
    for side in ("left", "right"):
        foot = getattr(controls, f"{side}_foot")
        standing = foot[:, 1] < 0.04
        torch.testing.assert_close(found[f"{side[0]}_ankle"][standing], foot[standing], rtol=0, atol=4e-3)


@pytest.mark.parametrize("clip", CLIPS)
@pytest.mark.parametrize("foot", ["l_ankle", "r_ankle"])
def test_a_standing_foot_does_not_slide(clip, foot):
    place = joint_position(Performance(clip=clip, tempo=0.9).frames(150, "v3"), "v3", foot)
    standing = place[:, 1].abs() < 2e-3
    both = standing[1:] & standing[:-1]
    assert both.any() or clip in ("climb", "push_ups"), "everyone else stands on the ground at times"
    assert place.diff(dim=0)[both].abs().sum(dim=1).gt(4e-3).sum() == 0


@pytest.mark.parametrize("clip", [name for name, clip in CLIPS.items() if clip.periodic])
def test_a_periodic_clip_comes_round(clip):
    first, second = (Performance(clip=clip).at(cycle() + shift, "v3") for shift in (0, 1))
    travelled = second[..., 0, 0] - first[..., 0, 0] if CLIPS[clip].travels else torch.zeros(101)
    second = second - torch.stack((travelled, torch.zeros_like(travelled)), -1).repeat(1, 2)[:, None].double()
    torch.testing.assert_close(second, first, rtol=0, atol=1e-6)


@pytest.mark.parametrize("clip", [name for name, clip in CLIPS.items() if not clip.periodic])
def test_other_clips_end_and_hold(clip):
    seconds = CLIPS[clip].duration_seconds
    frames = Performance(clip=clip).frames(150)
    rest = frames[int(seconds * 25) + 1 :]
    assert len(rest) > 5
    assert torch.equal(rest, rest[:1].expand_as(rest))


@pytest.mark.parametrize("clip", CLIPS)
def test_every_knob_of_a_clip_does_something(clip):
    plain = Performance(clip=clip).frames(50, "v3")
    for knob in ({"tempo": 1.2}, {"phase": 0.2}, {"amplitude": 0.8}, {"direction": -1}):
        assert (Performance(clip=clip, **knob).frames(50, "v3") - plain).abs().max() > 0.01, knob


@pytest.mark.parametrize("clip", [name for name, clip in CLIPS.items() if clip.travels])
def test_travelling_clips_get_somewhere(clip):
    root = joint_position(Performance(clip=clip).frames(101, "v3"), "v3", "pelvis_center")[:, 0]
    assert root[0] == 0
    assert root[-1] > 1
    assert joint_position(Performance(clip=clip, direction=-1).frames(101, "v3"), "v3", "pelvis_center")[-1, 0] < -1


@pytest.mark.parametrize(
    ("style", "complaint"),
    [
        ({"tempo": 0.0}, "tempo"),
        ({"tempo": float("nan")}, "tempo"),
        ({"amplitude": 9.0}, "amplitude"),
        ({"phase": float("inf")}, "phase"),
        ({"direction": 0}, "direction"),
        ({"frames": 0}, "frames"),
        ({"clip": "fly"}, "choose one of walk, run"),
        ({"skeleton": "v2"}, "choose one of v1, v3"),
    ],
)
def test_a_performance_out_of_range_is_refused(style, complaint):
    with pytest.raises(ValueError, match=complaint):
        reference_motion(
            Performance(**{"clip": "walk", **{k: v for k, v in style.items() if k not in ("frames", "skeleton")}}),
            style.get("skeleton", "v1"),
            style.get("frames", 100),
        )


def test_an_embedding_is_the_same_everywhere():
    vector = embed_text("a person walking")
    assert hashlib.sha256(vector.numpy().tobytes()).hexdigest()[:16] == "62607641b939a57e"


@pytest.mark.parametrize("width", [4, 63, 64, 1024, 1500])
@pytest.mark.parametrize("text", ["", "!?", "walk", "Eine Figur läuft", "走る", "x" * 5000])
def test_any_text_has_an_embedding(text, width):
    vector = embed_text(text, width)
    assert vector.shape == (width,)
    assert vector.dtype == torch.float32
    assert float(vector.norm()) == pytest.approx(1.0, abs=1e-5)


@pytest.mark.parametrize(
    ("one", "other"),
    [("a person walking", "walk forward"), ("she jumps", "jumping high"), ("jog", "someone is running")],
)
def test_close_wording_lands_close(one, other):
    assert float(embed_text(one) @ embed_text(other)) > 0.5


def test_different_prompts_are_well_apart():
    vectors = torch.stack([embed_text(clip.words[0]) for clip in CLIPS.values()])
    closeness = vectors @ vectors.T - torch.eye(len(vectors))
    assert closeness.max() < 0.3


@pytest.mark.parametrize("clip", CLIPS)
def test_a_clip_is_found_by_its_words(clip):
    for word in CLIPS[clip].words:
        assert nearest_clip(word) == (clip, True)
        assert nearest_clip(f"a person who likes to {word} slowly") == (clip, True)


@pytest.mark.parametrize("prompt", ["", "...", "quantum banana", "the colour of tomorrow", "a person"])
def test_a_prompt_that_means_no_clip_is_recognised(prompt):
    name, is_close = nearest_clip(prompt)
    assert name in CLIPS
    assert not is_close

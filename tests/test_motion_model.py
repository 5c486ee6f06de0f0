"""The model's motion: the head that is fitted, the rollout, and what must not change along the way."""

import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, replace
from types import SimpleNamespace

import pytest
import torch

from stickgen.config import FUSION_STRATEGIES, IMAGE_ENCODERS, SKELETONS, ModelConfig, configurations, configure
from stickgen.model import build_model
from stickgen.model.layers import decoder_head
from stickgen.motion import (
    STAGES,
    MotionRequest,
    Performance,
    SentenceEmbedder,
    Stage,
    embed_text,
    fit_pose_head,
    from_motion_file,
    generate,
    nearest_clip,
    raw_motion,
    reference_motion,
    sample_motion,
    sample_motion_stages,
    to_motion_file,
)
from stickgen.motion.body import at_middles
from stickgen.motion.clips import MAX_AMPLITUDE, MAX_TEMPO, MIN_TEMPO
from stickgen.motion.conditioning import text_token
from stickgen.motion.evaluation import EVALUATED_FRAMES, evaluation_sequences, has_diverged
from stickgen.motion.fit import BATCH_SIZE, FIRST_RIDGE, QUICK_BATCH_SIZE, RIDGE
from stickgen.motion.head import NormalEquations, write_linear_head
from stickgen.motion.packed import PackedLinear, pack
from stickgen.motion.picture import camera_pose, draw_pose
from stickgen.motion.sample import OPENING_FRAMES
from stickgen.motion.sequences import START_FRAMES, ClipSequences, clip_sequences, what_follows
from stickgen.motion.stream import root_x, to_frames, to_poses

TINY = ModelConfig(d_model=64, num_layers=2, num_heads=4, embedding_dim=64, image_size=64)
QUICK = {"rounds": 1, "batch_size": 2, "frames": 12}
WAVE = MotionRequest(TINY, "wave", 8)


def with_rounds(rounds: int) -> dict[str, Stage]:
    """The stages, the last of which has fewer rollout rounds."""
    return STAGES | {"refined": Stage(rounds=rounds)}


def test_there_is_a_tiny_model_for_every_configuration():
    kinds = {(config.image_encoder, config.fusion) for config in configurations()}
    assert kinds == {(None, None)} | {(e, f) for e in IMAGE_ENCODERS for f in FUSION_STRATEGIES}


@pytest.mark.parametrize("skeleton", SKELETONS)
@pytest.mark.parametrize("config", [c for c in configurations() if c.variant == "small"], ids=lambda c: c.key)
def test_every_configuration_moves(config, skeleton):
    config = replace(TINY, image_encoder=config.image_encoder, fusion=config.fusion, skeleton=skeleton)
    model = build_model(config)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    report = fit_pose_head(model, "walk", **QUICK)
    for name, value in model.state_dict().items():
        assert name.startswith("pose_decoder.") or torch.equal(value, before[name]), name
    assert all(0 <= getattr(report, field.name) < float("inf") for field in fields(report) if field.name != "clip")
    motion = generate(model, "walk", 15, report=report)
    assert motion.frames.shape == (15, len(SKELETONS[skeleton].segments), 4)
    assert motion.frames.dtype == torch.float32
    assert motion.frames.isfinite().all()
    saved = from_motion_file(to_motion_file(motion)).frames
    torch.testing.assert_close(at_middles(saved, skeleton), saved, rtol=0, atol=1e-5)  # Stick-Gen allows no more
    assert (motion.skeleton, motion.frame_rate, motion.description, motion.report) == (skeleton, 25, "walk", report)
    assert motion.signals.velocity.shape == (15, 2)
    assert motion.signals.physics.shape == (15, 6)
    torch.testing.assert_close(motion.signals.action_probabilities.sum(dim=1), torch.ones(15))
    assert not motion.signals.trained


@pytest.fixture(scope="module")
def fitted():
    """The small model, its head fitted to the walk."""
    model = build_model(configure("small"))
    return model, fit_pose_head(model, "walk", batch_size=10)


@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("rows", [(1, 1), (1, 4), (1, 16), (135, 16)])
def test_a_packed_layer_computes_the_same(rows, bias):
    linear = torch.nn.Linear(96, 64, bias=bias)
    holder = torch.nn.Sequential(linear, torch.nn.GELU())
    x = torch.randn(*rows, 96)
    with torch.inference_mode():
        expected = holder(x)
        pack(holder)
        torch.testing.assert_close(holder(x), expected)
    assert isinstance(holder[0], PackedLinear) == torch._C._has_mkldnn
    assert holder[0].weight is linear.weight


def test_what_cannot_be_packed_stays_as_it_is(monkeypatch):
    layers = torch.nn.Sequential(torch.nn.Linear(8, 8, device="meta"), torch.nn.Linear(8, 8, dtype=torch.float16))
    pack(layers)
    monkeypatch.setattr(torch._C, "_has_mkldnn", False)
    layers.append(torch.nn.Linear(8, 8))
    pack(layers)
    assert [type(layer) for layer in layers] == [torch.nn.Linear] * 3


def test_a_small_model_learns_to_walk(fitted):
    _, report = fitted
    assert report.one_step_rmse < min(0.015, report.repeat_rmse / 2)
    assert report.rollout_rmse < 0.06
    assert abs(report.amplitude_ratio - 1) < 0.15
    assert report.tempo_error < 0.05
    assert report.bone_error < 0.10
    assert report.clip == "walk"
    assert report.rounds == 2


def test_the_motion_stays_near_the_clip(fitted):
    model, report = fitted
    performance = Performance(clip="walk", phase=0.2)
    motion = generate(model, "walk", 100, performance=performance, report=report)
    apart = (motion.frames - reference_motion(performance, "v1", 100).frames)[..., (1, 3)]
    assert apart.pow(2).mean().sqrt() < 0.06 * 1.5
    raw = raw_motion(configure("small"), "walk", 20)
    assert (raw.frames - reference_motion("walk", "v1", 20).frames).abs().mean() > 0.5, "raw weights make noise"
    assert raw.report is None


def test_the_cache_gives_what_the_whole_model_gives(fitted):
    model, _ = fitted
    model.eval()
    begin = clip_sequences([Performance(clip="walk")], "v1", 1)
    poses = begin.inputs[:START_FRAMES]
    with torch.inference_mode():
        for _ in range(6):
            output = model(poses, embed_text("walk")[None], causal=True)
            poses = torch.cat((poses, output.pose[-1:]))
        world = to_frames(poses[START_FRAMES:], "v1", True, root_x(begin.starts, "v1"))[:, 0]
    torch.testing.assert_close(generate(model, "walk", 6).frames, world, rtol=1e-4, atol=1e-4)


def test_generating_leaves_the_model_alone_and_repeats(fitted):
    model, _ = fitted
    for mode in (True, False):
        model.train(mode)
        before = {name: value.clone() for name, value in model.state_dict().items()}
        state = torch.random.get_rng_state()
        first, second = generate(model, "walk", 12), generate(model, "walk", 12)
        assert torch.equal(first.frames, second.frames)
        assert torch.equal(torch.random.get_rng_state(), state), "the global generator is left alone"
        assert model.training is mode
        assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())


def test_an_untouched_multimodal_model_keeps_its_statistics():
    model = build_model(replace(TINY, image_encoder="resnet", fusion="gated")).train()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    generate(model, "walk", 3)
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())


def test_the_same_from_any_thread_and_mode():
    def sample(_: int) -> torch.Tensor:
        return raw_motion(TINY, "jump", 8).frames

    alone = sample(0)
    with ThreadPoolExecutor(2) as pool:
        assert all(torch.equal(frames, alone) for frames in pool.map(sample, range(2)))
    with torch.inference_mode():
        assert torch.equal(sample(0), alone)
    alone += 1  # not an inference tensor: it may be changed


def test_prompt_and_performance_matter():
    model = build_model(TINY).eval()
    fit_pose_head(model, "walk", **QUICK)
    plain = generate(model, "walk", 3).frames
    for change in ({"phase": 0.3}, {"direction": -1}, {"tempo": 1.2}, {"amplitude": 0.7}, {"clip": "run"}):
        assert not torch.equal(generate(model, "walk", 3, performance=Performance(**change)).frames, plain), change
    assert not torch.equal(generate(model, "a slow walk", 3).frames, plain)
    assert not torch.equal(raw_motion(TINY, "walk", 3).frames, raw_motion(TINY, "walk", 3, seed=1).frames)


def test_stages_come_one_by_one_with_progress():
    told: list[tuple[str, float]] = []
    stages = sample_motion_stages(WAVE, stages=with_rounds(1), progress=lambda text, share: told.append((text, share)))
    name, opening = next(stages)
    assert name == "opening"
    assert told[-1] == ("Done", 1.0)
    shares = [share for _, share in told]
    assert shares == sorted(shares)
    assert shares[0] == 0
    (_, first), (_, second) = stages
    assert opening.report is None
    assert (first.report.rounds, second.report.rounds) == (0, 1)


def test_the_opening_is_the_beginning_of_the_whole():
    request = MotionRequest(TINY, "wave", 60)
    motions = dict(sample_motion_stages(request, stages={name: STAGES[name] for name in ("opening", "whole")}))
    opening, whole = motions["opening"], motions["whole"]
    assert (len(opening.frames), len(whole.frames)) == (OPENING_FRAMES, 60)
    assert torch.equal(opening.frames, whole.frames[:OPENING_FRAMES])
    assert torch.equal(opening.signals.physics, whole.signals.physics[:OPENING_FRAMES])
    assert torch.equal(whole.frames, sample_motion(TINY, "wave", 60, rounds=0).frames)


def test_the_fit_sees_every_sequence_once_and_a_first_stage_half_of_them(monkeypatch):
    shown = []

    def counted(_model: object, _token: torch.Tensor, poses: torch.Tensor) -> torch.Tensor:
        shown.append(poses)
        return torch.randn(*poses.shape[:2], TINY.d_model)

    monkeypatch.setattr("stickgen.motion.fit.encode", counted)
    stages = sample_motion_stages(WAVE, stages=with_rounds(1))
    next(stages), next(stages)
    assert [poses.shape[1] for poses in shown] == [QUICK_BATCH_SIZE] * 2, "clean, and with noise"
    next(stages)
    assert sum(poses.shape[1] for poses in shown[::2]) == BATCH_SIZE
    clean = torch.cat(shown[::2], dim=1)
    assert len(clean.flatten(2).transpose(0, 1).flatten(1).unique(dim=0)) == BATCH_SIZE


@pytest.mark.parametrize("rounds", [0, 1])
def test_a_first_fit_is_held_back_more(monkeypatch, rounds):
    ridges = []
    solve = NormalEquations.solve
    monkeypatch.setattr(NormalEquations, "solve", lambda self, ridge: ridges.append(ridge) or solve(self, ridge))
    fit_pose_head(build_model(TINY), "wave", **{**QUICK, "rounds": rounds})
    assert ridges == [FIRST_RIDGE, RIDGE][: rounds + 1]
    assert FIRST_RIDGE > RIDGE


@pytest.mark.parametrize(
    ("judged", "rounds"),
    [
        (["shown !", "shown !", "shown", "shown", "evaluated", "shown", "evaluated"], [2, 3]),
        (["shown", "shown", "evaluated !", "shown !", "shown", "evaluated", "shown", "evaluated"], [2, 3]),
        (["shown !"] * 6, [3, 3]),
        (["shown", "shown", "evaluated", "shown", "evaluated"], [0, 3]),
    ],
    ids=["at once", "after the opening", "always", "never"],
)
def test_what_diverges_gets_more_rounds(monkeypatch, judged, rounds):
    """An opening is judged by the one figure it shows, the whole by the evaluated ones as well."""
    expected = iter(judged)

    def has_diverged(sequences: ClipSequences, poses: torch.Tensor) -> bool:
        assert len(sequences.performances) == poses.shape[1]
        who, *diverged = next(expected).split()
        assert who == ("shown" if poses.shape[1] == 1 else "evaluated")
        return bool(diverged)

    monkeypatch.setattr("stickgen.motion.sample.has_diverged", has_diverged)
    _, *motions = sample_motion_stages(WAVE, stages=with_rounds(3))
    assert [motion.report.rounds for _, motion in motions] == rounds
    assert next(expected, None) is None


@pytest.mark.parametrize("frames", [OPENING_FRAMES, EVALUATED_FRAMES])
@pytest.mark.parametrize(
    ("spoil", "expected"),
    [
        (lambda poses: poses, False),
        (lambda poses: poses.mean(dim=0) + 0.4 * (poses - poses.mean(dim=0)), True),
        (lambda poses: poses.mean(dim=0) + 2.5 * (poses - poses.mean(dim=0)), True),
        (lambda poses: poses * 1.2, False),
        (lambda poses: poses * 1.4, True),
    ],
    ids=["the clip itself", "faded", "wild", "limbs a fifth off", "limbs two fifths off"],
)
@pytest.mark.parametrize("clip", ["wave", "jump", "bow"])
def test_a_rollout_has_diverged_where_it_is_no_figure_any_more(clip, spoil, expected, frames):
    sequences = evaluation_sequences(Performance(clip=clip), "v1")
    assert has_diverged(sequences, spoil(sequences.targets[START_FRAMES - 1 :][:frames])) == expected


def test_the_picture_shows_the_pose_where_the_camera_looks():
    pose = reference_motion("wave", "v3", 1).frames[0]
    image = draw_pose(pose, "v3", 128)
    assert image.shape == (3, 128, 128)
    assert image.min() >= 0
    assert image.max() <= 1
    dark = (image[0] < 0.5).nonzero().float()
    assert 300 < len(dark) < 4000
    assert abs(float(dark[:, 1].mean()) - 64) < 10, "the figure stands in the middle"
    moved = pose + torch.tensor((5.0, 0, 5.0, 0))
    torch.testing.assert_close(draw_pose(moved, "v3", 128), image, atol=2e-3, rtol=0)
    assert camera_pose(moved, "v3")[0] - camera_pose(pose, "v3")[0] == pytest.approx(5.0)
    assert not torch.equal(draw_pose(reference_motion("jump", "v3", 20).frames[19], "v3", 128), image)


def test_a_multimodal_model_looks_at_the_picture():
    model = build_model(replace(TINY, image_encoder="lightweight_cnn", fusion="concat")).eval()
    starts = torch.stack([reference_motion(clip, "v1", 1).frames[0] for clip in ("walk", "jump")])
    token = text_token(model, "walk", starts)
    assert token.shape == (1, 2, TINY.d_model)
    assert not torch.allclose(token[:, 0], token[:, 1])


@pytest.mark.parametrize("hidden", [20, 64])
def test_a_decoder_head_holds_a_linear_map(hidden):
    decoder = decoder_head(32, hidden, 12, 0.1).eval()
    weight, bias = torch.randn(12, 8) @ torch.randn(8, 32), torch.randn(12)
    write_linear_head(decoder, weight, bias)
    x = torch.randn(50, 32)
    torch.testing.assert_close(decoder(x), x @ weight.T + bias, rtol=1e-4, atol=1e-4)


def test_normal_equations_find_a_linear_map():
    x, weight, bias = torch.randn(400, 6), torch.randn(3, 6), torch.randn(3)
    equations = NormalEquations(6, 3)
    for part in x.chunk(4):
        equations.add(part, part @ weight.T + bias)
    found, offset = equations.solve(1e-9)
    torch.testing.assert_close(found.float(), weight, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(offset.float(), bias, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("travels", [True, False])
@pytest.mark.parametrize("skeleton", SKELETONS)
def test_what_the_model_sees_leads_back_to_the_world(skeleton, travels):
    world = reference_motion("run", skeleton, 30).frames[:, None]
    poses = to_poses(world, skeleton, travels)
    back = to_frames(poses, skeleton, travels, root_x(world[0], skeleton))
    torch.testing.assert_close(back, world[1:], rtol=0, atol=1e-5)


@pytest.mark.parametrize("clip", ["walk", "dance", "sit_down"])
def test_the_teacher_goes_on_from_where_the_figure_is(clip):
    lesson = clip_sequences([Performance(clip=clip, phase=0.1), Performance(clip=clip, phase=0.3, tempo=1.1)], "v3", 30)
    following, distance = what_follows(lesson, lesson.inputs)
    moving = slice(START_FRAMES, None)
    torch.testing.assert_close(following[moving], lesson.targets[moving], rtol=0, atol=0.03)
    assert distance[moving].max() < 0.03
    pushed = lesson.inputs + 0.01 * torch.randn(lesson.inputs.shape)
    error = (what_follows(lesson, pushed)[0] - lesson.targets)[moving].pow(2).mean().sqrt()
    assert error < 0.02


@pytest.mark.parametrize(
    "limit",
    [{"tempo": MIN_TEMPO}, {"tempo": MAX_TEMPO}, {"amplitude": MAX_AMPLITUDE}, {"amplitude": 0.01}],
    ids=str,
)
def test_every_allowed_performance_can_be_fitted(limit):
    """The fit varies the tempo, and stays within the limits while it does."""
    motion = sample_motion(TINY, "walk", 5, performance=Performance(**limit), rounds=0)
    assert motion.frames.isfinite().all()


@pytest.mark.parametrize("prompt", ["a person walking", "she jumps"])
def test_a_request_without_a_clip_is_of_the_one_nearest_to_its_prompt(prompt):
    request = MotionRequest(TINY, prompt, 20, performance=Performance(tempo=1.2, direction=-1))
    assert request.clip == nearest_clip(prompt)[0]
    assert request.target == Performance(clip=request.clip, tempo=1.2, direction=-1)
    assert torch.equal(request.reference().frames, request.target.frames(20))
    assert MotionRequest(TINY, prompt, performance=Performance(clip="bow")).clip == "bow"
    assert {request: "found"}[MotionRequest(TINY, prompt, 20, performance=Performance(tempo=1.2, direction=-1))]


def test_a_performance_without_a_clip_has_no_frames():
    with pytest.raises(ValueError, match=r"name a clip.*walk"):
        Performance(tempo=1.2).frames(10)


def test_a_sample_is_made_in_every_stage_and_each_has_a_report_but_an_opening():
    motions = dict(sample_motion_stages(WAVE, stages=with_rounds(1)))
    assert list(motions) == list(STAGES)
    assert {name for name, motion in motions.items() if motion.report is None} == {
        name for name, stage in STAGES.items() if stage.is_opening
    }


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ({"frames": 0}, "frames must be"),
        ({"frames": 10**6}, "frames must be"),
        ({"frames": 2.5}, "frames must be"),
        ({"clip": "fly"}, "unknown clip 'fly'"),
        ({"tempo": -1}, "tempo"),
        ({"amplitude": 0}, "amplitude"),
        ({"direction": 2}, "direction"),
    ],
)
def test_what_cannot_be_done_is_refused(arguments, complaint):
    performed = {name: value for name, value in arguments.items() if name != "frames"}
    frames = arguments.get("frames", 5)
    with pytest.raises(ValueError, match=complaint):
        sample_motion(TINY, "walk", frames, performance=Performance(**performed))
    with pytest.raises(ValueError, match=complaint):
        generate(build_model(TINY, device="meta"), "walk", frames, performance=Performance(**performed))


def test_a_language_model_may_take_over(tmp_path, monkeypatch):
    with pytest.raises(ValueError, match="holds no sentence-transformers model"):
        SentenceEmbedder(tmp_path)
    (tmp_path / "modules.json").write_text("[]")
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    with pytest.raises(ValueError, match="pip install sentence-transformers"):
        SentenceEmbedder(tmp_path)

    class Stub:
        def __init__(self, folder: str, device: str, local_files_only: bool) -> None:
            assert (folder, device, local_files_only) == (str(tmp_path), "cpu", True)

        def encode(self, text: str, **_: object) -> list[float]:
            return [1.0, *[0.0] * 62, float(len(text))]

    monkeypatch.setitem(sys.modules, "sentence_transformers", SimpleNamespace(SentenceTransformer=Stub))
    embedder = SentenceEmbedder(tmp_path)
    assert embedder("walk", 64)[-1] == 4
    with pytest.raises(ValueError, match="64 wide, not 1024"):
        embedder("walk", 1024)
    with_it = sample_motion(TINY, "walk", 6, rounds=0, embed=embedder)
    assert not torch.equal(with_it.frames, sample_motion(TINY, "walk", 6, rounds=0).frames)


def test_a_model_that_is_lent_is_left_as_it_is_and_gives_the_same_motion() -> None:
    config = configure("small", num_layers=1)
    lent = build_model(config, seed=4).eval().requires_grad_(False)
    before = {name: weight.clone() for name, weight in lent.state_dict().items()}
    request = MotionRequest(config, "walk", 10, seed=4)
    *_, (_, motion) = sample_motion_stages(request, stages={"whole": Stage(rounds=1)}, model=lent)
    assert all(torch.equal(weight, before[name]) for name, weight in lent.state_dict().items())
    assert torch.equal(motion.frames, sample_motion(config, "walk", 10, seed=4, rounds=1).frames)
    lent.to("meta")  # as a cache does that lets it go
    assert next(lent.parameters()).is_meta

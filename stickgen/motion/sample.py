"""Motions: from the model, fitted or raw, and from the clips themselves.

Shape letters: T frames, K starting frames, B takes, S segments, d model width.
"""

import time
from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from stickgen.config import SKELETONS, ModelConfig, check_choice
from stickgen.model import StickFigureTransformer, build_model
from stickgen.motion.clip import check_performance
from stickgen.motion.clips import CLIPS
from stickgen.motion.embedding import Embedder, embed_text, nearest_clip
from stickgen.motion.examination import EXAMINED_FRAMES, examination, grade
from stickgen.motion.fit import BATCH_SIZE, QUICK_BATCH_SIZE, QUICK_ROUNDS, THOROUGH_ROUNDS, PoseHeadFit
from stickgen.motion.generation import Progress, Run, evaluating, part, run_free, text_token, with_own_pose_head
from stickgen.motion.motion import Motion
from stickgen.motion.rehearsal import START_FRAMES, Take, rehearse
from stickgen.motion.report import FitReport, HeadSignals
from stickgen.motion.stream import root_x, to_frames

MAX_FRAMES = 1500
"""One minute."""


def check_frames(frames: int) -> None:
    """Raise `ValueError` for a length no motion has."""
    if not isinstance(frames, int) or isinstance(frames, bool) or not 1 <= frames <= MAX_FRAMES:
        raise ValueError(f"frames must be a whole number from 1 to {MAX_FRAMES}, not {frames!r}")


def reference_motion(
    clip: str,
    skeleton: str = "v1",
    frames: int = 100,
    tempo: float = 1.0,
    phase: float = 0.0,
    amplitude: float = 1.0,
    direction: int = 1,
) -> Motion:
    """A clip itself, no model involved. Frame for frame what a model's motion of the same values is after."""
    check_choice("clip", clip, CLIPS)
    check_choice("skeleton", skeleton, SKELETONS)
    check_frames(frames)
    return Motion(
        frames=CLIPS[clip].frames(frames, skeleton, tempo=tempo, phase=phase, amplitude=amplitude, direction=direction),
        skeleton=skeleton,
        frame_rate=SKELETONS[skeleton].frame_rate,
        description=CLIPS[clip].label,
    )


def generate(
    model: StickFigureTransformer,
    prompt: str,
    frames: int = 100,
    *,
    clip: str | None = None,
    tempo: float = 1.0,
    phase: float = 0.0,
    amplitude: float = 1.0,
    direction: int = 1,
    report: FitReport | None = None,
    embed: Embedder = embed_text,
    progress: Progress | None = None,
) -> Motion:
    """The model's own motion for a prompt: free-running, causal, on a key-value cache. Deterministic.

    It starts from a few frames of `clip` (by default the one nearest to the prompt), which come before the
    returned ones; a multimodal model is also given the last of them as an image, encoded once. The model is
    left as it is, and dropout is off even if it is in training mode. `report` is handed on with the motion.
    Raises `ValueError` for a clip, a number of frames or a way to perform it that does not exist.
    """
    clip = nearest_clip(prompt)[0] if clip is None else clip
    check_choice("clip", clip, CLIPS)
    check_frames(frames)
    check_performance(tempo, amplitude, direction)
    tell = progress or (lambda _message, _share: None)
    take = Take(clip=clip, tempo=tempo, phase=phase, amplitude=amplitude, direction=direction)
    with torch.inference_mode():
        running = evaluating(model)
        _, run, starts = _perform(running, prompt, [take], frames, tell, embed)
        motion = _motion(running, run, starts, prompt, frames, CLIPS[clip].travels)
    tell("Done", 1.0)
    return _plain(motion, report)


def raw_motion(
    config: ModelConfig,
    prompt: str,
    frames: int = 100,
    seed: int = 0,
    *,
    phase: float = 0.0,
    embed: Embedder = embed_text,
) -> Motion:
    """What the seeded initial weights make of a prompt, nothing fitted: noise, for comparison.

    The model's numbers are taken as places in the world, whatever the clip.
    """
    check_frames(frames)
    with torch.inference_mode():
        model = build_model(config, seed=seed).eval()
        take = Take(clip=nearest_clip(prompt)[0], phase=phase)
        _, run, starts = _perform(model, prompt, [take], frames, lambda _message, _share: None, embed)
        motion = _motion(model, run, starts, prompt, frames, travels=False)
    return _plain(motion, None)


def sample_motion(
    config: ModelConfig,
    prompt: str,
    frames: int = 100,
    seed: int = 0,
    *,
    clip: str | None = None,
    tempo: float = 1.0,
    phase: float = 0.0,
    amplitude: float = 1.0,
    direction: int = 1,
    rounds: int = QUICK_ROUNDS,
    embed: Embedder = embed_text,
    progress: Progress | None = None,
) -> Motion:
    """Build a model, fit its pose head to the clip nearest to the prompt (or to `clip`), and let it run.

    The backbone keeps its seeded initial weights; `.report` says how far the fit reaches. More `rounds` take
    longer and follow the clip more closely. Raises `ValueError` as `generate` does.
    """
    stages = sample_motion_stages(
        config,
        prompt,
        frames,
        seed,
        clip=clip,
        tempo=tempo,
        phase=phase,
        amplitude=amplitude,
        direction=direction,
        rounds=(rounds,),
        embed=embed,
        progress=progress,
    )
    return next(stages)


def sample_motion_stages(
    config: ModelConfig,
    prompt: str,
    frames: int = 100,
    seed: int = 0,
    *,
    clip: str | None = None,
    tempo: float = 1.0,
    phase: float = 0.0,
    amplitude: float = 1.0,
    direction: int = 1,
    rounds: Sequence[int] = (0, THOROUGH_ROUNDS),
    embed: Embedder = embed_text,
    progress: Progress | None = None,
    model: StickFigureTransformer | None = None,
) -> Iterator[Motion]:
    """The same motion, soon and then better: one each time the fit has reached as many rounds.

    Where it then still goes astray, rounds are added, up to the last number of `rounds`.

    `model`, where it is given, is one of `config` and `seed` that has been built before. Its weights are shared
    and left as they are: the fit has a pose head of its own. Raises `ValueError`, at the first `next`, as
    `generate` does.
    """
    clip = nearest_clip(prompt)[0] if clip is None else clip
    check_choice("clip", clip, CLIPS)
    check_frames(frames)
    check_performance(tempo, amplitude, direction)
    tell = progress or (lambda _message, _share: None)
    began = time.perf_counter()
    tell("Building the model", 0.0)
    take = Take(clip=clip, tempo=tempo, phase=phase, amplitude=amplitude, direction=direction)
    with torch.inference_mode():
        model = with_own_pose_head(build_model(config, seed=seed) if model is None else model)
        fit = PoseHeadFit(
            model, clip, prompt, tempo=tempo, amplitude=amplitude, direction=direction, seed=seed, embed=embed
        )
    tests = examination(clip, config.skeleton, tempo, amplitude, direction)

    @torch.inference_mode()
    def after(goal: int, batch_size: int) -> tuple[Motion, FitReport]:
        tell("Showing the clip to the model", 0.05)
        fit.show(EXAMINED_FRAMES, batch_size)
        before = fit.rounds
        for index in range(before, goal):
            share = 0.5 / (goal - before)
            start = 0.2 + share * (index - before)
            message = f"Rehearsing, round {index + 1} of {goal}"
            fit.rehearse(EXAMINED_FRAMES, part(tell, message, start, start + share))
        fit.write()
        length = max(frames, EXAMINED_FRAMES)
        token, run, starts = _perform(model, prompt, [take, *tests.takes], length, tell, embed, done=0.7)
        motion = _motion(model, run, starts, prompt, frames, CLIPS[clip].travels)
        report = grade(model, token[:, 1:], tests, run.poses[:EXAMINED_FRAMES, 1:], fit.rounds, began)
        return motion, report

    for goal in rounds:
        batch_size = BATCH_SIZE if goal else QUICK_BATCH_SIZE
        motion, report = after(goal, batch_size)
        while report.is_astray and fit.rounds < rounds[-1]:
            motion, report = after(fit.rounds + 1, batch_size)
        tell("Done", 1.0)
        yield _plain(motion, report)


def _perform(
    model: StickFigureTransformer,
    prompt: str,
    takes: list[Take],
    frames: int,
    tell: Progress,
    embed: Embedder,
    done: float = 0.0,
) -> tuple[Tensor, Run, Tensor]:
    """Run freely from the starting frames of takes: the token, the run and the last starting frames `[B, S, 4]`."""
    begin = rehearse(takes, model.config.skeleton, 1)
    token = text_token(model, prompt, begin.starts, embed)
    run = run_free(
        model,
        token,
        begin.inputs[:START_FRAMES],
        frames,
        progress=part(tell, "Letting the model run", done, 1.0),
    )
    return token, run, begin.starts


def _motion(model: StickFigureTransformer, run: Run, starts: Tensor, prompt: str, frames: int, travels: bool) -> Motion:
    """The first take of a run, and what the heads beside the pose say along it."""
    skeleton = model.config.skeleton
    world = to_frames(run.poses[:frames, :1], skeleton, travels, root_x(starts[:1], skeleton))[:, 0]
    encoded = run.encoded[START_FRAMES - 1 :][:frames, 0]  # [T, d]
    so_far = torch.arange(1, len(encoded) + 1)[:, None]
    pooled = encoded.cumsum(dim=0) / so_far.to(encoded)
    return Motion(
        frames=world,
        skeleton=skeleton,
        frame_rate=SKELETONS[skeleton].frame_rate,
        description=prompt,
        signals=HeadSignals(
            velocity=model.velocity_decoder(pooled),
            physics=model.physics_decoder(encoded),
            action_probabilities=model.action_predictor(encoded).softmax(dim=-1),
        ),
    )


def _plain(motion: Motion, report: FitReport | None) -> Motion:
    """The motion in tensors of its own on the CPU, which may be used outside inference mode, and its report."""

    def copied(values: Tensor) -> Tensor:
        return torch.empty(values.shape).copy_(values)

    signals = motion.signals
    return Motion(
        frames=copied(motion.frames),
        skeleton=motion.skeleton,
        frame_rate=motion.frame_rate,
        description=motion.description,
        report=report,
        signals=signals
        and HeadSignals(
            velocity=copied(signals.velocity),
            physics=copied(signals.physics),
            action_probabilities=copied(signals.action_probabilities),
        ),
    )

"""How well a fitted model does on phases and tempi its fit has not seen.

Shape letters: T frames, K starting frames, B takes, S segments, P pose width.
"""

import time

import torch
from torch import Tensor

from stickgen.config import SKELETONS
from stickgen.model import StickFigureTransformer
from stickgen.motion.body import bone_lengths
from stickgen.motion.clips import CLIPS
from stickgen.motion.embedding import Embedder, embed_text
from stickgen.motion.generation import run_free, text_token
from stickgen.motion.rehearsal import START_FRAMES, Rehearsal, Take, cycles_per_frame, moments_of, rehearse
from stickgen.motion.report import FitReport
from stickgen.motion.stream import root_x, to_frames

EXAMINED_FRAMES = 125
"""Five seconds."""

TESTS = ((0.98, 0.35), (1.0, 0.80), (1.02, 0.10))
"""Tempo, relative to the one asked for, and phase of each take, as a share of the latest start."""

TEMPO_ERRORS = tuple(0.005 * step for step in range(-40, 41))
"""How far the tempi that a run is compared with are off its own, as shares of it."""


def examination(clip: str, skeleton: str, tempo: float, amplitude: float, direction: int) -> Rehearsal:
    """The takes a model is examined with."""
    takes = [
        Take(
            clip=clip,
            tempo=tempo * relative,
            phase=phase * CLIPS[clip].latest_start,
            amplitude=amplitude,
            direction=direction,
        )
        for relative, phase in TESTS
    ]
    return rehearse(takes, skeleton, EXAMINED_FRAMES)


def examine(
    model: StickFigureTransformer,
    prompt: str,
    tests: Rehearsal,
    rounds: int,
    began: float,
    embed: Embedder = embed_text,
) -> FitReport:
    """Run a model freely on the tests and report. `began` is when the fit did, by `time.perf_counter`."""
    token = text_token(model, prompt, tests.starts, embed)
    run = run_free(model, token, tests.inputs[:START_FRAMES], EXAMINED_FRAMES)
    return grade(model, token, tests, run.poses, rounds, began)


def grade(
    model: StickFigureTransformer,
    token: Tensor,
    tests: Rehearsal,
    poses: Tensor,
    rounds: int,
    began: float,
) -> FitReport:
    """The report on free-running poses `[T, B, P]`, each take after its starting frames."""
    skeleton = SKELETONS[tests.skeleton]
    height = skeleton.body_height
    frames = torch.cat((token, model.embed(tests.inputs)))
    one_step = model.pose_decoder(model.transformer_encoder(frames, True)[1:])
    true_poses = tests.targets[START_FRAMES - 1 :]
    made = _in_the_world(poses, tests)
    return FitReport(
        clip=tests.takes[0].clip,
        one_step_rmse=_rms(one_step - tests.targets) / height,
        repeat_rmse=_rms(tests.inputs - tests.targets) / height,
        rollout_rmse=_rms(poses - true_poses) / height,
        rollout_seconds=len(poses) / skeleton.frame_rate,
        amplitude_ratio=_amplitude_ratio(poses, true_poses),
        tempo_error=_tempo_error(poses, tests),
        bone_error=_bone_error(made, tests.world),
        travel_error=_travel_error(made, tests),
        rounds=rounds,
        fit_seconds=time.perf_counter() - began,
    )


def is_astray(tests: Rehearsal, poses: Tensor) -> bool:
    """Whether poses `[T, B, P]`, perhaps fewer than the tests have, left the clip: then they are no figure any more.

    Limbs are off by a quarter, or there is half or twice the movement. A first fit may bend the limbs of a jump by
    a fifth: it is still a jump, and worth showing until it is refined.
    """
    frames = len(poses)
    amplitude_ratio = _amplitude_ratio(poses, tests.targets[START_FRAMES - 1 :][:frames])
    return _bone_error(_in_the_world(poses, tests), tests.world[:frames]) > 0.25 or not 0.5 <= amplitude_ratio <= 2


def _in_the_world(poses: Tensor, tests: Rehearsal) -> Tensor:
    """What the model made of the tests, `[T, B, P]`, as frames `[T, B, S, 4]`."""
    return to_frames(poses, tests.skeleton, tests.travels, root_x(tests.starts, tests.skeleton))


def _rms(x: Tensor) -> float:
    return float(x.pow(2).mean().sqrt())


def _spread(poses: Tensor) -> Tensor:
    """How much each of `[T, B, P]` moves about its mean: `[B]`."""
    return (poses - poses.mean(dim=0)).pow(2).mean(dim=(0, 2)).sqrt()


def _amplitude_ratio(poses: Tensor, true_poses: Tensor) -> float:
    """How much the figure moves against the clip; that of the take that is farthest off."""
    ratios = _spread(poses) / _spread(true_poses).clamp_min(1e-9)  # [B]
    return float(ratios[(ratios - 1).abs().argmax()])


def _bone_error(made: Tensor, true: Tensor) -> float:
    """Mean error of the worst segment's length in frames `[T, B, S, 4]`, as a share of the longest it gets."""
    lengths, true_lengths = bone_lengths(made), bone_lengths(true)
    return float(((lengths - true_lengths).abs() / true_lengths.amax(dim=0)).mean(dim=(0, 1)).max())


def _travel_error(made: Tensor, tests: Rehearsal) -> float:
    """Worst error of the way the root has gone along the ground, as a share of it; 0 for a clip on the spot."""
    if not tests.travels:
        return 0.0
    start = root_x(tests.starts, tests.skeleton)
    gone = root_x(made[-1], tests.skeleton) - start
    true = root_x(tests.world[-1], tests.skeleton) - start
    return float(((gone - true) / true).abs().max())


def _tempo_error(poses: Tensor, tests: Rehearsal) -> float:
    """Worst error of the tempo, as a share of it: that of the clip, slowed down or sped up, that fits a run best.

    Tempi within 20 % are tried, each at every phase; 0.2 therefore means that much or more.
    """
    worst = 0.0
    for index, take in enumerate(tests.takes):
        moments, table = moments_of(take, tests.skeleton)  # [N], [N, P]
        distance = torch.cdist(poses[:, index], table).square()  # [T, N]
        cycles_gone = cycles_per_frame(take, tests.skeleton) * torch.arange(len(poses))
        distances = []
        for error in TEMPO_ERRORS:
            cycles = take.phase + (1 + error) * cycles_gone + moments[::4, None]  # [N / 4, T]
            cycles = torch.remainder(cycles, 1) if CLIPS[take.clip].periodic else (cycles - 0.5).clamp(0, 1)
            nearest = (cycles * (len(moments) - 1)).round().long()
            distances.append(distance.gather(1, nearest.T).mean(dim=0).min())
        worst = max(worst, abs(TEMPO_ERRORS[int(torch.stack(distances).argmin())]))
    return worst

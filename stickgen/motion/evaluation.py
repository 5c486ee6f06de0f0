"""How well a fitted model does on phases and tempos that its fit has not seen.

Shape letters: T frames, K starting frames, B sequences, S segments, N moments of a cycle, P pose width.
"""

import time

import torch
from torch import Tensor

from stickgen.config import SKELETONS
from stickgen.model import StickFigureTransformer
from stickgen.model.rollout import START_FRAMES, roll_out
from stickgen.motion.body import bone_lengths
from stickgen.motion.clips import Performance
from stickgen.motion.conditioning import text_token
from stickgen.motion.embedding import Embedder, embed_text
from stickgen.motion.report import FitReport
from stickgen.motion.sequences import ClipSequences, clip_sequences, moments_of
from stickgen.motion.stream import root_x, to_frames

EVALUATED_FRAMES = 125
"""Five seconds."""

VARIATIONS = ((0.98, 0.35), (1.0, 0.80), (1.02, 0.10))
"""Of each sequence: its tempo, as a multiple of the one asked for, and its start, as a share of the latest one."""

TEMPO_ERRORS = tuple(0.005 * step for step in range(-40, 41))
"""Errors of the tempo that are tried, as shares of it."""

MAX_BONE_ERROR = 0.25
MIN_AMPLITUDE_RATIO, MAX_AMPLITUDE_RATIO = 0.5, 2.0
"""Outside these a rollout has diverged."""


def evaluation_sequences(performance: Performance, skeleton: str) -> ClipSequences:
    """The sequences that a model is evaluated on."""
    variations = [performance.varied(tempo, start) for tempo, start in VARIATIONS]
    return clip_sequences(variations, skeleton, EVALUATED_FRAMES)


def evaluate(
    model: StickFigureTransformer,
    prompt: str,
    sequences: ClipSequences,
    rounds: int,
    began: float,
    embed: Embedder = embed_text,
) -> FitReport:
    """Roll a model out and report. `began` is when the fit did, by `time.perf_counter`."""
    token = text_token(model, prompt, sequences.starts, embed)
    trajectory = roll_out(model, token, sequences.inputs[:START_FRAMES], EVALUATED_FRAMES)
    return evaluate_poses(model, token, sequences, trajectory.poses, rounds, began)


def evaluate_poses(
    model: StickFigureTransformer,
    token: Tensor,
    sequences: ClipSequences,
    poses: Tensor,
    rounds: int,
    began: float,
) -> FitReport:
    """The report on the poses `[T, B, P]` of a rollout from the starting frames of the sequences."""
    skeleton = SKELETONS[sequences.skeleton]
    height = skeleton.body_height
    frames = torch.cat((token, model.embed(sequences.inputs)))
    one_step = model.pose_decoder(model.transformer_encoder(frames, True)[1:])
    true_poses = sequences.targets[START_FRAMES - 1 :]
    world = _in_the_world(poses, sequences)
    return FitReport(
        clip=sequences.performances[0].definition.name,
        one_step_rmse=_rms(one_step - sequences.targets) / height,
        repeat_rmse=_rms(sequences.inputs - sequences.targets) / height,
        rollout_rmse=_rms(poses - true_poses) / height,
        rollout_seconds=len(poses) / skeleton.frame_rate,
        amplitude_ratio=_amplitude_ratio(poses, true_poses),
        tempo_error=_tempo_error(poses, sequences),
        bone_error=_bone_error(world, sequences.world),
        travel_error=_travel_error(world, sequences),
        rounds=rounds,
        fit_seconds=time.perf_counter() - began,
    )


def has_diverged(sequences: ClipSequences, poses: Tensor) -> bool:
    """Whether a rollout's poses `[T, B, P]`, perhaps fewer than the sequences have, are no figure any more.

    The limits are wide: a first fit may be off by a fifth in the limbs of a jump, which is still a jump, and worth
    showing until it is refined.
    """
    frames = len(poses)
    amplitude_ratio = _amplitude_ratio(poses, sequences.targets[START_FRAMES - 1 :][:frames])
    return (
        _bone_error(_in_the_world(poses, sequences), sequences.world[:frames]) > MAX_BONE_ERROR
        or not MIN_AMPLITUDE_RATIO <= amplitude_ratio <= MAX_AMPLITUDE_RATIO
    )


def _in_the_world(poses: Tensor, sequences: ClipSequences) -> Tensor:
    """Poses `[T, B, P]` of a rollout as frames `[T, B, S, 4]`."""
    return to_frames(poses, sequences.skeleton, sequences.travels, root_x(sequences.starts, sequences.skeleton))


def _rms(x: Tensor) -> float:
    return float(x.pow(2).mean().sqrt())


def _spread(poses: Tensor) -> Tensor:
    """How much each of `[T, B, P]` moves about its mean: `[B]`."""
    return (poses - poses.mean(dim=0)).pow(2).mean(dim=(0, 2)).sqrt()


def _amplitude_ratio(poses: Tensor, true_poses: Tensor) -> float:
    """How much the figure moves, against the clip, in the sequence that is farthest off."""
    ratios = _spread(poses) / _spread(true_poses).clamp_min(1e-9)  # [B]
    return float(ratios[(ratios - 1).abs().argmax()])


def _bone_error(world: Tensor, true_world: Tensor) -> float:
    """Mean error of the worst segment's length in frames `[T, B, S, 4]`, as a share of its longest in the clip."""
    lengths, true_lengths = bone_lengths(world), bone_lengths(true_world)
    return float(((lengths - true_lengths).abs() / true_lengths.amax(dim=0)).mean(dim=(0, 1)).max())


def _travel_error(world: Tensor, sequences: ClipSequences) -> float:
    """Worst error of the distance travelled along the ground, as a share of it; 0 for a clip on the spot."""
    if not sequences.travels:
        return 0.0
    start = root_x(sequences.starts, sequences.skeleton)
    travelled = root_x(world[-1], sequences.skeleton) - start
    true = root_x(sequences.world[-1], sequences.skeleton) - start
    return float(((travelled - true) / true).abs().max())


def _tempo_error(poses: Tensor, sequences: ClipSequences) -> float:
    """Worst error of the tempo, as a share of it.

    The clip is slowed down and sped up by up to 20 %, at every phase; the tempo that fits a rollout best is taken as
    its own. An error of 0.2 therefore means that much or more.
    """
    worst = 0.0
    for index, performance in enumerate(sequences.performances):
        moments, table = moments_of(performance, sequences.skeleton)  # [N], [N, P]
        distance = torch.cdist(poses[:, index], table).square()  # [T, N]
        elapsed_cycles = performance.cycles_per_frame(sequences.skeleton) * torch.arange(len(poses))
        distances = []
        for error in TEMPO_ERRORS:
            cycles = performance.phase + (1 + error) * elapsed_cycles + moments[::4, None]  # [N / 4, T]
            periodic = performance.definition.periodic
            cycles = torch.remainder(cycles, 1) if periodic else (cycles - 0.5).clamp(0, 1)
            nearest = (cycles * (len(moments) - 1)).round().long()
            distances.append(distance.gather(1, nearest.T).mean(dim=0).min())
        worst = max(worst, abs(TEMPO_ERRORS[int(torch.stack(distances).argmin())]))
    return worst

"""The pose head, fitted in closed form on a frozen, seeded backbone.

A ridge regression leads from the encoder's output straight to the next pose, over phases and tempi of one
clip. It first sees the clip, clean and with noise; then, round by round, the states the model runs into.
Shape letters: T frames, K starting frames, B batch, S segments, P pose width, d model width.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from stickgen.config import SKELETONS, check_choice
from stickgen.model import StickFigureTransformer
from stickgen.motion.body import bone_lengths
from stickgen.motion.clips import CLIPS
from stickgen.motion.generation import START_FRAMES, Progress, evaluating, run_free, text_token
from stickgen.motion.head import NormalEquations, write_linear_head
from stickgen.motion.report import FitReport
from stickgen.motion.stream import root_x, to_frames, to_poses

FIT_TEMPI = (0.88, 0.96, 1.04, 1.12)
TEST_TEMPI = (0.92, 1.0, 1.08)
"""Relative to the tempo asked for; the fit never sees the test's."""

NOISE = (0.03, 0.1, 0.3)
"""Spread of the noise on the frames, as a share of the spread of the clip's own poses."""
RIDGE = 1e-3
RUNAWAY = 0.6
"""A rolled-out coordinate further than this from the clip, in units, is no lesson any more."""
GOLDEN = 0.6180339887498949
"""Phases that are multiples of this cover the cycle evenly, however many there are (Weyl, 1916)."""


@dataclass(frozen=True, kw_only=True)
class Rehearsal:
    """Sequences of one clip, as the model sees them and as they stand in the world."""

    world: Tensor  # [T, B, S, 4], after the starting frames
    starts: Tensor  # [B, S, 4], world, the last of the starting frames
    inputs: Tensor  # [K + T - 1, B, P]
    targets: Tensor  # [K + T - 1, B, P], one frame later


def rehearse(
    clip: str,
    skeleton: str,
    frames: int,
    tempi: Sequence[float],
    phases: Sequence[float],
    amplitude: float,
    direction: int,
) -> Rehearsal:
    """One sequence for each pair of a tempo and a phase."""
    world = torch.stack(
        [
            CLIPS[clip].frames(
                START_FRAMES + frames + 1,
                skeleton,
                tempo=tempo,
                phase=phase,
                amplitude=amplitude,
                direction=direction,
                first=-START_FRAMES - 1,
            )
            for tempo, phase in zip(tempi, phases, strict=True)
        ],
        dim=1,
    )  # [K + T + 1, B, S, 4]
    poses = to_poses(world, skeleton, CLIPS[clip].travels)  # [K + T, B, P]
    return Rehearsal(world=world[START_FRAMES + 1 :], starts=world[START_FRAMES], inputs=poses[:-1], targets=poses[1:])


@torch.inference_mode()
def fit_pose_head(
    model: StickFigureTransformer,
    clip: str,
    *,
    prompt: str | None = None,
    rounds: int = 3,
    batch_size: int = 16,
    frames: int = 100,
    tempo: float = 1.0,
    amplitude: float = 1.0,
    direction: int = 1,
    seed: int = 0,
    progress: Progress | None = None,
) -> FitReport:
    """Fit the model's pose head to one clip, in place; every other weight stays as it is.

    The fit sees `batch_size` sequences of `frames` frames, the text token of `prompt` (by default what the
    clip is called) in front, and takes in `rounds` rounds of the model's own free runs. `seed` draws the
    noise.
    Raises `ValueError` for a clip that does not exist.
    """
    check_choice("clip", clip, CLIPS)
    tell = progress or (lambda _message, _share: None)
    began = time.perf_counter()
    backbone = evaluating(model)
    skeleton = model.config.skeleton
    prompt = CLIPS[clip].words[0] if prompt is None else prompt
    tell("Preparing the clip", 0.0)
    lesson = rehearse(
        clip,
        skeleton,
        frames,
        [tempo * FIT_TEMPI[i % len(FIT_TEMPI)] for i in range(batch_size)],
        [i * GOLDEN % 1 for i in range(batch_size)],
        amplitude,
        direction,
    )
    token = text_token(backbone, prompt, lesson.starts)
    encode = encoder_of(backbone, token)
    equations = NormalEquations(model.config.d_model, model.config.pose_dim)
    generator = torch.Generator().manual_seed(seed)
    spread = lesson.inputs.flatten(0, 1).std(dim=0)  # [P]
    for index, level in enumerate((0.0, *NOISE)):
        tell("Showing the clip to the model", 0.05 + 0.35 * index / (1 + len(NOISE)))
        noise = level * spread * torch.randn(lesson.inputs.shape, generator=generator)
        equations.add(encode(lesson.inputs + noise), lesson.targets)
    for index in range(rounds):
        tell(f"Rehearsing, round {index + 1} of {rounds}", 0.4 + 0.5 * index / rounds)
        head = linear_head(equations)
        run = run_free(backbone, token, lesson.inputs[:START_FRAMES], frames, head)
        inside = (run.poses - lesson.targets[START_FRAMES - 1 :]).abs().amax(dim=-1) < RUNAWAY  # [T, B]
        inside = inside.long().cummin(dim=0).values.bool()
        equations.add(run.encoded[START_FRAMES:][inside[:-1]], lesson.targets[START_FRAMES:][inside[:-1]])
    weight, bias = equations.solve(RIDGE)
    write_linear_head(model.pose_decoder, weight, bias)
    tell("Testing on phases and tempi it has not seen", 0.9)
    report = examine(
        backbone,
        clip,
        prompt,
        tempo=tempo,
        amplitude=amplitude,
        direction=direction,
        rounds=rounds + 1,
        began=began,
    )
    tell("Fitted", 1.0)
    return report


def encoder_of(model: StickFigureTransformer, token: Tensor) -> Callable[[Tensor], Tensor]:
    """The causal encoder behind a text token: poses `[T, B, P]` to outputs `[T, B, d]`."""
    return lambda poses: model.transformer_encoder(torch.cat((token, model.embed(poses))), True)[1:]


def linear_head(equations: NormalEquations) -> Callable[[Tensor], Tensor]:
    """The solution so far, as a function."""
    weight, bias = (solved.float() for solved in equations.solve(RIDGE))
    return lambda encoded: encoded @ weight.T + bias


def examine(
    model: StickFigureTransformer,
    clip: str,
    prompt: str,
    *,
    tempo: float,
    amplitude: float,
    direction: int,
    rounds: int,
    began: float,
    frames: int = 125,
) -> FitReport:
    """Measure a fitted model on phases and tempi between those of the fit."""
    skeleton = SKELETONS[model.config.skeleton]
    test = rehearse(
        clip,
        skeleton.name,
        frames,
        [tempo * relative for relative in TEST_TEMPI],
        [(0.5 + i * GOLDEN) % 1 for i in range(len(TEST_TEMPI))],
        amplitude,
        direction,
    )
    token = text_token(model, prompt, test.starts)
    predicted = model.pose_decoder(encoder_of(model, token)(test.inputs))
    travels = CLIPS[clip].travels
    run = run_free(model, token, test.inputs[:START_FRAMES], frames)
    made = to_frames(run.poses, skeleton.name, travels, root_x(test.starts, skeleton.name))
    lengths, true_lengths = bone_lengths(made), bone_lengths(test.world)
    poses, true_poses = run.poses, test.targets[START_FRAMES - 1 :]
    return FitReport(
        clip=clip,
        one_step_rmse=_rms(predicted - test.targets) / skeleton.body_height,
        repeat_rmse=_rms(test.inputs - test.targets) / skeleton.body_height,
        rollout_rmse=_rms(poses - true_poses) / skeleton.body_height,
        rollout_seconds=frames / skeleton.frame_rate,
        amplitude_ratio=_rms(poses - poses.mean(dim=0)) / max(_rms(true_poses - true_poses.mean(dim=0)), 1e-9),
        bone_error=float(((lengths - true_lengths).abs() / true_lengths).mean(dim=(0, 1)).max()),
        rounds=rounds,
        fit_seconds=time.perf_counter() - began,
    )


def _rms(x: Tensor) -> float:
    return float(x.pow(2).mean().sqrt())

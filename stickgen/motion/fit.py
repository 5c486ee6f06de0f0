"""The pose head, fitted in closed form on a frozen, seeded backbone.

A ridge regression leads from the encoder's output straight to the next pose, over phases and tempos of one clip.
It first sees the clip, clean and with a little noise; then, round by round, the model's own rollouts, each state
with what the clip would do next from there (DAgger; Ross et al., 2011).
Shape letters: T frames, K starting frames, B batch, P pose width, d model width.
"""

import time

import torch
from torch import Tensor

from stickgen.model import StickFigureTransformer
from stickgen.model.rollout import START_FRAMES, roll_out
from stickgen.motion.clips import Performance
from stickgen.motion.conditioning import text_token
from stickgen.motion.embedding import Embedder, embed_text
from stickgen.motion.evaluation import EVALUATED_FRAMES, evaluate, evaluation_sequences
from stickgen.motion.head import NormalEquations, write_linear_head
from stickgen.motion.packed import evaluating
from stickgen.motion.report import FitReport
from stickgen.motion.sequences import clip_sequences, principal, what_follows
from stickgen.progress import Progress, ShareProgress, part, silent

QUICK_ROUNDS = 2
THOROUGH_ROUNDS = 8
"""Rollout rounds of a quick fit, and of a refined one."""
QUICK_BATCH_SIZE = 8
BATCH_SIZE = 16
"""Sequences of a fit without rollout rounds, and of one with them: rollouts make more of more sequences."""
QUICK_FRAMES = 50
"""Length of the noisy sequences and of the quick rounds; later rounds are as long as the clean sequences."""

FIT_TEMPOS = (0.97, 0.99, 1.01, 1.03)
"""Tempos of the fit, as multiples of the one asked for."""

NOISE = (0.04, 0.12)
"""Spread of the noise on the frames, as a share of the clip's spread along its main direction."""
RIDGE = 3e-5
"""Added to the covariance of the encoder's outputs, whose channels spread by about 0.4."""
FIRST_RIDGE = 2e-3
"""The same before the first rollout round. With less, a fit that has seen only noise diverges more often."""
MAX_DISTANCE = 3.0
"""A pose of a rollout further than this from every pose of the clip, in spreads along its main direction, is left out,
and so is what follows it."""
GOLDEN = 0.6180339887498949
"""Phases that are multiples of this cover the cycle evenly, however many there are (Weyl, 1916)."""

ADDING_CLIP = "Fitting the pose head to the clip"


class PoseHeadFit:
    """A fit in progress: add sequences and rollout rounds, and write the solution into the head at any time."""

    def __init__(
        self,
        model: StickFigureTransformer,
        performance: Performance,
        prompt: str,
        *,
        seed: int = 0,
        embed: Embedder = embed_text,
    ) -> None:
        self.model = model
        self.performance = performance
        self.prompt = prompt
        self.rounds = 0
        self._embed = embed
        self._backbone = evaluating(model)
        self._generator = torch.Generator().manual_seed(seed)
        self._equations = NormalEquations(model.config.d_model, model.config.pose_dim)
        self._token = torch.empty(1, 0, model.config.d_model)

    @property
    def skeleton(self) -> str:
        return self.model.config.skeleton

    @property
    def batch_size(self) -> int:
        """Sequences added so far."""
        return self._token.shape[1]

    def _performances(self, first: int, last: int) -> list[Performance]:
        """Phases spread over the cycle; the tempo of each changes from round to round."""
        return [
            self.performance.varied(FIT_TEMPOS[(index + self.rounds) % len(FIT_TEMPOS)], index * GOLDEN % 1)
            for index in range(first, last)
        ]

    def add_clip(self, frames: int, batch_size: int) -> None:
        """Add the clip itself, clean and with noise, until there are `batch_size` sequences."""
        if batch_size <= self.batch_size:
            return
        sequences = clip_sequences(self._performances(self.batch_size, batch_size), self.skeleton, frames)
        token = text_token(self._backbone, self.prompt, sequences.starts, self._embed)
        self._token = torch.cat((self._token, token), dim=1)
        spread, directions = principal(sequences.inputs)
        self._equations.add(encode(self._backbone, token, sequences.inputs), sequences.targets)
        count = token.shape[1]
        levels = torch.tensor(NOISE).repeat(count)[:count, None] * spread[0]  # [B, 1]: from sequence to sequence
        clean = sequences.inputs[: START_FRAMES + QUICK_FRAMES]
        noise = torch.randn((*clean.shape[:2], len(spread)), generator=self._generator)
        poses = clean + (noise * torch.minimum(spread, levels)) @ directions
        self._equations.add(encode(self._backbone, token, poses), what_follows(sequences, poses)[0])

    def add_rollouts(self, frames: int, progress: ShareProgress = lambda _share: None) -> None:
        """One round: roll the model out with the solution so far, for up to `frames` frames, and add where it went."""
        if self.rounds < QUICK_ROUNDS:
            frames = min(frames, QUICK_FRAMES)
        sequences = clip_sequences(self._performances(0, self.batch_size), self.skeleton, frames)
        weight, bias = (solved.float() for solved in self._solve())
        trajectory = roll_out(
            self._backbone,
            self._token,
            sequences.inputs[:START_FRAMES],
            frames,
            lambda encoded: encoded @ weight.T + bias,
            progress,
        )
        following, distance = what_follows(sequences, trajectory.inputs)
        near = (distance < MAX_DISTANCE * sequences.scale).long().cummin(dim=0).values.bool()
        self._equations.add(trajectory.encoded[near], following[near])
        self.rounds += 1

    def write(self) -> None:
        """Put the solution so far into the model's pose decoder."""
        write_linear_head(self.model.pose_decoder, *self._solve())

    def _solve(self) -> tuple[Tensor, Tensor]:
        return self._equations.solve(RIDGE if self.rounds else FIRST_RIDGE)


@torch.inference_mode()
def fit_pose_head(
    model: StickFigureTransformer,
    performance: Performance | str,
    *,
    prompt: str | None = None,
    rounds: int = QUICK_ROUNDS,
    batch_size: int = BATCH_SIZE,
    frames: int = EVALUATED_FRAMES,
    seed: int = 0,
    embed: Embedder = embed_text,
    progress: Progress = silent,
) -> FitReport:
    """Fit the model's pose head to a clip, by name or as it is performed, in place. All other weights stay as they are.

    The fit sees `batch_size` sequences of `frames` frames with the text token of `prompt` (by default the clip's
    first word) in front, then `rounds` rounds of the model's own rollouts. `seed` draws the noise.
    Raises `ValueError` for an unknown clip.
    """
    if isinstance(performance, str):
        performance = Performance(clip=performance)
    began = time.perf_counter()
    prompt = performance.definition.words[0] if prompt is None else prompt
    progress(ADDING_CLIP, 0.0)
    fit = PoseHeadFit(model, performance, prompt, seed=seed, embed=embed)
    fit.add_clip(frames, batch_size)
    share = 1 / (rounds + 2)
    for index in range(rounds):
        message = round_message(index, rounds)
        fit.add_rollouts(frames, part(progress, message, share * (1 + index), share * (2 + index)))
    fit.write()
    progress("Evaluating on phases and tempos not seen in the fit", 1 - share)
    sequences = evaluation_sequences(performance, model.config.skeleton)
    report = evaluate(evaluating(model), prompt, sequences, rounds, began, embed)
    progress("Done", 1.0)
    return report


def round_message(index: int, rounds: int) -> str:
    """Says which round, from 0, the fit is in."""
    return f"Rollout round {index + 1} of {rounds}"


def encode(model: StickFigureTransformer, token: Tensor, poses: Tensor) -> Tensor:
    """The causal encoder behind a text token: poses `[T, B, P]` to outputs `[T, B, d]`."""
    return model.transformer_encoder(torch.cat((token, model.embed(poses))), True)[1:]

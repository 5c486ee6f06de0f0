"""The pose head, fitted in closed form on a frozen, seeded backbone.

A ridge regression leads from the encoder's output straight to the next pose, over phases and tempi of one clip.
It first sees the clip, clean and with a little noise; then, round by round, the states the model itself runs
into, each with what the clip would do next from there (Ross et al., 2011, "DAgger").
Shape letters: T frames, K starting frames, B batch, P pose width, d model width.
"""

import time
from collections.abc import Callable

import torch
from torch import Tensor

from stickgen.config import check_choice
from stickgen.model import StickFigureTransformer
from stickgen.motion.clip import check_performance
from stickgen.motion.clips import CLIPS
from stickgen.motion.embedding import Embedder, embed_text
from stickgen.motion.examination import EXAMINED_FRAMES, examination, examine
from stickgen.motion.generation import Progress, evaluating, part, run_free, silent, text_token
from stickgen.motion.head import NormalEquations, write_linear_head
from stickgen.motion.rehearsal import START_FRAMES, Take, principal, rehearse, what_follows
from stickgen.motion.report import FitReport

QUICK_ROUNDS = 2
THOROUGH_ROUNDS = 8
"""Rounds of free runs behind a quick fit, and behind a refined one."""
QUICK_BATCH_SIZE = 8
BATCH_SIZE = 16
"""Sequences behind a first fit, and behind one that rehearses: free runs make more of more of them."""
QUICK_FRAMES = 50
"""Length of the noisy showing and of the quick rounds; later rounds are as long as the clip was shown."""

FIT_TEMPI = (0.97, 0.99, 1.01, 1.03)
"""Tempi of the fit, relative to the one asked for."""

NOISE = (0.04, 0.12)
"""Spread of the noise on the frames, as a share of the clip's spread along its main direction."""
RIDGE = 3e-5
"""Added to the covariance of the encoder's outputs, whose channels spread by about 0.4."""
UNREHEARSED_RIDGE = 2e-3
"""The same, until the fit has seen the model run: with less, what only noise has taught runs away more often."""
RUNAWAY = 3.0
"""A rolled-out pose further than this from every pose of the clip, in the same unit, teaches nothing."""
GOLDEN = 0.6180339887498949
"""Phases that are multiples of this cover the cycle evenly, however many there are (Weyl, 1916)."""


class PoseHeadFit:
    """A fit in progress: take in lessons, round by round, and write the solution into the head at any time."""

    def __init__(
        self,
        model: StickFigureTransformer,
        clip: str,
        prompt: str,
        *,
        tempo: float = 1.0,
        amplitude: float = 1.0,
        direction: int = 1,
        seed: int = 0,
        embed: Embedder = embed_text,
    ) -> None:
        check_choice("clip", clip, CLIPS)
        check_performance(tempo, amplitude, direction)
        self.model = model
        self.clip = clip
        self.prompt = prompt
        self.tempo, self.amplitude, self.direction = tempo, amplitude, direction
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
        """Sequences shown so far."""
        return self._token.shape[1]

    def _takes(self, first: int, last: int) -> list[Take]:
        """Phases spread over the cycle; the tempo of each changes from round to round."""
        return [
            Take(
                clip=self.clip,
                tempo=self.tempo * FIT_TEMPI[(index + self.rounds) % len(FIT_TEMPI)],
                phase=index * GOLDEN % 1 * CLIPS[self.clip].latest_start,
                amplitude=self.amplitude,
                direction=self.direction,
            )
            for index in range(first, last)
        ]

    def show(self, frames: int, batch_size: int) -> None:
        """Take in the clip itself, clean, then with noise, in the sequences missing to `batch_size`."""
        if batch_size <= self.batch_size:
            return
        lesson = rehearse(self._takes(self.batch_size, batch_size), self.skeleton, frames)
        token = text_token(self._backbone, self.prompt, lesson.starts, self._embed)
        self._token = torch.cat((self._token, token), dim=1)
        spread, directions = principal(lesson.inputs)
        self._equations.add(encode(self._backbone, token, lesson.inputs), lesson.targets)
        count = token.shape[1]
        levels = torch.tensor(NOISE).repeat(count)[:count, None] * spread[0]  # [B, 1]: from sequence to sequence
        plain = lesson.inputs[: START_FRAMES + QUICK_FRAMES]
        noise = torch.randn((*plain.shape[:2], len(spread)), generator=self._generator)
        poses = plain + (noise * torch.minimum(spread, levels)) @ directions
        self._equations.add(encode(self._backbone, token, poses), what_follows(lesson, poses)[0])

    def rehearse(self, frames: int, progress: Callable[[float], None] = silent) -> None:
        """Let the model run with the solution so far for up to `frames` frames, and take in where it got to."""
        if self.rounds < QUICK_ROUNDS:
            frames = min(frames, QUICK_FRAMES)
        lesson = rehearse(self._takes(0, self.batch_size), self.skeleton, frames)
        weight, bias = (solved.float() for solved in self._solve())
        run = run_free(
            self._backbone,
            self._token,
            lesson.inputs[:START_FRAMES],
            frames,
            lambda encoded: encoded @ weight.T + bias,
            progress,
        )
        following, distance = what_follows(lesson, run.inputs)
        sound = (distance < RUNAWAY * lesson.scale).long().cummin(dim=0).values.bool()
        self._equations.add(run.encoded[sound], following[sound])
        self.rounds += 1

    def write(self) -> None:
        """Put the solution so far into the model's pose decoder."""
        write_linear_head(self.model.pose_decoder, *self._solve())

    def _solve(self) -> tuple[Tensor, Tensor]:
        return self._equations.solve(RIDGE if self.rounds else UNREHEARSED_RIDGE)


@torch.inference_mode()
def fit_pose_head(
    model: StickFigureTransformer,
    clip: str,
    *,
    prompt: str | None = None,
    tempo: float = 1.0,
    amplitude: float = 1.0,
    direction: int = 1,
    rounds: int = QUICK_ROUNDS,
    batch_size: int = BATCH_SIZE,
    frames: int = EXAMINED_FRAMES,
    seed: int = 0,
    embed: Embedder = embed_text,
    progress: Progress | None = None,
) -> FitReport:
    """Fit the model's pose head to one clip, in place; every other weight stays as it is.

    The fit sees `batch_size` sequences of `frames` frames with the text token of `prompt` (by default what the
    clip is called) in front, then `rounds` rounds of the model's own free runs. `seed` draws the noise.
    Raises `ValueError` for a clip or a way to perform it that does not exist.
    """
    check_choice("clip", clip, CLIPS)
    tell = progress or (lambda _message, _share: None)
    began = time.perf_counter()
    prompt = CLIPS[clip].words[0] if prompt is None else prompt
    tell("Showing the clip to the model", 0.0)
    fit = PoseHeadFit(
        model,
        clip,
        prompt,
        tempo=tempo,
        amplitude=amplitude,
        direction=direction,
        seed=seed,
        embed=embed,
    )
    fit.show(frames, batch_size)
    share = 1 / (rounds + 2)
    for index in range(rounds):
        message = f"Rehearsing, round {index + 1} of {rounds}"
        fit.rehearse(frames, part(tell, message, share * (1 + index), share * (2 + index)))
    fit.write()
    tell("Testing on phases and tempi it has not seen", 1 - share)
    tests = examination(clip, model.config.skeleton, tempo, amplitude, direction)
    report = examine(evaluating(model), prompt, tests, rounds, began, embed)
    tell("Fitted", 1.0)
    return report


def encode(model: StickFigureTransformer, token: Tensor, poses: Tensor) -> Tensor:
    """The causal encoder behind a text token: poses `[T, B, P]` to outputs `[T, B, d]`."""
    return model.transformer_encoder(torch.cat((token, model.embed(poses))), True)[1:]

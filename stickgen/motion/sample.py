"""A sample of a config's motion: its pose head fitted to a clip, soon and then better."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import torch

from stickgen.config import ModelConfig
from stickgen.model import StickFigureTransformer, build_model
from stickgen.motion.clips import Performance
from stickgen.motion.embedding import Embedder, embed_text
from stickgen.motion.evaluation import EVALUATED_FRAMES, evaluate_poses, evaluation_sequences, has_diverged
from stickgen.motion.fit import (
    ADDING_CLIP,
    BATCH_SIZE,
    QUICK_BATCH_SIZE,
    QUICK_ROUNDS,
    THOROUGH_ROUNDS,
    PoseHeadFit,
    round_message,
)
from stickgen.motion.generation import ROLLING_OUT, MotionRollout, detached
from stickgen.motion.motion import Motion
from stickgen.motion.packed import with_own_pose_head
from stickgen.motion.request import MotionRequest
from stickgen.motion.sequences import clip_sequences
from stickgen.progress import Progress, part, silent

OPENING_FRAMES = 50
"""Two seconds."""


@dataclass(frozen=True, kw_only=True)
class Stage:
    """How far a motion is made before it is shown."""

    rounds: int
    """Rollout rounds of the fit, at least: a fit that diverges gets more."""
    is_opening: bool = False
    """Whether it is no more than the first `OPENING_FRAMES`. It has no report."""


STAGES: dict[str, Stage] = {
    "opening": Stage(rounds=0, is_opening=True),
    "whole": Stage(rounds=0),
    "refined": Stage(rounds=THOROUGH_ROUNDS),
}
"""What a motion comes as, in this order: its opening, the whole of it, and the whole after more rollout rounds."""


def sample_motion(
    config: ModelConfig,
    prompt: str,
    frames: int = 100,
    seed: int = 0,
    *,
    performance: Performance = Performance(),
    rounds: int = QUICK_ROUNDS,
    embed: Embedder = embed_text,
    progress: Progress = silent,
) -> Motion:
    """Build a model, fit its pose head to a clip (by default the one nearest to the prompt), and roll it out.

    The backbone keeps its seeded initial weights; `.report` says how close the motion comes to the clip. More
    `rounds` take longer and follow the clip more closely. Raises `ValueError` for a number of frames not allowed.
    """
    request = MotionRequest(config, prompt, frames, seed, performance)
    stages = {"whole": Stage(rounds=rounds)}
    ((_, motion),) = sample_motion_stages(request, stages=stages, embed=embed, progress=progress)
    return motion


def sample_motion_stages(
    request: MotionRequest,
    *,
    stages: Mapping[str, Stage] = STAGES,
    embed: Embedder = embed_text,
    progress: Progress = silent,
    model: StickFigureTransformer | None = None,
) -> Iterator[tuple[str, Motion]]:
    """The motion at each of the `stages`, by its name: soon, and then better.

    Where a rollout diverges, rounds are added, up to those of the last stage.

    `model`, where given, is one of the request's config and seed that was built before. Its weights are shared and
    left as they are: the fit has a pose head of its own.
    """
    sample = _StagedSample(request, embed, progress, model, max_rounds=max(stage.rounds for stage in stages.values()))
    for name, stage in stages.items():
        yield name, sample.motion(stage)


class _StagedSample:
    """A fit and its latest rollout, from which one stage after another is made."""

    def __init__(
        self,
        request: MotionRequest,
        embed: Embedder,
        progress: Progress,
        model: StickFigureTransformer | None,
        max_rounds: int,
    ) -> None:
        self._request, self._embed, self._progress, self._max_rounds = request, embed, progress, max_rounds
        self._began = time.perf_counter()
        progress("Building the model", 0.0)
        config = request.config
        self._shown = clip_sequences([request.target], config.skeleton, EVALUATED_FRAMES)
        self._evaluated = evaluation_sequences(request.target, config.skeleton)
        self._whole = max(request.frames, EVALUATED_FRAMES)
        with torch.inference_mode():
            self._model = with_own_pose_head(build_model(config, seed=request.seed) if model is None else model)
            self._fit = PoseHeadFit(self._model, request.target, request.prompt, seed=request.seed, embed=embed)
        self._rollout: MotionRollout
        self._rounds: int | None = None

    def motion(self, stage: Stage) -> Motion:
        """The motion at a stage."""
        batch_size = BATCH_SIZE if stage.rounds else QUICK_BATCH_SIZE
        length = OPENING_FRAMES if stage.is_opening else self._whole
        with torch.inference_mode():
            if self._rounds != stage.rounds:
                self._fit_and_begin(stage.rounds, batch_size)
                self._rounds = stage.rounds
            while self._diverges(length, stage.is_opening) and self._fit.rounds < self._max_rounds:
                self._fit_and_begin(self._fit.rounds + 1, batch_size)
            motion = self._rollout.motion(min(self._request.frames, length), self._shown.travels)
            report = None
            if not stage.is_opening:
                token, poses = self._rollout.token[:, 1:], self._poses[:, 1:]
                report = evaluate_poses(self._model, token, self._evaluated, poses, self._fit.rounds, self._began)
        self._progress("Done", 1.0)
        return detached(motion, report)

    def _fit_and_begin(self, rounds: int, batch_size: int) -> None:
        """Fit with `rounds` rounds in all, and begin the rollout that is shown, the evaluated ones beside it."""
        self._progress(ADDING_CLIP, 0.05)
        self._fit.add_clip(EVALUATED_FRAMES, batch_size)
        before = self._fit.rounds
        for index in range(before, rounds):
            share = 0.5 / (rounds - before)
            start = 0.2 + share * (index - before)
            progress = part(self._progress, round_message(index, rounds), start, start + share)
            self._fit.add_rollouts(EVALUATED_FRAMES, progress)
        self._fit.write()
        performances = [self._request.target, *self._evaluated.performances]
        self._rollout = MotionRollout(self._model, self._request.prompt, performances, self._whole, self._embed)

    def _diverges(self, length: int, is_opening: bool) -> bool:
        """Whether the rollout leaves the clip: in what an opening shows, or in what the report is about, too."""
        progress = part(self._progress, ROLLING_OUT, 0.7, 1.0)
        self._poses = self._rollout.until(length, progress)[:EVALUATED_FRAMES]  # [T, 1 + B, P]
        return has_diverged(self._shown, self._poses[:, :1]) or (
            not is_opening and has_diverged(self._evaluated, self._poses[:, 1:])
        )

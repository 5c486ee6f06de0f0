"""Motions from a model, fitted or raw, and from a clip itself.

Shape letters: T frames, K starting frames, B sequences, P pose width, d model width.
"""

from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor

from stickgen.config import SKELETONS, ModelConfig, check_choice
from stickgen.model import StickFigureTransformer, build_model
from stickgen.model.rollout import START_FRAMES, Rollout, Trajectory
from stickgen.motion.clips import Performance
from stickgen.motion.conditioning import text_token
from stickgen.motion.embedding import Embedder, embed_text, nearest_clip
from stickgen.motion.motion import Motion, check_frames
from stickgen.motion.packed import evaluating
from stickgen.motion.report import FitReport, HeadSignals
from stickgen.motion.sequences import clip_sequences
from stickgen.motion.stream import root_x, to_frames
from stickgen.progress import Progress, ShareProgress, part, silent

ROLLING_OUT = "Generating frames"


def of_prompt(performance: Performance, prompt: str) -> Performance:
    """The performance, of the clip nearest to the prompt where it names none."""
    return performance if performance.clip else replace(performance, clip=nearest_clip(prompt)[0])


def reference_motion(performance: Performance | str, skeleton: str = "v1", frames: int = 100) -> Motion:
    """A clip, by name or as it is performed, with no model involved: the target of a model's motion, frame for frame.

    Raises `ValueError` for an unknown clip or skeleton, or a number of frames that is not allowed.
    """
    if isinstance(performance, str):
        performance = Performance(clip=performance)
    check_choice("skeleton", skeleton, SKELETONS)
    check_frames(frames)
    return Motion(
        frames=performance.frames(frames, skeleton),
        skeleton=skeleton,
        frame_rate=SKELETONS[skeleton].frame_rate,
        description=performance.definition.label,
        actions=(performance.definition.label,) * frames,
    )


class MotionRollout:
    """A rollout from the starting frames of some performances; the first of them becomes a motion."""

    def __init__(
        self,
        model: StickFigureTransformer,
        prompt: str,
        performances: Sequence[Performance],
        max_frames: int,
        embed: Embedder,
    ) -> None:
        begin = clip_sequences(performances, model.config.skeleton, 1)
        self.token = text_token(model, prompt, begin.starts, embed)  # [1, B, d]
        self._model, self._prompt, self._starts = model, prompt, begin.starts
        self._rollout = Rollout(model, self.token, begin.inputs[:START_FRAMES], max_frames)
        self._trajectory: Trajectory

    def until(self, frames: int, progress: ShareProgress) -> Tensor:
        """Go on until there are `frames` frames, and return all poses `[T, B, P]` so far."""
        self._trajectory = self._rollout.until(frames, progress)
        return self._trajectory.poses

    def motion(self, frames: int, travels: bool) -> Motion:
        """The first `frames` frames of the first performance, with what the other heads say along them."""
        model, skeleton = self._model, self._model.config.skeleton
        start = root_x(self._starts[:1], skeleton)
        encoded = self._trajectory.encoded[START_FRAMES - 1 :][:frames, 0]  # [T, d]
        so_far = torch.arange(1, len(encoded) + 1)[:, None]
        pooled = encoded.cumsum(dim=0) / so_far.to(encoded)
        return Motion(
            frames=to_frames(self._trajectory.poses[:frames, :1], skeleton, travels, start)[:, 0],
            skeleton=skeleton,
            frame_rate=SKELETONS[skeleton].frame_rate,
            description=self._prompt,
            actions=(self._prompt,) * len(encoded),
            signals=HeadSignals(
                velocity=model.velocity_decoder(pooled),
                physics=model.physics_decoder(encoded),
                action_probabilities=model.action_predictor(encoded).softmax(dim=-1),
            ),
        )


def detached(motion: Motion, report: FitReport | None) -> Motion:
    """The motion in own tensors on the CPU, usable outside inference mode, with its report."""

    def copied(values: Tensor) -> Tensor:
        return torch.empty(values.shape).copy_(values)

    signals = motion.signals and HeadSignals(
        velocity=copied(motion.signals.velocity),
        physics=copied(motion.signals.physics),
        action_probabilities=copied(motion.signals.action_probabilities),
    )
    return replace(motion, frames=copied(motion.frames), signals=signals, report=report)


def generate(
    model: StickFigureTransformer,
    prompt: str,
    frames: int = 100,
    *,
    performance: Performance = Performance(),
    report: FitReport | None = None,
    embed: Embedder = embed_text,
    progress: Progress = silent,
) -> Motion:
    """The model's own motion for a prompt: a causal rollout on a key-value cache. Deterministic.

    It starts from a few frames of the clip (by default the one nearest to the prompt), which come before the
    returned ones. A multimodal model also gets the last of them as an image, encoded once. The model is left
    as it is, and dropout is off even in training mode. `report` is handed on with the motion.
    Raises `ValueError` for a number of frames that is not allowed.
    """
    check_frames(frames)
    performance = of_prompt(performance, prompt)
    with torch.inference_mode():
        rollout = MotionRollout(evaluating(model), prompt, [performance], frames, embed)
        rollout.until(frames, part(progress, ROLLING_OUT, 0.0, 1.0))
        motion = rollout.motion(frames, performance.definition.travels)
    progress("Done", 1.0)
    return detached(motion, report)


def raw_motion(
    config: ModelConfig,
    prompt: str,
    frames: int = 100,
    seed: int = 0,
    *,
    performance: Performance = Performance(),
    embed: Embedder = embed_text,
) -> Motion:
    """What the seeded initial weights make of a prompt, with nothing fitted: noise, for comparison.

    The model's output is read as coordinates in the world, whatever the clip. Raises `ValueError` for a number of
    frames that is not allowed.
    """
    check_frames(frames)
    with torch.inference_mode():
        model = build_model(config, seed=seed).eval()
        rollout = MotionRollout(model, prompt, [of_prompt(performance, prompt)], frames, embed)
        rollout.until(frames, lambda _share: None)
        motion = rollout.motion(frames, travels=False)
    return detached(motion, None)

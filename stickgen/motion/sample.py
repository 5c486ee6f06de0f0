"""Motions: from the model, fitted or raw, and from the clips themselves."""

import torch
from torch import Tensor

from stickgen.config import SKELETONS, ModelConfig, check_choice
from stickgen.model import StickFigureTransformer, build_model
from stickgen.motion.clips import CLIPS
from stickgen.motion.embedding import nearest_clip
from stickgen.motion.fit import fit_pose_head, rehearse
from stickgen.motion.generation import START_FRAMES, Progress, evaluating, run_free, text_token
from stickgen.motion.motion import Motion
from stickgen.motion.report import FitReport, HeadSignals
from stickgen.motion.stream import root_x, to_frames

MAX_FRAMES = 1500
"""One minute."""


def check_frames(frames: int) -> None:
    """Raise `ValueError` for a length no motion has."""
    if not isinstance(frames, int) or not 1 <= frames <= MAX_FRAMES:
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
    """A clip itself, no model involved."""
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
    progress: Progress | None = None,
) -> Motion:
    """The model's own motion for a prompt: free-running, causal, on a key-value cache. Deterministic.

    It starts from a few frames of `clip` (by default the one nearest to the prompt), which come before the
    returned ones; a multimodal model is also given the last of them as an image, encoded once. The model is
    left as it is, and dropout is off even if it is in training mode. `report` is handed on with the motion.
    Raises `ValueError` for a clip or a number of frames that does not exist.
    """
    clip = nearest_clip(prompt)[0] if clip is None else clip
    check_choice("clip", clip, CLIPS)
    check_frames(frames)
    tell = progress or (lambda _message, _share: None)
    skeleton = model.config.skeleton
    with torch.inference_mode():
        start = rehearse(clip, skeleton, 1, [tempo], [phase], amplitude, direction)
        running = evaluating(model)
        token = text_token(running, prompt, start.starts)
        run = run_free(
            running,
            token,
            start.inputs[:START_FRAMES],
            frames,
            progress=lambda share: tell("Letting the model run", share),
        )
        world = to_frames(run.poses, skeleton, CLIPS[clip].travels, root_x(start.starts, skeleton))[:, 0]
        said = _signals(running, run.encoded[START_FRAMES - 1 :])
    signals = HeadSignals(
        velocity=_plain(said.velocity),
        physics=_plain(said.physics),
        action_probabilities=_plain(said.action_probabilities),
    )
    tell("Done", 1.0)
    return Motion(
        frames=_plain(world),
        skeleton=skeleton,
        frame_rate=SKELETONS[skeleton].frame_rate,
        description=prompt,
        report=report,
        signals=signals,
    )


def _plain(values: Tensor) -> Tensor:
    """A copy on the CPU that may be used outside inference mode."""
    return torch.empty(values.shape).copy_(values)


def _signals(model: StickFigureTransformer, encoded: Tensor) -> HeadSignals:
    """What the heads beside the pose say of encoder outputs `[T, 1, d]`."""
    count = torch.arange(1, len(encoded) + 1, device=encoded.device)[:, None, None]
    pooled = encoded.cumsum(dim=0) / count  # [T, 1, d], the mean over the frames so far
    return HeadSignals(
        velocity=model.velocity_decoder(pooled)[:, 0],
        physics=model.physics_decoder(encoded)[:, 0],
        action_probabilities=model.action_predictor(encoded)[:, 0].softmax(dim=-1),
    )


def raw_motion(config: ModelConfig, prompt: str, frames: int = 100, seed: int = 0, *, phase: float = 0.0) -> Motion:
    """What the seeded initial weights make of a prompt, nothing fitted: noise, for comparison."""
    return generate(build_model(config, seed=seed), prompt, frames, phase=phase)


def sample_motion(
    config: ModelConfig,
    prompt: str,
    frames: int = 100,
    seed: int = 0,
    *,
    tempo: float = 1.0,
    phase: float = 0.0,
    amplitude: float = 1.0,
    direction: int = 1,
    progress: Progress | None = None,
) -> Motion:
    """Build a model, fit its pose head to the clip nearest to the prompt, and let it run.

    The backbone keeps its seeded initial weights; `.report` says how far the fit reaches.
    """
    tell = progress or (lambda _message, _share: None)
    check_frames(frames)
    tell("Building the model", 0.0)
    model = build_model(config, seed=seed).eval()
    clip, _ = nearest_clip(prompt)
    report = fit_pose_head(
        model,
        clip,
        prompt=prompt,
        tempo=tempo,
        amplitude=amplitude,
        direction=direction,
        seed=seed,
        progress=lambda message, share: tell(message, 0.1 + 0.7 * share),
    )
    return generate(
        model,
        prompt,
        frames,
        clip=clip,
        tempo=tempo,
        phase=phase,
        amplitude=amplitude,
        direction=direction,
        report=report,
        progress=lambda message, share: tell(message, 0.8 + 0.2 * share),
    )

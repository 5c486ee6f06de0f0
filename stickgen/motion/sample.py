"""Motions: from the model, fitted or raw, and from the clips themselves.

Shape letters: T frames, K starting frames, B takes, S segments, d model width.
"""

import time
from collections.abc import Callable, Iterator, Sequence

import torch
from torch import Tensor

from stickgen.config import SKELETONS, ModelConfig, check_choice
from stickgen.model import StickFigureTransformer, build_model
from stickgen.motion.clip import check_performance
from stickgen.motion.clips import CLIPS
from stickgen.motion.embedding import Embedder, embed_text, nearest_clip
from stickgen.motion.examination import EXAMINED_FRAMES, examination, grade, is_astray
from stickgen.motion.fit import BATCH_SIZE, QUICK_BATCH_SIZE, QUICK_ROUNDS, THOROUGH_ROUNDS, PoseHeadFit
from stickgen.motion.generation import FreeRun, Progress, Run, evaluating, part, silent, text_token, with_own_pose_head
from stickgen.motion.motion import Motion
from stickgen.motion.rehearsal import START_FRAMES, Take, rehearse
from stickgen.motion.report import FitReport, HeadSignals
from stickgen.motion.stream import root_x, to_frames

MAX_FRAMES = 1500
"""One minute."""
OPENING_FRAMES = 50
"""Two seconds: the beginning of a first motion, which is shown before the rest of it is there."""
RUNNING = "Letting the model run"


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


class _Performance:
    """Takes of a clip as a model runs freely from their starting frames."""

    def __init__(
        self, model: StickFigureTransformer, prompt: str, takes: list[Take], longest: int, embed: Embedder
    ) -> None:
        begin = rehearse(takes, model.config.skeleton, 1)
        self.token = text_token(model, prompt, begin.starts, embed)  # [1, B, d]
        self._model, self._prompt, self._starts = model, prompt, begin.starts
        self._free = FreeRun(model, self.token, begin.inputs[:START_FRAMES], longest)
        self._run: Run

    def until(self, frames: int, progress: Callable[[float], None] = silent) -> Tensor:
        """Go on until there are `frames` frames, and return all poses `[T, B, P]` so far."""
        self._run = self._free.until(frames, progress)
        return self._run.poses

    def motion(self, frames: int, travels: bool) -> Motion:
        """The beginning of the first take, and what the heads beside the pose say along it."""
        model, skeleton = self._model, self._model.config.skeleton
        start = root_x(self._starts[:1], skeleton)
        encoded = self._run.encoded[START_FRAMES - 1 :][:frames, 0]  # [T, d]
        so_far = torch.arange(1, len(encoded) + 1)[:, None]
        pooled = encoded.cumsum(dim=0) / so_far.to(encoded)
        return Motion(
            frames=to_frames(self._run.poses[:frames, :1], skeleton, travels, start)[:, 0],
            skeleton=skeleton,
            frame_rate=SKELETONS[skeleton].frame_rate,
            description=self._prompt,
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
        performance = _Performance(running, prompt, [take], frames, embed)
        performance.until(frames, part(tell, RUNNING, 0.0, 1.0))
        motion = performance.motion(frames, CLIPS[clip].travels)
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
        performance = _Performance(model, prompt, [take], frames, embed)
        performance.until(frames)
        motion = performance.motion(frames, travels=False)
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
    *_, motion = sample_motion_stages(
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
    return motion


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
    """The same motion, soon and then better.

    First comes its opening of `OPENING_FRAMES`, without a report, then the whole, once for each number of `rounds`
    that the fit has reached. Where the figure goes astray, rounds are added, up to the last number of `rounds`.

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
    shown = rehearse([take], config.skeleton, EXAMINED_FRAMES)
    tests = examination(clip, config.skeleton, tempo, amplitude, direction)
    whole = max(frames, EXAMINED_FRAMES)
    with torch.inference_mode():
        model = with_own_pose_head(build_model(config, seed=seed) if model is None else model)
        fit = PoseHeadFit(
            model, clip, prompt, tempo=tempo, amplitude=amplitude, direction=direction, seed=seed, embed=embed
        )

    def perform_after(goal: int, batch_size: int) -> _Performance:
        """Fit for `goal` rounds in all; then the take itself, and the tests beside it, are about to begin."""
        tell("Showing the clip to the model", 0.05)
        fit.show(EXAMINED_FRAMES, batch_size)
        before = fit.rounds
        for index in range(before, goal):
            share = 0.5 / (goal - before)
            start = 0.2 + share * (index - before)
            message = f"Rehearsing, round {index + 1} of {goal}"
            fit.rehearse(EXAMINED_FRAMES, part(tell, message, start, start + share))
        fit.write()
        return _Performance(model, prompt, [take, *tests.takes], whole, embed)

    for goal in rounds:
        batch_size = BATCH_SIZE if goal else QUICK_BATCH_SIZE
        with torch.inference_mode():
            performance = perform_after(goal, batch_size)
        for length in (OPENING_FRAMES, whole) if goal == rounds[0] else (whole,):
            is_opening = length < whole
            with torch.inference_mode():
                while True:
                    poses = performance.until(length, part(tell, RUNNING, 0.7, 1.0))[:EXAMINED_FRAMES]  # [T, 1 + B, P]
                    # An opening is judged by the figure it shows, the whole by what the report is about, too.
                    lost = is_astray(shown, poses[:, :1]) or (not is_opening and is_astray(tests, poses[:, 1:]))
                    if not lost or fit.rounds >= rounds[-1]:
                        break
                    performance = perform_after(fit.rounds + 1, batch_size)
                motion = performance.motion(min(frames, length), CLIPS[clip].travels)
                report = None
                if not is_opening:
                    report = grade(model, performance.token[:, 1:], tests, poses[:, 1:], fit.rounds, began)
            tell("Done", 1.0)
            yield _plain(motion, report)

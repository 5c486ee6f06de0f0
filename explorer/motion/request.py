"""What a motion is made from: one frozen value that a cache can be keyed by."""

from dataclasses import dataclass
from functools import cached_property

from stickgen.config import SKELETONS, ModelConfig
from stickgen.motion import Motion, nearest_clip, reference_motion

DEFAULT_PROMPT = "a person walking"
DEFAULT_SECONDS = 5
LONGEST_SECONDS = 10


@dataclass(frozen=True, kw_only=True)
class MotionRequest:
    """A configuration, its seed, and what it is asked to do."""

    config: ModelConfig
    prompt: str = DEFAULT_PROMPT
    frames: int = 125
    seed: int = 0
    """Of the initial weights, and of the noise in the fit."""
    tempo: float = 1.0
    amplitude: float = 1.0
    direction: int = 1

    @cached_property
    def clip(self) -> str:
        """The clip the pose head is fitted to."""
        return nearest_clip(self.prompt)[0]

    def reference(self) -> Motion:
        """What the model's motion is after, frame for frame."""
        return reference_motion(
            self.clip,
            self.config.skeleton,
            self.frames,
            tempo=self.tempo,
            amplitude=self.amplitude,
            direction=self.direction,
        )


def generated_frames(seconds: int, skeleton: str) -> int:
    """Frames a model makes where so many seconds are shown: one of two lengths, so that few changes cost a run."""
    longest = DEFAULT_SECONDS if seconds <= DEFAULT_SECONDS else LONGEST_SECONDS
    return longest * SKELETONS[skeleton].frame_rate

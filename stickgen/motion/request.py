"""What a model is asked to do: one frozen value that a cache can be keyed by."""

from dataclasses import dataclass
from functools import cached_property

from stickgen.config import ModelConfig
from stickgen.motion.clips import Performance
from stickgen.motion.generation import of_prompt, reference_motion
from stickgen.motion.motion import Motion, check_frames


@dataclass(frozen=True)
class MotionRequest:
    """A config, its seed, and the motion asked of it. Raises `ValueError` for a number of frames not allowed."""

    config: ModelConfig
    prompt: str = "a person walking"
    frames: int = 125
    seed: int = 0
    """Draws the initial weights, and the noise in the fit."""
    performance: Performance = Performance()
    """How the clip is performed; if it names no clip, the one nearest to the prompt."""

    def __post_init__(self) -> None:
        check_frames(self.frames)

    @cached_property
    def target(self) -> Performance:
        """The performance that the pose head is fitted to, its clip named."""
        return of_prompt(self.performance, self.prompt)

    @property
    def clip(self) -> str:
        """The name of the clip that the pose head is fitted to."""
        return self.target.definition.name

    def reference(self) -> Motion:
        """What the model's motion should be, frame for frame."""
        return reference_motion(self.target, self.config.skeleton, self.frames)

"""The reference clips: what each looks like, and how one is performed."""

from stickgen.motion.clips.clip import Clip
from stickgen.motion.clips.performance import MAX_AMPLITUDE, MAX_TEMPO, MIN_TEMPO, Performance
from stickgen.motion.clips.registry import CLIPS

__all__ = ["CLIPS", "MAX_AMPLITUDE", "MAX_TEMPO", "MIN_TEMPO", "Clip", "Performance"]

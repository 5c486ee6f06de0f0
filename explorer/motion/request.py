"""How long the motions are that models are asked for."""

from stickgen.config import SKELETONS

DEFAULT_SECONDS = 5
LONGEST_SECONDS = 10


def generated_frames(seconds: int, skeleton: str) -> int:
    """Frames a model makes where so many seconds are shown: one of two lengths, so that few changes need a new run."""
    longest = DEFAULT_SECONDS if seconds <= DEFAULT_SECONDS else LONGEST_SECONDS
    return longest * SKELETONS[skeleton].frame_rate

"""How long the motions are that the page asks models for."""

from stickgen.config import SKELETONS

MIN_SECONDS, DEFAULT_SECONDS, MAX_SECONDS = 2, 5, 10


def generated_frames(seconds: int, skeleton: str) -> int:
    """Frames a model makes where so many seconds are shown: one of two lengths, so that few changes need a new run."""
    generated = DEFAULT_SECONDS if seconds <= DEFAULT_SECONDS else MAX_SECONDS
    return generated * SKELETONS[skeleton].frame_rate

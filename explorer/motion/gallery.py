"""Clips to choose from, as small moving figures, and prompts to start from."""

import math
from dataclasses import dataclass

from explorer.player import Figure
from stickgen.config import SKELETONS
from stickgen.motion import CLIPS, nearest_clip, reference_motion

EXAMPLES = (
    "a person walking",
    "tiptoe past a sleeping dog",
    "soldiers on parade",
    "someone says hello to a friend",
    "dance like nobody is watching",
    "take a seat",
)
"""Prompts to start from; each means a clip."""

ONE_WAY_SECONDS = 0.6
"""How long a clip that does not repeat holds its last pose."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One clip of the gallery."""

    name: str
    label: str
    prompt: str
    """What choosing it writes into the prompt box."""
    figure: Figure


def entries(skeleton: str) -> list[Entry]:
    """Every clip, once through."""
    return [
        Entry(
            name=name,
            label=clip.label,
            prompt=clip.words[0],
            figure=Figure(motion=reference_motion(name, skeleton, _frames(name, skeleton))),
        )
        for name, clip in CLIPS.items()
    ]


def _frames(name: str, skeleton: str) -> int:
    """One cycle up to where it closes, in whole frames."""
    clip = CLIPS[name]
    hold = 0.0 if clip.periodic else ONE_WAY_SECONDS
    return math.ceil((clip.duration_seconds + hold) * SKELETONS[skeleton].frame_rate) + 1


def meaning(prompt: str) -> str:
    """Which clip a prompt is taken to mean, in Markdown."""
    name, is_meant = nearest_clip(prompt)
    label = CLIPS[name].label
    if is_meant:
        return f"This prompt means the clip **{label}**."
    return (
        f"This prompt means none of the {len(CLIPS)} clips. The pose head is fitted to **{label}**, whose words are "
        "nearest."
    )

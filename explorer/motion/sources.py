"""Where a figure on the Motion page comes from, and which figures stand side by side."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from explorer.plain_text import one_line, shortened
from explorer.player import Figure
from stickgen.config import ModelConfig
from stickgen.motion import Motion

NOTHING = "nothing"
MAX_LABEL_LENGTH = 60
MAX_DESCRIPTION_LENGTH = 1000
"""Characters of a file's description that are looked at for a label: a file may have millions."""


@dataclass(frozen=True, kw_only=True)
class Source:
    """One origin of a motion."""

    label: str
    """Stands beside the figure."""
    help: str
    note: str
    """What it is, in Markdown."""


def shown(show: str, beside: str, has_file: bool) -> list[str]:
    """The sources asked for, each once; the first one is saved and charted. Without a file, none is shown."""
    left_out = {NOTHING} if has_file else {NOTHING, "file"}
    return list(dict.fromkeys(name for name in (show, beside) if name not in left_out)) or ["model"]


def stand_ins(asked: Sequence[str], ready: Mapping[str, Motion | None]) -> list[str]:
    """The sources that can be drawn: for what is still being made, the reference clip."""
    drawn = [name if ready[name] is not None else "reference" for name in asked]
    return list(dict.fromkeys(drawn))


def is_opening(motions: Mapping[str, Motion]) -> bool:
    """Whether no more than the opening of the model's motion is there."""
    return "model" in motions and motions["model"].report is None


def is_incomplete(motions: Mapping[str, Motion], asked: Sequence[str]) -> bool:
    """Whether something asked for is still being made, the rest of an opening among it."""
    return list(motions) != list(asked) or is_opening(motions)


def label_of(name: str, motion: Motion, stands_in: bool = False) -> str:
    """What stands beside a figure, as plain text. A motion may stand in for one that is still being made."""
    label = SOURCES[name].label
    if name == "file" and (description := one_line(motion.description[:MAX_DESCRIPTION_LENGTH])):
        return shortened(f"{label}: {description}", MAX_LABEL_LENGTH)
    if name == "model" and motion.report is None:
        return f"{label}: first {motion.duration_seconds:g} s"
    return f"{label}, until the model is ready" if stands_in else label


def note_of(name: str, config: ModelConfig) -> str:
    """What a source's motion is, in Markdown."""
    note = SOURCES[name].note
    if config.is_multimodal and name in MADE_BY_A_MODEL:
        return f"{note} The first pose is drawn as an image, which the model encodes and fuses with the prompt once."
    return note


def figures(motions: Mapping[str, Motion], asked: Sequence[str], layout: str) -> list[Figure]:
    """The motions as the player shows them; over one another, the first is in full colours."""
    stands_in = list(motions) != list(asked)
    return [
        Figure(
            motion=motion,
            label=label_of(name, motion, stands_in and name == "reference"),
            role="ghost" if place and layout == "overlay" else "main",
            placement=motion.placement,
        )
        for place, (name, motion) in enumerate(motions.items())
    ]


def drawn(asked: Sequence[str], ready: Mapping[str, Motion | None], seconds: float) -> dict[str, Motion]:
    """What can be drawn, by its source: as long as asked for, or as the opening beside it; a file is shown whole."""
    motions = {name: motion for name in stand_ins(asked, ready) if (motion := ready[name]) is not None}
    if is_opening(motions):
        seconds = min(seconds, motions["model"].duration_seconds)
    return {
        name: motion if name == "file" else motion.first_frames(round(seconds * motion.frame_rate))
        for name, motion in motions.items()
    }


SOURCES: dict[str, Source] = {
    "model": Source(
        label="Model with fitted pose head",
        help="the model's own motion, its pose head fitted to the clip",
        note="**The model's own motion.** The backbone has its seeded initial weights, untrained; the pose head is "
        "fitted to the clip in closed form. This is a rollout: each frame follows from those the model made before.",
    ),
    "reference": Source(
        label="Reference clip",
        help="the clip itself, without a model",
        note="**The reference clip**, drawn by a formula, without a model. It is what the pose head is fitted to.",
    ),
    "raw": Source(
        label="Initial weights, not fitted",
        help="the same model without the fit, which gives noise",
        note="**The model with its seeded initial weights, not fitted.** Its motion is noise: this is where the fit "
        "starts.",
    ),
    "file": Source(
        label="Your file",
        help="the `.motion` file that you opened below",
        note="**The motion of your file**, without a model.",
    ),
}

MADE_BY_A_MODEL = ("model", "raw")

PLAYER_LAYOUTS = {"overlay": "overlay", "apart": "side_by_side"}
"""Layout to what the player calls it."""

LAYOUTS: dict[str, str] = {
    "overlay": "one over the other, the second one pale",
    "apart": "side by side",
}

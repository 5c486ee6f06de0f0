"""The controls of the Motion page, and what their values ask of a model."""

from collections.abc import Mapping
from typing import Any

from explorer.controls import Control, NumberControl, OptionControl, RadioControl, TextControl
from explorer.motion.request import DEFAULT_SECONDS, LONGEST_SECONDS, generated_frames
from explorer.motion.sources import LAYOUTS, NOTHING, SOURCES
from stickgen.config import ModelConfig
from stickgen.motion import MotionRequest, Performance
from stickgen.motion.clips import MAX_AMPLITUDE, MAX_TEMPO, MIN_TEMPO

FACING = {"right": 1, "left": -1}

PROMPT_CONTROL: dict[str, Control] = {
    "prompt": TextControl(
        label="Prompt",
        default=MotionRequest.prompt,
        longest=200,
        help="What the figure should do. The clip whose wording is nearest is what the pose head is fitted to; "
        "the words themselves reach the model as its text embedding.",
    )
}

SHOWN_CONTROLS: dict[str, Control] = {
    "show": RadioControl(
        label="Show",
        options=tuple(SOURCES),
        default="model",
        help="\n".join(f"- `{name}` {source.help}" for name, source in SOURCES.items()),
    ),
    "beside": OptionControl(
        label="Beside it",
        options=(NOTHING, *SOURCES),
        default=NOTHING,
        help="A second motion, in step with the first.",
    ),
    "layout": RadioControl(
        label="Layout",
        options=tuple(LAYOUTS),
        default="overlay",
        help="\n".join(f"- `{name}` {text}" for name, text in LAYOUTS.items()),
    ),
}

PERFORMANCE_CONTROLS: dict[str, Control] = {
    "seconds": NumberControl(
        label="Length, seconds",
        smallest=2,
        largest=LONGEST_SECONDS,
        default=DEFAULT_SECONDS,
        help="How much of the motion is shown and saved. A model runs for at least "
        f"{DEFAULT_SECONDS} seconds; above that, for {LONGEST_SECONDS}.",
    ),
    "tempo": NumberControl(
        label="Tempo, %",
        smallest=round(100 * MIN_TEMPO),
        largest=round(100 * MAX_TEMPO),
        default=100,
        step=5,
        help="Speed of the clip the pose head is fitted to.",
    ),
    "amplitude": NumberControl(
        label="Amplitude, %",
        smallest=50,
        largest=round(100 * MAX_AMPLITUDE),
        default=100,
        step=5,
        help="Size of the movement in the clip the pose head is fitted to.",
    ),
    "facing": RadioControl(
        label="Facing",
        options=tuple(FACING),
        default="right",
        help="The clip, or its mirror image.",
    ),
    "seed": NumberControl(
        label="Seed",
        smallest=0,
        largest=9999,
        default=0,
        help="Draws the model's initial weights, and the noise in the fit.",
    ),
}


def request_of(config: ModelConfig, values: Mapping[str, Any]) -> MotionRequest:
    """What the controls' values ask of a model."""
    return MotionRequest(
        config=config,
        prompt=values["prompt"],
        frames=generated_frames(values["seconds"], config.skeleton),
        seed=values["seed"],
        performance=Performance(
            tempo=values["tempo"] / 100,
            amplitude=values["amplitude"] / 100,
            direction=FACING[values["facing"]],
        ),
    )

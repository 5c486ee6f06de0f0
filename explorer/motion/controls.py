"""The controls of the Motion page, and what their values ask of a model."""

from collections.abc import Mapping
from typing import Any

from explorer.choice.controls import Control, NumberControl, OptionControl, TextControl
from explorer.motion.request import DEFAULT_SECONDS, MAX_SECONDS, MIN_SECONDS, generated_frames
from explorer.motion.sources import LAYOUTS, NOTHING, SOURCES
from stickgen.config import ModelConfig
from stickgen.motion import MotionRequest, Performance
from stickgen.motion.clips import MAX_AMPLITUDE, MAX_TEMPO, MIN_TEMPO

FACING = {"right": 1, "left": -1}

PROMPT_CONTROL: dict[str, Control] = {
    "prompt": TextControl(
        label="Prompt",
        default=MotionRequest.prompt,
        max_length=200,
        placeholder=MotionRequest.prompt,
        help="What the figure should do. The pose head is fitted to the clip whose words are nearest to the prompt; "
        "the model gets the prompt as a text embedding.",
    )
}

SHOWN_CONTROLS: dict[str, Control] = {
    "show": OptionControl(
        label="Show",
        options=tuple(SOURCES),
        default="model",
        help="\n".join(f"- `{name}` {source.help}" for name, source in SOURCES.items()),
        style="radio",
    ),
    "beside": OptionControl(
        label="Compare with",
        options=(NOTHING, *SOURCES),
        default=NOTHING,
        help="A second motion, played in step with the first.",
    ),
    "layout": OptionControl(
        label="Layout",
        options=tuple(LAYOUTS),
        default="overlay",
        help="\n".join(f"- `{name}` {text}" for name, text in LAYOUTS.items()),
        style="radio",
    ),
}

PERFORMANCE_CONTROLS: dict[str, Control] = {
    "seconds": NumberControl(
        label="Length (seconds)",
        minimum=MIN_SECONDS,
        maximum=MAX_SECONDS,
        default=DEFAULT_SECONDS,
        help="How much of the motion is played and saved. The model generates "
        f"{DEFAULT_SECONDS} seconds, or {MAX_SECONDS} where more than {DEFAULT_SECONDS} are asked for.",
    ),
    "tempo": NumberControl(
        label="Tempo (%)",
        minimum=round(100 * MIN_TEMPO),
        maximum=round(100 * MAX_TEMPO),
        default=100,
        step=5,
        help="Speed of the clip that the pose head is fitted to.",
    ),
    "amplitude": NumberControl(
        label="Amplitude (%)",
        minimum=50,
        maximum=round(100 * MAX_AMPLITUDE),
        default=100,
        step=5,
        help="Size of the movement in the clip that the pose head is fitted to.",
    ),
    "facing": OptionControl(
        label="Facing",
        options=tuple(FACING),
        default="right",
        help="The way the figure faces: left is the mirror image of the clip.",
        style="radio",
    ),
    "seed": NumberControl(
        label="Seed",
        minimum=0,
        maximum=9999,
        default=0,
        help="Seed of the model's initial weights, and of the noise in the fit.",
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

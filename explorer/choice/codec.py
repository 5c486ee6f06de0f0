"""Address to values, values to config and plan, and both ways back.

An address is what a browser has after its question mark: parameter to the texts given for it. Where a parameter is
given more than once the last one counts, unless its control takes several.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from explorer.choice.controls import Control, Controls, SeveralControl, TextControl
from explorer.choice.shared import CONTROLS, MODEL_CONTROLS, PLAN_CONTROLS, SIZE_CONTROLS
from explorer.plain_text import quoted
from stickgen.config import CUSTOM, VARIANTS, ModelConfig, configure
from stickgen.formatting import short_count
from stickgen.plan import TrainingPlan, adapt_plan
from stickgen.sizing.limits import MAX_PARAMETERS, nearest_config
from stickgen.workloads import TrainingStep
from stickgen.workloads.lora import TargetsError, check_targets

Address = Mapping[str, Sequence[str]]
Values = Mapping[str, Any]
"""A value for every control, of the control's type."""

PAIR_MARK = "~"
"""Stands between the pairs of a list such as `variant-small~mode-motion_only`."""

_ESCAPES = str.maketrans({mark: f"%{ord(mark):02X}" for mark in f"%,{PAIR_MARK}"})
"""What stands for the marks of a list, and of a list of lists, in a text within one."""

_OF_ADAPTERS = ("lora_dropout", "lora_targets")
"""The knobs that have an effect where `lora_rank` is above 0."""

NO_PAIRS = "default"
"""Stands for a list without pairs: every control at its default."""


@dataclass(frozen=True, kw_only=True)
class Choice:
    """What the user chose."""

    config: ModelConfig
    plan: TrainingPlan

    @property
    def step(self) -> TrainingStep:
        """The training step they make."""
        return TrainingStep(self.config, self.plan)


def defaults(controls: Controls = CONTROLS) -> dict[str, Any]:
    """Every control at its default."""
    return {key: control.default for key, control in controls.items()}


@dataclass(frozen=True, kw_only=True)
class Problem:
    """A text of an address that a control cannot take. All of it is safe to draw as Markdown."""

    key: str
    """The control."""
    wrong: str
    """What is asked for, and what is allowed."""
    consequence: str
    """What the page does instead, as a sentence."""

    def __str__(self) -> str:
        return f"The address asks for {self.wrong}. {self.consequence}"


def read_address(address: Address, controls: Controls = CONTROLS) -> tuple[dict[str, Any], list[Problem]]:
    """A value for every control, and what is wrong with the texts that a control cannot take.

    Parameters without a control are passed over: they may belong to another page.
    """
    values, problems = defaults(controls), []
    for key, control in controls.items():
        texts = address.get(key, ())
        if isinstance(control, SeveralControl) and texts:
            read = [_read(key, control, text) for text in dict.fromkeys(texts)]
            values[key] = control.read([option for chosen, _ in read for option in chosen])
            problems += [problem for _, problem in read if problem]
        elif texts:
            values[key], problem = _read(key, control, texts[-1])
            problems += [problem] if problem else []
    return values, problems


def _read(key: str, control: Control, text: str) -> tuple[Any, Problem | None]:
    try:
        return control.parse(text), None
    except ValueError as error:
        value, consequence = control.instead(text)
        return value, Problem(key=key, wrong=f"{key} {quoted(text)}: {error}", consequence=consequence)


def write_address(values: Values, controls: Controls = CONTROLS, *, full: bool = False) -> dict[str, list[str]]:
    """The address that `read_address` reads these values from. Without `full`, defaults are left out."""
    return {
        key: _written(control, values[key])
        for key, control in controls.items()
        if full or values[key] != control.default
    }


def _written(control: Control, value: Any) -> list[str]:
    if isinstance(control, SeveralControl):
        return list(value) or [""]
    return [control.format(value)]


def read_pairs(text: str, controls: Controls) -> tuple[dict[str, Any], list[Problem]]:
    """What `write_pairs` wrote: as `read_address`, but a name that is unknown or given twice is a problem too."""
    address: dict[str, list[str]] = {}
    for pair in text.split(PAIR_MARK) if text != NO_PAIRS else ():
        name, _, value = pair.partition("-")
        address.setdefault(name, []).append(unquote(value) if isinstance(controls.get(name), TextControl) else value)
    unknown = [f"{quoted(name)}: choose from {', '.join(controls)}" for name in address if name not in controls]
    twice = [f"{name} twice: give it once" for name in controls if len(address.get(name, ())) > 1]
    values, problems = read_address(address, controls)
    others = [Problem(key="", wrong=wrong, consequence="It is passed over.") for wrong in (*unknown, *twice)]
    return values, problems + others


def write_pairs(values: Values, controls: Controls) -> str:
    """Values in one line, for an address that holds several choices: those that are not at their default."""
    address = write_address(values, controls)
    written = {
        key: texts[-1].translate(_ESCAPES) if isinstance(controls[key], TextControl) else texts[-1]
        for key, texts in address.items()
    }
    return PAIR_MARK.join(f"{key}-{text}" for key, text in written.items()) or NO_PAIRS


def config_of(values: Values) -> ModelConfig:
    """The config that a value for every control of the model means. Sizes that do not go together are adapted."""
    multimodal = values["mode"] == "multimodal"
    parts = {
        "image_encoder": values["image_encoder"] if multimodal else None,
        "fusion": values["fusion"] if multimodal else None,
        "skeleton": values["skeleton"],
        "image_size": int(values["image_size"]),
    }
    if values["variant"] == CUSTOM:
        return nearest_config(**{key: values[key] for key in SIZE_CONTROLS}, **parts)
    return configure(values["variant"], **parts, num_actions=int(values["actions"]))


def choice_of(values: Values) -> Choice:
    """What a value for every shared control means. Those that do not go together are adapted."""
    config = config_of(values)
    knobs = {key: values[key] for key in PLAN_CONTROLS}
    if knobs["lora_rank"]:
        knobs["frozen"] = "none"
    else:
        knobs |= {key: PLAN_CONTROLS[key].default for key in _OF_ADAPTERS}
    if knobs["parallel"] == "fsdp2" and knobs["optimizer"] == "adafactor":
        knobs["optimizer"] = PLAN_CONTROLS["optimizer"].default
    knobs["ranks"] = 1 if knobs["parallel"] == "none" else max(2, knobs["ranks"])
    if _problem_of_targets(config, knobs["lora_targets"]):
        knobs["lora_targets"] = PLAN_CONTROLS["lora_targets"].default
    return Choice(config=config, plan=adapt_plan(config, TrainingPlan(**knobs)))


def _problem_of_targets(config: ModelConfig, targets: str) -> str:
    """Why no layer can be adapted; empty where one is."""
    try:
        check_targets(config, targets)
    except TargetsError as error:
        return error.reason
    return ""


def settled(values: Values) -> tuple[dict[str, Any], dict[str, str]]:
    """The values with those that do not go together adapted, so that each says what it means; and why, for each."""
    choice = choice_of(values)
    adapted = {key: getattr(choice.plan, key) for key in PLAN_CONTROLS}
    if not values["lora_rank"]:  # what is typed for adapters stays until there are some
        adapted |= {key: values[key] for key in _OF_ADAPTERS}
    if values["variant"] == CUSTOM:
        adapted |= {key: getattr(choice.config, key) for key in SIZE_CONTROLS}
    remarks = {
        key: f"{CONTROLS[key].label} is set to {_told(key, value)}, not {_told(key, values[key])}: "
        f"{_reason(key, choice, values)}."
        for key, value in adapted.items()
        if value != values[key]
    }
    return {**values, **adapted}, remarks


def _told(key: str, value: Any) -> str:
    """A control's value in a sentence in Markdown: a name of ours or a number as it is, a text as code."""
    return quoted(value) if isinstance(CONTROLS[key], TextControl) else str(value)


def _reason(key: str, choice: Choice, values: Values) -> str:
    config, plan = choice.config, choice.plan
    reasons = {
        "ranks": f"{plan.parallel} needs at least 2 devices" if plan.ranks > 1 else "this plan trains on one device",
        "frozen": "LoRA freezes every weight already" if plan.lora_rank else "a motion-only model has no image encoder",
        "optimizer": f"adafactor does not run on the shards of {plan.parallel}",
        "activation_checkpointing": f"the model has {config.num_layers} layers",
        "batch_size": f"batch norm needs a larger batch with images of {config.image_size} pixels",
        "d_model": "the width must be a multiple of 4 and of twice the heads",
        "embedding_dim": f"{config.fusion} needs a multiple of 8",
        "lora_targets": _problem_of_targets(config, values["lora_targets"]),
        "num_layers": f"more layers would exceed {short_count(MAX_PARAMETERS)} parameters",
    }
    return reasons.get(key, "it does not go together with the other values")


def without_effect(values: Values) -> frozenset[str]:
    """The shared controls that change nothing beside the others."""
    custom, motion_only = values["variant"] == CUSTOM, values["mode"] == "motion_only"
    idle = {"actions"} if custom else {*SIZE_CONTROLS}
    idle |= {key for key, control in CONTROLS.items() if control.multimodal_only and motion_only}
    idle |= {"frozen"} if values["lora_rank"] else set()
    idle |= set(_OF_ADAPTERS) if not values["lora_rank"] else set()
    idle |= {"ranks"} if values["parallel"] == "none" else set()
    return frozenset(idle)


def values_of_config(config: ModelConfig) -> dict[str, Any]:
    """A value for every control of the model that has an effect, so that `config_of` gives this config."""
    values: dict[str, Any] = {
        "variant": config.variant,
        "mode": config.mode,
        "image_encoder": config.image_encoder or MODEL_CONTROLS["image_encoder"].default,
        "fusion": config.fusion or MODEL_CONTROLS["fusion"].default,
        "image_size": str(config.image_size),
        "skeleton": config.skeleton,
        "actions": str(config.num_actions),
    }
    if config.variant in VARIANTS and values["actions"] in MODEL_CONTROLS["actions"].options:
        return values
    sizes = {key: getattr(config, key) for key in SIZE_CONTROLS}
    return values | sizes | {"variant": CUSTOM, "actions": MODEL_CONTROLS["actions"].default}


def values_of_plan(plan: TrainingPlan) -> dict[str, Any]:
    """A value for every control of the training step."""
    return {key: getattr(plan, key) for key in PLAN_CONTROLS}


def values_of(choice: Choice) -> dict[str, Any]:
    """A value for every shared control, so that `choice_of` gives this choice."""
    return defaults() | values_of_config(choice.config) | values_of_plan(choice.plan)

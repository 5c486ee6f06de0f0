"""An entry of a comparison: a configuration, perhaps a training plan of its own, and how both stand in an address."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from stickgen.config import (
    ACTION_COUNTS,
    CUSTOM,
    FUSION_STRATEGIES,
    IMAGE_ENCODERS,
    SKELETONS,
    VARIANTS,
    ModelConfig,
    configure,
)
from stickgen.plan import CHOICES, KNOB_LABELS, KNOB_NUMBERS, TrainingPlan, adapt_plan, changed_knobs, check_plan
from stickgen.sizing.limits import check_sizes, nearest_config

MOTION_ONLY = "motion_only"
"""Stands in an entry where a multimodal one has its image encoder and fusion strategy."""

ENTRY_FORM = "variant.image_encoder.fusion.skeleton.actions, or variant.motion_only.skeleton.actions"

CUSTOM_FIELDS = ("d_model", "num_layers", "num_heads", "feedforward_factor", "embedding_dim")
"""What follows `custom` where a size of one's own stands for a variant, for example `custom-320-7-10-4-1024`."""

PLAN_MARK = "~"
"""Stands before every knob of a plan of an entry's own, for example `small.motion_only~batch_size-8~optimizer-sgd`."""

DEFAULT_PLAN = "defaults"
"""Stands for the knobs where all of them are at their default."""

_NUMBER = re.compile("[0-9]{1,4}")
_ACTIONS = tuple(map(str, ACTION_COUNTS))


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A configuration in a comparison."""

    config: ModelConfig
    plan: TrainingPlan | None = None
    """The training step of this entry alone, or None for the one that all others share: the sidebar's."""

    @property
    def label(self) -> str:
        """What it is in a few words."""
        return label(self.config) + (" · own plan" if self.plan else "")

    def trains_with(self, shared: TrainingPlan) -> TrainingPlan:
        """The plan it trains with if `shared` is that of the sidebar, without knobs that it lacks."""
        return adapt_plan(self.config, self.plan or shared)

    def keeping(self, plan: TrainingPlan) -> "Entry":
        """With this plan as its own, whatever becomes of the sidebar's."""
        return Entry(config=self.config, plan=adapt_plan(self.config, plan))

    def becoming(self, config: ModelConfig) -> "Entry":
        """With another configuration and the same plan, as far as that has its knobs."""
        return Entry(config=config, plan=self.plan and adapt_plan(config, self.plan))


def is_variant(config: ModelConfig) -> bool:
    """Whether a variant's name, with an encoder and the like, says all of it."""
    return config.variant in VARIANTS and config.num_actions in ACTION_COUNTS


def label(config: ModelConfig) -> str:
    """A configuration in a few words, without what is at its default."""
    parts = [config.variant, "motion-only"]
    if not is_variant(config):
        parts[0] = f"{CUSTOM} {config.d_model} × {config.num_layers} layers, {config.num_heads} heads"
        if config.feedforward_factor != 4:
            parts[0] += f", feed-forward × {config.feedforward_factor}"
        if config.embedding_dim != 1024:
            parts[0] += f", embedding {config.embedding_dim}"
    if config.image_encoder and config.fusion:
        parts[1] = f"{config.image_encoder} + {config.fusion}"
    if config.skeleton != "v1":
        parts.append(f"skeleton {config.skeleton}")
    if config.num_actions != ACTION_COUNTS[0]:
        parts.append(f"{config.num_actions} actions")
    return " · ".join(parts)


def short_name(name: str) -> str:
    """The start of an entry's name, its place and its size: what fits beside a point or above a figure."""
    return " ".join(name.split()[:2])


def format_config(config: ModelConfig) -> str:
    """A configuration as it stands in an address, for example `small.lightweight_cnn.gated.v1.60`."""
    mode = (config.image_encoder, config.fusion) if config.image_encoder and config.fusion else (MOTION_ONLY,)
    size = config.variant if is_variant(config) else "-".join(map(str, (CUSTOM, *_sizes(config).values())))
    return ".".join((size, *mode, config.skeleton, str(config.num_actions)))


def with_choices(config: ModelConfig, choices: Mapping[str, str]) -> ModelConfig:
    """`config` with the value of every control of the model; `CUSTOM` as the variant keeps its size."""
    multimodal = choices["mode"] == "multimodal"
    encoder, fusion = (choices["image_encoder"], choices["fusion"]) if multimodal else (None, None)
    if choices["variant"] != CUSTOM:
        return configure(choices["variant"], encoder, fusion, choices["skeleton"], num_actions=int(choices["actions"]))
    return nearest_config(
        **_sizes(config),
        num_actions=config.num_actions,
        image_encoder=encoder,
        fusion=fusion,
        skeleton=choices["skeleton"],
    )


def _sizes(config: ModelConfig) -> dict[str, int]:
    return {name: getattr(config, name) for name in CUSTOM_FIELDS}


def parse_config(text: str) -> ModelConfig:
    """The configuration that `format_config` wrote; skeleton and actions may be left out.

    Raises `ValueError`, naming what is allowed, for anything else. The message does not repeat the text.
    """
    variant, *parts = text.split(".")
    mode, rest = (parts[:1], parts[1:]) if parts[:1] == [MOTION_ONLY] else (parts[:2], parts[2:])
    if len(rest) > 2 or (len(mode) < 2 and mode != [MOTION_ONLY]):
        raise ValueError(f"an entry reads {ENTRY_FORM}")
    encoder, fusion = mode if len(mode) == 2 else (None, None)
    skeleton, actions = (*rest, *("v1", _ACTIONS[0])[len(rest) :])
    size, *numbers = variant.split("-")
    _check("variant", size, (*VARIANTS, *([CUSTOM] if numbers else [])))
    if encoder is not None and fusion is not None:
        _check("image encoder", encoder, IMAGE_ENCODERS)
        _check("fusion strategy", fusion, FUSION_STRATEGIES)
    _check("skeleton", skeleton, SKELETONS)
    if size != CUSTOM:
        _check("variant", variant, VARIANTS)
        _check("number of actions", actions, _ACTIONS)
        return configure(variant, encoder, fusion, skeleton, num_actions=int(actions))
    if len(numbers) != len(CUSTOM_FIELDS) or not all(_NUMBER.fullmatch(number) for number in (*numbers, actions)):
        raise ValueError(f"a size of your own reads {CUSTOM}-{'-'.join(CUSTOM_FIELDS)}, all of them whole numbers")
    sizes = dict(zip(CUSTOM_FIELDS, map(int, numbers), strict=True))
    return check_sizes(
        ModelConfig(**sizes, image_encoder=encoder, fusion=fusion, skeleton=skeleton, num_actions=int(actions))
    )


def format_plan(plan: TrainingPlan) -> str:
    """The knobs that are not at their default as they stand in an address, for example `batch_size-8~optimizer-sgd`."""
    return PLAN_MARK.join(f"{name}-{value}" for name, value in changed_knobs(plan).items()) or DEFAULT_PLAN


def parse_plan(text: str) -> TrainingPlan:
    """The plan that `format_plan` wrote.

    Raises `ValueError`, naming what is allowed, for anything else. The message does not repeat the text.
    """
    knobs: dict[str, Any] = {}
    for part in text.split(PLAN_MARK) if text != DEFAULT_PLAN else ():
        name, _, value = part.partition("-")
        _check("knob", name, KNOB_LABELS)
        if name in knobs:
            raise ValueError(f"{name} is given twice")
        if name in CHOICES:
            _check(KNOB_LABELS[name].lower(), value, CHOICES[name])
        knobs[name] = value if name in CHOICES else _number(name, value)
    return TrainingPlan(**knobs)


def _number(knob: str, value: str) -> int:
    allowed = KNOB_NUMBERS[knob]
    if not _NUMBER.fullmatch(value) or int(value) not in allowed:
        numbers = f"from {allowed[0]} to {allowed[-1]}" if isinstance(allowed, range) else "one of " + _listed(allowed)
        raise ValueError(f"{knob} must be a whole number {numbers}")
    return int(value)


def format_entry(entry: Entry) -> str:
    """An entry as it stands in an address: its configuration, and its plan where it has one of its own."""
    plan = f"{PLAN_MARK}{format_plan(entry.plan)}" if entry.plan else ""
    return format_config(entry.config) + plan


def parse_entry(text: str) -> tuple[Entry, str]:
    """The entry that `format_entry` wrote, and why its plan cannot be had, if that is so.

    Raises `ValueError`, naming what is allowed, where its configuration cannot be had. Neither message repeats the
    text.
    """
    configuration, mark, knobs = text.partition(PLAN_MARK)
    config = parse_config(configuration)
    if not mark:
        return Entry(config=config), ""
    try:
        plan = parse_plan(knobs)
        check_plan(config, plan)
    except ValueError as error:
        return Entry(config=config), str(error)
    return Entry(config=config).keeping(plan), ""


def _check(what: str, value: str, allowed: Collection[str]) -> None:
    if value not in allowed:
        raise ValueError(f"the {what} must be one of {_listed(allowed)}")


def _listed(allowed: Collection[object]) -> str:
    return ", ".join(map(str, allowed))

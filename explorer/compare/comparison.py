"""A comparison: two to six configurations, one of them the baseline, and how it stands in an address."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from stickgen.config import (
    ACTION_COUNTS,
    DEFAULT_MULTIMODAL,
    FUSION_STRATEGIES,
    IMAGE_ENCODERS,
    SKELETONS,
    VARIANTS,
    ModelConfig,
    configure,
)
from stickgen.custom_sizes import check_sizes, nearest_config

FEWEST, MOST = 2, 6
"""Configurations in a comparison."""

MOTION_ONLY = "motion_only"
"""Stands in an entry where a multimodal one has its image encoder and fusion strategy."""

ENTRY_FORM = "variant.image_encoder.fusion.skeleton.actions, or variant.motion_only.skeleton.actions"

CUSTOM = "custom"
CUSTOM_FIELDS = ("d_model", "num_layers", "num_heads", "feedforward_factor", "embedding_dim")
"""What follows `custom` where a size of one's own stands for a variant, for example `custom-320-7-10-4-1024`."""

_LONGEST_ENTRY = 80
_NUMBER = re.compile("[0-9]{1,4}")
_ACTIONS = tuple(map(str, ACTION_COUNTS))


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Configurations side by side. The same one may stand in it twice."""

    configs: tuple[ModelConfig, ...]
    baseline: int = 0
    """Position of the configuration that the others are compared to."""

    def __post_init__(self) -> None:
        if not FEWEST <= len(self.configs) <= MOST:
            raise ValueError(f"a comparison has {FEWEST} to {MOST} configurations, not {len(self.configs)}")
        if not 0 <= self.baseline < len(self.configs):
            raise ValueError(f"the baseline must be from 0 to {len(self.configs) - 1}, not {self.baseline}")

    @property
    def names(self) -> tuple[str, ...]:
        """What each configuration is called: its place, from 1, and what it is."""
        return tuple(f"{place}: {label(config)}" for place, config in enumerate(self.configs, start=1))

    def inserted(self, position: int, config: ModelConfig) -> "Comparison":
        """With one more, in front of `position`; the baseline stays the configuration it is."""
        configs = (*self.configs[:position], config, *self.configs[position:])
        return Comparison(configs=configs, baseline=self.baseline + (position <= self.baseline))

    def removed(self, position: int) -> "Comparison":
        """With one less. Where that was the baseline, the first one takes its place."""
        configs = (*self.configs[:position], *self.configs[position + 1 :])
        if position == self.baseline:
            return Comparison(configs=configs)
        return Comparison(configs=configs, baseline=self.baseline - (position < self.baseline))

    def moved_up(self, position: int) -> "Comparison":
        """With one changing places with that before it; the baseline moves along."""
        order = list(range(len(self.configs)))
        order[position - 1 : position + 1] = [position, position - 1]
        return Comparison(configs=tuple(self.configs[at] for at in order), baseline=order.index(self.baseline))

    def replaced(self, position: int, config: ModelConfig) -> "Comparison":
        """With another configuration in one place."""
        configs = (*self.configs[:position], config, *self.configs[position + 1 :])
        return replace(self, configs=configs)

    def as_parameters(self) -> dict[str, str]:
        """What stands in the address; nothing for what it starts with."""
        parameters = {}
        if self.configs != DEFAULT.configs:
            parameters["configs"] = ",".join(map(format_config, self.configs))
        if self.baseline != DEFAULT.baseline:
            parameters["baseline"] = str(self.baseline + 1)
        return parameters


def is_variant(config: ModelConfig) -> bool:
    """Whether a variant's name, with an encoder and the like, says all of it."""
    preset = VARIANTS.get(config.variant)
    return preset is not None and config.embedding_dim == preset.embedding_dim and config.num_actions in ACTION_COUNTS


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


def short_label(config: ModelConfig) -> str:
    """A configuration in fewer words, which may leave out what tells two apart."""
    size = config.variant if is_variant(config) else CUSTOM
    mode = f"{config.image_encoder}, {config.fusion}" if config.is_multimodal else "motion-only"
    return f"{size}, {mode}"


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


def _check(what: str, value: str, allowed: Collection[str]) -> None:
    if value not in allowed:
        raise ValueError(f"the {what} must be one of {', '.join(allowed)}")


def parse_comparison(parameters: Mapping[str, str]) -> tuple[Comparison, list[str]]:
    """The comparison in an address, and a sentence for everything in it that cannot be had.

    Entries that cannot be had are left out; where fewer than `FEWEST` remain, defaults fill the places.
    """
    configs, problems = _parse_configs(parameters["configs"]) if "configs" in parameters else (DEFAULT.configs, [])
    baseline = parameters.get("baseline", "1")
    if baseline.isascii() and baseline.isdigit() and len(baseline) < 3 and 1 <= int(baseline) <= len(configs):
        return Comparison(configs=configs, baseline=int(baseline) - 1), problems
    problems.append(
        f"The address asks for the baseline {_quoted(baseline)}, which is not possible: choose a whole number from 1 "
        f"to {len(configs)}. The first configuration is the baseline."
    )
    return Comparison(configs=configs), problems


def _parse_configs(text: str) -> tuple[tuple[ModelConfig, ...], list[str]]:
    configs: list[ModelConfig] = []
    problems = []
    entries = [entry.strip() for entry in text.split(",", maxsplit=MOST)]
    if len(entries) > MOST:
        problems.append(f"The address asks for more than {MOST} configurations: the first {MOST} are read.")
    for entry in entries[:MOST]:
        try:
            configs.append(parse_config(entry[:_LONGEST_ENTRY]))
        except ValueError as error:
            problems.append(f"The address asks for {_quoted(entry)}, which cannot be had: {error}. It is left out.")
    if len(configs) < FEWEST:
        missing = [config for config in DEFAULT.configs if config not in configs][: FEWEST - len(configs)]
        configs = [*configs, *missing] if configs else list(DEFAULT.configs)
        problems.append(f"A comparison needs at least {FEWEST} configurations: documented defaults fill the places.")
    return tuple(configs), problems


def _quoted(raw: str) -> str:
    """The start of what a stranger wrote, as code in Markdown, so that none of it is read as Markdown."""
    return f"`{raw[:40].replace('`', ' ')}`" if raw.strip(" `") else "nothing"


DEFAULT = Comparison(configs=tuple(configure(variant, *pair) for variant, pair in DEFAULT_MULTIMODAL.items()))
"""The documented multimodal configuration of each variant."""

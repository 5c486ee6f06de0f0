"""An entry of a comparison: a config, perhaps a training plan of its own, and how both stand in an address.

An entry reads as the sidebar's part of an address would: the controls that are not at their default, as in
`variant-small~mode-motion_only`. Where it has a plan of its own, `plan` and the controls of the plan follow:
`variant-small~plan~batch_size-8`.
"""

from dataclasses import dataclass

from explorer.choice.codec import (
    NO_PAIRS,
    PAIR_MARK,
    Choice,
    choice_of,
    defaults,
    read_pairs,
    settled,
    values_of,
    values_of_config,
    write_pairs,
)
from explorer.choice.shared import CONFIG_CONTROLS, PLAN_CONTROLS
from stickgen.config import CUSTOM, ModelConfig
from stickgen.plan import TrainingPlan
from stickgen.workloads import TrainingStep

PLAN_MARK = "plan"
"""Stands in an entry before its own training plan."""

MAX_ENTRY_LENGTH = 2000
"""Characters of an entry that are read: every control with a long value fits."""


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

    def step(self, shared: TrainingPlan) -> TrainingStep:
        """Its training step if `shared` is the plan of the sidebar, without knobs that its config lacks."""
        return TrainingStep.adapted(self.config, self.plan or shared)

    def keeping(self, plan: TrainingPlan) -> "Entry":
        """With this plan as its own, even if the sidebar's changes."""
        return Entry(config=self.config, plan=TrainingStep.adapted(self.config, plan).plan)

    def becoming(self, config: ModelConfig) -> "Entry":
        """With another config, and the same plan without knobs that this config lacks."""
        return Entry(config=config, plan=self.plan and TrainingStep.adapted(config, self.plan).plan)


def label(config: ModelConfig) -> str:
    """A config in a few words, without what is at its default."""
    parts = [config.variant, "motion-only"]
    if config.variant == CUSTOM:
        parts[0] += f" {config.d_model} × {config.num_layers} layers, {config.num_heads} heads"
        if config.feedforward_factor != ModelConfig.feedforward_factor:
            parts[0] += f", feed-forward × {config.feedforward_factor}"
        if config.embedding_dim != ModelConfig.embedding_dim:
            parts[0] += f", embedding {config.embedding_dim}"
    if config.image_encoder and config.fusion:
        parts[1] = f"{config.image_encoder} + {config.fusion}"
    if config.image_size != ModelConfig.image_size:
        parts.append(f"{config.image_size} pixels")
    if config.skeleton != ModelConfig.skeleton:
        parts.append(f"skeleton {config.skeleton}")
    if config.num_actions != ModelConfig.num_actions:
        parts.append(f"{config.num_actions} actions")
    return " · ".join(parts)


def short_name(name: str) -> str:
    """The start of an entry's name, its place and its size: short enough for a chart or a player."""
    return " ".join(name.split()[:2])


def write_entry(entry: Entry) -> str:
    """An entry as it stands in an address."""
    if entry.plan is None:
        return write_pairs(defaults() | values_of_config(entry.config), CONFIG_CONTROLS)
    values = values_of(Choice(config=entry.config, plan=entry.plan))
    parts = [write_pairs(values, CONFIG_CONTROLS), PLAN_MARK, write_pairs(values, PLAN_CONTROLS)]
    return PAIR_MARK.join(part for part in parts if part != NO_PAIRS)


def read_entry(text: str) -> tuple[Entry | None, list[str]]:
    """The entry that `write_entry` wrote, or None where its config cannot be read; and what is wrong with it.

    Where its plan alone cannot be read, the entry stays without one. What is wrong is a sentence each, which goes on
    after the entry's name.
    """
    parts = text[:MAX_ENTRY_LENGTH].split(PAIR_MARK)
    own = PLAN_MARK in parts
    marked = parts.index(PLAN_MARK) if own else len(parts)
    of_config, of_plan = parts[:marked] or [NO_PAIRS], parts[marked + 1 :] or [NO_PAIRS]
    values, problems = read_pairs(PAIR_MARK.join(of_config), CONFIG_CONTROLS)
    if problems:
        return None, [f"asks for {problems[0].wrong}. It is left out."]
    plan_values, problems = read_pairs(PAIR_MARK.join(of_plan), PLAN_CONTROLS)
    values, remarks = settled(values | plan_values)
    choice = choice_of(values)
    name = f"({label(choice.config)})"
    wrong = [f"{name} is adapted: {remarks[key]}" for key in remarks if own or key in CONFIG_CONTROLS]
    if problems:
        wrong.append(f"{name} asks for {problems[0].wrong}. It trains with the sidebar's plan.")
    return Entry(config=choice.config, plan=choice.plan if own and not problems else None), wrong

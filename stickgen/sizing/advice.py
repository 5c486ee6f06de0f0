"""What would make a plan fit: single changes and pairs of them, each with what it saves and costs."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import combinations

from stickgen.config import ModelConfig
from stickgen.plan import (
    ATTENTION_PATHS,
    FROZEN_PARTS,
    OPTIMIZER_LOOPS,
    OPTIMIZERS,
    PRECISIONS,
    TrainingPlan,
)
from stickgen.progress import Progress, silent, standing
from stickgen.sizing.memory import peak_bytes
from stickgen.workloads import TrainingStep

_MAX_PAIRED = 6
"""Maximum number of single changes that are tried in pairs: every pair is a trace."""

Apply = Callable[[ModelConfig, TrainingPlan], TrainingPlan]


@dataclass(frozen=True, kw_only=True)
class Change:
    """One thing that could be done differently."""

    label: str
    cost: str
    """What it costs, in one sentence."""
    apply: Apply
    """The changed plan; equal to the given one where the change makes no difference."""

    def made_to(self, step: TrainingStep) -> TrainingStep:
        """The changed step; the given one where the change makes no difference or cannot be made."""
        try:
            return replace(step, plan=self.apply(step.config, step.plan))
        except ValueError:
            return step


@dataclass(frozen=True, kw_only=True)
class Suggestion:
    """One change or two, and what they come to."""

    changes: tuple[str, ...]
    """Keys of `CHANGES`."""
    step: TrainingStep
    """The changed step."""
    peak_bytes: int
    saved_bytes: int
    fits: bool

    @property
    def label(self) -> str:
        """What to do, for people."""
        return " + ".join(CHANGES[change].label for change in self.changes)

    @property
    def cost(self) -> str:
        """What it costs, for people."""
        return " ".join(CHANGES[change].cost for change in self.changes)


def what_would_fit(
    step: TrainingStep,
    budget_bytes: int,
    pairs: bool = True,
    progress: Progress = silent,
) -> list[Suggestion]:
    """Every single change and pair of changes that saves memory, those that fit first, then by saving.

    Pairs are made of the changes that save most without fitting alone, and listed only where they save more
    than either. `budget_bytes` is for tensors: take what a device needs beside them off first. Each change is
    traced, so the first call for a configuration takes some seconds; without `pairs` it takes a fraction.
    `progress` is called before and within each trace with the changes tried and the share done.
    """
    before = peak_bytes(step, standing(progress, "The step as it is", 0.0))
    alone: dict[str, Suggestion] = {}
    for done, (name, change) in enumerate(CHANGES.items()):
        report = standing(progress, change.label, done / len(CHANGES))
        changed = change.made_to(step)
        if changed != step and (found := _suggestion((name,), changed, before, budget_bytes, report)):
            alone[name] = found
    suggestions = list(alone.values())
    not_enough = sorted((s for s in suggestions if not s.fits), key=lambda found: -found.saved_bytes)
    paired = [found.changes[0] for found in not_enough[:_MAX_PAIRED]]
    tried = list(combinations([name for name in CHANGES if name in paired], 2)) if pairs else []
    for done, (first, second) in enumerate(tried):
        report = standing(progress, f"{CHANGES[first].label} + {CHANGES[second].label}", done / len(tried))
        changed = CHANGES[second].made_to(alone[first].step)
        if changed in (alone[first].step, alone[second].step):
            continue
        both = _suggestion((first, second), changed, before, budget_bytes, report)
        if both and both.saved_bytes > max(alone[first].saved_bytes, alone[second].saved_bytes):
            suggestions.append(both)
    return sorted(suggestions, key=lambda found: (not found.fits, -found.saved_bytes, len(found.changes)))


def _suggestion(
    names: tuple[str, ...], step: TrainingStep, before: int, budget_bytes: int, progress: Progress
) -> Suggestion | None:
    progress("", 0.0)
    after = peak_bytes(step, progress)
    if after >= before:
        return None
    return Suggestion(
        changes=names, step=step, peak_bytes=after, saved_bytes=before - after, fits=after <= budget_bytes
    )


def _halve_batch(_: ModelConfig, plan: TrainingPlan) -> TrainingPlan:
    if plan.batch_size == 1:
        return plan
    half = plan.batch_size // 2
    steps = -(-plan.batch_size * plan.gradient_accumulation // half)
    return replace(plan, batch_size=half, gradient_accumulation=steps)


def _halve_sequence(_: ModelConfig, plan: TrainingPlan) -> TrainingPlan:
    return replace(plan, sequence_length=max(plan.sequence_length // 2, 2))


def _recompute_all(config: ModelConfig, plan: TrainingPlan) -> TrainingPlan:
    return replace(plan, activation_checkpointing=config.num_layers)


def _recompute_half(config: ModelConfig, plan: TrainingPlan) -> TrainingPlan:
    return replace(plan, activation_checkpointing=max(plan.activation_checkpointing, config.num_layers // 2))


def _freeze_image_encoder(config: ModelConfig, plan: TrainingPlan) -> TrainingPlan:
    free = config.is_multimodal and plan.frozen == "none" and not plan.lora_rank
    return replace(plan, frozen="image_encoder") if free else plan


def _train_heads_only(_: ModelConfig, plan: TrainingPlan) -> TrainingPlan:
    return replace(plan, frozen="all_but_heads", lora_rank=0)


def _use_lora(_: ModelConfig, plan: TrainingPlan) -> TrainingPlan:
    return plan if plan.lora_rank else replace(plan, lora_rank=8, frozen="none")


def _mix_precision(_: ModelConfig, plan: TrainingPlan) -> TrainingPlan:
    return replace(plan, precision="bfloat16_autocast") if plan.precision == "float32" else plan


CHANGES: dict[str, Change] = {
    "fused_attention": Change(
        label="Fused attention",
        cost=ATTENTION_PATHS["fused"].cost,
        apply=lambda _, plan: replace(plan, attention="fused"),
    ),
    "mixed_precision": Change(label="BF16 autocast", cost=PRECISIONS["bfloat16_autocast"].cost, apply=_mix_precision),
    "pure_bfloat16": Change(
        label="Pure BF16",
        cost=PRECISIONS["bfloat16"].cost,
        apply=lambda _, plan: replace(plan, precision="bfloat16"),
    ),
    "recompute_half": Change(
        label="Recompute half of the encoder layers",
        cost="Half of the encoder's forward pass runs twice: about a sixth more time a step.",
        apply=_recompute_half,
    ),
    "recompute_all": Change(
        label="Recompute every encoder layer",
        cost="The encoder's forward pass runs twice: about a third more time a step.",
        apply=_recompute_all,
    ),
    "halve_batch": Change(
        label="Half the batch, twice the micro-batches",
        cost="The same gradient in more, smaller pieces: slower on a device with room to spare.",
        apply=_halve_batch,
    ),
    "halve_sequence": Change(
        label="Half the sequence length",
        cost="The model never sees a longer motion in training.",
        apply=_halve_sequence,
    ),
    "sgd": Change(
        label="SGD with momentum",
        cost=OPTIMIZERS["sgd"].cost,
        apply=lambda _, plan: replace(plan, optimizer="sgd") if plan.optimizer == "adamw" else plan,
    ),
    "adafactor": Change(
        label="Adafactor",
        cost=OPTIMIZERS["adafactor"].cost,
        apply=lambda _, plan: replace(plan, optimizer="adafactor"),
    ),
    "optimizer_loop": Change(
        label="Optimizer one tensor at a time",
        cost=OPTIMIZER_LOOPS["for_loop"].cost,
        apply=lambda _, plan: replace(plan, optimizer_loop="for_loop"),
    ),
    "freeze_image_encoder": Change(
        label="Freeze the image encoder",
        cost=FROZEN_PARTS["image_encoder"].cost,
        apply=_freeze_image_encoder,
    ),
    "heads_only": Change(
        label="Train the decoder heads only",
        cost=FROZEN_PARTS["all_but_heads"].cost,
        apply=_train_heads_only,
    ),
    "lora": Change(
        label="LoRA of rank 8",
        cost="Only small adapters beside the chosen layers learn: for adapting a trained model.",
        apply=_use_lora,
    ),
}
"""Everything that could be done about a step that does not fit."""

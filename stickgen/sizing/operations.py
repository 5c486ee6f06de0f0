"""Floating-point operations of a training step and of a forward pass, counted from the operators."""

from dataclasses import dataclass, replace
from functools import lru_cache

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from stickgen.config import ModelConfig
from stickgen.plan import TrainingPlan
from stickgen.workloads.training import plan_batch, plan_optimizer, trained_model, training_step


@dataclass(frozen=True, kw_only=True)
class OperationCounts:
    """Floating-point operations of matrix products, convolutions and attention; a multiply-add is two."""

    step: int
    """One optimizer step: forward, backward and recomputation of all its micro-batches, on each device."""
    sequence: int
    """One sequence through the model in evaluation, without backward."""


@lru_cache(maxsize=64)
def count_operations(config: ModelConfig, plan: TrainingPlan) -> OperationCounts:
    """Count the operations of the plan's step, and those of reading one sequence of its length.

    Everything runs on the meta device. Precision changes how fast an operation is, not how many there are.
    Raises `ValueError` where the plan asks for something this config does not have.
    """
    counted = replace(plan, precision="float32", gradient_accumulation=1, parallel="none", ranks=1)
    model, batch = trained_model(config, counted, device="meta"), plan_batch(config, counted, device="meta")
    optimizer = plan_optimizer(model, replace(counted, optimizer="sgd"))  # an update has no products to count
    with FlopCounterMode(display=False) as step:
        training_step(model, optimizer, batch, counted)
    single = replace(plan, batch_size=1, precision="float32")
    reader: nn.Module = trained_model(config, _plain(single), device="meta").eval()
    with FlopCounterMode(display=False) as forward, torch.no_grad():
        reader(**plan_batch(config, _plain(single), device="meta").inputs())
    return OperationCounts(step=step.get_total_flops() * plan.gradient_accumulation, sequence=forward.get_total_flops())


def _plain(plan: TrainingPlan) -> TrainingPlan:
    """The same sizes without anything that only training does."""
    return TrainingPlan(batch_size=plan.batch_size, sequence_length=plan.sequence_length)

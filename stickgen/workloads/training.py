"""One training step: the same code is traced, measured, timed and run.

Shape letters: T frames of a sequence, B batch.
Training is next-frame prediction: the model reads frames 0 to T - 2 and predicts frames 1 to T - 1.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, ClassVar

import torch
from torch import Tensor
from torch.nn import functional as F
from torch.optim import SGD, Adafactor, AdamW, Optimizer
from torch.utils.checkpoint import checkpoint

from stickgen.config import ModelConfig
from stickgen.model import MotionOutput, StickFigureTransformer, build_model
from stickgen.plan import LORA_TARGETS, TrainingPlan, adapt_plan, check_plan
from stickgen.workloads.batch import Batch, Tensors, cast, example_tensors
from stickgen.workloads.lora import adapted_layers, add_lora, check_targets
from stickgen.workloads.precision import AttentionPath, autocast
from stickgen.workloads.workload import (
    CPU,
    FAKE,
    META,
    EnterPhase,
    Held,
    has_data,
    held_as_inputs,
    held_by_model,
    placed,
)

LOSS_SCALE = 2.0**8
"""What an FP16 loss is multiplied by, so that small gradients stay above zero and none overflows."""

_HEADS = (
    "pose_decoder",
    "position_decoder",
    "velocity_decoder",
    "action_predictor",
    "physics_decoder",
    "environment_decoder",
)


@dataclass(frozen=True)
class TrainingStep:
    """One optimizer step of a plan: forward, loss and backward for each micro-batch, then the update.

    Raises `ValueError`, naming what is allowed, where the plan asks for something the config does not have.
    """

    config: ModelConfig
    plan: TrainingPlan = TrainingPlan()
    phases: ClassVar[tuple[str, ...]] = ("forward", "backward", "optimizer")
    unrolls: ClassVar[bool] = False

    def __post_init__(self) -> None:
        check_plan(self.config, self.plan)
        if self.plan.lora_rank:
            check_targets(self.config, self.plan.lora_targets)

    @classmethod
    def adapted(cls, config: ModelConfig, plan: TrainingPlan) -> "TrainingStep":
        """The step of a plan whose knobs that the config lacks take their nearest value."""
        adapted = adapt_plan(config, plan)
        if adapted.lora_rank and not any(adapted_layers(config, adapted.lora_targets).values()):
            adapted = replace(adapted, lora_targets=LORA_TARGETS)
        return cls(config, adapted)

    @property
    def batch_size(self) -> int:
        """Sequences in a micro-batch, on each device."""
        return self.plan.batch_size

    @property
    def sequence_length(self) -> int:
        """Frames in a sequence."""
        return self.plan.sequence_length

    @property
    def positions(self) -> int:
        """The text token and all frames but the last."""
        return self.plan.sequence_length

    @property
    def place(self) -> str:
        """Where it is traced: the meta device has no autocast, and FSDP2 does not take meta tensors."""
        needs_device = self.plan.precision.endswith("_autocast") or self.plan.parallel == "fsdp2"
        return FAKE if needs_device else META

    def resized(self, batch_size: int, sequence_length: int) -> "TrainingStep":
        """The same step with other micro-batches."""
        return replace(self, plan=replace(self.plan, batch_size=batch_size, sequence_length=sequence_length))

    def shortened(self) -> "TrainingStep":
        """With two micro-batches at most: the first finds no gradients, and all others find the same."""
        return replace(self, plan=replace(self.plan, gradient_accumulation=min(self.plan.gradient_accumulation, 2)))

    def arithmetic(self) -> tuple["TrainingStep", int]:
        """One micro-batch in FP32 on one device: neither precision nor optimizer nor ranks change the products."""
        counted = replace(
            self.plan, precision="float32", gradient_accumulation=1, optimizer="sgd", parallel="none", ranks=1
        )
        return replace(self, plan=counted), self.plan.gradient_accumulation

    def problem_on_cpu(self) -> str:
        """Why this step cannot run on a CPU, in a sentence; empty if it can."""
        if self.plan.attention == "fused":
            return (
                "Fused attention with dropout is a CUDA kernel and cannot run on a CPU. "
                "Choose the math attention path to measure."
            )
        if self.plan.parallel != "none":
            return "Only one device can be measured here: choose a plan without several devices."
        return ""

    @contextmanager
    def prepare(self, place: str = CPU, seed: int = 0) -> Iterator["PreparedStep"]:
        """The step at one of `PLACES`: its model, an example batch, and the optimizer."""
        with placed(place, partial(self._model, seed=seed), self._tensors) as (model, tensors):
            yield PreparedStep(model, Batch(**tensors), self.plan)

    def _model(self, device: str, seed: int) -> StickFigureTransformer:
        """The model as the plan trains it: precision, frozen parts, adapters and recomputed layers in place."""
        plan = self.plan
        model = build_model(self.config, device, seed)
        if plan.precision == "bfloat16":
            model.to(torch.bfloat16)
        _FREEZERS[plan.frozen](model)
        if plan.lora_rank:
            add_lora(model, plan.lora_rank, plan.lora_targets, plan.lora_dropout)
        for layer in list(model.transformer_encoder.layers)[: plan.activation_checkpointing]:
            # Replacing forward, not the module, keeps the layer's name and its hooks.
            layer.forward = partial(
                checkpoint,
                layer.forward,
                use_reentrant=False,
                context_fn=lambda: (nullcontext(), _Recomputation(plan.attention, traced=device == META)),
            )
        return model

    def _tensors(self, device: str) -> Tensors:
        tensors = example_tensors(self.config, self.plan.batch_size, self.plan.sequence_length, device)
        return cast(tensors, torch.bfloat16) if self.plan.precision == "bfloat16" else tensors


class _Recomputation(AttentionPath):
    """Sends the attention of a layer down its path where the layer is recomputed, too.

    PyTorch keeps the state of the random generator for each layer, and one more while it recomputes. No operator
    returns these, so where the step is traced an empty tensor stands for each.
    """

    def __init__(self, path: str, traced: bool) -> None:
        super().__init__(path)
        self.state_bytes = torch.get_rng_state().nbytes if traced else 0
        self.states = [self._state()]

    def __enter__(self) -> "_Recomputation":
        self.states.append(self._state())
        super().__enter__()  # type: ignore[no-untyped-call]  # torch leaves it untyped
        return self

    def __exit__(self, *error: object) -> None:
        super().__exit__(*error)  # type: ignore[no-untyped-call]  # torch leaves it untyped
        self.states.pop()

    def _state(self) -> Tensor:
        return torch.empty(self.state_bytes, dtype=torch.uint8, device=META)


class PreparedStep:
    """A training step on a device."""

    def __init__(self, model: StickFigureTransformer, batch: Batch, plan: TrainingPlan) -> None:
        self.model = model
        self.batch = batch
        self.plan = plan
        self.optimizer = self._new_optimizer()

    def shard(self, wrap: Callable[[StickFigureTransformer], None]) -> None:
        """Have `wrap` change the parameters of the model, and start over with an optimizer over the new ones."""
        wrap(self.model)
        self.optimizer = self._new_optimizer()

    def first_run(self) -> None:
        """Create the optimizer's state. Without data the gradients are made up; with data a whole step runs."""
        if has_data(self.model):
            self.run()
        else:
            for parameter in self.model.parameters():
                if parameter.requires_grad:
                    parameter.grad = torch.empty_like(parameter)
            self.optimizer.step()
        self.optimizer.zero_grad()

    def run(self, enter_phase: EnterPhase = lambda _: None) -> None:
        """One optimizer step."""
        self.optimizer.zero_grad()
        plan, batch = self.plan, self.batch
        scale = LOSS_SCALE if plan.precision == "float16_autocast" else 1.0
        for _ in range(plan.gradient_accumulation):
            enter_phase("forward")
            with AttentionPath(plan.attention), autocast(plan.precision, batch.motion.device):
                loss = training_loss(self.model(**batch.inputs()), batch)
            enter_phase("backward")
            factor = scale / plan.gradient_accumulation
            torch.autograd.backward(loss * factor if factor != 1 else loss)
        enter_phase("optimizer")
        if scale != 1:
            for group in self.optimizer.param_groups:
                for parameter in group["params"]:
                    if parameter.grad is not None:
                        parameter.grad.div_(scale)
        self.optimizer.step()

    def held(self) -> Iterator[Held]:
        """Parameters, buffers, optimizer state and the batch."""
        yield from held_by_model(self.model)
        for name, parameter in self.model.named_parameters():
            for value in self.optimizer.state.get(parameter, {}).values():
                if isinstance(value, Tensor):
                    yield Held(value, "optimizer state", name.rpartition(".")[0])
        yield from held_as_inputs(self.batch.tensors())

    def _new_optimizer(self) -> Optimizer:
        trainable = [parameter for parameter in self.model.parameters() if parameter.requires_grad]
        return _OPTIMIZERS[self.plan.optimizer](trainable, foreach=self.plan.optimizer_loop == "foreach")


def training_loss(output: MotionOutput, batch: Batch) -> Tensor:
    """The sum of the six heads' losses, a scalar: cross-entropy for actions, else mean squared error."""
    return (
        F.mse_loss(output.pose, batch.motion[1:])
        + F.mse_loss(output.position, batch.position)
        + F.mse_loss(output.velocity, batch.velocity)
        + F.cross_entropy(output.action_logits.flatten(0, 1), batch.action_sequence[1:].flatten())
        + F.mse_loss(output.physics, batch.physics[1:])
        + F.mse_loss(output.environment, batch.environment)
    )


def _freeze_image_encoder(model: StickFigureTransformer) -> None:
    model.image_encoder.requires_grad_(False)


def _freeze_all_but_heads(model: StickFigureTransformer) -> None:
    model.requires_grad_(False)
    for name in _HEADS:
        getattr(model, name).requires_grad_(True)


_FREEZERS: dict[str, Callable[[StickFigureTransformer], Any]] = {
    "none": lambda _: None,
    "image_encoder": _freeze_image_encoder,
    "all_but_heads": _freeze_all_but_heads,
}

_OPTIMIZERS: dict[str, Callable[..., Optimizer]] = {
    "adamw": partial(AdamW, lr=1e-4),
    "sgd": partial(SGD, lr=1e-3, momentum=0.9),
    "adafactor": partial(Adafactor, lr=1e-3),
}

"""One training step: the same code is traced, measured and run.

Shape letters: T frames of a sequence, B batch, P pose width, E embedding width, S image side in pixels.
Training is next-frame prediction: the model reads frames 0 to T - 2 and predicts frames 1 to T - 1.
"""

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, fields
from functools import partial
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F
from torch.optim import SGD, Adafactor, AdamW, Optimizer
from torch.overrides import TorchFunctionMode
from torch.utils.checkpoint import checkpoint

from stickgen.config import IMAGE_CAMERA_DIM, ModelConfig
from stickgen.model import MotionOutput, StickFigureTransformer, build_model
from stickgen.model.transformer import CAMERA_DIM, ENVIRONMENT_DIM, PHYSICS_DIM
from stickgen.plan import TrainingPlan, check_plan
from stickgen.workloads.lora import add_lora

__all__ = [
    "Batch",
    "TrainingPlan",
    "example_batch",
    "plan_batch",
    "plan_optimizer",
    "trained_model",
    "training_loss",
    "training_step",
]

LOSS_SCALE = 2.0**8
"""What an FP16 loss is multiplied with, so that small gradients stay above zero and none overflows."""

_HEADS = (
    "pose_decoder",
    "position_decoder",
    "velocity_decoder",
    "action_predictor",
    "physics_decoder",
    "environment_decoder",
)


@dataclass(frozen=True, kw_only=True, eq=False)
class Batch:
    """One micro-batch: everything a sequence says, of which the model sees a part and predicts the rest."""

    motion: Tensor  # [T, B, P]
    text_embedding: Tensor  # [B, E]
    action_sequence: Tensor  # [T, B] action indices
    camera_data: Tensor  # [T, B, 3]
    partner_motion: Tensor  # [T, B, P]
    physics: Tensor  # [T, B, 6]
    position: Tensor  # [B, 2]
    velocity: Tensor  # [B, 2]
    environment: Tensor  # [B, 32]
    image_tensor: Tensor | None = None  # [B, 3, S, S] in 0..1, for a multimodal model
    image_camera_pose: Tensor | None = None  # [B, 7]

    def tensors(self) -> dict[str, Tensor]:
        """Every tensor present, by its name."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in values.items() if value is not None}

    def map(self, change: Callable[[Tensor], Tensor]) -> "Batch":
        """The batch with every tensor changed."""
        return Batch(**{name: change(value) for name, value in self.tensors().items()})

    def cast(self, dtype: torch.dtype) -> "Batch":
        """The batch with its floating tensors as `dtype`."""
        return self.map(lambda value: value.to(dtype) if value.is_floating_point() else value)

    def inputs(self) -> dict[str, Tensor]:
        """The keyword arguments of the model's `forward`: all frames but the last, as views."""
        inputs = {
            "motion": self.motion[:-1],
            "text_embedding": self.text_embedding,
            "action_sequence": self.action_sequence[:-1],
            "camera_data": self.camera_data[:-1],
            "partner_motion": self.partner_motion[:-1],
        }
        if self.image_tensor is not None:
            inputs["image_tensor"] = self.image_tensor
        if self.image_camera_pose is not None:
            inputs["image_camera_pose"] = self.image_camera_pose
        return inputs


def example_batch(
    config: ModelConfig,
    batch_size: int,
    sequence_length: int,
    device: str | torch.device = "cpu",
    seed: int = 0,
) -> Batch:
    """A batch of random values with every input the model takes, images of the config's size included.

    The same seed gives the same values on every device; the global generator is left alone.
    """
    generator = torch.Generator().manual_seed(seed)
    on_meta = torch.device(device).type == "meta"

    def random(*shape: int) -> Tensor:
        if on_meta:
            return torch.empty(shape, device=device)
        return torch.rand(shape, generator=generator).to(device)

    if on_meta:
        actions = torch.empty(sequence_length, batch_size, dtype=torch.int64, device=device)
    else:
        shape = (sequence_length, batch_size)
        actions = torch.randint(config.num_actions, shape, generator=generator).to(device)
    image = {}
    if config.is_multimodal:
        image["image_tensor"] = random(batch_size, 3, config.image_size, config.image_size)
        image["image_camera_pose"] = random(batch_size, IMAGE_CAMERA_DIM)
    return Batch(
        motion=random(sequence_length, batch_size, config.pose_dim),
        text_embedding=random(batch_size, config.embedding_dim),
        action_sequence=actions,
        camera_data=random(sequence_length, batch_size, CAMERA_DIM),
        partner_motion=random(sequence_length, batch_size, config.pose_dim),
        physics=random(sequence_length, batch_size, PHYSICS_DIM),
        position=random(batch_size, 2),
        velocity=random(batch_size, 2),
        environment=random(batch_size, ENVIRONMENT_DIM),
        **image,
    )


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


def trained_model(
    config: ModelConfig, plan: TrainingPlan, device: str | torch.device = "cpu", seed: int = 0
) -> StickFigureTransformer:
    """The model as `plan` trains it: precision, frozen parts, adapters and recomputed layers in place.

    Raises `ValueError` where the plan asks for something this config does not have.
    """
    check_plan(config, plan)
    model = build_model(config, device, seed)
    if plan.precision == "bfloat16":
        model.to(torch.bfloat16)
    _FREEZERS[plan.frozen](model)
    if plan.lora_rank:
        add_lora(model, plan.lora_rank)
    for layer in list(model.transformer_encoder.layers)[: plan.activation_checkpointing]:
        # Replacing forward, not the module, keeps the layer's name and its hooks.
        layer.forward = partial(
            checkpoint,
            layer.forward,
            use_reentrant=False,
            context_fn=lambda: (nullcontext(), AttentionPath(plan.attention)),  # also where it is recomputed
        )
    return model


def plan_optimizer(model: torch.nn.Module, plan: TrainingPlan) -> Optimizer:
    """The plan's optimizer over the trainable parameters of `model`."""
    trainable = [parameter for parameter in model.parameters() if parameter.requires_grad]
    return _OPTIMIZERS[plan.optimizer](trainable, foreach=plan.optimizer_loop == "foreach")


def plan_batch(config: ModelConfig, plan: TrainingPlan, device: str | torch.device = "cpu") -> Batch:
    """An example micro-batch of the plan's size and precision."""
    batch = example_batch(config, plan.batch_size, plan.sequence_length, device)
    return batch.cast(torch.bfloat16) if plan.precision == "bfloat16" else batch


def training_step(
    model: torch.nn.Module,
    optimizer: Optimizer,
    batch: Batch,
    plan: TrainingPlan,
    enter_phase: Callable[[str], None] | None = None,
) -> None:
    """One optimizer step: for each micro-batch forward, loss and backward, then the update.

    `enter_phase` is called with "forward", "backward" or "optimizer" as each begins.
    """
    enter = enter_phase or (lambda _: None)
    optimizer.zero_grad()
    scale = LOSS_SCALE if plan.precision == "float16_autocast" else 1.0
    for _ in range(plan.gradient_accumulation):
        enter("forward")
        with AttentionPath(plan.attention), autocast(plan, batch.motion.device):
            loss = training_loss(model(**batch.inputs()), batch)
        enter("backward")
        factor = scale / plan.gradient_accumulation
        torch.autograd.backward(loss * factor if factor != 1 else loss)
    enter("optimizer")
    if scale != 1:
        for group in optimizer.param_groups:
            for parameter in group["params"]:
                if parameter.grad is not None:
                    parameter.grad.div_(scale)
    optimizer.step()


@contextmanager
def autocast(plan: TrainingPlan, device: torch.device) -> Iterator[None]:
    """The plan's autocast for the forward pass, which does nothing where its precision is not mixed."""
    dtype = _AUTOCAST_DTYPES[plan.precision]
    if dtype is None:
        yield
        return
    with warnings.catch_warnings(), torch.autocast(device.type, dtype):
        # RMSNorm says once that BF16 inputs with FP32 weights are not fused; that is what autocast means.
        warnings.filterwarnings("ignore", message="Mismatch dtype between input and weight")
        yield


class AttentionPath(TorchFunctionMode):
    """Sends every attention of the model down one path, for this thread only.

    `torch.nn.attention.sdpa_kernel` would set flags of the whole process, which two threads leave wrong.
    The one attention inside `nn.MultiheadAttention` (cross-attention fusion, over three keys) is not reached.
    """

    def __init__(self, path: str) -> None:
        super().__init__()
        self.attend = _ATTENTION_CALLS[path]

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        if func is not F.scaled_dot_product_attention:
            return func(*args, **(kwargs or {}))
        device = args[0].device.type
        if device == "meta" or not torch.is_autocast_enabled(device):
            return self.attend(*args, **(kwargs or {}))
        lowered = (tensor.to(torch.get_autocast_dtype(device)) for tensor in args)  # query, key and value
        with torch.autocast(device, enabled=False):
            return self.attend(*lowered, **(kwargs or {}))


def _math_attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attn_mask: Tensor | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
) -> Tensor:
    attended: Tensor = torch.ops.aten._scaled_dot_product_attention_math(
        query, key, value, attn_mask, dropout_p, is_causal
    )[0]
    return attended


def _fused_attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attn_mask: Tensor | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
) -> Tensor:
    """What CUDA picks: the flash kernel for 16-bit types, the memory-efficient one for FP32."""
    attended: Tensor
    if query.dtype == torch.float32 or attn_mask is not None:
        attended = torch.ops.aten._scaled_dot_product_efficient_attention(
            query, key, value, attn_mask, query.requires_grad, dropout_p, is_causal
        )[0]
    else:
        attended = torch.ops.aten._scaled_dot_product_flash_attention(query, key, value, dropout_p, is_causal)[0]
    return attended


def _freeze_image_encoder(model: StickFigureTransformer) -> None:
    model.image_encoder.requires_grad_(False)


def _freeze_all_but_heads(model: StickFigureTransformer) -> None:
    model.requires_grad_(False)
    for name in _HEADS:
        getattr(model, name).requires_grad_(True)


_FREEZERS: dict[str, Callable[[StickFigureTransformer], None]] = {
    "none": lambda _: None,
    "image_encoder": _freeze_image_encoder,
    "all_but_heads": _freeze_all_but_heads,
}

_OPTIMIZERS: dict[str, Callable[..., Optimizer]] = {
    "adamw": partial(AdamW, lr=1e-4),
    "sgd": partial(SGD, lr=1e-3, momentum=0.9),
    "adafactor": partial(Adafactor, lr=1e-3),
}

_AUTOCAST_DTYPES: dict[str, torch.dtype | None] = {
    "float32": None,
    "bfloat16_autocast": torch.bfloat16,
    "float16_autocast": torch.float16,
    "bfloat16": None,
}

_ATTENTION_CALLS: dict[str, Callable[..., Tensor]] = {
    "math": _math_attention,
    "fused": _fused_attention,
}

"""Example values for a model to read and to be trained on.

Shape letters: T frames of a sequence, B batch, P pose width, E embedding width, S image side in pixels.
"""

from dataclasses import dataclass, fields

import torch
from torch import Tensor

from stickgen.config import IMAGE_CAMERA_DIM, ModelConfig
from stickgen.model.transformer import CAMERA_DIM, ENVIRONMENT_DIM, PHYSICS_DIM

Tensors = dict[str, Tensor]


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

    def tensors(self) -> Tensors:
        """Every tensor present, by its name."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in values.items() if value is not None}

    def inputs(self) -> Tensors:
        """The keyword arguments of the model's `forward`: all frames but the last, as views."""
        tensors = self.tensors()
        return {
            name: tensors[name][:-1] if name in _FRAME_INPUTS else tensors[name] for name in _INPUTS if name in tensors
        }


_FRAME_INPUTS = ("motion", "action_sequence", "camera_data", "partner_motion")
_INPUTS = (*_FRAME_INPUTS, "text_embedding", "image_tensor", "image_camera_pose")


def example_tensors(
    config: ModelConfig,
    batch_size: int,
    sequence_length: int,
    device: str | torch.device = "cpu",
    seed: int = 0,
) -> Tensors:
    """Random values for every field of a `Batch` the model can take, images of the config's size included.

    The same seed gives the same values on every device; the global generator is left alone.
    """
    generator = torch.Generator().manual_seed(seed)
    on_meta = torch.device(device).type == "meta"

    def random(*shape: int) -> Tensor:
        if on_meta:
            return torch.empty(shape, device=device)
        return torch.rand(shape, generator=generator).to(device)

    def actions(*shape: int) -> Tensor:
        if on_meta:
            return torch.empty(shape, dtype=torch.int64, device=device)
        return torch.randint(config.num_actions, shape, generator=generator).to(device)

    frames = (sequence_length, batch_size)
    tensors = {
        "motion": random(*frames, config.pose_dim),
        "text_embedding": random(batch_size, config.embedding_dim),
        "action_sequence": actions(*frames),
        "camera_data": random(*frames, CAMERA_DIM),
        "partner_motion": random(*frames, config.pose_dim),
        "physics": random(*frames, PHYSICS_DIM),
        "position": random(batch_size, 2),
        "velocity": random(batch_size, 2),
        "environment": random(batch_size, ENVIRONMENT_DIM),
    }
    if config.is_multimodal:
        tensors["image_tensor"] = random(batch_size, 3, config.image_size, config.image_size)
        tensors["image_camera_pose"] = random(batch_size, IMAGE_CAMERA_DIM)
    return tensors


def example_inputs(
    config: ModelConfig, batch_size: int, sequence_length: int, device: str | torch.device = "cpu", seed: int = 0
) -> Tensors:
    """Random values for every keyword argument of the model's `forward`: all frames, and no targets."""
    tensors = example_tensors(config, batch_size, sequence_length, device, seed)
    return {name: tensors[name] for name in _INPUTS if name in tensors}


def cast(tensors: Tensors, dtype: torch.dtype) -> Tensors:
    """The same with floating tensors as `dtype`."""
    return {name: value.to(dtype) if value.is_floating_point() else value for name, value in tensors.items()}

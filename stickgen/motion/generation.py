"""Running the model free: each frame it predicts is the next one it sees.

Shape letters: T frames, K starting frames, B batch, S segments, P pose width, d model width.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from stickgen.model import StickFigureTransformer, build_model
from stickgen.motion.embedding import Embedder, embed_text
from stickgen.motion.packed import pack
from stickgen.motion.picture import camera_pose, draw_pose

Progress = Callable[[str, float], None]
"""Told what is being done and how much of it is done, 0 to 1."""


def silent(_share: float) -> None:
    """Progress nobody follows."""


def part(tell: Progress, message: str, start: float, end: float) -> Callable[[float], None]:
    """Progress of one part of the work, which takes it from the share `start` to `end`."""
    return lambda share: tell(message, start + (end - start) * share)


def evaluating(model: StickFigureTransformer) -> StickFigureTransformer:
    """The model in evaluation mode: itself, or a twin on the same weights, so the caller's is not touched."""
    return _twin(model, model.state_dict()) if model.training else model


def with_own_pose_head(model: StickFigureTransformer) -> StickFigureTransformer:
    """A twin in evaluation mode that shares every weight but those of the pose head, which can then be fitted."""
    head = {f"pose_decoder.{name}": weight.clone() for name, weight in model.pose_decoder.state_dict().items()}
    return _twin(model, model.state_dict() | head)


def _twin(model: StickFigureTransformer, weights: dict[str, Tensor]) -> StickFigureTransformer:
    twin = build_model(model.config, device="meta")
    twin.load_state_dict(weights, assign=True)
    pack(twin.transformer_encoder)
    return twin.eval()


def text_token(model: StickFigureTransformer, prompt: str, starts: Tensor, embed: Embedder = embed_text) -> Tensor:
    """The token `[1, B, d]` for a prompt and, if multimodal, each starting pose `[B, S, 4]` as an image."""
    config = model.config
    text = embed(prompt, config.embedding_dim).to(next(model.parameters()).device)
    if not config.is_multimodal:
        return model.condition(text[None]).expand(-1, len(starts), -1)
    images = torch.stack([draw_pose(pose, config.skeleton, config.image_size) for pose in starts])
    cameras = torch.stack([camera_pose(pose, config.skeleton) for pose in starts])
    text = text.expand(len(starts), -1)
    return model.condition(text, images.to(text), cameras.to(text))


@dataclass(frozen=True, kw_only=True)
class Run:
    """A free run: what the model saw, what its encoder made of it, and what it predicted.

    `encoded[i]` follows from `inputs[: i + 1]`; `poses` starts with what the last starting frame leads to.
    """

    inputs: Tensor  # [K + T - 1, B, P]
    encoded: Tensor  # [K + T - 1, B, d]
    poses: Tensor  # [T, B, P]


def run_free(
    model: StickFigureTransformer,
    token: Tensor,
    starts: Tensor,
    frames: int,
    head: Callable[[Tensor], Tensor] | None = None,
    progress: Callable[[float], None] = silent,
) -> Run:
    """Predict `frames` frames after the starting poses `[K, B, P]`, one at a time, on a key-value cache.

    `head` maps `[1, B, d]` to `[1, B, P]` and stands in for the model's own pose decoder.
    """
    head = head or model.pose_decoder
    encoder = model.transformer_encoder
    caches = encoder.new_caches(starts.shape[1], 1 + len(starts) + frames)
    encoded = [encoder(torch.cat((token, model.embed(starts))), True, caches)[1:]]  # [K, B, d]
    inputs = [starts]
    poses = [head(encoded[0][-1:])]  # [1, B, P]
    for frame in range(1, frames):
        inputs.append(poses[-1])
        encoded.append(encoder(model.embed(poses[-1]), True, caches))  # [1, B, d]
        poses.append(head(encoded[-1]))
        if frame % 10 == 0:
            progress(frame / frames)
    return Run(inputs=torch.cat(inputs), encoded=torch.cat(encoded), poses=torch.cat(poses))

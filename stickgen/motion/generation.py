"""Running the model free: each frame it predicts is the next one it sees.

Shape letters: T frames, K starting frames, B batch, S segments, P pose width, d model width.
"""

import copy
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from stickgen.model import StickFigureTransformer
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
    return _twin(model) if model.training else model


def with_own_pose_head(model: StickFigureTransformer) -> StickFigureTransformer:
    """A twin in evaluation mode that shares every weight but those of the pose head, which can then be fitted."""
    twin = _twin(model)
    twin.pose_decoder = copy.deepcopy(twin.pose_decoder)
    return twin


def _twin(model: StickFigureTransformer) -> StickFigureTransformer:
    """Modules of its own over the same storage. The tensors are its own, too: the model may go to another device."""
    tensors: dict[int, Tensor] = {
        id(weight): nn.Parameter(weight.detach(), weight.requires_grad) for weight in model.parameters()
    }
    tensors |= {id(buffer): buffer.detach() for buffer in model.buffers()}
    twin = copy.deepcopy(model, memo=tensors)  # what stands in the memo is taken, not copied
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


class FreeRun:
    """A free run in progress, which can be looked at and then go on: on a key-value cache, one frame at a time.

    It starts after the poses `starts` `[K, B, P]` and makes up to `longest` frames. `head` maps `[1, B, d]` to
    `[1, B, P]` and stands in for the model's own pose decoder.
    """

    def __init__(
        self,
        model: StickFigureTransformer,
        token: Tensor,
        starts: Tensor,
        longest: int,
        head: Callable[[Tensor], Tensor] | None = None,
    ) -> None:
        self._model = model
        self._head = head or model.pose_decoder
        self._caches = model.transformer_encoder.new_caches(starts.shape[1], 1 + len(starts) + longest)
        begun = model.transformer_encoder(torch.cat((token, model.embed(starts))), True, self._caches)
        self._inputs = [starts]
        self._encoded = [begun[1:]]  # [K, B, d]
        self._poses = [self._head(begun[-1:])]  # [1, B, P]

    def until(self, frames: int, progress: Callable[[float], None] = silent) -> Run:
        """All of the run once it has `frames` frames; `progress` is that of what is missing to them."""
        before = len(self._poses)
        for frame in range(before, frames):
            self._inputs.append(self._poses[-1])
            self._encoded.append(
                self._model.transformer_encoder(self._model.embed(self._poses[-1]), True, self._caches)
            )
            self._poses.append(self._head(self._encoded[-1]))
            if frame % 10 == 0:
                progress((frame - before) / (frames - before))
        return Run(inputs=torch.cat(self._inputs), encoded=torch.cat(self._encoded), poses=torch.cat(self._poses))


def run_free(
    model: StickFigureTransformer,
    token: Tensor,
    starts: Tensor,
    frames: int,
    head: Callable[[Tensor], Tensor] | None = None,
    progress: Callable[[float], None] = silent,
) -> Run:
    """Predict `frames` frames after the starting poses, from beginning to end."""
    return FreeRun(model, token, starts, frames, head).until(frames, progress)

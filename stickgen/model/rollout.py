"""Rollouts: the model running on its own output, each pose it predicts being the next one it sees.

Shape letters: T predicted frames, K starting frames, B batch, P pose width, d model width.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from stickgen.model.transformer import StickFigureTransformer
from stickgen.progress import ShareProgress

START_FRAMES = 10
"""Frames given to a rollout to start from."""


@dataclass(frozen=True, kw_only=True)
class Trajectory:
    """What a rollout gave: what the model saw, what its encoder made of it, and what it predicted.

    `encoded[i]` follows from `inputs[: i + 1]`; `poses[0]` follows from the last starting frame.
    """

    inputs: Tensor  # [K + T - 1, B, P]
    encoded: Tensor  # [K + T - 1, B, d]
    poses: Tensor  # [T, B, P]


class Rollout:
    """A rollout in progress, which can be looked at and then go on: on a key-value cache, one frame at a time.

    It starts after the poses `starts` `[K, B, P]`, with `token` `[1, B, d]` in front, and predicts up to
    `max_frames` frames. `head` maps `[1, B, d]` to `[1, B, P]` in place of the model's own pose decoder.
    """

    def __init__(
        self,
        model: StickFigureTransformer,
        token: Tensor,
        starts: Tensor,
        max_frames: int,
        head: Callable[[Tensor], Tensor] | None = None,
    ) -> None:
        self._model = model
        self._head = head or model.pose_decoder
        self._caches = model.transformer_encoder.new_caches(starts.shape[1], 1 + len(starts) + max_frames)
        encoded = model.transformer_encoder(torch.cat((token, model.embed(starts))), True, self._caches)
        self._inputs = [starts]
        self._encoded = [encoded[1:]]  # [K, B, d]
        self._poses = [self._head(encoded[-1:])]  # [1, B, P]

    def until(self, frames: int, progress: ShareProgress = lambda _share: None) -> Trajectory:
        """All of the rollout once it has `frames` frames; `progress` counts only those that were missing."""
        before = len(self._poses)
        for frame in range(before, frames):
            self._inputs.append(self._poses[-1])
            self._encoded.append(
                self._model.transformer_encoder(self._model.embed(self._poses[-1]), True, self._caches)
            )
            self._poses.append(self._head(self._encoded[-1]))
            if frame % 10 == 0:
                progress((frame - before) / (frames - before))
        return Trajectory(
            inputs=torch.cat(self._inputs), encoded=torch.cat(self._encoded), poses=torch.cat(self._poses)
        )


def roll_out(
    model: StickFigureTransformer,
    token: Tensor,
    starts: Tensor,
    frames: int,
    head: Callable[[Tensor], Tensor] | None = None,
    progress: ShareProgress = lambda _share: None,
) -> Trajectory:
    """A rollout of `frames` frames from beginning to end."""
    return Rollout(model, token, starts, frames, head).until(frames, progress)

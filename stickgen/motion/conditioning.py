"""What a motion is conditioned on: the prompt, and for a multimodal model an image of the starting pose."""

import torch
from torch import Tensor

from stickgen.model import StickFigureTransformer
from stickgen.motion.embedding import Embedder, embed_text
from stickgen.motion.picture import camera_pose, draw_pose


def text_token(model: StickFigureTransformer, prompt: str, starts: Tensor, embed: Embedder = embed_text) -> Tensor:
    """The token `[1, B, d]` in front of B sequences for a prompt and, if multimodal, each starting pose `[B, S, 4]`."""
    config = model.config
    text = embed(prompt, config.embedding_dim).to(next(model.parameters()).device)
    if not config.is_multimodal:
        return model.condition(text[None]).expand(-1, len(starts), -1)
    images = torch.stack([draw_pose(pose, config.skeleton, config.image_size) for pose in starts])
    cameras = torch.stack([camera_pose(pose, config.skeleton) for pose in starts])
    text = text.expand(len(starts), -1)
    return model.condition(text, images.to(text), cameras.to(text))

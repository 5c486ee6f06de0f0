"""Fusion strategies: text, image and camera to one conditioning vector.

Shape letters: B batch, E `output_dim`. Text `[B, text_dim]` and image `[B, image_dim]` are embeddings; the
camera is a pose `[B, camera_dim]` and may be absent (None).
"""

import torch
from torch import Tensor, nn

from stickgen.config import CROSS_ATTENTION_HEADS


def _camera_projection(camera_dim: int, output_dim: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(camera_dim, output_dim // 4), nn.GELU(), nn.Linear(output_dim // 4, output_dim))


def _gate(input_dim: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(input_dim, 1), nn.Sigmoid())


class ZeroLinear(nn.Linear):
    """A linear layer whose weight and bias start at zero."""

    def reset_parameters(self) -> None:
        nn.init.zeros_(self.weight)
        nn.init.zeros_(self.bias)


class GatedFusion(nn.Module):
    """Sum of the projected modalities, each weighted by a gate on its own raw input."""

    def __init__(self, text_dim: int, image_dim: int, camera_dim: int, output_dim: int, dropout: float) -> None:
        super().__init__()
        self.text_proj = nn.Linear(text_dim, output_dim)
        self.image_proj = nn.Linear(image_dim, output_dim)
        self.camera_proj = _camera_projection(camera_dim, output_dim)
        self.text_gate = _gate(text_dim)
        self.image_gate = _gate(image_dim)
        self.camera_gate = _gate(camera_dim)
        self.norm = nn.LayerNorm(output_dim)
        self.dropout = nn.Dropout(dropout)

    def forward(self, text: Tensor, image: Tensor, camera: Tensor | None = None) -> Tensor:
        fused = self.text_proj(text) * self.text_gate(text) + self.image_proj(image) * self.image_gate(image)
        if camera is not None:
            fused = fused + self.camera_proj(camera) * self.camera_gate(camera)
        return self.dropout(self.norm(fused))  # [B, E]


class ConcatFusion(nn.Module):
    """All modalities side by side through one linear layer. An absent camera counts as zeros."""

    def __init__(self, text_dim: int, image_dim: int, camera_dim: int, output_dim: int, dropout: float) -> None:
        super().__init__()
        self.camera_dim = camera_dim
        self.projection = nn.Linear(text_dim + image_dim + camera_dim, output_dim)
        self.norm = nn.LayerNorm(output_dim)
        self.dropout = nn.Dropout(dropout)

    def forward(self, text: Tensor, image: Tensor, camera: Tensor | None = None) -> Tensor:
        if camera is None:
            camera = text.new_zeros(text.shape[0], self.camera_dim)
        joined = torch.cat((text, image, camera), dim=-1)  # [B, text_dim + image_dim + camera_dim]
        return self.dropout(self.norm(self.projection(joined)))  # [B, E]


class FiLMFusion(nn.Module):
    """Feature-wise linear modulation (Perez et al., 2018): image and camera scale and shift the text.

    Scale and shift start at zero, so the text passes unchanged into the norm until training says otherwise.
    An absent camera counts as zeros.
    """

    def __init__(self, text_dim: int, image_dim: int, camera_dim: int, output_dim: int, dropout: float) -> None:
        super().__init__()
        if text_dim != output_dim:
            raise ValueError(f"film modulates the text itself: text_dim {text_dim} must equal output_dim {output_dim}")
        self.camera_dim = camera_dim
        self.camera_proj = nn.Sequential(nn.Linear(camera_dim, 64), nn.GELU())
        self.modulation = ZeroLinear(image_dim + 64, 2 * output_dim)
        self.norm = nn.LayerNorm(output_dim)
        self.dropout = nn.Dropout(dropout)

    def forward(self, text: Tensor, image: Tensor, camera: Tensor | None = None) -> Tensor:
        if camera is None:
            camera = text.new_zeros(text.shape[0], self.camera_dim)
        context = torch.cat((image, self.camera_proj(camera)), dim=-1)  # [B, image_dim + 64]
        scale, shift = self.modulation(context).chunk(2, dim=-1)  # [B, E] each
        return self.dropout(self.norm(text * (1 + scale) + shift))  # [B, E]


class CrossAttentionFusion(nn.Module):
    """The text asks, and every modality present answers; then a feed-forward block."""

    def __init__(self, text_dim: int, image_dim: int, camera_dim: int, output_dim: int, dropout: float) -> None:
        super().__init__()
        self.text_proj = nn.Linear(text_dim, output_dim)
        self.image_proj = nn.Linear(image_dim, output_dim)
        self.camera_proj = _camera_projection(camera_dim, output_dim)
        self.cross_attn = nn.MultiheadAttention(output_dim, CROSS_ATTENTION_HEADS, dropout=dropout, batch_first=True)
        self.norm1 = nn.LayerNorm(output_dim)
        self.ffn = nn.Sequential(
            nn.Linear(output_dim, 4 * output_dim),
            nn.GELU(),
            nn.Dropout(dropout),
            nn.Linear(4 * output_dim, output_dim),
            nn.Dropout(dropout),
        )
        self.norm2 = nn.LayerNorm(output_dim)

    def forward(self, text: Tensor, image: Tensor, camera: Tensor | None = None) -> Tensor:
        query = self.text_proj(text)  # [B, E]
        present = [query, self.image_proj(image)]
        if camera is not None:
            present.append(self.camera_proj(camera))
        keys = torch.stack(present, dim=1)  # [B, 2 or 3, E]
        attended, _ = self.cross_attn(query.unsqueeze(1), keys, keys, need_weights=False)  # [B, 1, E]
        x = self.norm1(query + attended.squeeze(1))  # [B, E]
        return self.norm2(x + self.ffn(x))  # [B, E]


FUSION_CLASSES: dict[str, type[nn.Module]] = {
    "gated": GatedFusion,
    "concat": ConcatFusion,
    "film": FiLMFusion,
    "cross_attention": CrossAttentionFusion,
}

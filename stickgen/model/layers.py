"""The parts the transformer is made of.

Shape letters: T positions in time, B batch, d model width, H heads, K = d / H head width.
Sequences are time-major, `[T, B, d]`.
"""

from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

ROTARY_BASE = 10_000.0


def projection(input_dim: int, hidden_dim: int, output_dim: int, dropout: float) -> nn.Sequential:
    """Per-frame input to the model width: `[…, input_dim] -> […, output_dim]`."""
    return nn.Sequential(
        nn.Linear(input_dim, hidden_dim),
        nn.GELU(),
        nn.Linear(hidden_dim, output_dim),
        nn.LayerNorm(output_dim),
        nn.Dropout(dropout),
    )


def decoder_head(d_model: int, hidden_dim: int, output_dim: int, dropout: float) -> nn.Sequential:
    """Encoder output to one quantity: `[…, d] -> […, output_dim]`."""
    return nn.Sequential(
        nn.Linear(d_model, hidden_dim),
        nn.GELU(),
        nn.Dropout(dropout),
        nn.Linear(hidden_dim, output_dim),
    )


class RotaryEmbedding(nn.Module):
    """Rotary position embedding (Su et al., 2021, "RoFormer"), half-split as in GPT-NeoX.

    Channel i of the first half of a head is rotated with channel i of the second half. The angles are
    computed for the positions at hand, so nothing is kept for sequences nobody asked for.
    """

    inv_freq: Tensor

    def __init__(self, head_dim: int) -> None:
        super().__init__()
        self.head_dim = head_dim
        self.register_buffer("inv_freq", torch.empty(head_dim // 2))
        if not self.inv_freq.is_meta:
            self.reset_buffers()

    def reset_buffers(self) -> None:
        """Fill the frequencies, which are fixed, not learned."""
        exponent = torch.arange(0, self.head_dim, 2, dtype=torch.float32, device=self.inv_freq.device) / self.head_dim
        self.inv_freq.copy_(ROTARY_BASE**-exponent)

    def angles(self, start: int, length: int) -> tuple[Tensor, Tensor]:
        """Cosine and sine for positions `start` to `start + length`, each `[length, K / 2]`."""
        positions = torch.arange(start, start + length, dtype=self.inv_freq.dtype, device=self.inv_freq.device)
        angles = torch.outer(positions, self.inv_freq)
        return angles.cos(), angles.sin()

    def rotate(self, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        """Rotate queries or keys: `[B, H, T, K] -> [B, H, T, K]`."""
        first, second = x.chunk(2, dim=-1)
        return torch.cat((first * cos - second * sin, second * cos + first * sin), dim=-1)


@dataclass
class KeyValueCache:
    """Keys and values of the positions one attention layer has seen, in buffers that are filled in place."""

    keys: Tensor  # [B, H, capacity, K]
    values: Tensor  # [B, H, capacity, K]
    length: int = 0

    def append(self, keys: Tensor, values: Tensor) -> tuple[Tensor, Tensor]:
        """Store `[B, H, T, K]` more and return all that is stored, as views."""
        end = self.length + keys.shape[2]
        if end > self.keys.shape[2]:
            raise ValueError(f"the cache holds {self.keys.shape[2]} positions, {end} are needed")
        self.keys[:, :, self.length : end] = keys
        self.values[:, :, self.length : end] = values
        self.length = end
        return self.keys[:, :, :end], self.values[:, :, :end]


class SelfAttention(nn.Module):
    """Multi-head self-attention with rotary positions: `[T, B, d] -> [T, B, d]`."""

    def __init__(self, d_model: int, num_heads: int, dropout: float) -> None:
        super().__init__()
        self.num_heads = num_heads
        self.head_dim = d_model // num_heads
        self.dropout = dropout
        self.q_proj = nn.Linear(d_model, d_model)
        self.k_proj = nn.Linear(d_model, d_model)
        self.v_proj = nn.Linear(d_model, d_model)
        self.out_proj = nn.Linear(d_model, d_model)
        self.rope = RotaryEmbedding(self.head_dim)

    def forward(self, x: Tensor, causal: bool = False, cache: KeyValueCache | None = None) -> Tensor:
        start = cache.length if cache is not None else 0
        cos, sin = self.rope.angles(start, x.shape[0])  # [T, K / 2]
        query = self.rope.rotate(self._split(self.q_proj(x)), cos, sin)  # [B, H, T, K]
        key = self.rope.rotate(self._split(self.k_proj(x)), cos, sin)
        value = self._split(self.v_proj(x))
        if cache is not None:
            key, value = cache.append(key, value)  # [B, H, start + T, K]
        mask = None
        if causal and start > 0 and x.shape[0] > 1:
            # is_causal aligns the mask to the first key; behind a cache it has to start at `start`.
            mask = query.new_ones(x.shape[0], key.shape[2], dtype=torch.bool).tril(start)
        attended = F.scaled_dot_product_attention(
            query,
            key,
            value,
            attn_mask=mask,
            dropout_p=self.dropout if self.training else 0.0,
            is_causal=causal and start == 0,
        )
        return self.out_proj(attended.permute(2, 0, 1, 3).flatten(2))  # [T, B, d]

    def _split(self, x: Tensor) -> Tensor:
        """`[T, B, d] -> [B, H, T, K]`."""
        return x.view(*x.shape[:2], self.num_heads, self.head_dim).permute(1, 2, 0, 3)

    def new_cache(self, batch_size: int, capacity: int) -> KeyValueCache:
        """An empty cache for `capacity` positions."""
        shape = (batch_size, self.num_heads, capacity, self.head_dim)
        return KeyValueCache(self.k_proj.weight.new_empty(shape), self.v_proj.weight.new_empty(shape))


class SwiGLU(nn.Module):
    """Gated feed-forward layer without bias (Shazeer, 2020): `[…, d] -> […, d]`."""

    def __init__(self, d_model: int, hidden_dim: int, dropout: float) -> None:
        super().__init__()
        self.gate_proj = nn.Linear(d_model, hidden_dim, bias=False)
        self.value_proj = nn.Linear(d_model, hidden_dim, bias=False)
        self.output_proj = nn.Linear(hidden_dim, d_model, bias=False)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        return self.output_proj(self.dropout(F.silu(self.gate_proj(x)) * self.value_proj(x)))


class EncoderLayer(nn.Module):
    """One pre-norm block: `[T, B, d] -> [T, B, d]`."""

    def __init__(self, d_model: int, num_heads: int, hidden_dim: int, dropout: float) -> None:
        super().__init__()
        self.norm1 = nn.RMSNorm(d_model, eps=1e-6)
        self.self_attn = SelfAttention(d_model, num_heads, dropout)
        self.norm2 = nn.RMSNorm(d_model, eps=1e-6)
        self.ffn = SwiGLU(d_model, hidden_dim, dropout)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor, causal: bool = False, cache: KeyValueCache | None = None) -> Tensor:
        x = x + self.dropout(self.self_attn(self.norm1(x), causal, cache))
        return x + self.dropout(self.ffn(self.norm2(x)))


class TransformerEncoder(nn.Module):
    """The stack of blocks, without a final norm: `[T, B, d] -> [T, B, d]`."""

    def __init__(self, d_model: int, num_layers: int, num_heads: int, hidden_dim: int, dropout: float) -> None:
        super().__init__()
        self.layers = nn.ModuleList(EncoderLayer(d_model, num_heads, hidden_dim, dropout) for _ in range(num_layers))

    def forward(self, x: Tensor, causal: bool = False, caches: list[KeyValueCache] | None = None) -> Tensor:
        for index, layer in enumerate(self.layers):
            x = layer(x, causal, caches[index] if caches is not None else None)
        return x

    def new_caches(self, batch_size: int, capacity: int) -> list[KeyValueCache]:
        """Empty caches for `capacity` positions, one a layer, on the encoder's device."""
        return [cast(EncoderLayer, layer).self_attn.new_cache(batch_size, capacity) for layer in self.layers]

"""Image encoders: a batch of images to one embedding each.

Shape letters: B batch, S image side in pixels, C channels, N patches, W width of the vision transformer,
E `output_dim`, the width of the embedding. Images are `[B, 3, S, S]` with values from 0 to 1.
"""

from collections.abc import Callable
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class ConvBlock(nn.Module):
    """Convolution of stride 2, batch norm, GELU: `[B, C, S, S] -> [B, C', S / 2, S / 2]`."""

    def __init__(self, in_channels: int, out_channels: int, kernel_size: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(in_channels, out_channels, kernel_size, stride=2, padding=kernel_size // 2, bias=False)
        self.bn = nn.BatchNorm2d(out_channels)

    def forward(self, x: Tensor) -> Tensor:
        return F.gelu(self.bn(self.conv(x)))


def _embedding(channels: int, output_dim: int) -> nn.Sequential:
    """Pooled channels to the embedding: `[B, C, 1, 1] -> [B, E]`."""
    return nn.Sequential(nn.Flatten(), nn.Linear(channels, output_dim), nn.LayerNorm(output_dim))


class LightweightCNN(nn.Module):
    """Five convolutions of stride 2, average pool, projection: `[B, 3, S, S] -> [B, E]`."""

    def __init__(self, output_dim: int) -> None:
        super().__init__()
        channels = (3, 32, 64, 128, 256, 512)
        kernel_sizes = (7, 3, 3, 3, 3)
        self.encoder = nn.Sequential(
            *(
                ConvBlock(in_channels, out_channels, kernel_size)
                for (in_channels, out_channels), kernel_size in zip(pairwise(channels), kernel_sizes, strict=True)
            )
        )
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.projection = _embedding(channels[-1], output_dim)

    def forward(self, image: Tensor) -> Tensor:
        x = self.encoder(image)  # [B, 512, S / 32, S / 32]
        return self.projection(self.pool(x))  # [B, E]


class ResidualBlock(nn.Module):
    """Two convolutions and a shortcut (He et al., 2015), with GELU."""

    def __init__(self, in_channels: int, out_channels: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(out_channels)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(out_channels)
        self.shortcut: nn.Module = nn.Identity()
        if stride != 1 or in_channels != out_channels:
            self.shortcut = nn.Sequential(
                nn.Conv2d(in_channels, out_channels, 1, stride=stride, bias=False),
                nn.BatchNorm2d(out_channels),
            )

    def forward(self, x: Tensor) -> Tensor:
        y = F.gelu(self.bn1(self.conv1(x)))
        return F.gelu(self.bn2(self.conv2(y)) + self.shortcut(x))


class ResNet(nn.Module):
    """The 18-layer residual network with GELU: `[B, 3, S, S] -> [B, E]`."""

    def __init__(self, output_dim: int) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(3, 64, 7, stride=2, padding=3, bias=False),
            nn.BatchNorm2d(64),
            nn.GELU(),
            nn.MaxPool2d(3, stride=2, padding=1),
        )
        self.stage1 = self._stage(64, 64, stride=1)
        self.stage2 = self._stage(64, 128, stride=2)
        self.stage3 = self._stage(128, 256, stride=2)
        self.stage4 = self._stage(256, 512, stride=2)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.projection = _embedding(512, output_dim)

    def forward(self, image: Tensor) -> Tensor:
        x = self.stem(image)  # [B, 64, S / 4, S / 4]
        x = self.stage2(self.stage1(x))  # [B, 128, S / 8, S / 8]
        x = self.stage4(self.stage3(x))  # [B, 512, S / 32, S / 32]
        return self.projection(self.pool(x))  # [B, E]

    @staticmethod
    def _stage(in_channels: int, out_channels: int, stride: int) -> nn.Sequential:
        return nn.Sequential(
            ResidualBlock(in_channels, out_channels, stride), ResidualBlock(out_channels, out_channels, 1)
        )


class VisionAttention(nn.Module):
    """Multi-head self-attention over patches: `[B, N, W] -> [B, N, W]`."""

    def __init__(self, width: int, num_heads: int) -> None:
        super().__init__()
        self.num_heads = num_heads
        self.qkv = nn.Linear(width, 3 * width)
        self.out_proj = nn.Linear(width, width)

    def forward(self, x: Tensor) -> Tensor:
        query, key, value = self.qkv(x).view(*x.shape[:2], 3, self.num_heads, -1).permute(2, 0, 3, 1, 4)
        attended = F.scaled_dot_product_attention(query, key, value)  # [B, heads, N, W / heads]
        return self.out_proj(attended.transpose(1, 2).flatten(2))


class VisionBlock(nn.Module):
    """One pre-norm vision transformer block: `[B, N, W] -> [B, N, W]`."""

    def __init__(self, width: int, num_heads: int) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(width)
        self.attn = VisionAttention(width, num_heads)
        self.norm2 = nn.LayerNorm(width)
        self.mlp = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.attn(self.norm1(x))
        return x + self.mlp(self.norm2(x))


class MiniViT(nn.Module):
    """A small vision transformer (Dosovitskiy et al., 2020): `[B, 3, S, S] -> [B, E]`.

    Its positions are learned, so S is `img_size` exactly.
    """

    def __init__(
        self,
        output_dim: int,
        img_size: int = 256,
        patch_size: int = 16,
        embed_dim: int = 256,
        num_layers: int = 5,
        num_heads: int = 8,
    ) -> None:
        super().__init__()
        self.img_size = img_size
        self.patch_embedding = nn.Conv2d(3, embed_dim, patch_size, stride=patch_size)
        num_patches = (img_size // patch_size) ** 2
        self.class_token = nn.Parameter(torch.zeros(1, 1, embed_dim))
        self.positions = nn.Parameter(torch.zeros(1, num_patches + 1, embed_dim))
        self.blocks = nn.ModuleList(VisionBlock(embed_dim, num_heads) for _ in range(num_layers))
        self.norm = nn.LayerNorm(embed_dim)
        self.projection = nn.Linear(embed_dim, output_dim)

    def forward(self, image: Tensor) -> Tensor:
        if image.shape[-2:] != (self.img_size, self.img_size):
            raise ValueError(f"mini_vit takes images of {self.img_size} x {self.img_size}, not {tuple(image.shape)}")
        patches = self.patch_embedding(image).flatten(2).transpose(1, 2)  # [B, N, W]
        class_token = self.class_token.expand(patches.shape[0], -1, -1)  # [B, 1, W]
        x = torch.cat((class_token, patches), dim=1) + self.positions  # [B, N + 1, W]
        for block in self.blocks:
            x = block(x)
        return self.projection(self.norm(x[:, 0]))  # [B, E]


IMAGE_ENCODER_BUILDERS: dict[str, Callable[[int, int], nn.Module]] = {
    "lightweight_cnn": lambda output_dim, _img_size: LightweightCNN(output_dim),
    "resnet": lambda output_dim, _img_size: ResNet(output_dim),
    "mini_vit": MiniViT,
}
"""Embedding width and image side to the encoder; the convolutional ones take images of any side."""

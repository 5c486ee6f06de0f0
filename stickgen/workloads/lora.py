"""Low-rank adapters (Hu et al., 2021, "LoRA"): a frozen linear layer and two thin trained ones."""

import torch
from torch import Tensor, nn

from stickgen.model import StickFigureTransformer
from stickgen.model.layers import SelfAttention


class LoRALinear(nn.Linear):
    """A linear layer `[…, in] -> […, out]` with an adapter of rank r beside it.

    It holds the weights of the layer it replaces, under the same names. `up` starts at zero, so the output is
    unchanged until training moves it.
    """

    def __init__(self, base: nn.Linear, rank: int) -> None:
        super().__init__(base.in_features, base.out_features, device="meta")
        self.weight, self.bias = base.weight, base.bias
        self.down = nn.Parameter(base.weight.new_empty(rank, base.in_features))
        self.up = nn.Parameter(base.weight.new_zeros(base.out_features, rank))
        nn.init.normal_(self.down, std=rank**-0.5, generator=torch.Generator().manual_seed(0))

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x) + x @ self.down.T @ self.up.T


def add_lora(model: StickFigureTransformer, rank: int) -> None:
    """Freeze `model` and put adapters of `rank` on its attention projections and pose decoder, in place.

    These are the layers that Stick-Gen adapts. All adapters are trainable and nothing else is.
    """
    model.requires_grad_(False)
    parents: list[nn.Module] = [model.pose_decoder]
    parents += [module for module in model.modules() if isinstance(module, SelfAttention)]
    for parent in parents:
        for name, child in list(parent.named_children()):
            if isinstance(child, nn.Linear):
                setattr(parent, name, LoRALinear(child, rank))

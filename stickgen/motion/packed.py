"""Linear layers with their weights laid out for a few rows at a time, as a free run feeds them.

One frame of a dozen takes makes matrices of a dozen rows. PyTorch's default product is two to three times slower on
those than oneDNN's on weights in its own layout, which is how `torch.compile` packs the weights of a frozen model.
"""

import torch
from torch import Tensor, nn

ROWS = 12
"""Rows the layout is chosen for. Any number can be multiplied."""


class PackedLinear(nn.Linear):
    """A linear layer that computes the same from a packed copy of its weight, for `torch.inference_mode` alone.

    It shares weight and bias with the layer it replaces; the weight is not to change any more.
    """

    def __init__(self, linear: nn.Linear) -> None:
        super().__init__(linear.in_features, linear.out_features, linear.bias is not None, device="meta")
        self.weight, self.bias = linear.weight, linear.bias
        self._packed: Tensor = torch.ops.mkldnn._reorder_linear_weight(linear.weight.detach(), ROWS)

    def forward(self, x: Tensor) -> Tensor:
        packed: Tensor = torch.ops.mkldnn._linear_pointwise(x, self._packed, self.bias, "none", [], "")
        return packed


def pack(module: nn.Module) -> None:
    """Pack every linear layer inside `module`, in place, where this build of PyTorch can."""
    if not torch._C._has_mkldnn:
        return
    for parent in list(module.modules()):
        for name, child in parent.named_children():
            if type(child) is nn.Linear and child.weight.device.type == "cpu" and child.weight.dtype == torch.float32:
                setattr(parent, name, PackedLinear(child))

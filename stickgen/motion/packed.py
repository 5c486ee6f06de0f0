"""Twins of a model for rollouts, their linear layers laid out for a few rows at a time.

One frame of a dozen sequences makes matrices of a dozen rows. PyTorch's default product is two to three times slower
on those than oneDNN's on weights in its own layout, which is how `torch.compile` packs the weights of a frozen model.
"""

import copy

import torch
from torch import Tensor, nn

from stickgen.model import StickFigureTransformer

ROWS = 12
"""Rows the layout is chosen for. Any number can be multiplied."""


class PackedLinear(nn.Linear):
    """A linear layer that computes the same from a packed copy of its weight, in `torch.inference_mode` only.

    It shares weight and bias with the layer it replaces. The weight must not change afterwards.
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


def evaluating(model: StickFigureTransformer) -> StickFigureTransformer:
    """The model in evaluation mode: itself, or a twin on the same weights, so that the caller's is not touched."""
    return _twin(model) if model.training else model


def with_own_pose_head(model: StickFigureTransformer) -> StickFigureTransformer:
    """A twin in evaluation mode that shares every weight but those of the pose head, which can then be fitted."""
    twin = _twin(model)
    twin.pose_decoder = copy.deepcopy(twin.pose_decoder)
    return twin


def _twin(model: StickFigureTransformer) -> StickFigureTransformer:
    """Own modules and tensors over the same storage: the model may be moved to another device meanwhile."""
    tensors: dict[int, Tensor] = {
        id(weight): nn.Parameter(weight.detach(), weight.requires_grad) for weight in model.parameters()
    }
    tensors |= {id(buffer): buffer.detach() for buffer in model.buffers()}
    twin = copy.deepcopy(model, memo=tensors)  # what stands in the memo is taken, not copied
    pack(twin.transformer_encoder)
    return twin.eval()

"""The pose head in closed form: normal equations in float64, and a linear map written into the real decoder.

Shape letters: N samples, d model width, P pose width.
"""

import torch
from torch import Tensor, nn


class NormalEquations:
    """Sums for a ridge regression from encoder outputs to poses, added batch by batch."""

    def __init__(self, d_model: int, pose_dim: int) -> None:
        self.gram = torch.zeros(d_model + 1, d_model + 1, dtype=torch.float64)
        self.cross = torch.zeros(d_model + 1, pose_dim, dtype=torch.float64)

    def add(self, encoded: Tensor, target: Tensor) -> None:
        """Add `[…, d]` encoder outputs and the `[…, P]` poses they should lead to."""
        x = encoded.reshape(-1, encoded.shape[-1]).double()
        x = torch.cat((x, x.new_ones(len(x), 1)), dim=1)  # [N, d + 1]
        self.gram += x.T @ x
        self.cross += x.T @ target.reshape(-1, target.shape[-1]).double()

    def solve(self, ridge: float) -> tuple[Tensor, Tensor]:
        """Weight `[P, d]` and bias `[P]` of the best linear map; the bias is not penalised."""
        count = self.gram[-1, -1]
        mean, mean_target = self.gram[-1, :-1] / count, self.cross[-1] / count
        covariance = self.gram[:-1, :-1] / count - torch.outer(mean, mean)
        covariance += ridge * torch.eye(len(covariance), dtype=torch.float64)
        cross = self.cross[:-1] / count - torch.outer(mean, mean_target)
        weight = torch.linalg.solve(covariance, cross).T
        return weight, mean_target - weight @ mean


def write_linear_head(decoder: nn.Sequential, weight: Tensor, bias: Tensor) -> None:
    """Make a decoder head (Linear, GELU, Dropout, Linear) compute `weight @ x + bias`, in place.

    GELU(z) - GELU(-z) = z, so two hidden units carry one number through the activation unchanged. The map is
    carried by its leading singular directions, as many as half the hidden units. That is all of them in every
    variant, since poses that share joints span fewer dimensions than they have numbers.
    """
    hidden, output = decoder[0], decoder[3]
    assert isinstance(hidden, nn.Linear)
    assert isinstance(output, nn.Linear)
    u, s, v = torch.linalg.svd(weight, full_matrices=False)
    rank = min(len(s), hidden.out_features // 2)
    scale = s[:rank].sqrt()
    into, out_of = scale[:, None] * v[:rank], u[:, :rank] * scale  # [rank, d], [P, rank]
    with torch.inference_mode():
        for parameter in (hidden.weight, hidden.bias, output.weight):
            parameter.zero_()
        hidden.weight[:rank] = into.to(hidden.weight)
        hidden.weight[rank : 2 * rank] = -into.to(hidden.weight)
        output.weight[:, :rank] = out_of.to(output.weight)
        output.weight[:, rank : 2 * rank] = -out_of.to(output.weight)
        output.bias.copy_(bias)

"""Low-rank adapters (Hu et al., 2021, "LoRA"): a frozen linear layer and two thin trained ones.

As Stick-Gen trains them: patterns choose the layers by name, the adapter's input goes through dropout, and its output
is scaled by alpha / rank, where alpha is twice the rank.
"""

import time
from collections.abc import Mapping
from functools import lru_cache

import regex
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from stickgen.config import ModelConfig
from stickgen.model import StickFigureTransformer, build_model

ALPHA_PER_RANK = 2.0
"""Stick-Gen's presets have an alpha of 16 at rank 8 and of 32 at rank 16. It changes no size."""

MAX_TARGETS_LENGTH = 300
SEARCH_SECONDS = 0.5
"""How long all patterns may search all names. Ordinary ones take a millisecond; a few would take years."""


class TargetsError(ValueError):
    """Patterns that choose no layers."""

    def __init__(self, targets: str, reason: str) -> None:
        super().__init__(f"lora_targets {targets[:MAX_TARGETS_LENGTH]!r}: {reason}")
        self.reason = reason
        """What is wrong, without the patterns themselves."""


class LoRALinear(nn.Module):
    """A linear layer `[…, in] -> […, out]` with an adapter of rank r beside it, under the names of Stick-Gen's files.

    `lora_B` starts at zero, so the output is unchanged until training moves it.
    """

    def __init__(self, base: nn.Linear, rank: int, dropout: float) -> None:
        super().__init__()
        self.base_layer = base
        self.lora_A = nn.Parameter(base.weight.new_empty(rank, base.in_features))
        self.lora_B = nn.Parameter(base.weight.new_zeros(base.out_features, rank))
        self.dropout = dropout
        nn.init.normal_(self.lora_A, std=rank**-0.5, generator=torch.Generator().manual_seed(0))

    def forward(self, x: Tensor) -> Tensor:
        seen = F.dropout(x, self.dropout, self.training) if self.dropout else x
        adapted: Tensor = self.base_layer(x) + ALPHA_PER_RANK * (seen @ self.lora_A.T @ self.lora_B.T)
        return adapted


def add_lora(model: StickFigureTransformer, rank: int, targets: str, dropout: float) -> None:
    """Freeze `model` and put adapters of `rank` on the linear layers that `targets` match, in place.

    All adapters are trainable and nothing else is. Raises `TargetsError` as `adapted_layers` does.
    """
    model.requires_grad_(False)
    for path in {path for paths in matched_layers(model, targets).values() for path in paths}:
        parent, _, name = path.rpartition(".")
        base = model.get_submodule(path)
        assert isinstance(base, nn.Linear)
        setattr(model.get_submodule(parent), name, LoRALinear(base, rank, dropout))


@lru_cache(maxsize=256)
def adapted_layers(config: ModelConfig, targets: str) -> Mapping[str, tuple[str, ...]]:
    """Each pattern of `targets` to the linear layers of the config's model that it matches.

    `targets` are regular expressions, separated by spaces, each searched for in the layers' names as Stick-Gen does.
    Raises `TargetsError`, saying what is allowed, for patterns that cannot be read or take too long.
    """
    return matched_layers(build_model(config, "meta"), targets)


def matched_layers(model: StickFigureTransformer, targets: str) -> dict[str, tuple[str, ...]]:
    """The same for a model that is built."""
    if len(targets) > MAX_TARGETS_LENGTH:
        raise TargetsError(targets, f"write at most {MAX_TARGETS_LENGTH} characters")
    # A subclass is a layer whose weight another module reads by itself, past whatever stands in its place.
    layers = [path for path, module in model.named_modules() if type(module) is nn.Linear]
    end = time.monotonic() + SEARCH_SECONDS
    try:
        return {
            pattern: tuple(
                path for path in layers if regex.search(pattern, path, timeout=max(end - time.monotonic(), 1e-3))
            )
            for pattern in targets.split()
        }
    except regex.error as error:
        raise TargetsError(targets, "write regular expressions, separated by spaces") from error
    except TimeoutError as error:
        raise TargetsError(targets, "the search takes too long, write simpler patterns") from error


def check_targets(config: ModelConfig, targets: str) -> None:
    """Raise `TargetsError` where no layer of the config's model would be adapted."""
    if not any(adapted_layers(config, targets).values()):
        raise TargetsError(
            targets,
            "no linear layer of this model has such a name, write a part of one, such as pose_decoder or q_proj",
        )

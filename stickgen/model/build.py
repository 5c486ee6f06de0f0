"""Building a model: the structure on the meta device, then every weight filled once."""

from collections.abc import Callable
from typing import Any

import torch
from torch import nn
from torch.overrides import TorchFunctionMode

from stickgen.config import ModelConfig
from stickgen.model.fusion import ZeroLinear
from stickgen.model.layers import RotaryEmbedding
from stickgen.model.transformer import StickFigureTransformer


def build_model(config: ModelConfig, device: str | torch.device = "cpu", seed: int = 0) -> StickFigureTransformer:
    """Build the model with seeded initial weights, in training mode like any new module.

    The same seed gives the same bytes on every device and from any thread, and the global generator is left
    alone. On the meta device the weights have shapes but no values. Raises `ValueError` for a config that
    cannot be built.
    """
    with torch.device("meta"), _NothingToFill():
        model = StickFigureTransformer(config)
    if torch.device(device).type == "meta":
        return model
    model.to_empty(device="cpu")
    initialise(model, torch.Generator().manual_seed(seed))
    return model.to(device)


class _NothingToFill(TorchFunctionMode):
    """Skips the initialisation that modules run when made: on the meta device there is nothing to fill.

    Filling there goes through decompositions in Python, which take more than a second to import.
    """

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: object,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        kwargs = kwargs or {}
        if func in _FILLS or getattr(func, "__module__", None) == "torch.nn.init":
            return args[0] if args else kwargs["tensor"]
        return func(*args, **kwargs)


_FILLS = (torch.Tensor.uniform_, torch.Tensor.normal_, torch.Tensor.fill_, torch.Tensor.zero_)


@torch.no_grad()
def initialise(model: nn.Module, generator: torch.Generator) -> None:
    """Fill every parameter and buffer of `model`, in place, on the CPU.

    Weights with more than one dimension are Xavier uniform, the weights of norms one, all biases zero,
    and a `ZeroLinear` zero throughout.
    """
    for module in model.modules():
        for name, parameter in module.named_parameters(recurse=False):
            if isinstance(module, ZeroLinear):
                nn.init.zeros_(parameter)
            elif parameter.dim() > 1:
                nn.init.xavier_uniform_(parameter, generator=generator)
            elif name == "weight":  # of a norm: nothing else has a weight of one dimension
                nn.init.ones_(parameter)
            else:
                nn.init.zeros_(parameter)
        if isinstance(module, RotaryEmbedding):
            module.reset_buffers()
        elif isinstance(module, nn.BatchNorm2d):
            module.reset_running_stats()

"""What a knob makes happen inside the model: which attention kernel runs, and in which precision."""

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode


@contextmanager
def autocast(precision: str, device: torch.device) -> Iterator[None]:
    """Autocast for a forward pass in `precision`, a key of `PRECISIONS`; does nothing where it is not mixed."""
    dtype = _AUTOCAST_DTYPES[precision]
    if dtype is None:
        yield
        return
    with warnings.catch_warnings(), torch.autocast(device.type, dtype):
        # RMSNorm says once that BF16 inputs with FP32 weights are not fused; that is what autocast means.
        warnings.filterwarnings("ignore", message="Mismatch dtype between input and weight")
        yield


class AttentionPath(TorchFunctionMode):
    """Sends every attention of the model down one path, for this thread only.

    `torch.nn.attention.sdpa_kernel` would set flags of the whole process, which two threads leave wrong.
    The one attention inside `nn.MultiheadAttention` (cross-attention fusion, over three keys) is not reached.
    """

    def __init__(self, path: str) -> None:
        super().__init__()
        self.attend = _ATTENTION_CALLS[path]

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        if func is not F.scaled_dot_product_attention:
            return func(*args, **(kwargs or {}))
        device = args[0].device.type
        if device == "meta" or not torch.is_autocast_enabled(device):
            return self.attend(*args, **(kwargs or {}))
        lowered = (tensor.to(torch.get_autocast_dtype(device)) for tensor in args)  # query, key and value
        with torch.autocast(device, enabled=False):
            return self.attend(*lowered, **(kwargs or {}))


def _math_attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attn_mask: Tensor | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
) -> Tensor:
    attended: Tensor = torch.ops.aten._scaled_dot_product_attention_math(
        query, key, value, attn_mask, dropout_p, is_causal
    )[0]
    return attended


def _fused_attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attn_mask: Tensor | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
) -> Tensor:
    """What CUDA picks: the flash kernel for 16-bit types, the memory-efficient one for FP32."""
    attended: Tensor
    if query.dtype == torch.float32 or attn_mask is not None:
        attended = torch.ops.aten._scaled_dot_product_efficient_attention(
            query, key, value, attn_mask, query.requires_grad, dropout_p, is_causal
        )[0]
    else:
        attended = torch.ops.aten._scaled_dot_product_flash_attention(query, key, value, dropout_p, is_causal)[0]
    return attended


_AUTOCAST_DTYPES: dict[str, torch.dtype | None] = {
    "float32": None,
    "bfloat16_autocast": torch.bfloat16,
    "float16_autocast": torch.float16,
    "bfloat16": None,
}

_ATTENTION_CALLS: dict[str, Callable[..., Tensor]] = {
    "math": _math_attention,
    "fused": _fused_attention,
}

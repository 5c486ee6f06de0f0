"""The exact size of a model's `.safetensors` file, computed without weights."""

import json
from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor

from stickgen.config import ModelConfig, check_choice
from stickgen.sizing.outline import outline
from stickgen.tables import Column, Table

_HEADER_LENGTH_BYTES = 8
_ALIGNMENT_BYTES = 8


@dataclass(frozen=True, kw_only=True)
class FileDtype:
    """A type that a file may store its weights in."""

    title: str
    """The name people read."""
    dtype: torch.dtype


@lru_cache(maxsize=512)
def file_size(config: ModelConfig, dtype: str = "float32") -> int:
    """Bytes of the `.safetensors` file of this model, with its floating tensors stored as `dtype`.

    Buffers are part of the file, and integer buffers keep their type. The format is that of
    `safetensors.torch.save_file` without metadata: an 8-byte header length, a JSON header padded with spaces
    to a multiple of 8 bytes, then the tensors without gaps. `dtype` is a key of `FILE_DTYPES`; any other
    raises `ValueError` naming them.
    """
    check_choice("dtype", dtype, FILE_DTYPES)
    state = outline(config).state_dict()
    return file_size_of({name: cast(tensor, FILE_DTYPES[dtype].dtype) for name, tensor in state.items()})


def file_table(config: ModelConfig) -> Table:
    """The `.safetensors` file of this model in every dtype."""
    columns = [Column("Weights as"), Column("Size", "file"), Column("Size", "count", unit="bytes")]
    sizes = {dtype.title: file_size(config, name) for name, dtype in FILE_DTYPES.items()}
    return Table("File sizes", columns, [(title, size, size) for title, size in sizes.items()])


def cast(tensor: Tensor, dtype: torch.dtype) -> Tensor:
    """`tensor` as it is stored in a file of `dtype`: floating types converted, integers kept."""
    return tensor.to(dtype) if tensor.is_floating_point() else tensor


def file_size_of(state: dict[str, Tensor]) -> int:
    """Bytes of the `.safetensors` file of these tensors; they may be on the meta device."""
    header: dict[str, dict[str, object]] = {}
    offset = 0
    # The writer puts wider types first, so that every tensor starts aligned, and sorts names within a type.
    for name in sorted(state, key=lambda name: (_WRITTEN_TYPES.index(state[name].dtype), name)):
        tensor = state[name]
        end = offset + tensor.numel() * tensor.element_size()
        header[name] = {
            "dtype": _TYPE_NAMES[tensor.dtype],
            "shape": list(tensor.shape),
            "data_offsets": [offset, end],
        }
        offset = end
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    padding = -len(text) % _ALIGNMENT_BYTES
    return _HEADER_LENGTH_BYTES + len(text) + padding + offset


_TYPE_NAMES: dict[torch.dtype, str] = {
    torch.int64: "I64",
    torch.float32: "F32",
    torch.bfloat16: "BF16",
    torch.float16: "F16",
}
_WRITTEN_TYPES = list(_TYPE_NAMES)

FILE_DTYPES: dict[str, FileDtype] = {
    "float32": FileDtype(title="FP32", dtype=torch.float32),
    "float16": FileDtype(title="FP16", dtype=torch.float16),
    "bfloat16": FileDtype(title="BF16", dtype=torch.bfloat16),
}
"""Types a file may store its weights in."""

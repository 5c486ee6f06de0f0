"""The computed file size is that of a written file, to the byte."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor

from stickgen.config import ModelConfig, configurations, configure
from stickgen.model import build_model
from stickgen.sizing import FILE_DTYPES, file_size
from stickgen.sizing.files import cast


def unfilled(state: dict[str, Tensor], dtype: torch.dtype) -> dict[str, Tensor]:
    """Tensors of the right shapes and types. Nothing is written into them, so most take no memory."""
    return {
        name: torch.empty(tensor.shape, dtype=dtype if tensor.is_floating_point() else tensor.dtype)
        for name, tensor in state.items()
    }


@pytest.mark.parametrize("dtype", FILE_DTYPES)
@pytest.mark.parametrize("config", list(configurations()), ids=lambda config: config.key)
def test_equals_a_written_file(config: ModelConfig, dtype: str, tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    save_file(unfilled(build_model(config, device="meta").state_dict(), FILE_DTYPES[dtype].dtype), path)
    written = path.stat().st_size
    path.unlink()
    assert file_size(config, dtype) == written


@pytest.mark.parametrize("dtype", FILE_DTYPES)
def test_equals_the_file_of_a_built_model(dtype: str, tmp_path: Path) -> None:
    config = configure("small", "lightweight_cnn", "film", skeleton="v3", num_actions=64)
    path = tmp_path / "model.safetensors"
    state = build_model(config).state_dict()
    save_file({name: cast(tensor, FILE_DTYPES[dtype].dtype) for name, tensor in state.items()}, path)
    assert file_size(config, dtype) == path.stat().st_size


def test_a_wrong_dtype_names_the_allowed() -> None:
    with pytest.raises(ValueError, match="float32, float16, bfloat16"):
        file_size(configure("small"), "float64")

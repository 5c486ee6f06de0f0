"""Text embeddings from a language model on this machine, as an alternative to `embed_text`.

Stick-Gen was trained with BAAI/bge-large-en-v1.5. With the sentence-transformers package and a copy of that
model on this machine, `SentenceEmbedder("path/to/bge-large-en-v1.5")` goes wherever `embed=` is taken. Nothing
is fetched: without the package or the files, it raises `ValueError`.
"""

from importlib import import_module
from pathlib import Path
from typing import Any

import torch
from torch import Tensor


class SentenceEmbedder:
    """Text to the embedding of a sentence-transformers model in a local folder.

    Raises `ValueError` where the package is not installed, or the folder holds no such model or only a part of one.
    """

    def __init__(self, folder: str | Path) -> None:
        if not (Path(folder) / "modules.json").is_file():
            raise ValueError(f"{folder} holds no sentence-transformers model (a folder with modules.json)")
        try:
            sentence_transformers = import_module("sentence_transformers")
        except ImportError as error:
            raise ValueError(
                "the sentence-transformers package is not installed: pip install sentence-transformers"
            ) from error
        try:
            self._model: Any = sentence_transformers.SentenceTransformer(
                str(folder), device="cpu", local_files_only=True
            )
        except Exception as error:  # of a folder that is not whole: whatever the readers of its files raise
            raise ValueError(f"the model in {folder} cannot be loaded: {error}") from error

    def __call__(self, text: str, width: int) -> Tensor:
        """`[width]` float32 of unit length. Raises `ValueError` if that is not the model's own width."""
        vector = torch.as_tensor(
            self._model.encode(text, normalize_embeddings=True, convert_to_numpy=True), dtype=torch.float32
        )
        if vector.shape != (width,):
            raise ValueError(f"this language model's embeddings are {vector.shape[-1]} wide, not {width}")
        return vector

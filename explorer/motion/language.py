"""What turns prompts into embeddings: the library's own rule, or a language model on this machine."""

import os
from functools import lru_cache
from pathlib import Path

from stickgen.motion import SentenceEmbedder, embed_text
from stickgen.motion.embedding import Embedder

FOLDER = "STICKGEN_LANGUAGE_MODEL"
"""The environment variable with the folder of a sentence-transformers model, such as BAAI/bge-large-en-v1.5."""


def embedder(width: int) -> tuple[Embedder, str]:
    """What embeds prompts `width` wide, and a sentence about it if the variable is set."""
    folder = os.environ.get(FOLDER)
    if not folder:
        return embed_text, ""
    try:
        language_model = _load(folder)
        language_model("walk", width)
    except ValueError as error:
        return embed_text, f"{FOLDER} is set to a language model that cannot be used: {error}."
    return language_model, f"Prompts are embedded by the language model {Path(folder).name}."


@lru_cache(maxsize=1)
def _load(folder: str) -> SentenceEmbedder:
    return SentenceEmbedder(folder)

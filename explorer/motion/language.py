"""What turns prompts into embeddings: the library's own rule, or a language model on this machine that is named."""

import os
from functools import lru_cache
from pathlib import Path

from stickgen.motion import SentenceEmbedder, embed_text
from stickgen.motion.embedding import Embedder

FOLDER = "STICKGEN_LANGUAGE_MODEL"
"""The environment variable that names the folder of a sentence-transformers model, such as BAAI/bge-large-en-v1.5."""


def embedder(width: int) -> tuple[Embedder, str]:
    """What embeds prompts `width` wide, and a sentence on it where a language model is named."""
    folder = os.environ.get(FOLDER)
    if not folder:
        return embed_text, ""
    try:
        language_model = _load(folder)
        language_model("walk", width)
    except ValueError as error:
        return embed_text, f"The language model that {FOLDER} names cannot be used: {error}."
    return language_model, f"The language model {Path(folder).name} embeds the prompt."


@lru_cache(maxsize=1)
def _load(folder: str) -> SentenceEmbedder:
    """The language model, loaded once. An error is not kept: the next call tries again."""
    return SentenceEmbedder(folder)

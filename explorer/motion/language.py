"""What turns prompts into embeddings: the library's own rule, or a language model on this machine that is named."""

import os
from pathlib import Path

import streamlit as st

from stickgen.motion import SentenceEmbedder, embed_text
from stickgen.motion.embedding import Embedder

FOLDER = "STICKGEN_LANGUAGE_MODEL"
"""The environment variable that names the folder of a sentence-transformers model, BAAI/bge-large-en-v1.5 say."""


def embedder(width: int) -> tuple[Embedder, str]:
    """What embeds prompts `width` wide, and a sentence on it where a language model is named."""
    folder = os.environ.get(FOLDER)
    if not folder:
        return embed_text, ""
    try:
        language_model = _load(folder)
        language_model("walk", width)
    except ValueError as error:
        return embed_text, f"{FOLDER} names a language model that cannot be used here: {error}."
    return language_model, f"Prompts reach the model as embeddings of the language model {Path(folder).name}."


@st.cache_resource(max_entries=1, show_spinner=False)
def _load(folder: str) -> SentenceEmbedder:
    return SentenceEmbedder(folder)

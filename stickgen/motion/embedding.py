"""Text to an embedding without a language model: the same text gives the same bytes on every machine.

A text is the weighted sum of its features: the clips it means, its words, and pieces of its words. Each feature
is a vector of +1 and -1 drawn from the SHAKE-256 hash of its name, so different features are nearly
orthogonal and no vocabulary is stored. The sum is in integers; one division gives it unit length, like the
embeddings of BAAI/bge-large-en-v1.5 that Stick-Gen was trained with.
"""

import hashlib
import math
import re
from collections import Counter
from collections.abc import Callable, Iterator
from functools import lru_cache

import torch
from torch import Tensor

from stickgen.motion.clips import CLIPS, Clip

EMBEDDING_WIDTH = 1024

Embedder = Callable[[str, int], Tensor]
"""A text and a width to an embedding `[width]` float32: `embed_text`, or a `language.SentenceEmbedder`."""

MEANING_WEIGHT = 12
WORD_WEIGHT = 4
PIECE_WEIGHT = 1
FILLER_WEIGHT = 1

FILLERS = frozenset(
    re.findall(
        r"\w+",
        "a an the and or of to in on at with by for from into it its is are was be as this that there "
        "someone somebody person people man woman boy girl human guy figure stick character he she they "
        "his her their please show me make do doing does",
    )
)
"""Words that say little about a movement."""

MIN_CLOSENESS = 0.35
"""Cosine from which a prompt means a clip: shared meaning reaches it, shared letters do not."""


def stem(word: str) -> str:
    """A word without its ending: walking, walked and walks to walk."""
    for ending in ("ing", "ed", "es", "s", "er"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            word = word[: -len(ending)]
            break
    if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "lsz":
        word = word[:-1]
    return word.removesuffix("e") if len(word) > 3 else word


def stems(text: str) -> list[str]:
    """The stems of all words of a text, in order."""
    return [stem(word) for word in re.findall(r"[^\W_]+", text.lower())]


@lru_cache(maxsize=2)
def _meanings(clips: tuple[Clip, ...]) -> dict[tuple[str, ...], str]:
    """Stems of a word or phrase to the name of the clip it means."""
    return {tuple(stems(word)): clip.name for clip in clips for word in clip.words}


def meanings(words: list[str]) -> list[str]:
    """Names of the clips that a text's stems mean; at each place, the longest phrase counts."""
    known = _meanings(tuple(CLIPS.values()))
    max_length = max(map(len, known))
    found = []
    place = 0
    while place < len(words):
        for length in range(max_length, 0, -1):
            name = known.get(tuple(words[place : place + length]))
            if name is not None:
                found.append(name)
                break
        else:
            length = 1
        place += length
    return found


def features(text: str) -> Iterator[tuple[str, int]]:
    """Names and weights of the features of a text."""
    words = stems(text)
    for name in meanings(words):
        yield f"meaning {name}", MEANING_WEIGHT
    for word in words:
        yield f"word {word}", FILLER_WEIGHT if word in FILLERS else WORD_WEIGHT
        padded = f" {word} "
        if word not in FILLERS:
            for start in range(len(padded) - 2):
                yield f"piece {padded[start : start + 3]}", PIECE_WEIGHT
    if not words:
        yield f"text {text.strip()}", WORD_WEIGHT


def embed_text(text: str, width: int = EMBEDDING_WIDTH) -> Tensor:
    """`[width]` float32 of unit length. Any text is allowed, the empty one too."""
    total = torch.zeros(width, dtype=torch.int64)
    weights: Counter[str] = Counter()
    for name, weight in features(text):
        weights[name] += weight
    for name, weight in weights.items():
        digest = hashlib.shake_256(name.encode()).digest((width + 7) // 8)
        octets = torch.tensor(list(digest), dtype=torch.int64)
        bits = (octets[:, None] >> torch.arange(8)) & 1
        total += weight * (2 * bits.flatten()[:width] - 1)
    length = math.sqrt(int((total * total).sum()))
    return (total.double() / max(length, 1.0)).float()


def nearest_clip(prompt: str) -> tuple[str, bool]:
    """The clip whose wording is closest to a prompt, and whether it is close enough to be meant."""
    vector, clips = embed_text(prompt), tuple(CLIPS.values())
    closeness = {clip.name: max(float(vector @ _embedded(word, clips)) for word in clip.words) for clip in clips}
    best = max(closeness, key=closeness.__getitem__)
    return best, closeness[best] >= MIN_CLOSENESS


@lru_cache(maxsize=1024)
def _embedded(text: str, _clips: tuple[Clip, ...]) -> Tensor:
    """The embedding of a clip's words, which depends on all clips there are."""
    return embed_text(text)

"""The model without weights: what counts, sizes and the module tree are read from."""

from functools import lru_cache

from stickgen.config import ModelConfig
from stickgen.model import StickFigureTransformer, build_model


@lru_cache(maxsize=4)
def outline(config: ModelConfig) -> StickFigureTransformer:
    """The model on the meta device, to be read and never changed.

    Building it takes most of the time of a count, and counts and sizes of a config are asked for together:
    the last few are kept.
    """
    return build_model(config, device="meta")

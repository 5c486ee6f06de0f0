"""What a config accepts, refuses, and says about itself."""

from dataclasses import FrozenInstanceError, fields, replace
from itertools import combinations, product

import pytest

from stickgen.config import (
    CUSTOM,
    DEFAULT_MULTIMODAL,
    FUSION_STRATEGIES,
    IMAGE_ENCODERS,
    SKELETONS,
    VARIANT_FIELDS,
    VARIANTS,
    ModelConfig,
    configurations,
    configure,
)


def test_there_are_39_different_configurations() -> None:
    configs = list(configurations())
    assert len(configs) == len(VARIANTS) * (1 + len(IMAGE_ENCODERS) * len(FUSION_STRATEGIES)) == 39
    assert len(set(configs)) == len({config.key for config in configs}) == 39


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_config_knows_its_variant(variant: str) -> None:
    assert configure(variant, *DEFAULT_MULTIMODAL[variant]).variant == variant
    assert configure(variant, num_layers=3).variant == "custom"


def test_a_config_is_frozen_and_hashable() -> None:
    config = configure("small")
    assert {config: 1}[configure("small")] == 1
    with pytest.raises(FrozenInstanceError):
        config.d_model = 1


@pytest.mark.parametrize(
    ("arguments", "allowed"),
    [
        ({"variant": "tiny"}, VARIANTS),
        ({"image_encoder": "vgg", "fusion": "gated"}, IMAGE_ENCODERS),
        ({"image_encoder": "resnet", "fusion": "sum"}, FUSION_STRATEGIES),
        ({"image_encoder": "resnet"}, FUSION_STRATEGIES),
        ({"fusion": "gated"}, IMAGE_ENCODERS),
        ({"skeleton": "v2"}, SKELETONS),
        ({"hidden": 3}, ["d_model", "num_layers"]),
    ],
)
def test_a_wrong_name_is_refused_with_the_allowed_ones(arguments: dict[str, str], allowed: list[str]) -> None:
    with pytest.raises(ValueError, match=r".*".join(allowed)):
        configure(**{"variant": "small", **arguments})


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("d_model", 258, "multiple of 4"),
        ("d_model", 260, "multiple of 16"),
        ("d_model", 0, "at least"),
        ("num_layers", -1, "at least 1"),
        ("num_layers", 2.5, "whole number"),
        ("num_heads", True, "whole number"),
        ("num_actions", 0, "at least 1"),
        ("dropout", 1.0, "dropout"),
        ("dropout", "a lot", "dropout"),
        ("image_size", 250, "multiple of 32"),
        ("skeleton", 3, "v1, v3"),
    ],
)
def test_an_impossible_value_is_refused_by_name(field: str, value: object, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        configure("small", **{field: value})


VARIATIONS: dict[str, object] = {
    "skeleton": "v3",
    "num_actions": 64,
    "embedding_dim": 512,
    "feedforward_factor": 2,
    "dropout": 0.2,
    "image_size": 128,
}


def test_no_two_configs_share_a_key() -> None:
    names = [field.name for field in fields(ModelConfig) if field.name in VARIATIONS]
    subsets = [subset for size in range(len(names) + 1) for subset in combinations(names, size)]
    configs = {
        configure(variant, encoder, fusion, **{name: VARIATIONS[name] for name in subset})
        for variant, (encoder, fusion) in product(VARIANTS, [(None, None), *product(IMAGE_ENCODERS, FUSION_STRATEGIES)])
        for subset in subsets
    }
    assert len({config.key for config in configs}) == len(configs)


@pytest.mark.parametrize("name", VARIANT_FIELDS)
def test_a_variant_of_another_size_is_custom(name: str) -> None:
    changed = replace(VARIANTS["medium"], **{name: 2 * getattr(VARIANTS["medium"], name)})
    assert changed.variant == CUSTOM
    assert changed.key.startswith("custom-")
    assert VARIANTS["medium"].variant == replace(VARIANTS["medium"], dropout=0.2).variant == "medium"


def test_a_motion_only_config_has_no_image_size_of_its_own() -> None:
    assert configure("small", image_size=128) == configure("small")


def test_cross_attention_needs_an_embedding_it_can_split() -> None:
    with pytest.raises(ValueError, match="embedding_dim must be a multiple of 8"):
        configure("small", "resnet", "cross_attention", embedding_dim=1020)
    assert configure("small", embedding_dim=1020).embedding_dim == 1020


@pytest.mark.parametrize(("skeleton", "segments", "pose_dim"), [("v1", 5, 20), ("v3", 12, 48)])
def test_skeletons_have_the_documented_widths(skeleton: str, segments: int, pose_dim: int) -> None:
    assert len(SKELETONS[skeleton].segments) == segments
    assert SKELETONS[skeleton].pose_dim == pose_dim == configure("small", skeleton=skeleton).pose_dim


def test_a_config_needs_its_size_by_keyword() -> None:
    with pytest.raises(TypeError):
        ModelConfig(256, 6, 8)

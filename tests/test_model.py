"""The real model: counts, names, shapes, seeds, masks."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from stickgen.config import (
    DEFAULT_MULTIMODAL,
    FUSION_STRATEGIES,
    IMAGE_ENCODERS,
    SKELETONS,
    VARIANTS,
    ModelConfig,
    configurations,
    configure,
)
from stickgen.model import StickFigureTransformer, build_model
from stickgen.model.fusion import FUSION_CLASSES
from stickgen.model.image_encoders import IMAGE_ENCODER_BUILDERS

EXPECTED: dict[str, Any] = json.loads((Path(__file__).parent / "expected_counts.json").read_text())
ALL = [config for skeleton in SKELETONS for config in configurations(skeleton)]
DEFAULTS = [configure(variant, *pair) for variant, pair in DEFAULT_MULTIMODAL.items()]


def name_of(config: ModelConfig) -> str:
    return f"{config.key}-{config.skeleton}"


def count(module: torch.nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


def inputs(config: ModelConfig, frames: int = 5, batch_size: int = 2, device: str = "cpu") -> dict[str, Tensor]:
    """Every input the model takes, random."""
    with torch.device(device):
        motion = torch.randn(frames, batch_size, config.pose_dim)
        given = {
            "motion": motion,
            "text_embedding": torch.randn(batch_size, config.embedding_dim),
            "action_sequence": torch.randint(config.num_actions, (frames, batch_size)),
            "camera_data": torch.randn(frames, batch_size, 3),
            "partner_motion": motion.flip(0),
        }
        if config.is_multimodal:
            given["image_tensor"] = torch.rand(batch_size, 3, config.image_size, config.image_size)
            given["image_camera_pose"] = torch.randn(batch_size, 7)
    return given


def test_registries_of_names_and_of_classes_agree() -> None:
    assert list(IMAGE_ENCODERS) == list(IMAGE_ENCODER_BUILDERS)
    assert list(FUSION_STRATEGIES) == list(FUSION_CLASSES)


@pytest.mark.parametrize("config", list(configurations()), ids=name_of)
def test_every_total_and_component_is_exact(config: ModelConfig) -> None:
    model = build_model(config, device="meta")
    assert count(model) == EXPECTED["configurations"][config.key]
    for name, expected in EXPECTED["components"][config.variant].items():
        assert count(model.get_submodule(name)) == expected
    if config.is_multimodal:
        assert count(model.image_encoder) == EXPECTED["image_encoders"][config.image_encoder]
        assert count(model.fusion_module) == EXPECTED["fusion_strategies"][config.fusion]


@pytest.mark.parametrize(
    ("variant", "num_actions", "total"),
    [
        ("small", 60, 7_258_902),
        ("medium", 60, 20_610_774),
        ("large", 60, 44_639_894),
        ("small", 64, 7_259_674),
        ("medium", 64, 20_611_802),
        ("large", 64, 44_641_178),
    ],
)
def test_v3_totals_are_exact(variant: str, num_actions: int, total: int) -> None:
    config = configure(variant, skeleton="v3", num_actions=num_actions)
    assert count(build_model(config, device="meta")) == total


@pytest.mark.parametrize("config", ALL, ids=name_of)
def test_output_shapes(config: ModelConfig) -> None:
    frames, batch_size = 7, 3
    output = build_model(config, device="meta")(**inputs(config, frames, batch_size, "meta"))
    assert {name: tuple(head.shape) for name, head in output._asdict().items()} == {
        "pose": (frames, batch_size, config.pose_dim),
        "position": (batch_size, 2),
        "velocity": (batch_size, 2),
        "action_logits": (frames, batch_size, config.num_actions),
        "physics": (frames, batch_size, 6),
        "environment": (batch_size, 32),
    }


@pytest.mark.parametrize("embedding_dim", [8, 384, 1536])
@pytest.mark.parametrize("fusion", [None, *FUSION_STRATEGIES])
def test_any_embedding_width_works(embedding_dim: int, fusion: str | None) -> None:
    encoder = None if fusion is None else "lightweight_cnn"
    config = configure("small", encoder, fusion, embedding_dim=embedding_dim)
    assert build_model(config, device="meta")(**inputs(config, device="meta")).pose.shape == (5, 2, 20)


@pytest.fixture(scope="module", params=[None, *FUSION_STRATEGIES], ids=str)
def small_model(request: pytest.FixtureRequest) -> StickFigureTransformer:
    encoder = None if request.param is None else "lightweight_cnn"
    return build_model(configure("small", encoder, request.param, image_size=64), seed=3).eval()


@pytest.mark.parametrize("absent", ["action_sequence", "camera_data", "partner_motion", "image_camera_pose"])
@torch.inference_mode()
def test_every_optional_input_is_optional_and_matters(small_model: StickFigureTransformer, absent: str) -> None:
    given = inputs(small_model.config)
    if absent not in given:
        given["image_camera_pose"] = torch.randn(2, 7)
        without = given | {absent: None}
        assert torch.equal(small_model(**given).pose, small_model(**without).pose)  # no image, no effect
        return
    if small_model.config.fusion == "film" and absent == "image_camera_pose":
        # FiLM starts as the identity on the text, so the camera speaks only once its layer has left zero.
        torch.nn.init.normal_(small_model.fusion_module.modulation.weight, std=0.1)
    full, without = small_model(**given).pose, small_model(**(given | {absent: None})).pose
    assert without.isfinite().all()
    assert not torch.allclose(full, without)


@torch.inference_mode()
def test_without_an_image_a_multimodal_model_behaves_like_a_motion_only_one() -> None:
    multimodal = build_model(configure("small", "resnet", "gated")).eval()
    motion_only = build_model(configure("small")).eval()
    weights = {k: v for k, v in multimodal.state_dict().items() if k in motion_only.state_dict()}
    motion_only.load_state_dict(weights)
    given = inputs(motion_only.config)
    camera = torch.randn(2, 7)
    assert torch.equal(multimodal(**given, image_camera_pose=camera).pose, motion_only(**given).pose)


def test_a_motion_only_model_refuses_an_image() -> None:
    config = configure("small")
    with pytest.raises(ValueError, match="motion-only"):
        build_model(config, device="meta")(**inputs(config, device="meta"), image_tensor=torch.rand(2, 3, 256, 256))


def test_mini_vit_refuses_an_image_of_another_size() -> None:
    config = configure("small", "mini_vit", "gated")
    given = inputs(config, device="meta") | {"image_tensor": torch.rand(2, 3, 128, 128, device="meta")}
    with pytest.raises(ValueError, match="256 x 256"):
        build_model(config, device="meta")(**given)


@pytest.mark.parametrize("skeleton", SKELETONS)
@torch.inference_mode()
def test_causal_masks_the_future_and_full_attention_does_not(skeleton: str) -> None:
    config = configure("small", skeleton=skeleton)
    model = build_model(config).eval()
    given = inputs(config, frames=8)
    changed = given | {"motion": torch.cat((given["motion"][:5], torch.randn(3, 2, config.pose_dim)))}
    assert torch.allclose(model(**given, causal=True).pose[:5], model(**changed, causal=True).pose[:5], atol=1e-6)
    assert not torch.allclose(model(**given).pose[:5], model(**changed).pose[:5], atol=1e-3)


@torch.inference_mode()
def test_the_cache_gives_what_the_whole_sequence_gives() -> None:
    config = configure("small")
    model = build_model(config).eval()
    given = inputs(config, frames=12)
    expected = model(given["motion"], given["text_embedding"], causal=True).pose
    token, frames = model.condition(given["text_embedding"]), model.embed(given["motion"])
    caches = model.transformer_encoder.new_caches(batch_size=2, capacity=13)
    pieces = [
        torch.cat((token, frames[:4])),
        frames[4:7],
        *frames[7:].split(1),
    ]  # prefix, several, one by one
    encoded = torch.cat([model.transformer_encoder(piece, causal=True, caches=caches) for piece in pieces])
    assert torch.allclose(model.decode(encoded[1:]).pose, expected, atol=1e-5)
    with pytest.raises(ValueError, match="holds 13 positions"):
        model.transformer_encoder(frames[:1], causal=True, caches=caches)


@pytest.mark.parametrize("config", [configure("small"), *DEFAULTS[::2]], ids=name_of)
def test_same_seed_same_bytes_from_any_thread_and_the_global_generator_stands_still(
    config: ModelConfig,
) -> None:
    state = torch.get_rng_state()
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(lambda seed: build_model(config, seed=seed).state_dict(), (5, 5))
    assert torch.equal(torch.get_rng_state(), state)
    assert all(torch.equal(first[name], second[name]) for name in first)
    other = build_model(config, seed=6).state_dict()
    assert not torch.equal(first["pose_decoder.0.weight"], other["pose_decoder.0.weight"])


@pytest.mark.parametrize(
    "config",
    [configure("small", encoder, fusion) for encoder in IMAGE_ENCODERS for fusion in FUSION_STRATEGIES],
    ids=name_of,
)
def test_initial_weights_follow_the_rule(config: ModelConfig) -> None:
    """Xavier uniform beyond one dimension, norms at one, biases at zero; FiLM's modulation at zero."""
    for name, weight in build_model(config).named_parameters():
        if weight.dim() > 1 and "modulation" not in name:
            fan_in, fan_out = torch.nn.init._calculate_fan_in_and_fan_out(weight)
            bound = (6 / (fan_in + fan_out)) ** 0.5
            assert weight.abs().max() <= bound
            if weight.numel() > 1000:
                assert abs(weight.std().item() / (bound / 3**0.5) - 1) < 0.1, name
        else:
            norm = weight.dim() == 1 and name.endswith("weight")
            assert torch.equal(weight, torch.full_like(weight, float(norm))), name


def test_film_starts_as_the_identity_on_the_text() -> None:
    model = build_model(configure("small", "lightweight_cnn", "film")).eval()
    text, image, camera = torch.randn(2, 1024), torch.randn(2, 1024), torch.randn(2, 7)
    assert torch.equal(model.fusion_module(text, image, camera), model.fusion_module.norm(text))


def test_no_buffer_grows_with_a_sequence_nobody_asked_for() -> None:
    buffers = dict(build_model(configure("large"), device="meta").named_buffers())
    assert {name.removeprefix("transformer_encoder.layers.") for name in buffers} == {
        f"{layer}.self_attn.rope.inv_freq" for layer in range(VARIANTS["large"].num_layers)
    }
    assert sum(buffer.numel() for buffer in buffers.values()) == 10 * 16

"""Parameter names are a public interface: a Stick-Gen checkpoint loads with `strict=True`.

The names and shapes below are written out by hand, as Stick-Gen's checkpoints have them, and not derived
from the model under test.
"""

from itertools import product

import pytest
import torch

from stickgen.config import VARIANTS, ModelConfig, configure
from stickgen.model import build_model

Shapes = dict[str, tuple[int, ...]]

CHECKPOINT_PAIRS = [(None, None), *product(("lightweight_cnn", "resnet"), ("gated", "cross_attention"))]


def linear(name: str, inputs: int, outputs: int, bias: bool = True) -> Shapes:
    return {f"{name}.weight": (outputs, inputs)} | ({f"{name}.bias": (outputs,)} if bias else {})


def norm(name: str, width: int) -> Shapes:
    return {f"{name}.weight": (width,), f"{name}.bias": (width,)}


def batch_norm(name: str, width: int) -> Shapes:
    statistics = {f"{name}.running_mean": (width,), f"{name}.running_var": (width,)}
    return norm(name, width) | statistics | {f"{name}.num_batches_tracked": ()}


def core(config: ModelConfig) -> Shapes:
    d, pose, actions, layers = config.d_model, config.pose_dim, config.num_actions, config.num_layers
    shapes = linear("text_projection.0", 1024, 2 * d) | linear("text_projection.3", 2 * d, d)
    shapes |= norm("text_projection.4", d)
    for name, width, hidden in (
        ("motion_embedding", pose, d // 2),
        ("camera_projection", 3, d // 4),
        ("partner_projection", pose, d // 2),
    ):
        shapes |= linear(f"{name}.0", width, hidden) | linear(f"{name}.2", hidden, d) | norm(f"{name}.3", d)
    shapes |= {"action_embedding.weight": (actions, 64)}
    shapes |= linear("action_projection.0", 64, d) | norm("action_projection.1", d)
    for layer in range(layers):
        prefix = f"transformer_encoder.layers.{layer}"
        shapes |= {f"{prefix}.norm1.weight": (d,), f"{prefix}.norm2.weight": (d,)}
        for name in ("q_proj", "k_proj", "v_proj", "out_proj"):
            shapes |= linear(f"{prefix}.self_attn.{name}", d, d)
        shapes |= {f"{prefix}.self_attn.rope.inv_freq": (d // config.num_heads // 2,)}
        shapes |= linear(f"{prefix}.ffn.gate_proj", d, 4 * d, bias=False)
        shapes |= linear(f"{prefix}.ffn.value_proj", d, 4 * d, bias=False)
        shapes |= linear(f"{prefix}.ffn.output_proj", 4 * d, d, bias=False)
    for name, hidden, width in (
        ("pose_decoder", d // 2, pose),
        ("position_decoder", d // 4, 2),
        ("velocity_decoder", d // 4, 2),
        ("action_predictor", d // 2, actions),
        ("physics_decoder", d // 2, 6),
        ("environment_decoder", d // 2, 32),
    ):
        shapes |= linear(f"{name}.0", d, hidden) | linear(f"{name}.3", hidden, width)
    return shapes


def lightweight_cnn() -> Shapes:
    channels, kernels = (3, 32, 64, 128, 256, 512), (7, 3, 3, 3, 3)
    shapes: Shapes = {}
    for i, kernel in enumerate(kernels):
        shapes[f"encoder.{i}.conv.weight"] = (channels[i + 1], channels[i], kernel, kernel)
        shapes |= batch_norm(f"encoder.{i}.bn", channels[i + 1])
    return shapes | linear("projection.1", 512, 1024) | norm("projection.2", 1024)


def resnet() -> Shapes:
    shapes: Shapes = {"stem.0.weight": (64, 3, 7, 7)} | batch_norm("stem.1", 64)
    inputs = 64
    for stage, width in enumerate((64, 128, 256, 512), start=1):
        for block in range(2):
            prefix = f"stage{stage}.{block}"
            shapes[f"{prefix}.conv1.weight"] = (width, inputs, 3, 3)
            shapes[f"{prefix}.conv2.weight"] = (width, width, 3, 3)
            shapes |= batch_norm(f"{prefix}.bn1", width) | batch_norm(f"{prefix}.bn2", width)
            if inputs != width:
                shapes[f"{prefix}.shortcut.0.weight"] = (width, inputs, 1, 1)
                shapes |= batch_norm(f"{prefix}.shortcut.1", width)
            inputs = width
    return shapes | linear("projection.1", 512, 1024) | norm("projection.2", 1024)


def projections() -> Shapes:
    shapes = linear("text_proj", 1024, 1024) | linear("image_proj", 1024, 1024)
    return shapes | linear("camera_proj.0", 7, 256) | linear("camera_proj.2", 256, 1024)


def gated() -> Shapes:
    shapes = projections() | norm("norm", 1024)
    return shapes | linear("text_gate.0", 1024, 1) | linear("image_gate.0", 1024, 1) | linear("camera_gate.0", 7, 1)


def cross_attention() -> Shapes:
    shapes = projections() | norm("norm1", 1024) | norm("norm2", 1024)
    shapes |= {"cross_attn.in_proj_weight": (3072, 1024), "cross_attn.in_proj_bias": (3072,)}
    shapes |= linear("cross_attn.out_proj", 1024, 1024)
    return shapes | linear("ffn.0", 1024, 4096) | linear("ffn.3", 4096, 1024)


PARTS = {
    "lightweight_cnn": lightweight_cnn,
    "resnet": resnet,
    "gated": gated,
    "cross_attention": cross_attention,
}


@pytest.mark.parametrize("skeleton", ["v1", "v3"])
@pytest.mark.parametrize("pair", CHECKPOINT_PAIRS, ids=lambda pair: "-".join(map(str, pair)))
@pytest.mark.parametrize("variant", VARIANTS)
def test_a_checkpoint_under_the_listed_names_loads_strictly(
    variant: str, pair: tuple[str | None, str | None], skeleton: str
) -> None:
    encoder, fusion = pair
    config = configure(variant, encoder, fusion, skeleton)
    shapes = core(config)
    if encoder and fusion:
        shapes |= {f"image_encoder.{name}": shape for name, shape in PARTS[encoder]().items()}
        shapes |= {f"fusion_module.{name}": shape for name, shape in PARTS[fusion]().items()}
    checkpoint = {name: torch.empty(shape, device="meta") for name, shape in shapes.items()}
    model = build_model(config, device="meta")
    assert {name: tuple(weight.shape) for name, weight in model.state_dict().items()} == shapes
    model.load_state_dict(checkpoint, strict=True, assign=True)

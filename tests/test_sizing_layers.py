"""The layer table against the model it describes."""

import pytest
import torch
from torch import nn

from stickgen.config import ModelConfig, configure
from stickgen.model import build_model
from stickgen.plan import InferencePlan
from stickgen.sizing import count_parameters, layer_table
from stickgen.workloads import Forward
from stickgen.workloads.batch import example_inputs

CONFIGS = [
    configure("small"),
    configure("small", "lightweight_cnn", "gated"),
    configure("small", "resnet", "cross_attention"),
    configure("small", "mini_vit", "film"),
    configure("small", "mini_vit", "concat"),
]


@pytest.mark.parametrize("config", CONFIGS, ids=lambda config: config.key)
def test_every_layer_with_parameters_is_listed_with_its_count(config: ModelConfig) -> None:
    rows = {row.path: row for row in layer_table(Forward(config, InferencePlan(batch_size=2, sequence_length=10)))}
    assert len(rows) == len(layer_table(Forward(config, InferencePlan(batch_size=2, sequence_length=10))))
    assert rows[""].parameters == count_parameters(config).total
    for path, module in build_model(config, device="meta").named_modules():
        if any(True for _ in module.parameters(recurse=False)) and "cross_attn.out_proj" not in path:
            assert rows[path].parameters == sum(p.numel() for p in module.parameters())
            assert rows[path].class_name == type(module).__name__


@pytest.mark.parametrize("config", CONFIGS[1:3], ids=lambda config: config.key)
def test_shapes_are_those_of_a_real_forward_pass(config: ModelConfig) -> None:
    model = build_model(config).eval()
    shapes: dict[str, tuple[int, ...]] = {}
    for path, module in model.named_modules():
        if isinstance(module, nn.Linear | nn.Conv2d | nn.LayerNorm):
            module.register_forward_hook(lambda *call, path=path: shapes.update({path: tuple(call[2].shape)}))
    with torch.no_grad():
        model(**example_inputs(config, 2, 5))
    rows = {
        row.path: row.output_shape
        for row in layer_table(Forward(config, InferencePlan(batch_size=2, sequence_length=5)))
    }
    assert len(shapes) > 30
    assert shapes == {path: rows[path] for path in shapes}


def test_multiply_adds_follow_the_shapes() -> None:
    config = configure("small", "lightweight_cnn", "gated")
    rows = {row.path: row for row in layer_table(Forward(config, InferencePlan(batch_size=3, sequence_length=10)))}
    d, frames, batch = config.d_model, 10, 3
    assert rows["text_projection.0"].multiply_adds == batch * 1024 * 2 * d
    assert rows["motion_embedding.2"].multiply_adds == frames * batch * (d // 2) * d
    assert rows["image_encoder.encoder.0.conv"].multiply_adds == batch * 128 * 128 * 32 * 3 * 7 * 7
    positions = frames + 1
    attention = 2 * batch * positions**2 * d
    projections = 4 * batch * positions * d * d
    assert rows["transformer_encoder.layers.0.self_attn"].multiply_adds == attention + projections
    for path in ("", "transformer_encoder", "transformer_encoder.layers", "image_encoder"):
        children = [row for row in rows.values() if row.path and row.path.rpartition(".")[0] == path]
        assert rows[path].multiply_adds == sum(row.multiply_adds for row in children)

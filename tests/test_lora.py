"""LoRA adapters stand where the patterns say, as in Stick-Gen's own training."""

import json
import time

import pytest
import torch
from safetensors.torch import save
from torch.nn import functional as F

from explorer.choice.codec import choice_of, defaults, settled
from stickgen import TrainingPlan, TrainingStep, configure, estimate_memory
from stickgen.command import main
from stickgen.config import ModelConfig
from stickgen.formatting import exact_count
from stickgen.sizing import FILE_DTYPES, count_adapters
from stickgen.workloads.lora import ALPHA_PER_RANK, LoRALinear, TargetsError, adapted_layers

SMALL = configure("small")


@pytest.mark.parametrize(
    ("variant", "layers", "of_v3", "of_v1"),
    [("small", 44, 287_104, 286_880), ("medium", 58, 571_776, 571_552), ("large", 72, 950_656, 950_432)],
)
def test_the_adapters_are_those_of_stick_gens_presets(variant: str, layers: int, of_v3: int, of_v1: int) -> None:
    plan = TrainingPlan(lora_rank=8)
    for config, parameters in (
        (configure(variant, skeleton="v3", num_actions=46), of_v3),
        (configure(variant), of_v1),
    ):
        adapters = count_adapters(config, plan)
        assert (len(adapters.layers), adapters.total, adapters.dead_patterns) == (layers, parameters, ())


@pytest.mark.parametrize(("batch_size", "mebibytes"), [(1, 137.8), (8, 834.5)])
def test_the_peak_is_that_of_stick_gens_own_step(batch_size: int, mebibytes: float) -> None:
    """Which keeps a rotary table for 5,000 positions that this model computes instead."""
    config = configure("small", skeleton="v3", num_actions=46)
    plan = TrainingPlan(lora_rank=8, batch_size=batch_size, sequence_length=251)
    head_width, positions = config.d_model // config.num_heads, 5000
    rotary_table = 2 * positions * head_width * config.num_layers * 4
    peak = estimate_memory(TrainingStep(config, plan)).peak_bytes + rotary_table
    assert peak / 2**20 == pytest.approx(mebibytes, rel=0.01)


def test_an_adapter_adds_what_the_paper_says() -> None:
    generator = torch.Generator().manual_seed(0)
    layer = LoRALinear(torch.nn.Linear(6, 4), rank=2, dropout=0.5).eval()
    with torch.no_grad():
        layer.lora_B.copy_(torch.rand(4, 2, generator=generator))
    x = torch.rand(3, 6, generator=generator)
    merged = layer.base_layer.weight + ALPHA_PER_RANK * layer.lora_B @ layer.lora_A
    torch.testing.assert_close(layer(x), F.linear(x, merged, layer.base_layer.bias))
    torch.manual_seed(0)
    assert not torch.equal(layer.train()(x), layer.eval()(x))


def test_patterns_are_searched_in_names() -> None:
    found = adapted_layers(SMALL, r"layers\.[02]\.self_attn\.(q|v)_proj$ in_proj pose_decoder")
    assert [len(paths) for paths in found.values()] == [4, 0, 2]
    adapters = count_adapters(SMALL, TrainingPlan(lora_rank=4, lora_targets="pose_decoder decoder in_proj"))
    assert adapters.dead_patterns == ("in_proj",)
    assert len(adapters.layers) == len(adapters.matches["decoder"]) > len(adapters.matches["pose_decoder"])
    assert adapters.table().rows[2][3] == "✗ matches no layer"


@pytest.mark.parametrize("config", [SMALL, configure("small", "resnet", "cross_attention")], ids=lambda c: c.key)
def test_a_step_trains_whatever_layers_are_chosen(config: ModelConfig) -> None:
    plan = TrainingPlan(batch_size=2, sequence_length=4, lora_rank=2, lora_targets=".")
    with TrainingStep(config, plan).prepare() as step:
        step.run()
        trained = [parameter for parameter in step.model.parameters() if parameter.requires_grad]
    assert sum(parameter.numel() for parameter in trained) == count_adapters(config, plan).total
    assert all(parameter.isfinite().all() for parameter in trained)


def test_the_file_of_the_adapters_is_written_as_predicted() -> None:
    plan = TrainingPlan(lora_rank=8)
    with TrainingStep(SMALL, plan).prepare("cpu") as step:
        tensors = {name: p.detach() for name, p in step.model.named_parameters() if p.requires_grad}
    for name, stored in FILE_DTYPES.items():
        written = save({path: tensor.to(stored.dtype) for path, tensor in tensors.items()})
        assert len(written) == count_adapters(SMALL, plan).file_bytes[name]


WRONG = {
    "in_proj": "no linear layer of this model has such a name",
    "(": "write regular expressions",
    "*": "write regular expressions",
    "a" * 301: "at most 300 characters",
    "(?:(?:(?:.*)*)*)*(?:a|aa|aaa)*(?:.*.*.*.*.*.*)*=$": "takes too long|no linear layer",
    "(x?){200}(x?){200}x{200}$ " * 8: "takes too long|no linear layer",
}


@pytest.mark.parametrize("targets", WRONG, ids=range(len(WRONG)))
def test_patterns_that_choose_nothing_are_refused_in_a_sentence(targets: str) -> None:
    began = time.monotonic()
    with pytest.raises(TargetsError, match=WRONG[targets]) as refused:
        TrainingStep(SMALL, TrainingPlan(lora_rank=8, lora_targets=targets))
    assert time.monotonic() - began < 10
    assert len(str(refused.value)) < 600

    values, remarks = settled(defaults() | {"lora_rank": 8, "lora_targets": targets})
    assert values["lora_targets"] == TrainingPlan.lora_targets
    assert refused.value.reason in remarks["lora_targets"]
    assert choice_of(values).step.plan.lora_rank == 8


def test_a_config_without_the_layers_has_the_presets_instead() -> None:
    plan = TrainingPlan(lora_rank=8, lora_targets="image_encoder")
    with pytest.raises(TargetsError, match="no linear layer"):
        TrainingStep(SMALL, plan)
    assert TrainingStep.adapted(SMALL, plan).plan.lora_targets == TrainingPlan.lora_targets
    multimodal = configure("small", "mini_vit", "gated")
    assert TrainingStep.adapted(multimodal, plan).plan == plan


def test_the_command_lists_layers_and_patterns(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["lora", "--variant", "large", "--lora-targets", "pose_decoder in_proj"]
    assert main([*arguments, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    adapters = count_adapters(configure("large"), TrainingPlan(lora_rank=8, lora_targets="pose_decoder in_proj"))
    assert (found["layers"], found["parameters"], found["dead_patterns"]) == (2, adapters.total, ["in_proj"])
    assert main(arguments) == 0
    assert f"2 layers, {exact_count(adapters.total)} parameters" in capsys.readouterr().out
    assert main(["lora", "--lora-targets", "in_proj"]) == 2
    assert "no linear layer of this model" in capsys.readouterr().err

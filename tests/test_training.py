"""The training step: every part learns, and every knob of the plan is checked."""

from dataclasses import fields, replace

import pytest
import torch

from stickgen.config import ModelConfig, configurations, configure
from stickgen.model import build_model
from stickgen.plan import CHOICES, KNOB_LABELS, TrainingPlan, adapt_plan, changed_knobs
from stickgen.workloads import TrainingStep
from stickgen.workloads.batch import Batch, example_tensors
from stickgen.workloads.training import training_loss

SMALL_IMAGE = 32
ALL = [replace(config, image_size=SMALL_IMAGE) for config in configurations()]
MULTIMODAL = replace(configure("small", "lightweight_cnn", "film"), image_size=64)


@pytest.mark.parametrize("config", ALL, ids=lambda config: config.key)
def test_every_parameter_learns(config: ModelConfig) -> None:
    """FiLM starts as the identity, so what feeds it has a zero gradient until it has moved once."""
    plan = TrainingPlan(batch_size=2, sequence_length=4)
    with TrainingStep(config, plan).prepare() as step:
        for _ in range(2):
            step.run()
            for name, parameter in step.model.named_parameters():
                assert parameter.grad is not None, f"{name} has no gradient"
                assert parameter.grad.isfinite().all(), f"{name} has a gradient that is not finite"
        dead = [name for name, p in step.model.named_parameters() if p.grad is not None and not p.grad.any()]
    assert dead == []


def test_the_loss_falls() -> None:
    plan = TrainingPlan(batch_size=2, sequence_length=8)
    with TrainingStep(MULTIMODAL, plan).prepare() as step:
        model, batch = step.model, step.batch
        model.eval()  # without dropout two losses can be compared
        before = training_loss(model(**batch.inputs()), batch)
        for _ in range(3):
            step.run()
        assert training_loss(model(**batch.inputs()), batch) < before


def test_the_loss_counts_every_head() -> None:
    batch = Batch(**example_tensors(MULTIMODAL, 2, 5))
    output = build_model(MULTIMODAL).eval()(**batch.inputs())
    loss = training_loss(output, batch)
    for name, value in output._asdict().items():
        other = output._replace(**{name: value + torch.linspace(1, 2, value.shape[-1])})
        assert training_loss(other, batch) != loss, name


def test_a_batch_is_seeded_and_leaves_the_global_generator_alone() -> None:
    state = torch.get_rng_state()
    first, again = example_tensors(MULTIMODAL, 2, 5), example_tensors(MULTIMODAL, 2, 5)
    other = example_tensors(MULTIMODAL, 2, 5, seed=1)
    assert torch.equal(torch.get_rng_state(), state)
    assert Batch(**first).tensors().keys() == {field.name for field in fields(Batch)}
    for name, value in first.items():
        assert torch.equal(value, again[name])
        assert not torch.equal(value, other[name])
        meta = example_tensors(MULTIMODAL, 2, 5, device="meta")[name]
        assert (meta.shape, meta.dtype) == (value.shape, value.dtype)


def test_gradient_accumulation_sums_to_the_gradient_of_one_batch() -> None:
    config = replace(configure("small"), dropout=0.0)
    gradients = []
    for count in (1, 3):
        plan = TrainingPlan(sequence_length=4, gradient_accumulation=count)
        with TrainingStep(config, plan).prepare() as step:
            step.run()
            gradients.append([parameter.grad for parameter in step.model.parameters()])
    for one, three in zip(*gradients, strict=True):
        torch.testing.assert_close(one, three, rtol=1e-3, atol=1e-5)


def test_checkpointing_changes_no_gradient() -> None:
    config = replace(configure("small"), dropout=0.0)
    gradients = []
    for layers in (0, 4):
        plan = TrainingPlan(sequence_length=4, activation_checkpointing=layers)
        with TrainingStep(config, plan).prepare() as step:
            step.run()
            gradients.append({name: parameter.grad for name, parameter in step.model.named_parameters()})
    assert gradients[0].keys() == gradients[1].keys()
    for name, gradient in gradients[0].items():
        torch.testing.assert_close(gradient, gradients[1][name], rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("precision", CHOICES["precision"])
@pytest.mark.parametrize("optimizer", CHOICES["optimizer"])
@pytest.mark.parametrize("loop", CHOICES["optimizer_loop"])
def test_every_optimizer_steps_in_every_precision(precision: str, optimizer: str, loop: str) -> None:
    plan = TrainingPlan(batch_size=2, sequence_length=4, precision=precision, optimizer=optimizer, optimizer_loop=loop)
    with TrainingStep(MULTIMODAL, plan).prepare() as step:
        model = step.model
        before = [parameter.detach().clone() for parameter in model.parameters()]
        step.run()
    expected = torch.bfloat16 if precision == "bfloat16" else torch.float32
    assert {parameter.dtype for parameter in model.parameters()} == {expected}
    assert any(not torch.equal(old, p) for old, p in zip(before, model.parameters(), strict=True))
    assert all(parameter.isfinite().all() for parameter in model.parameters())


def test_float16_gradients_are_unscaled() -> None:
    gradients = []
    for precision in ("float32", "float16_autocast"):
        plan = TrainingPlan(batch_size=2, sequence_length=4, precision=precision)
        with TrainingStep(replace(MULTIMODAL, dropout=0.0), plan).prepare() as step:
            step.run()
            gradient = step.model.pose_decoder[3].weight.grad
        assert gradient is not None
        gradients.append(gradient)
    torch.testing.assert_close(gradients[0], gradients[1], rtol=0.05, atol=1e-3)


def trained_names(**knobs: object) -> set[str]:
    with TrainingStep(MULTIMODAL, TrainingPlan(**knobs)).prepare("meta") as step:
        return {name for name, parameter in step.model.named_parameters() if parameter.requires_grad}


def test_frozen_parts_are_not_trained() -> None:
    everything = trained_names()
    assert {name.split(".")[0] for name in everything - trained_names(frozen="image_encoder")} == {"image_encoder"}
    heads = {name.split(".")[0] for name in trained_names(frozen="all_but_heads")}
    assert len(heads) == 6
    assert all(name.endswith(("_decoder", "_predictor")) for name in heads)


def test_lora_trains_adapters_alone_and_starts_at_the_model() -> None:
    names = trained_names(lora_rank=8)
    assert all(name.endswith((".lora_A", ".lora_B")) for name in names)
    assert len(names) == 2 * (7 * MULTIMODAL.num_layers + 2)
    plain = build_model(MULTIMODAL).eval()
    with TrainingStep(MULTIMODAL, TrainingPlan(batch_size=2, sequence_length=4, lora_rank=8)).prepare() as step:
        adapted, inputs = step.model.eval(), step.batch.inputs()
        assert plain.state_dict().keys() < {name.replace(".base_layer", "") for name in adapted.state_dict()}
        for expected, actual in zip(plain(**inputs), adapted(**inputs), strict=True):
            torch.testing.assert_close(expected, actual)
        for _ in range(2):
            step.run()
    dead = [n for n, p in adapted.named_parameters() if p.requires_grad and (p.grad is None or not p.grad.any())]
    assert dead == []


@pytest.mark.parametrize("knob", CHOICES)
def test_a_wrong_name_lists_the_allowed(knob: str) -> None:
    with pytest.raises(ValueError, match=", ".join(CHOICES[knob])):
        TrainingPlan(**{knob: "nonsense"})


@pytest.mark.parametrize(
    ("knobs", "message"),
    [
        ({"batch_size": 0}, "at least 1"),
        ({"batch_size": 2.5}, "whole number"),
        ({"batch_size": True}, "whole number"),
        ({"sequence_length": 1}, "at least 2"),
        ({"activation_checkpointing": -1}, "at least 0"),
        ({"gradient_accumulation": 0}, "at least 1"),
        ({"lora_rank": 8, "frozen": "image_encoder"}, "freezes every weight already"),
        ({"parallel": "ddp"}, "2 to 64"),
        ({"ranks": 2}, "2 to 64"),
        ({"parallel": "ddp", "ranks": 65}, "1 to 64"),
        ({"parallel": "fsdp2", "ranks": 2, "optimizer": "adafactor"}, "adamw, sgd, or parallel ddp"),
    ],
)
def test_a_wrong_number_says_what_is_allowed(knobs: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        TrainingPlan(**knobs)


@pytest.mark.parametrize(
    ("config", "plan", "message"),
    [
        (configure("small"), TrainingPlan(activation_checkpointing=7), "0 to 6"),
        (configure("small"), TrainingPlan(frozen="image_encoder"), "none, all_but_heads"),
        (configure("small", "resnet", "gated", image_size=32), TrainingPlan(), "batch_size of at least 2"),
    ],
)
def test_a_plan_the_config_cannot_follow_is_refused_or_adapted(
    config: ModelConfig, plan: TrainingPlan, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        TrainingStep(config, plan)
    with TrainingStep(config, adapt_plan(config, plan)).prepare("meta") as step:
        step.first_run()


def test_knobs_are_listed_once() -> None:
    assert [field.name for field in fields(TrainingPlan)] == list(KNOB_LABELS)
    assert changed_knobs(TrainingPlan()) == {}
    assert changed_knobs(TrainingPlan(batch_size=3, optimizer="sgd")) == {"batch_size": 3, "optimizer": "sgd"}

"""The shared choice: every combination of controls can be built, and what it shows is what it means."""

from dataclasses import fields
from itertools import product
from typing import Any

import pytest
from choice_strategies import values_of_every
from hypothesis import given

from explorer.choice.codec import (
    Choice,
    choice_of,
    config_of,
    defaults,
    read_address,
    settled,
    values_of,
    values_of_config,
    without_effect,
    write_address,
)
from explorer.choice.controls import Control, DecimalControl, NumberControl, OptionControl, TextControl
from explorer.choice.shared import CONFIG_CONTROLS, CONTROLS, PLAN_CONTROLS, SIZE_CONTROLS
from explorer.choice.text import as_python, headline
from explorer.plain_text import quoted
from stickgen.config import CUSTOM, FUSION_STRATEGIES, IMAGE_ENCODERS, MODES, SKELETONS, VARIANTS, configure
from stickgen.documented.facts import ENCODER_FACTS, FUSION_FACTS, VARIANT_FACTS
from stickgen.plan import TrainingPlan
from stickgen.sizing.limits import check_sizes

DEFAULTS = defaults()


def options_of(control: Control) -> list[Any]:
    if isinstance(control, OptionControl):
        return list(control.options)
    if isinstance(control, TextControl):
        return [control.default, "pose_decoder", "q_proj v_proj", "no such layer", "("]
    assert isinstance(control, NumberControl | DecimalControl)
    return [control.minimum, control.default, control.maximum]


def test_the_default_choice_is_the_recommended_one() -> None:
    choice = choice_of(DEFAULTS)
    assert choice.config == configure("medium", "lightweight_cnn", "gated")
    assert choice.plan == TrainingPlan()


def test_every_knob_of_the_plan_has_its_control() -> None:
    assert set(PLAN_CONTROLS) == {field.name for field in fields(TrainingPlan)}
    assert set(CONFIG_CONTROLS) | set(PLAN_CONTROLS) == set(CONTROLS)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("key", CONTROLS)
def test_every_value_of_every_control_gives_a_choice_that_can_be_built(key: str, mode: str) -> None:
    for value in options_of(CONTROLS[key]):
        choice = choice_of(DEFAULTS | {"mode": mode} | {key: value})
        assert choice.config.variant in headline(choice)


@pytest.mark.parametrize("key", CONTROLS)
def test_no_control_is_without_effect(key: str) -> None:
    beside: dict[str, Any] = {"parallel": "ddp"} if key == "ranks" else {}
    if key in ("lora_dropout", "lora_targets"):
        beside = {"lora_rank": 8}
    if key in SIZE_CONTROLS:
        beside = {"variant": CUSTOM}
    assert key not in without_effect(DEFAULTS | beside)
    choices = {choice_of(DEFAULTS | beside | {key: value}) for value in options_of(CONTROLS[key])}
    assert len(choices) > 1


@given(values=values_of_every(CONTROLS))
def test_a_control_that_is_without_effect_changes_nothing(values: dict[str, Any]) -> None:
    choice = choice_of(values)
    for key in without_effect(values):
        for value in options_of(CONTROLS[key]):
            assert choice_of(values | {key: value}) == choice


def test_the_controls_reach_every_configuration() -> None:
    keys = ("variant", "mode", "image_encoder", "fusion", "skeleton")
    reached = {
        choice_of(DEFAULTS | dict(zip(keys, values, strict=True))).config
        for values in product(VARIANTS, MODES, IMAGE_ENCODERS, FUSION_STRATEGIES, SKELETONS)
    }
    assert len(reached) == 39 * len(SKELETONS)


@given(values=values_of_every(CONTROLS))
def test_a_choice_comes_back_from_its_values_and_from_its_address(values: dict[str, Any]) -> None:
    choice = choice_of(values)
    assert choice_of(values_of(choice)) == choice
    from_address, problems = read_address(write_address(values_of(choice)))
    assert problems == []
    assert choice_of(from_address) == choice
    assert settled(values_of(choice)) == (values_of(choice), {})


@given(values=values_of_every(CONTROLS))
def test_sentence_control_and_what_is_priced_agree(values: dict[str, Any]) -> None:
    shown, remarks = settled(values)
    choice = choice_of(values)
    assert choice_of(shown) == choice
    assert settled(shown) == (shown, {})
    assert set(remarks) == {key for key in values if shown[key] != values[key]}
    for key, sentence in remarks.items():
        told = [quoted(value) if key == "lora_targets" else value for value in (shown[key], values[key])]
        assert sentence.startswith(f"{CONTROLS[key].label} is set to {told[0]}, not {told[1]}: ")
    of_adapters = set() if shown["lora_rank"] else {"lora_dropout", "lora_targets"}  # shown in grey, and not priced
    for key in set(PLAN_CONTROLS) - of_adapters:
        assert shown[key] == getattr(choice.plan, key)
    config = choice.config
    priced = {"mode": config.mode, "skeleton": config.skeleton}
    if config.is_multimodal:
        priced |= {"image_encoder": config.image_encoder, "fusion": config.fusion, "image_size": str(config.image_size)}
    if shown["variant"] == CUSTOM:
        priced |= {key: getattr(config, key) for key in SIZE_CONTROLS}
    else:
        priced |= {"variant": config.variant, "actions": str(config.num_actions)}
    assert {key: shown[key] for key in priced} == priced
    for key, control in CONTROLS.items():
        assert control.read(shown[key]) == shown[key]


@pytest.mark.parametrize(
    ("values", "key", "shown", "said"),
    [
        ({"parallel": "ddp"}, "ranks", 2, "ddp needs at least 2 devices"),
        ({"ranks": 8}, "ranks", 1, "one device"),
        ({"lora_rank": 8, "frozen": "all_but_heads"}, "frozen", "none", "LoRA freezes every weight"),
        ({"mode": "motion_only", "frozen": "image_encoder"}, "frozen", "none", "no image encoder"),
        ({"parallel": "fsdp2", "optimizer": "adafactor"}, "optimizer", "adamw", "shards of fsdp2"),
        ({"variant": "small", "activation_checkpointing": 24}, "activation_checkpointing", 6, "6 layers"),
        ({"image_size": "32", "batch_size": 1}, "batch_size", 2, "images of 32 pixels"),
        ({"variant": CUSTOM, "num_heads": 7}, "d_model", 364, "twice the heads"),
        ({"variant": CUSTOM, "embedding_dim": 332, "fusion": "cross_attention"}, "embedding_dim", 328, "multiple of 8"),
        ({"variant": CUSTOM, "d_model": 1024, "num_layers": 24}, "num_layers", 11, "200.0M parameters"),
    ],
)
def test_a_value_adapted_to_another_is_said(values: dict[str, Any], key: str, shown: object, said: str) -> None:
    after, remarks = settled(DEFAULTS | values)
    assert after[key] == shown
    assert said in remarks[key]


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"mode": "motion_only", "variant": "large"},
        {"skeleton": "v3", "actions": "64", "precision": "bfloat16"},
        {"variant": CUSTOM, "d_model": 192, "num_heads": 4, "num_actions": 7},
        {"variant": CUSTOM, "embedding_dim": 512},
        {"image_size": "128"},
    ],
)
def test_the_python_lines_give_the_same_choice(values: dict[str, str]) -> None:
    choice = choice_of(DEFAULTS | values)
    names: dict[str, object] = {}
    lines = [line for line in as_python(choice).splitlines() if not line.startswith("print")]
    exec("\n".join(lines), names)
    assert (names["config"], names["plan"]) == (choice.config, choice.plan)


@pytest.mark.parametrize("fusion", FUSION_STRATEGIES)
@pytest.mark.parametrize("heads", [1, 7, 12, 31, 32])
@pytest.mark.parametrize(("width", "layers"), [(32, 1), (390, 24), (1024, 24)])
def test_any_custom_size_can_be_built_and_says_what_it_changed(
    width: int, layers: int, heads: int, fusion: str
) -> None:
    sizes = {"d_model": width, "num_layers": layers, "num_heads": heads, "feedforward_factor": 8, "embedding_dim": 332}
    values = DEFAULTS | {"variant": CUSTOM, "fusion": fusion} | sizes
    config = config_of(values)
    assert check_sizes(config) == config
    changed = {name for name, asked in sizes.items() if getattr(config, name) != asked}
    assert set(settled(values)[1]) == changed
    assert changed <= {"d_model", "num_layers", "embedding_dim"}
    assert config_of(DEFAULTS | values_of_config(config)) == config


def test_a_preset_keeps_its_name_and_its_actions() -> None:
    config = configure("large", "resnet", "film", "v3", num_actions=64)
    assert values_of_config(config)["variant"] == "large"
    assert config_of(DEFAULTS | values_of_config(config)) == config


def test_a_variant_with_other_actions_is_chosen_by_its_sizes() -> None:
    config = configure("large", num_actions=7)
    assert values_of_config(config)["variant"] == CUSTOM
    assert config_of(DEFAULTS | values_of_config(config)) == config


def test_the_headline_says_the_image_size_where_it_is_not_the_default() -> None:
    config, plan = configure("small", "resnet", "film", image_size=128), TrainingPlan()
    assert "128 pixels" in headline(Choice(config=config, plan=plan))
    assert "pixels" not in headline(Choice(config=configure("small"), plan=plan))


def test_the_help_of_a_control_says_what_the_document_advises() -> None:
    for key, facts in (("image_encoder", ENCODER_FACTS), ("fusion", FUSION_FACTS)):
        assert all(f"`{name}`: {fact.description}" in CONTROLS[key].help for name, fact in facts.items())
    assert all(facts.use_case in CONTROLS["variant"].help for facts in VARIANT_FACTS.values())
    assert all(facts.hardware in CONTROLS["variant"].help for facts in VARIANT_FACTS.values())


@pytest.mark.parametrize("key", ["variant", "image_encoder", "fusion", "skeleton"])
def test_the_help_of_a_control_has_a_line_for_every_option(key: str) -> None:
    assert all(f"\n- `{option}`: " in CONTROLS[key].help for option in CONTROLS[key].options)

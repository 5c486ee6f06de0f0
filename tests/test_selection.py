"""The shared choice: every combination of controls can be built, every wrong value is said and replaced."""

from itertools import product

import pytest

from explorer.controls import NumberControl, OptionControl
from explorer.selection import as_python, headline, selected, selected_config, size_remarks, url_problems, values_of
from explorer.shared_controls import CONTROLS, CUSTOM, MODES, SIZE_CONTROLS
from stickgen.config import FUSION_STRATEGIES, IMAGE_ENCODERS, SKELETONS, VARIANTS, configure
from stickgen.documented.facts import ENCODER_FACTS, FUSION_FACTS, VARIANT_FACTS
from stickgen.plan import TrainingPlan
from stickgen.sizing.limits import check_sizes

DEFAULTS = {key: control.default for key, control in CONTROLS.items()}


def options_of(control: OptionControl | NumberControl) -> list[str | int]:
    if isinstance(control, OptionControl):
        return list(control.options)
    return [control.smallest, control.default, control.largest]


def test_the_default_choice_is_the_recommended_one() -> None:
    choice = selected(DEFAULTS)
    assert choice.config == configure("medium", "lightweight_cnn", "gated")
    assert choice.plan == TrainingPlan()


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("key", CONTROLS)
def test_every_value_of_every_control_gives_a_choice_that_can_be_built(key: str, mode: str) -> None:
    for value in options_of(CONTROLS[key]):
        choice = selected(DEFAULTS | {"mode": mode} | {key: value})
        assert choice.config.variant in headline(choice)


@pytest.mark.parametrize("key", CONTROLS)
def test_no_control_is_without_effect(key: str) -> None:
    beside = {"parallel": "ddp"} if key == "ranks" else {}
    if key in SIZE_CONTROLS:
        beside = {"variant": CUSTOM}
    choices = {selected(DEFAULTS | beside | {key: value}) for value in options_of(CONTROLS[key])}
    assert len(choices) > 1


def test_the_controls_reach_every_configuration() -> None:
    keys = ("variant", "mode", "image_encoder", "fusion", "skeleton")
    reached = {
        selected(DEFAULTS | dict(zip(keys, values, strict=True))).config
        for values in product(VARIANTS, MODES, IMAGE_ENCODERS, FUSION_STRATEGIES, SKELETONS)
    }
    assert len(reached) == 39 * len(SKELETONS)


@pytest.mark.parametrize("wrong", ["", "vgg", "-1", "1e3", "²", 20 * "9", "<script>", "motion_only "])
@pytest.mark.parametrize("key", CONTROLS)
def test_a_wrong_value_in_the_url_is_said_with_what_is_allowed(key: str, wrong: str) -> None:
    sentence = url_problems({key: wrong})[key]
    control = CONTROLS[key]
    allowed = control.options[0] if isinstance(control, OptionControl) else str(control.largest)
    assert CONTROLS[key].label in sentence
    assert allowed in sentence


@pytest.mark.parametrize("key", CONTROLS)
def test_right_values_in_the_url_are_taken_without_a_word(key: str) -> None:
    for value in options_of(CONTROLS[key]):
        assert url_problems({key: str(value)}) == {}


@pytest.mark.parametrize("sent", [None, "vgg", -1, 10**9, True, 2.5, ["small"], object()])
@pytest.mark.parametrize("key", CONTROLS)
def test_whatever_a_client_sends_becomes_the_default(key: str, sent: object) -> None:
    assert CONTROLS[key].read(sent) == CONTROLS[key].default


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"mode": "motion_only", "variant": "large"},
        {"skeleton": "v3", "actions": "64", "precision": "bfloat16"},
        {"variant": CUSTOM, "d_model": 192, "num_heads": 4, "num_actions": 7},
        {"variant": CUSTOM, "embedding_dim": 512},
    ],
)
def test_the_python_lines_give_the_same_choice(values: dict[str, str]) -> None:
    choice = selected(DEFAULTS | values)
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
    config = selected_config(values)
    assert check_sizes(config) == config
    changed = [name for name, asked in sizes.items() if getattr(config, name) != asked]
    assert len(size_remarks(values, config)) == len(changed)
    assert set(changed) <= {"d_model", "num_layers", "embedding_dim"}
    assert selected_config(DEFAULTS | values_of(config)) == config


def test_a_preset_keeps_its_name_and_its_actions() -> None:
    config = configure("large", "resnet", "film", "v3", num_actions=64)
    assert values_of(config)["variant"] == "large"
    assert selected_config(DEFAULTS | values_of(config)) == config


def test_the_help_of_a_control_says_what_the_document_advises() -> None:
    for key, facts in (("image_encoder", ENCODER_FACTS), ("fusion", FUSION_FACTS)):
        assert all(f"`{name}`: {fact.description}" in CONTROLS[key].help for name, fact in facts.items())
    assert all(facts.use_case in CONTROLS["variant"].help for facts in VARIANT_FACTS.values())
    assert all(facts.hardware in CONTROLS["variant"].help for facts in VARIANT_FACTS.values())

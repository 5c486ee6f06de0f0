"""Addresses and values: each comes back from the other, and what cannot be read is said and replaced."""

from collections.abc import Sequence
from itertools import product
from typing import Any
from urllib.parse import parse_qs, urlencode

import pytest
from choice_strategies import EVERY_CONTROL, PAGES, WRONG_NUMBERS, WRONG_TEXTS, addresses, values_of_every
from hypothesis import given
from hypothesis import strategies as some

from explorer.choice.codec import NO_PAIRS, PAIR_MARK, defaults, read_address, read_pairs, write_address, write_pairs
from explorer.choice.controls import (
    Control,
    DecimalControl,
    NumberControl,
    OptionControl,
    SeveralControl,
    SwitchControl,
    TextControl,
)
from explorer.choice.shared import CONTROLS
from explorer.plain_text import MAX_QUOTE_LENGTH, quoted

every_page = pytest.mark.parametrize("page", PAGES)
every_control = pytest.mark.parametrize(
    ("key", "control"),
    [(key, control) for _, key, control in EVERY_CONTROL],
    ids=[f"{p}-{k}" for p, k, _ in EVERY_CONTROL],
)


def through_a_browser(address: dict[str, list[str]]) -> dict[str, list[str]]:
    """An address as a server gets it that a browser sent it to."""
    return parse_qs(urlencode(address, doseq=True), keep_blank_values=True)


def allowed(control: Control) -> list[str]:
    """What a sentence on the control has to name."""
    if isinstance(control, OptionControl | SeveralControl):
        return [str(option) for option in control.options]
    if isinstance(control, NumberControl):
        return [str(control.minimum), str(control.maximum)]
    if isinstance(control, DecimalControl):
        return [f"{control.minimum:g}", f"{control.maximum:g}"]
    if isinstance(control, SwitchControl):
        return ["true", "false"]
    return ["write"]


@every_page
@given(data=some.data())
def test_values_come_back_from_the_address(page: str, data: some.DataObject) -> None:
    controls = PAGES[page]
    values = data.draw(values_of_every(controls))
    for full in (False, True):
        address = write_address(values, controls, full=full)
        assert read_address(through_a_browser(address), controls) == (values, [])


@every_page
@given(data=some.data())
def test_whatever_the_address_has_becomes_values_that_are_said(page: str, data: some.DataObject) -> None:
    controls = PAGES[page]
    address = data.draw(addresses(controls))
    values, problems = read_address(address, controls)
    for key, control in controls.items():
        assert control.read(values[key]) == values[key]
        said = [problem for problem in problems if problem.key == key]
        refused = [text for text in taken(control, address.get(key, [])) if not is_taken(control, text)]
        assert len(said) == len(refused)
        for problem in said:
            assert control.label in str(problem) or isinstance(control, SeveralControl)
            assert all(text in problem.wrong for text in allowed(control))
        if isinstance(control, OptionControl | NumberControl | DecimalControl | SwitchControl) and said:
            assert values[key] == control.default
            assert control.format(control.default) in said[0].consequence
    assert read_address(write_address(values, controls), controls) == (values, [])


def taken(control: Control, texts: Sequence[str]) -> list[str]:
    """The texts of a parameter that count: the last one, or all different ones where a control takes several."""
    return list(dict.fromkeys(texts)) if isinstance(control, SeveralControl) else list(texts[-1:])


def is_taken(control: Control, text: str) -> bool:
    try:
        control.parse(text)
    except ValueError:
        return False
    return True


@every_control
def test_right_texts_are_taken_without_a_word(key: str, control: Control) -> None:
    texts = ["jump", "x" * 10] if isinstance(control, TextControl) else allowed(control)
    for text in texts:
        values, problems = read_address({key: [text]}, {key: control})
        assert problems == []
        assert read_address(write_address(values, {key: control}), {key: control})[0] == values


WITHOUT_TEXT = [key for key, control in CONTROLS.items() if not isinstance(control, TextControl)]
"""The shared controls that take no free text."""

SAMPLES = ("", "vgg", "-1", "1e3", "²", 300 * "9", "<script>", "motion_only ")

REFUSED = [
    pytest.param(key, control, wrong, id=f"{page}-{key}-{wrong[:12]}")
    for page, key, control in EVERY_CONTROL
    for wrong in SAMPLES
    if not is_taken(control, wrong)
]


@pytest.mark.parametrize(("key", "control", "wrong"), REFUSED)
def test_a_wrong_text_is_said_with_what_is_allowed(key: str, control: Control, wrong: str) -> None:
    values, (problem,) = read_address({key: [wrong]}, {key: control})
    assert key in problem.wrong
    assert all(text in problem.wrong for text in allowed(control))
    assert control.label in problem.consequence or isinstance(control, SeveralControl)
    assert control.read(values[key]) == values[key]


def test_every_shared_control_refuses_every_wrong_text() -> None:
    refused = {(case.values[0], case.values[2]) for case in REFUSED}
    assert refused >= set(product(WITHOUT_TEXT, SAMPLES))


DECIMALS = [(key, control) for _, key, control in EVERY_CONTROL if isinstance(control, DecimalControl)]


@pytest.mark.parametrize("wrong", [text for text in WRONG_NUMBERS if text != "8.0"] + ["0.1234", ".5", "5.", "0,5"])
@pytest.mark.parametrize(("key", "control"), DECIMALS, ids=[key for key, _ in DECIMALS])
def test_a_decimal_number_is_digits_and_a_point(key: str, control: DecimalControl, wrong: str) -> None:
    values, (problem,) = read_address({key: [wrong]}, {key: control})
    assert values[key] == control.default
    assert problem.consequence == f"{control.label} is set to {control.default:g}."
    assert read_address({key: [f"{control.maximum:.3f}"]}, {key: control}) == ({key: control.maximum}, [])


NUMBERS = [(key, control) for _, key, control in EVERY_CONTROL if isinstance(control, NumberControl)]


@pytest.mark.parametrize("wrong", WRONG_NUMBERS)
@pytest.mark.parametrize(("key", "control"), NUMBERS, ids=[key for key, _ in NUMBERS])
def test_a_number_is_digits_and_nothing_else(key: str, control: NumberControl, wrong: str) -> None:
    with pytest.raises(ValueError, match=f"whole number from {control.minimum} to {control.maximum}"):
        control.parse(wrong)
    values, (problem,) = read_address({key: [wrong]}, {key: control})
    assert values[key] == control.default
    assert problem.consequence == f"{control.label} is set to {control.default}."


@pytest.mark.parametrize("sent", [None, "vgg", -1, 10**9, True, 2.5, ["small"], object()])
@pytest.mark.parametrize("key", WITHOUT_TEXT)
def test_whatever_a_client_sends_becomes_the_default(key: str, sent: object) -> None:
    assert CONTROLS[key].read(sent) == CONTROLS[key].default


@every_control
@pytest.mark.parametrize("sent", [None, "vgg", -1, 10**9, True, 2.5, ["small"], [None, []], object()])
def test_whatever_a_client_sends_becomes_a_value(key: str, control: Control, sent: object) -> None:
    value: Any = control.read(sent)
    assert control.read(value) == value
    assert read_address(write_address({key: value}, {key: control}), {key: control}) == ({key: value}, [])


def test_of_a_parameter_given_twice_the_last_one_counts() -> None:
    values, problems = read_address({"batch_size": ["4", "8"], "variant": ["huge", "small"], "mode": ["x", ""]})
    assert (values["batch_size"], values["variant"]) == (8, "small")
    assert [problem.key for problem in problems] == ["mode"]


def test_a_text_too_long_is_shortened_and_the_sentence_says_so() -> None:
    prompt = PAGES["motion"]["prompt"]
    values, (problem,) = read_address({"prompt": ["walk " * 100]}, {"prompt": prompt})
    assert len(values["prompt"]) <= 200
    assert values["prompt"].startswith("walk walk")
    assert "shortened to 200 characters" in str(problem)


@pytest.mark.parametrize("raw", ["\u202ewalk\x00", "walk\nslowly", "  walk  "])
def test_of_a_text_only_printable_words_stay(raw: str) -> None:
    prompt = PAGES["motion"]["prompt"]
    values, (problem,) = read_address({"prompt": [raw]}, {"prompt": prompt})
    assert values["prompt"].isprintable()
    assert f"Prompt is set to `{values['prompt']}`" in str(problem)


@given(text=some.text() | some.sampled_from(WRONG_TEXTS))
def test_outside_text_is_never_markdown(text: str) -> None:
    shown = quoted(text)
    assert shown == "nothing" or (shown[0] == shown[-1] == "`" and "`" not in shown[1:-1])
    assert len(shown) <= MAX_QUOTE_LENGTH + 2
    assert shown.isprintable()


@given(address=addresses(CONTROLS))
def test_a_sentence_has_outside_text_as_code_alone(address: dict[str, list[str]]) -> None:
    for problem in read_address(address)[1]:
        outside_of_code = "".join(str(problem).split("`")[::2])
        assert str(problem).count("`") % 2 == 0
        assert not set(outside_of_code) & set("[]<>*$\\#|")


# Several choices in one address


@given(values=values_of_every(CONTROLS))
def test_values_come_back_from_a_list_of_pairs(values: dict[str, Any]) -> None:
    text = write_pairs(values, CONTROLS)
    assert read_pairs(text, CONTROLS) == (values, [])
    assert "," not in text


def test_a_list_says_only_what_is_not_at_its_default() -> None:
    assert write_pairs(defaults(), CONTROLS) == NO_PAIRS
    assert write_pairs(defaults() | {"batch_size": 8, "mode": "motion_only"}, CONTROLS) == (
        "mode-motion_only~batch_size-8"
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "nothing: choose from variant, mode"),
        ("batch-8", "`batch`: choose from variant, mode"),
        ("batch_size", "batch_size nothing: choose a whole number from 1 to 512"),
        ("batch_size-8~batch_size-9", "batch_size twice"),
        ("variant-huge", "variant `huge`: choose one of small, medium, large, custom"),
    ],
)
def test_a_list_that_cannot_be_read_is_said(text: str, said: str) -> None:
    _, (problem,) = read_pairs(text, CONTROLS)
    assert said in problem.wrong


@pytest.mark.parametrize("key", CONTROLS)
def test_no_name_and_no_option_has_a_sign_of_the_grammar(key: str) -> None:
    control = CONTROLS[key]
    names = [key, *(control.options if isinstance(control, OptionControl) else ())]
    assert not [name for name in names if "," in name or PAIR_MARK in name]
    assert "-" not in key

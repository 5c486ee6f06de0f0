"""The controls as Streamlit draws them: what an address or a client says becomes what they show and what is priced."""

from typing import Any

import pytest
from choice_strategies import WRONG_NUMBERS, addresses
from hypothesis import given, settings
from streamlit.proto.WidgetStates_pb2 import WidgetState, WidgetStates
from streamlit.testing.v1 import AppTest

from explorer.choice.codec import choice_of, read_address, settled
from explorer.choice.controls import Control, OptionControl, TextControl
from explorer.choice.shared import CONTROLS, SIZE_CONTROLS
from stickgen.config import CUSTOM


def sidebar() -> None:
    """A page that has no more than the shared controls."""
    import streamlit as st

    from explorer.choice import text, widgets

    widgets.shared_controls()
    widgets.say_problems()
    choice = widgets.current()
    st.markdown(text.headline(choice))
    st.session_state["priced"] = choice
    st.session_state["link"] = widgets.share_link()


def table() -> None:
    """A page with controls of its own."""
    import streamlit as st

    from explorer.choice import widgets
    from explorer.sizing.controls import TABLE_CONTROLS

    widgets.shared_controls()
    widgets.say_problems()
    st.session_state["values"] = widgets.page_controls(TABLE_CONTROLS)


def open_page(page: Any = sidebar, **query: Any) -> AppTest:
    app = AppTest.from_function(page, default_timeout=120)
    app.query_params.update(query)
    app.run()
    assert not app.exception, app.exception
    return app


def shown(app: AppTest) -> dict[str, Any]:
    """What the shared controls show."""
    return {key: getattr(app, widget_of(control))(key).value for key, control in CONTROLS.items()}


def widget_of(control: Control) -> str:
    """The kind of widget that a shared control is."""
    if isinstance(control, OptionControl):
        return {"bar": "segmented_control", "list": "selectbox"}[control.drawn_as]
    return "text_input" if isinstance(control, TextControl) else "number_input"


def assert_agrees(app: AppTest) -> None:
    """What the controls show is what is priced."""
    values = shown(app)
    assert settled(values) == (values, {})
    assert choice_of(values) == app.session_state["priced"]


ADAPTED = [
    ({"parallel": "ddp"}, "ranks", 2, "ddp needs at least 2 devices"),
    ({"parallel": "fsdp2", "ranks": "1"}, "ranks", 2, "fsdp2 needs at least 2 devices"),
    ({"ranks": "8"}, "ranks", 1, "one device"),
    ({"lora_rank": "8", "frozen": "all_but_heads"}, "frozen", "none", "LoRA freezes every weight"),
    ({"mode": "motion_only", "frozen": "image_encoder"}, "frozen", "none", "no image encoder"),
    ({"variant": "small", "activation_checkpointing": "24"}, "activation_checkpointing", 6, "6 layers"),
    ({"variant": CUSTOM, "d_model": "390", "num_heads": "7"}, "d_model", 364, "twice the heads"),
]


@pytest.mark.parametrize(("query", "key", "value", "said"), ADAPTED)
def test_a_control_shows_the_value_it_was_adapted_to(query: dict[str, str], key: str, value: Any, said: str) -> None:
    app = open_page(**query)
    assert shown(app)[key] == value
    assert_agrees(app)
    (remark,) = app.info
    assert said in remark.value
    assert not app.warning
    app.run()
    assert shown(app)[key] == value
    assert_agrees(app)


def test_a_control_that_a_user_sets_adapts_another() -> None:
    app = open_page()
    app.segmented_control(key="parallel").set_value("ddp").run()
    assert shown(app)["ranks"] == 2
    assert "Devices is set to 2, not 1: ddp needs" in app.info[0].value
    app.number_input(key="ranks").set_value(16).run()
    assert app.session_state["priced"].plan.ranks == 16
    assert not app.info


@pytest.mark.parametrize("wrong", WRONG_NUMBERS)
def test_a_number_in_digits_alone_is_taken_from_the_address(wrong: str) -> None:
    app = open_page(batch_size=wrong, seed=wrong)
    assert app.number_input(key="batch_size").value == 1
    assert_agrees(app)
    (warning,) = app.warning
    assert "Batch size is set to 1." in warning.value
    app.run()
    assert app.number_input(key="batch_size").value == 1
    assert not app.warning


@pytest.mark.parametrize(("given", "value"), [(["4", "8"], 8), (["x", "8"], 8), (["8", "1"], 1), (["8", "x"], 1)])
def test_of_a_parameter_given_twice_the_last_one_counts(given: list[str], value: int) -> None:
    app = open_page(batch_size=given)
    assert shown(app)["batch_size"] == value
    assert bool(app.warning) == (given[-1] == "x")
    assert_agrees(app)


@settings(max_examples=25)
@given(address=addresses(CONTROLS))
def test_sentence_control_and_what_is_priced_agree_whatever_the_address(address: dict[str, list[str]]) -> None:
    app = open_page(**address)
    assert_agrees(app)
    values, problems = read_address(address)
    expected, remarks = settled(values)
    assert shown(app) == expected
    said = "\n\n".join(element.value for element in (*app.warning, *app.info))
    assert sorted(said.split("\n\n")) == sorted([*map(str, problems), *remarks.values()]) or not (problems or remarks)
    app.run()
    assert not app.warning
    assert not app.info
    assert shown(app) == expected
    again = open_page(**values_in(app.session_state["link"]))
    assert again.session_state["priced"] == app.session_state["priced"]


def values_in(link: str) -> dict[str, list[str]]:
    from urllib.parse import parse_qs, urlsplit

    return parse_qs(urlsplit(link).query, keep_blank_values=True)


def test_a_control_without_effect_is_disabled() -> None:
    app = open_page(mode="motion_only")
    assert app.selectbox(key="fusion").disabled
    assert app.number_input(key="d_model").disabled
    assert app.number_input(key="ranks").disabled
    assert not app.number_input(key="batch_size").disabled
    app = open_page(variant=CUSTOM, lora_rank="8")
    assert not any(app.number_input(key=key).disabled for key in SIZE_CONTROLS)
    assert app.selectbox(key="frozen").disabled
    assert not app.selectbox(key="fusion").disabled


def test_markdown_in_an_address_is_shown_as_it_is() -> None:
    (warning,) = open_page(variant="[Update](https://x.invalid)").warning
    assert "variant `[Update](https://x.invalid)`: choose one of small" in warning.value


FORGED: list[tuple[str, dict[str, Any]]] = [
    ("variant", {"string_array_value": ["huge"]}),
    ("variant", {"string_value": "huge"}),
    ("variant", {"int_array_value": [99]}),
    ("image_encoder", {"string_value": "vgg"}),
    ("image_encoder", {"double_value": 1e9}),
    ("image_encoder", {"bool_value": True}),
    ("batch_size", {"double_value": 1e9}),
    ("batch_size", {"double_value": -1}),
    ("batch_size", {"bool_value": True}),
]
"""Values no browser sends that Streamlit hands on, of another type among them."""


def forged(widget_id: str, value: dict[str, Any]) -> WidgetState:
    state = WidgetState(id=widget_id)
    ((field, sent),) = value.items()
    if isinstance(sent, list):
        getattr(state, field).data.extend(sent)
    else:
        setattr(state, field, sent)
    return state


@pytest.mark.parametrize(("key", "value"), FORGED, ids=str)
def test_a_forged_value_does_not_leave_the_session_failing(key: str, value: dict[str, Any]) -> None:
    app = open_page(variant="large")
    sent, bad = app._tree.get_widget_states(), WidgetStates()
    bad.widgets.extend(forged(state.id, value) if state.id.endswith(f"-{key}") else state for state in sent.widgets)
    assert bad != sent
    app._run(bad)
    if not app.exception:  # Streamlit cannot write some of them back
        assert_agrees(app)
    app._run(sent)
    assert not app.exception, app.exception
    assert_agrees(app)
    assert app.session_state["priced"].config.variant == "large"


def test_a_page_takes_its_controls_from_the_address_and_says_what_is_wrong_once() -> None:
    query = {"find": "a" * 300, "sort": "up", "only_mode": ["Multimodal", "x"], "columns": [""], "order": "descending"}
    app = open_page(table, **query)
    values = app.session_state["values"]
    assert values["find"] == "a" * 100
    assert (values["sort"], values["order"]) == ("as listed", "descending")
    assert (values["only_mode"], values["columns"]) == (("Multimodal",), ())
    (warning,) = app.warning
    assert "shortened to 100 characters" in warning.value
    assert "sort `up`" in warning.value
    assert "only_mode `x`" in warning.value
    app.run()
    assert app.session_state["values"] == values
    assert not app.warning

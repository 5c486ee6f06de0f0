"""The choice on the screen: its controls, bound to the address, and what there is to say about it.

Streamlit reads the address of a bound control by itself, more leniently than the codec does, and fails on some
numbers. So a control whose text in the address is not what the codec would write is drawn unbound for one run, and
the address is set right. What a client sends is checked before a control is drawn, too.
"""

from collections.abc import Collection, Mapping, Sequence
from contextlib import nullcontext
from typing import Any, NoReturn
from urllib.parse import urlencode

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from explorer.choice.codec import (
    Choice,
    choice_of,
    read_address,
    settled,
    values_of_plan,
    without_effect,
    write_address,
)
from explorer.choice.controls import (
    DECIMALS,
    Control,
    Controls,
    DecimalControl,
    NumberControl,
    OptionControl,
    SeveralControl,
    SwitchControl,
)
from explorer.choice.shared import (
    CONFIG_CONTROLS,
    CONTROLS,
    KNOB_CONTROLS,
    MODEL_CONTROLS,
    PLAN_CONTROLS,
    SIZE_CONTROLS,
    STEP_CONTROLS,
)
from stickgen.config import CUSTOM
from stickgen.plan import TrainingPlan

_PROBLEMS, _REMARKS = "address_problems", "choice_remarks"
"""Where the session keeps what is still to be said: of the address, and of adapted values, by control."""

_PROBLEMS_SAID, _REMARKS_SAID = "address_problems_said", "choice_remarks_said"
"""Where the session keeps what this run has said."""

_CORRECTIONS = "choice_corrections"
"""Where the session keeps values that controls take in the next run."""

_NEW = object()
"""In place of the value of a widget that never stood on a page."""


def shared_controls() -> None:
    """Draw the controls all pages share where the caller stands."""
    st.session_state[_PROBLEMS_SAID], st.session_state[_REMARKS_SAID] = [], {}
    corrections = st.session_state.pop(_CORRECTIONS, {})
    values, remarks = settled(_asked(CONTROLS) | corrections)
    st.session_state.setdefault(_REMARKS, {}).update(remarks)
    bound, idle = _set(CONTROLS, values), without_effect(values)

    def draw(controls: Controls) -> None:
        for key, control in controls.items():
            _draw(key, control, bound=key in bound, disabled=key in idle)

    st.subheader("Model")
    draw(MODEL_CONTROLS)
    with st.expander("Custom size", expanded=values["variant"] == CUSTOM):
        draw(SIZE_CONTROLS)
    _say_remarks(CONFIG_CONTROLS)
    st.subheader("Training step")
    draw(STEP_CONTROLS)
    with st.expander("More training settings"):
        draw(KNOB_CONTROLS)
    _say_remarks(PLAN_CONTROLS)
    if not corrections:
        _correct()


def page_controls(controls: Controls, places: Mapping[str, DeltaGenerator] | None = None) -> dict[str, Any]:
    """Draw controls of one page, each in its place or where the caller stands, and return their values."""
    bound = _set(controls, _asked(controls))
    for key, control in controls.items():
        with (places or {}).get(key) or nullcontext():
            _draw(key, control, bound=key in bound)
    say_problems()
    return _values(controls)


def current() -> Choice:
    """The choice as it stands. Whatever a client may have sent, it is one that can be built."""
    return choice_of(current_values())


def current_values() -> dict[str, Any]:
    """What every shared control is set to, those without an effect included."""
    return _values(CONTROLS)


def choose(**values: Any) -> None:
    """Set controls from a callback, as if the user had."""
    for key, value in values.items():
        st.session_state[key] = CONTROLS[key].read(value)


def choose_plan(plan: TrainingPlan) -> None:
    """Set every control of the training step from a callback."""
    choose(**values_of_plan(plan))


def share_link(controls: Controls = CONTROLS) -> str:
    """The address that opens this page with this choice, in full. `controls` are those that stand on the page."""
    return f"{st.context.url}?{urlencode(write_address(_values(controls), controls, full=True), doseq=True)}"


def say_problems() -> None:
    """Say what is wrong with the address, each thing once."""
    sentences = st.session_state.pop(_PROBLEMS, [])
    st.session_state[_PROBLEMS_SAID] += sentences
    warn(sentences)


def warn(sentences: Sequence[str]) -> None:
    """Say what is wrong with the address. Without any sentences the place is kept, so that nothing below it moves up.

    Streamlit knows what stands on the page by its position: while a page runs, what moved would be there twice.
    """
    place = st.empty()
    if sentences:
        place.warning("\n\n".join(sentences), icon=":material/link_off:")


def rerun() -> NoReturn:
    """Run the page again for a result that has come, and keep what was said on the screen."""
    state = st.session_state
    state[_PROBLEMS] = [*state[_PROBLEMS_SAID], *state.get(_PROBLEMS, [])]
    state[_REMARKS] = state[_REMARKS_SAID] | state.get(_REMARKS, {})
    st.rerun()


def _say_remarks(controls: Controls) -> None:
    """Say which of these controls took another value than was asked for."""
    place, waiting = st.empty(), st.session_state[_REMARKS]
    said = {key: waiting.pop(key) for key in controls if key in waiting}
    st.session_state[_REMARKS_SAID].update(said)
    if said:
        place.info("\n\n".join(said.values()), icon=":material/tune:")


def _address() -> dict[str, list[str]]:
    return {key: st.query_params.get_all(key) for key in st.query_params}


def _held(key: str) -> object:
    """What a widget holds."""
    try:
        return st.session_state[key]
    except KeyError:
        return _NEW
    except Exception:  # whatever Streamlit says of a value of another type
        return None


def _values(controls: Controls) -> dict[str, Any]:
    """What controls that stand on the page hold, whatever the client may have sent."""
    return {key: control.read(_held(key)) for key, control in controls.items()}


def _asked(controls: Controls) -> dict[str, Any]:
    """What controls are to show: what they hold already or else what the address says, whose problems are noted."""
    new = {key: control for key, control in controls.items() if _held(key) is _NEW}
    from_address, problems = read_address(_address(), new)
    waiting = st.session_state.setdefault(_PROBLEMS, [])
    waiting += [sentence for sentence in map(str, problems) if sentence not in waiting]
    return _values(controls) | from_address


def _set(controls: Controls, values: Mapping[str, Any]) -> Collection[str]:
    """Have controls show these values once they are drawn. Returns those whose text in the address is in order."""
    address = _address()
    in_address, problems = read_address(address, controls)
    wrong = {problem.key for problem in problems}
    wrong |= {
        key for key in controls if len(address.get(key, ())) > 1 and not isinstance(controls[key], SeveralControl)
    }
    written = write_address(values, controls)
    bound = set(controls) - wrong
    for key, value in values.items():
        shown, held = _shown(value), _held(key)
        if held is not _NEW:
            if held != shown or type(held) is not type(shown):
                st.session_state[key] = shown
        elif key in wrong or value != in_address[key]:
            bound.discard(key)
            st.session_state[key] = shown
            if key in written:
                st.query_params[key] = written[key]
            elif key in address:
                del st.query_params[key]
    return bound


def _shown(value: Any) -> Any:
    """A value as its widget holds it."""
    return list(value) if isinstance(value, tuple) else value


def _correct() -> None:
    """Run again where controls, once drawn, hold values that do not go together.

    On the way back through the browser's history Streamlit takes values from the address as it draws.
    """
    values = _values(CONTROLS)
    better, remarks = settled(values)
    if better != values:
        st.session_state[_CORRECTIONS] = better
        st.session_state[_REMARKS].update(remarks)
        rerun()


def _draw(key: str, control: Control, *, bound: bool, disabled: bool = False) -> None:
    options: dict[str, Any] = {
        "key": key,
        "help": control.help,
        "disabled": disabled,
        "bind": "query-params" if bound else None,
        "persist_state": "session",
    }
    if isinstance(control, OptionControl):
        _draw_options(control, options)
    elif isinstance(control, NumberControl):
        st.number_input(control.label, control.minimum, control.maximum, control.default, control.step, **options)
    elif isinstance(control, DecimalControl):
        st.number_input(
            control.label, control.minimum, control.maximum, control.default, control.step,
            format=f"%.{DECIMALS}g", **options,
        )  # fmt: skip
    elif isinstance(control, SwitchControl):
        st.toggle(control.label, control.default, **options)
    elif isinstance(control, SeveralControl):
        st.multiselect(
            control.label, control.options, default=control.default, placeholder=control.placeholder, **options
        )
    else:
        st.text_input(
            control.label, control.default, max_chars=control.max_length, placeholder=control.placeholder, **options
        )


def _draw_options(control: OptionControl, options: dict[str, Any]) -> None:
    index = control.options.index(control.default)
    if control.drawn_as == "bar":
        st.segmented_control(
            control.label, control.options, default=control.default, required=True, width="stretch", **options
        )
    elif control.drawn_as == "list":
        st.selectbox(control.label, control.options, index=index, **options)
    else:
        st.radio(control.label, control.options, index=index, horizontal=True, **options)

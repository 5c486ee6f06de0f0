"""The choice all pages share: its controls, its place in the URL, and what it means."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, NoReturn
from urllib.parse import urlencode

import streamlit as st

from explorer.controls import Control
from explorer.shared_controls import (
    CONTROLS,
    KNOB_CONTROLS,
    MODEL_CONTROLS,
    SIZE_CONTROLS,
    STEP_CONTROLS,
)
from stickgen import ModelConfig, configure
from stickgen.config import CUSTOM, VARIANT_FIELDS, VARIANTS
from stickgen.plan import TrainingPlan, adapt_plan, changed_knobs
from stickgen.sizing.limits import nearest_config, size_text

Controls = Mapping[str, Control]
"""Key, which is also the parameter in the URL, to the control."""

_SAID, _TO_SAY, _ON_SCREEN = "url_problems_said", "url_problems_to_say", "url_problems_on_screen"
"""Where the session keeps what was wrong with the URL: what was said, what is yet to say, what this run says."""


@dataclass(frozen=True, kw_only=True)
class Selection:
    """What the user has chosen."""

    config: ModelConfig
    plan: TrainingPlan


def url_problems(parameters: Mapping[str, str], controls: Controls = CONTROLS) -> dict[str, str]:
    """The controls for which the URL holds a value they cannot take, each with a sentence that says so."""
    sentences = {}
    for key, control in controls.items():
        raw = parameters.get(key)
        if raw is not None and (problem := control.problem(raw)):
            asked = f"{key} “{raw[:40]}”, which is not possible" if raw else f"no {key}"
            sentences[key] = f"The address asks for {asked}: {problem}. {control.label} is set to {control.default}."
    return sentences


def shared_controls() -> dict[str, Any]:
    """Draw the controls all pages share where the caller stands, and return their values."""
    st.session_state[_ON_SCREEN] = []
    _hear(CONTROLS)
    st.subheader("Model")
    _draw(MODEL_CONTROLS)
    with st.expander("Custom size", expanded=st.session_state.get("variant") == CUSTOM):
        _draw(SIZE_CONTROLS)
    remarks = st.empty()
    st.subheader("Training step")
    _draw(STEP_CONTROLS)
    with st.expander("More knobs"):
        _draw(KNOB_CONTROLS)
    values = _values(CONTROLS)
    if sentences := size_remarks(values, selected_config(values)):
        remarks.info("\n\n".join(sentences), icon=":material/straighten:")
    return values


def page_controls(controls: Controls) -> dict[str, Any]:
    """Draw controls of one page where the caller stands, and return their values."""
    _hear(controls)
    _draw(controls)
    values = _values(controls)
    say_url_problems()
    return values


def say_url_problems() -> None:
    """Say what was wrong with the URL, each thing once."""
    sentences = st.session_state.pop(_TO_SAY, [])
    st.session_state[_ON_SCREEN] += sentences
    warn(sentences)


def warn(sentences: Sequence[str]) -> None:
    """Say what is wrong with the address. Without any sentences the place is kept, so that nothing below it moves up.

    Streamlit knows what stands on the page by its position: while a page runs, what moved would be there twice.
    """
    place = st.container()
    if sentences:
        place.warning("\n\n".join(sentences), icon=":material/link_off:")


def rerun() -> NoReturn:
    """Run the page again for a result that has come, and keep on the screen what was wrong with the URL."""
    st.session_state[_TO_SAY] = st.session_state[_ON_SCREEN]
    st.rerun()


def _hear(controls: Controls) -> None:
    """Keep in mind what is wrong with the URL, before the controls are drawn."""
    for key, sentence in url_problems(st.query_params, controls).items():
        # Streamlit replaces wrong values in the URL by itself, but leaves an empty one there.
        if st.session_state.setdefault(_SAID, {}).get(key) != sentence:
            st.session_state[_SAID][key] = sentence
            st.session_state.setdefault(_TO_SAY, []).append(sentence)
    for key in _empty(controls):
        st.session_state[key] = controls[key].default


def _values(controls: Controls) -> dict[str, Any]:
    if _empty(controls):
        # An empty value in the URL means "nothing chosen" to Streamlit, and a control's value can only be set
        # before it is drawn: draw them again.
        st.rerun()
    return {key: control.read(st.session_state.get(key)) for key, control in controls.items()}


def _empty(controls: Controls) -> list[str]:
    return [key for key in controls if st.session_state.get(key, "") is None]


def _draw(controls: Mapping[str, Control]) -> None:
    for key, control in controls.items():
        control.draw(key, disabled=_is_idle(key, control))


def _is_idle(key: str, control: Control) -> bool:
    """Whether a control has no say. Asked as it is drawn: those that decide it stand above it."""
    motion_only = st.session_state.get("mode") == "motion_only"
    custom = st.session_state.get("variant") == CUSTOM
    if key in SIZE_CONTROLS:
        return not custom
    return (control.multimodal_only and motion_only) or (custom and key == "actions")


def current() -> Selection:
    """The choice as it stands. Whatever a client may have sent, it is one that can be built."""
    return selected({key: control.read(st.session_state.get(key)) for key, control in CONTROLS.items()})


def selected(values: Mapping[str, Any]) -> Selection:
    """What a value for every control means. Knobs without effect beside another one take their default."""
    config = selected_config(values)
    knobs = {key: values[key] for key in (*STEP_CONTROLS, *KNOB_CONTROLS)}
    if knobs["lora_rank"]:
        knobs["frozen"] = "none"
    knobs["ranks"] = 1 if knobs["parallel"] == "none" else max(2, knobs["ranks"])
    return Selection(config=config, plan=adapt_plan(config, TrainingPlan(**knobs)))


def selected_config(values: Mapping[str, Any]) -> ModelConfig:
    """What a value for every control of the model means."""
    multimodal = values["mode"] == "multimodal"
    parts = {
        "image_encoder": values["image_encoder"] if multimodal else None,
        "fusion": values["fusion"] if multimodal else None,
        "skeleton": values["skeleton"],
        "image_size": int(values["image_size"]),
    }
    if values["variant"] == CUSTOM:
        sizes = {key: values.get(key, control.default) for key, control in SIZE_CONTROLS.items()}
        return nearest_config(**sizes, **parts)
    return configure(values["variant"], **parts, num_actions=int(values["actions"]))


def values_of(config: ModelConfig) -> dict[str, Any]:
    """A value for every control of the model that decides, so that `selected_config` gives this config."""
    values: dict[str, Any] = {
        "variant": config.variant,
        "mode": config.mode,
        "image_encoder": config.image_encoder or MODEL_CONTROLS["image_encoder"].default,
        "fusion": config.fusion or MODEL_CONTROLS["fusion"].default,
        "skeleton": config.skeleton,
        "actions": str(config.num_actions),
        "image_size": str(config.image_size),
    }
    if config.variant in VARIANTS and values["actions"] in MODEL_CONTROLS["actions"].options:
        return values
    sizes = {key: getattr(config, key) for key in SIZE_CONTROLS}
    return values | sizes | {"variant": CUSTOM, "actions": MODEL_CONTROLS["actions"].default}


def size_remarks(values: Mapping[str, Any], config: ModelConfig) -> list[str]:
    """Where a custom size is not what was asked for, a sentence each."""
    if values["variant"] != CUSTOM:
        return []
    return [
        f"{control.label} is {getattr(config, key)}: {values[key]} does not go together with the other sizes."
        for key, control in SIZE_CONTROLS.items()
        if getattr(config, key) != values[key]
    ]


def headline(choice: Selection) -> str:
    """The choice in one line of Markdown, for the main area."""
    config, plan = choice.config, choice.plan
    parts = ["motion-only"]
    if config.image_encoder and config.fusion:
        parts = ["multimodal", f"`{config.image_encoder}` + `{config.fusion}`"]
    step = f"batch {plan.batch_size} × {plan.sequence_length} frames"
    return " · ".join(
        (
            f"**{config.variant}**" + (f" ({size_text(config)})" if config.variant == CUSTOM else ""),
            *parts,
            f"skeleton {config.skeleton}",
            f"{config.num_actions} actions",
            step,
        )
    )


def as_python(choice: Selection) -> str:
    """The Python that gives the figures of this choice."""
    config = choice.config
    custom = config.variant == CUSTOM
    named = {field.name: getattr(config, field.name) for field in fields(config)}
    defaults = {field.name: field.default for field in fields(config)}
    if not custom:
        defaults |= {name: getattr(VARIANTS[config.variant], name) for name in VARIANT_FIELDS}
    arguments = [] if custom else [repr(config.variant)]
    arguments += [f"{name}={value!r}" for name, value in named.items() if value != defaults[name]]
    call = f"{'ModelConfig' if custom else 'configure'}({', '.join(arguments)})"
    knobs = ", ".join(f"{name}={value!r}" for name, value in changed_knobs(choice.plan).items())
    return (
        "import stickgen\n\n"
        f"config, plan = stickgen.{call}, stickgen.TrainingPlan({knobs})\n"
        "print(stickgen.count_parameters(config).total, stickgen.file_size(config), "
        "stickgen.estimate_memory(stickgen.TrainingStep(config, plan)).peak_bytes)\n"
    ).replace("'", '"')


def choose(**values: str | int) -> None:
    """Set controls from a callback, as if the user had."""
    for key, value in values.items():
        st.session_state[key] = CONTROLS[key].read(value)


def choose_plan(plan: TrainingPlan) -> None:
    """Set every control of the training step from a callback."""
    choose(**{key: getattr(plan, key) for key in (*STEP_CONTROLS, *KNOB_CONTROLS)})


def share_link(controls: Controls = CONTROLS) -> str:
    """The address that opens this page with this choice, in full. `controls` are those that stand on the page."""
    return f"{st.context.url}?{urlencode({key: st.session_state[key] for key in controls})}"

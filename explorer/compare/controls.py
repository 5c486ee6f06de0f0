"""What is compared, as a user puts it together. It stands in the address and in the session."""

from dataclasses import replace

import streamlit as st

from explorer.choice import widgets
from explorer.choice.codec import Choice, config_of, defaults, values_of_config
from explorer.choice.controls import Control, OptionControl, SwitchControl
from explorer.choice.shared import MODEL_CONTROLS
from explorer.compare.comparison import DEFAULT, MAX_ENTRIES, MIN_ENTRIES, Comparison, parse_comparison
from explorer.compare.entries import Entry
from explorer.motion.controls import PROMPT_CONTROL
from stickgen.config import CUSTOM
from stickgen.plan import TrainingPlan, full_plan_text
from stickgen.sizing.devices import DEVICES

_PARAMETERS = ("configs", "baseline")
_KEPT, _WRITTEN, _PROBLEMS = "comparison", "comparison_written", "comparison_problems"
"""Where the session keeps the comparison, what of it stands in the address, and what was wrong there."""

_BASELINE = "comparison_baseline"

DEVICE_CONTROL: dict[str, Control] = {
    "device": OptionControl(
        label="Largest batch size on",
        options=tuple(DEVICES),
        default="RTX 3060",
        help="The largest batch whose training step fits this device, leaving room for the most that it is "
        "assumed to need beside tensors.",
    )
}

DIFFERING_CONTROL: dict[str, Control] = {
    "differing": SwitchControl(
        label="Hide equal rows", default=False, help="Hides rows in which all configurations have the same value."
    )
}

FRONT_CONTROL: dict[str, Control] = {
    "others": SwitchControl(
        label="Show all other configurations in grey",
        default=True,
        help="Their training steps are traced one after the other. The first time, each takes about a second.",
    )
}

MOTION_CONTROLS: dict[str, Control] = PROMPT_CONTROL


def current() -> Comparison:
    """The comparison in the address, else that of this session, else the documented defaults."""
    asked = {key: st.query_params[key] for key in _PARAMETERS if key in st.query_params}
    if _KEPT not in st.session_state or (asked and asked != st.session_state.get(_WRITTEN)):
        _keep(*parse_comparison(asked))
    comparison: Comparison = st.session_state[_KEPT]
    _write(comparison)
    return comparison


def draw(comparison: Comparison, sidebar: Choice) -> None:
    """A line for each entry with its buttons, and one that adds the sidebar's configuration."""
    widgets.warn(st.session_state.get(_PROBLEMS, []))
    with st.container():  # of as many as there are, so that all below keeps its place
        for place in range(len(comparison.entries)):
            _draw_entry(comparison, place, sidebar.plan)
    candidate = Entry(config=sidebar.config)
    full = len(comparison.entries) == MAX_ENTRIES
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            f"Add from the sidebar: {candidate.label}",
            key="comparison_add",
            icon=":material/add:",
            disabled=full,
            help=f"A comparison has at most {MAX_ENTRIES} configurations." if full else None,
            on_click=_keep,
            args=(comparison.inserted(len(comparison.entries), candidate) if not full else comparison,),
        )
        st.button(
            "Reset to the three documented ones",
            key="comparison_reset",
            icon=":material/restart_alt:",
            disabled=comparison == DEFAULT,
            on_click=_keep,
            args=(DEFAULT,),
        )


def draw_table_controls(comparison: Comparison) -> tuple[str, bool]:
    """The baseline, the device, and whether equal rows are hidden; returns the latter two."""
    baseline, device, differing = st.columns([3, 2, 2], vertical_alignment="bottom")
    with baseline:
        st.session_state[_BASELINE] = comparison.names[comparison.baseline]
        st.selectbox("Baseline", comparison.names, key=_BASELINE, on_change=_choose_baseline, args=(comparison,))
    with device:
        chosen: str = widgets.page_controls(DEVICE_CONTROL)["device"]
    with differing:
        hidden: bool = widgets.page_controls(DIFFERING_CONTROL)["differing"]
    return chosen, hidden


def _draw_entry(comparison: Comparison, place: int, shared: TrainingPlan) -> None:
    entry, name = comparison.entries[place], comparison.names[place]
    few, full = len(comparison.entries) == MIN_ENTRIES, len(comparison.entries) == MAX_ENTRIES
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key=f"entry_{place + 1}"):
        st.markdown(
            f"**{name}**" + ("  :gray-badge[baseline]" if place == comparison.baseline else ""), width="stretch"
        )
        with st.container(horizontal=True, gap="xsmall", width="content"):  # on a phone they go to a line together
            editor = st.popover("Change", key=f"change_{place}", on_change="rerun", type="tertiary")
            for what, icon, changed in (
                ("Move up", "arrow_upward", comparison.moved_up(place) if place else None),
                ("Duplicate", "content_copy", None if full else comparison.inserted(place + 1, entry)),
                ("Remove", "close", None if few else comparison.removed(place)),
            ):
                st.button(
                    f":material/{icon}:",
                    key=f"{what}_{place}",
                    help=f"{what}: {name}",
                    type="tertiary",
                    disabled=changed is None,
                    on_click=_keep,
                    args=(changed or comparison,),
                )
        if editor.open:
            with editor:
                _draw_editor(comparison, place)
                _draw_plan_editor(comparison, place, shared)


def _draw_editor(comparison: Comparison, place: int) -> None:
    """Every choice the entry's configuration consists of."""
    config = comparison.configs[place]
    values = values_of_config(config)
    custom = values["variant"] == CUSTOM
    columns = st.columns(2)  # so that the whole of it fits a screen
    for index, (key, control) in enumerate(MODEL_CONTROLS.items()):
        if custom and key == "actions":
            continue  # any number, which the entry keeps
        options = tuple(option for option in control.options if custom or option != CUSTOM)
        widget = f"entry_{key}_{place}"
        st.session_state[widget] = values[key]
        columns[index % 2].selectbox(
            control.label, options, key=widget, on_change=_edit, args=(comparison, place),
            disabled=control.multimodal_only and not config.is_multimodal,
        )  # fmt: skip


def _draw_plan_editor(comparison: Comparison, place: int, shared: TrainingPlan) -> None:
    """Which plan the entry trains with, and the buttons that copy between it and the sidebar."""
    entry = comparison.entries[place]
    kept = entry.keeping(shared)
    if entry.plan:
        st.markdown(f"Trains with its own plan: {full_plan_text(entry.plan)}.")
        st.button(
            "Use the sidebar's plan instead", key=f"entry_share_plan_{place}", width="stretch",
            on_click=_keep, args=(comparison.replaced(place, Entry(config=entry.config)),),
        )  # fmt: skip
    else:
        st.markdown("Trains with the sidebar's plan, and changes with it.")
    st.button(
        "Keep the sidebar's current plan for this one", key=f"entry_own_plan_{place}", width="stretch",
        disabled=entry == kept, on_click=_keep, args=(comparison.replaced(place, kept),),
        help=f"It then trains with {full_plan_text(kept.step(shared).plan)}, even if the sidebar changes.",
    )  # fmt: skip
    st.button("Copy this to the sidebar", key=f"entry_open_{place}", width="stretch", on_click=_open, args=(entry,))


def _open(entry: Entry) -> None:
    """Set the sidebar to an entry, and to its plan where it has one of its own."""
    widgets.choose(**values_of_config(entry.config))
    if entry.plan:
        widgets.choose_plan(entry.plan)


def _edit(comparison: Comparison, place: int) -> None:
    """Take over what the editor says."""
    entry = comparison.entries[place]
    values = defaults() | values_of_config(entry.config)
    for key, control in MODEL_CONTROLS.items():
        if (sent := st.session_state.get(f"entry_{key}_{place}")) is not None:
            values[key] = control.read(sent)
    _keep(comparison.replaced(place, entry.becoming(config_of(values))))


def _choose_baseline(comparison: Comparison) -> None:
    chosen = st.session_state[_BASELINE]
    if chosen in comparison.names:
        _keep(replace(comparison, baseline=comparison.names.index(chosen)))


def _keep(comparison: Comparison, problems: list[str] | None = None) -> None:
    """Make this the comparison of the session. What was wrong with the address is said until the next change."""
    st.session_state[_KEPT] = comparison
    st.session_state[_PROBLEMS] = problems or []
    _write(comparison)


def _write(comparison: Comparison) -> None:
    """Put the comparison into the address."""
    parameters = comparison.as_parameters()
    for key in _PARAMETERS:
        if key in parameters:
            st.query_params[key] = parameters[key]
        elif key in st.query_params:
            del st.query_params[key]
    st.session_state[_WRITTEN] = parameters

"""One training step: what happens in it, what it fits, and what would make it fit."""

import streamlit as st

from explorer import builders, panels, selection
from explorer.controls import Control, NumberControl, OptionControl
from explorer.memory import charts, tables
from stickgen.devices import DEVICES, Device
from stickgen.sizing import NotMeasurableError

OTHER = "another device"
PAGE_CONTROLS: dict[str, Control] = {
    "device": OptionControl(
        label="Device",
        options=(*DEVICES, OTHER),
        default="RTX 3060",
        help="GB as makers state them, read as 10⁹ bytes.",
    ),
    "device_gb": NumberControl(
        label="Memory of another device (GB)", smallest=1, largest=1024, default=8, help="Read as a CUDA device."
    ),
}

choice = selection.current()
config, plan = choice.config, choice.plan

st.title("Memory")
st.markdown(selection.headline(choice))

progress = st.empty()
estimate = builders.training_memory(config, plan, panels.progress_in(progress))
progress.empty()
fixed_term = DEVICES["RTX 3060"].fixed_term
beside = fixed_term.interval_bytes(estimate.peak_bytes) if fixed_term else None

st.markdown(tables.peak_sentence(estimate))
st.plotly_chart(charts.peak_bar(estimate.at_peak, beside), alt=charts.describe_peak(estimate))
with st.expander("The same in bytes, and what is assumed beside it"):
    st.table(tables.peak_table(estimate), border="horizontal")
    if fixed_term is not None:
        st.markdown(f"**{fixed_term.label}** is assumed, not traced. {fixed_term.source}")

st.header("The course of one step", divider="gray")
st.plotly_chart(charts.timeline_area(estimate.timeline), alt=charts.describe_timeline(estimate))
with st.expander("Modules that hold most at the peak"):
    st.table(tables.module_table(estimate), border="horizontal")

st.header("What fits", divider="gray")
chosen = selection.page_controls(PAGE_CONTROLS)
device = Device(gigabytes=chosen["device_gb"]) if chosen["device"] == OTHER else DEVICES[chosen["device"]]
st.table(tables.fit_table(estimate, {**DEVICES, OTHER: Device(gigabytes=chosen["device_gb"])}), border="horizontal")
st.caption(tables.FIT_NOTE)

st.header(f"What would make it fit: {chosen['device']}", divider="gray")
changes = st.expander("Changes, ranked by what they save", on_change="rerun", key="changes")
if changes.open:
    slot = changes.empty()
    budget, _ = device.tensor_bytes()
    suggestions = builders.what_would_fit(config, plan, budget, panels.progress_in(slot))
    slot.caption(tables.suggestion_note(suggestions, budget, estimate))
    for index, found in enumerate(suggestions[:10]):
        words, button = changes.columns([6, 1], vertical_alignment="center")
        words.markdown(tables.suggestion_text(found))
        button.button(
            "Apply", key=f"apply_{index}", on_click=selection.choose_plan, args=(found.plan,), width="stretch"
        )

st.header("Documented and measured", divider="gray")
documented = st.expander("The nine documented figures beside the traced", on_change="rerun", key="documented")
if documented.open:
    slot = documented.empty()
    checks = builders.documented_checks(panels.progress_in(slot))
    slot.caption(tables.DOCUMENTED_NOTE)
    documented.table(tables.documented_table(checks), border="horizontal")

st.markdown(tables.MEASURE_NOTE)
measured = builders.ready_measurement(config, plan)
start, stop = st.columns(2)
if start.button("Measure on this machine", disabled=measured is not None, width="stretch"):
    stop.button("Cancel", width="stretch")  # any click reruns the page, and a step nobody waits for ends
    slot = st.empty()
    try:
        measured = builders.measured_memory(config, plan, panels.progress_in(slot))
        slot.empty()
    except (NotMeasurableError, RuntimeError, TimeoutError) as refusal:
        slot.warning(f"{refusal}", icon=":material/block:")
if measured is not None:
    st.markdown(tables.measured_sentence(measured, estimate))

st.header("Take it along", divider="gray")
link = selection.share_link()
note, data = st.columns(2)
note.download_button(
    "Plan as a Markdown note",
    tables.plan_note(estimate, link),
    "training-memory.md",
    on_click="ignore",
    width="stretch",
)
data.download_button(
    "Plan as JSON", tables.plan_json(estimate, link), "training-memory.json", on_click="ignore", width="stretch"
)

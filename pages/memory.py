"""One training step: what happens in it, what it fits, and what would make it fit."""

import streamlit as st

from explorer import builders, panels
from explorer.charts import NO_MODEBAR
from explorer.choice import text, widgets
from explorer.choice.shared import CONTROLS
from explorer.html_table import table_html
from explorer.memory import charts, methods, tables, view
from explorer.memory.controls import DEVICE_CONTROLS, OTHER
from stickgen.sizing import FIXED_TERMS
from stickgen.sizing.devices import DEVICES, Device

choice = widgets.current()

st.title("Memory")
st.markdown(text.headline(choice))

progress = st.empty()
estimate = builders.training_memory(choice.config, choice.plan, panels.progress_in(progress))
progress.empty()
beside = FIXED_TERMS["cuda"]

st.markdown(f"{tables.peak_sentence(estimate)} {tables.beside_sentence(estimate, beside)}")
st.plotly_chart(
    charts.peak_bar(estimate.at_peak, beside.interval_bytes(estimate.peak_bytes), tables.known_by(beside)),
    config=NO_MODEBAR,
    alt=charts.describe_peak(estimate),
)
with st.expander("The same in bytes"):
    st.html(table_html(tables.peak_table(estimate)))
with st.expander("How this is computed, and what is assumed"):
    st.markdown(methods.peak(beside))

st.header("The course of one step", divider="gray", help=methods.COURSE)
st.plotly_chart(charts.timeline_area(estimate.timeline), config=NO_MODEBAR, alt=charts.describe_timeline(estimate))
st.markdown(tables.holder_sentence(estimate))
with st.expander("Modules that hold most at the peak"):
    st.html(table_html(tables.module_table(estimate)))

st.header("What fits", divider="gray", help=methods.FITS)
with st.container(horizontal=True):
    chosen = widgets.page_controls(DEVICE_CONTROLS)
other = Device(gigabytes=chosen["device_gb"])
device = other if chosen["device"] == OTHER else DEVICES[chosen["device"]]
fits = tables.fit_table(estimate, {**DEVICES, OTHER: other})
st.html(table_html(fits))
st.caption(fits.note)

st.header("What would make it fit", divider="gray", help=methods.CHANGES)
budget, _ = device.tensor_bytes()
st.markdown(tables.budget_sentence(estimate, chosen["device"], budget))
view.last_change(choice.plan)
changes = view.changes(estimate, budget)

st.header("Documented and measured", divider="gray", help=methods.DOCUMENTED)
documented = view.documented()
measurement = view.measurement(estimate)

st.header("Take it along", divider="gray")
link = widgets.share_link({**CONTROLS, **DEVICE_CONTROLS})
with st.container(horizontal=True):
    st.download_button(
        "Plan as a Markdown note",
        tables.plan_note(estimate, link),
        "training-memory.md",
        on_click="ignore",
        width="stretch",
    )
    st.download_button(
        "Plan as JSON", tables.plan_json(estimate, link), "training-memory.json", on_click="ignore", width="stretch"
    )

for finish in (measurement, changes, documented):
    if finish is not None:
        finish()

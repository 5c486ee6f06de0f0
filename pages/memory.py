"""One training step: what happens in it, what it fits, and what would make it fit."""

import streamlit as st

from explorer.choice import text, widgets
from explorer.choice.shared import CONTROLS
from explorer.memory import methods, view
from explorer.memory.controls import DEVICE_CONTROLS, OTHER
from stickgen.sizing import DEVICES, FIXED_TERMS, Device

choice = widgets.current()
step, overhead = choice.step, FIXED_TERMS["cuda"]

st.title("Memory")
st.markdown(text.headline(choice))
view.peak(step, overhead)
view.adapters(step)
with st.expander("How this is computed, and what is assumed"):
    st.markdown(methods.peak(overhead))

st.header("Memory over one step", divider="gray", help=methods.COURSE)
view.course(step)

st.header("What fits", divider="gray", help=methods.FITS)
with st.container(horizontal=True):
    chosen = widgets.page_controls(DEVICE_CONTROLS)
devices = {**DEVICES, OTHER: Device(gigabytes=chosen["device_gb"])}
view.fits(step, devices)

st.header("What would make it fit", divider="gray", help=methods.CHANGES)
budget, _ = devices[chosen["device"]].tensor_bytes()
view.budget(step, chosen["device"], budget)
view.last_change(step.plan)
view.changes(step, budget)

st.header("Documented and measured", divider="gray", help=methods.DOCUMENTED)
view.documented()
view.measurement(step)

st.header("Export", divider="gray")
view.downloads(step, widgets.share_link({**CONTROLS, **DEVICE_CONTROLS}))

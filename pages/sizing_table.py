"""All configurations in one table, live: sort, filter, search, download."""

import streamlit as st

from explorer import tasks
from explorer.choice import widgets
from explorer.sizing import controls, view
from explorer.sizing.downloads import download_buttons
from explorer.slots import Progress, fill, fill_each
from stickgen.config import configurations

choice = widgets.current()
shared = {"num_actions": choice.config.num_actions, "image_size": choice.config.image_size}
configs = list(configurations(choice.config.skeleton, **shared))
if choice.config not in configs:
    configs.append(choice.config)

st.title("Sizing table")
st.markdown(view.headline(choice))
sizes = view.Sizes(configs=configs, choice=choice, wanted=controls.draw())

st.caption(sizes.note())
tracing = Progress(slot=st.empty(), steps="Training memory traced")
fill_each(st.empty(), sizes.peaks(), sizes.draw_frame, progress=tracing)
st.caption(
    "Download these rows and columns, with units in the headers. Every format except CSV also states the date, the "
    "versions and the training step."
)
download_buttons(sizes.sheet, "stick-gen-sizes", key="download")
plain = st.expander("The same rows as a plain table", on_change="rerun")
if plain.open:
    fill_each(plain.empty(), sizes.peaks(), sizes.draw_plain, progress=Progress(slot=plain.empty()))

st.header("The reference document", divider="gray")
st.markdown(
    "Stick-Gen's model sizes document, with every value counted, sized and traced again: the text that "
    "`stickgen document --markdown` prints. It is for the v1 skeleton and 60 actions."
)
if st.button("Regenerate the reference document", icon=":material/refresh:"):
    st.session_state["document_wanted"] = True
if st.session_state.get("document_wanted"):
    fill(st.container(), tasks.size_document(), view.document, progress=Progress(slot=st.empty()))

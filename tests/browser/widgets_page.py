"""A page with a widget of every kind that the app has, which does nothing else."""

import streamlit as st

from explorer.player import Figure, motion_player
from stickgen.motion import reference_motion

OPTIONS = ["one", "two", "three"]


def noted() -> None:
    """A callback that looks at what it is about."""
    st.session_state["noted"] = [st.session_state.get(key) for key in ("number", "area", "file")]


st.number_input("Number", 1, 9, 2, key="number", bind="query-params", persist_state="session", on_change=noted)
st.segmented_control("Bar", OPTIONS, default="one", required=True, key="bar", bind="query-params")
st.selectbox("List", OPTIONS, key="list", bind="query-params", on_change=noted)
st.radio("Radio", OPTIONS, key="radio", bind="query-params")
st.toggle("Switch", key="switch", bind="query-params")
st.multiselect("Several", OPTIONS, key="several", bind="query-params")
st.text_input("Line", key="line", bind="query-params")
st.text_area("Text", key="area", on_change=noted)
st.file_uploader("File", key="file", accept_multiple_files=True, on_change=noted)
st.button("Button", on_click=noted)
st.download_button("Save", "text")
for part in (st.expander("Expander", on_change="rerun"), st.popover("Popover", key="popover", on_change="rerun")):
    if part.open:
        part.text("open")
motion_player([Figure(motion=reference_motion("walk", "v1", frames=25))], key="player")

"""The figure moves because the model moves it: a prompt, the model's motion, and what it is after."""

import streamlit as st

from explorer import motion_gallery, motion_panels, motion_report, motion_sources, selection
from explorer.motion_controls import request_of

config = selection.current().config

st.title("Motion")
st.markdown(selection.headline(selection.current()))

prompt = motion_panels.prompt_box()
meant, working = st.columns([5, 3], gap="medium")
meant.markdown(motion_gallery.meaning(prompt))
# A place of its own height, so that nothing below moves when the work ends.
progress = working.container(height=52, border=False).empty()
view = motion_panels.shown_controls()
moving, clips = st.columns([5, 3], gap="medium")
figures, note = moving.container(), moving.empty()

st.header("How it is performed", divider="gray")
performance = motion_panels.performance_controls()
request = request_of(config, {"prompt": prompt} | performance)
with clips:
    motion_panels.gallery(config.skeleton, request.clip)

ready = motion_panels.ready_motions(request)
asked = motion_sources.shown(view["show"], view["beside"], has_file=ready["file"] is not None)
motions = motion_sources.drawn(asked, ready, performance["seconds"])
first, motion = next(iter(motions.items()))
with figures:
    motion_panels.player(motions, view["layout"], waiting=list(motions) != asked)
note.markdown(motion_sources.note_of(first, config))

st.header("How far off it is", divider="gray")
fitted = ready["model"]
if fitted is None or fitted.report is None:
    st.markdown("The figures come with the model's motion.")
else:
    st.markdown(motion_report.verdict(fitted.report, config.variant))
    st.table(motion_report.report_table(fitted.report, config.variant), border="horizontal")
    st.caption(motion_report.REPORT_NOTE)

st.header("Files", divider="gray")
motion_panels.downloads(first, motion, request)
motion_panels.upload()

if motion_panels.work(request, asked, progress):
    selection.rerun()
progress.empty()

"""The figure moves because the model moves it: a prompt, the model's motion, and what it is after."""

import streamlit as st

from explorer.choice import text, widgets
from explorer.html_table import table_html
from explorer.motion import gallery, panels, report, sources
from explorer.motion.controls import request_of
from explorer.motion.language import embedder

choice = widgets.current()
config = choice.config

st.title("Motion")
st.markdown(text.headline(choice))

prompt = panels.prompt_box()
meant, working = st.columns([5, 3], gap="medium")
meant.markdown(gallery.meaning(prompt))
_, about_language = embedder(config.embedding_dim)
if about_language:
    meant.caption(about_language)
# A place of its own height, so that nothing below moves when the work ends.
progress = working.container(height=52, border=False).empty()
moving, choices = st.columns([3, 2], gap="medium")
figures, note = moving.container(), moving.empty()
with choices:
    view = panels.shown_controls()
    clips = st.container()

st.header("How it is performed", divider="gray")
performance = panels.performance_controls()
request = request_of(config, {"prompt": prompt} | performance)

ready = panels.ready_motions(request)
asked = sources.shown(view["show"], view["beside"], has_file=ready["file"] is not None)
motions = sources.drawn(asked, ready, performance["seconds"])
first, motion = next(iter(motions.items()))
with figures:
    panels.player(motions, asked, view["layout"])
with clips:
    panels.clip_gallery(config.skeleton, request.clip, sources.is_incomplete(motions, asked))
note.markdown(sources.note_of(first, config))

st.header("How far off it is", divider="gray")
fitted = ready["model"]
if fitted is None or fitted.report is None:
    st.markdown("The figures come once the model's motion is whole.")
else:
    st.markdown(report.verdict(fitted.report, config.variant))
    st.html(table_html(report.report_table(fitted.report, config.variant)))
    st.caption(report.REPORT_NOTE)

st.header("Files", divider="gray")
panels.downloads(first, motion, request)
panels.upload()

if panels.work(request, asked, progress):
    widgets.rerun()
progress.empty()

"""The model's motion for a prompt, beside its reference clip; files in and out."""

import streamlit as st

from explorer import tasks
from explorer.choice import text, widgets
from explorer.html_table import table_html
from explorer.motion import gallery, panels, report, sources
from explorer.motion.controls import request_of
from explorer.motion.language import embedder
from explorer.slots import Progress, fill, fill_best

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
progress = Progress(
    slot=working.container(height=52, border=False).empty(),
    names=("First seconds", "Whole motion", "Refinement"),
)
moving, choices = st.columns([3, 2], gap="medium")
figures, note = moving.container(), moving.empty()
with choices:
    view = panels.shown_controls()
    clips = st.container()

st.header("Performance", divider="gray")
performance = panels.performance_controls()
request = request_of(config, {"prompt": prompt} | performance)

ready = panels.ready_motions(request)
asked = sources.shown(view["show"], view["beside"], has_file=ready["file"] is not None)
motions = sources.drawn(asked, ready, performance["seconds"])
first, motion = next(iter(motions.items()))
fill_best(
    figures,
    tasks.motions(request, last="refined") if "model" in asked else (),
    lambda _best: panels.player(motions, asked, view["layout"]),
    progress=progress,
)
if "raw" in asked:
    raw = tasks.initial_weights_motion(request)
    fill(st.container(), raw, lambda _motion: None, progress=Progress(slot=progress.slot), rerun=True)
with clips:
    panels.clip_gallery(config.skeleton, request.clip, sources.is_incomplete(motions, asked))
note.markdown(sources.note_of(first, config))

st.header("How close it comes", divider="gray")
fitted = ready["model"]
if fitted is None or fitted.report is None:
    st.markdown("These values appear once the whole motion is ready.")
else:
    st.markdown(report.verdict(fitted.report, config.variant))
    st.html(table_html(report.report_table(fitted.report, config.variant)))
    st.caption(report.REPORT_NOTE)

st.header("Files", divider="gray")
panels.downloads(first, motion, request)
panels.upload()

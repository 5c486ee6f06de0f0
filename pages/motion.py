"""The figure moves because the model moves it: a prompt, the model's motion, and the clip it is fitted to."""

import streamlit as st

from explorer import slots, tasks
from explorer.choice import text, widgets
from explorer.motion import gallery, panels, sources
from explorer.motion.controls import request_of
from explorer.motion.language import embedder
from explorer.motion.placement import placement_note
from stickgen.motion import Motion

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
player, note = moving.container(), moving.empty()
with choices:
    view = panels.shown_controls()
    clips = st.container()

st.header("Movement", divider="gray")
performance = panels.performance_controls()
request = request_of(config, {"prompt": prompt} | performance)

st.header("How close the model comes to the clip", divider="gray")
closeness = st.container()

st.header("Files", divider="gray")
downloads = st.container()
panels.upload()

ready: dict[str, Motion | None] = {"reference": request.reference(), "raw": None, "file": panels.uploaded()}
asked = sources.shown(view["show"], view["beside"], has_file=ready["file"] is not None)


def draw(model: Motion | None) -> None:
    """Draw the player, and all that depends on what it shows: each better motion comes with a run of its own."""
    motions = sources.drawn(asked, ready | {"model": model}, performance["seconds"])
    first, motion = next(iter(motions.items()))
    panels.player(motions, asked, view["layout"])
    note.markdown(f"{sources.note_of(first, config)}\n\n{placement_note(motions)}")
    with clips:
        panels.clip_gallery(config.skeleton, request.clip, sources.is_incomplete(motions, asked))
    with closeness:
        panels.closeness(model, config.variant, "model" in asked)
    with downloads:
        panels.downloads(first, motion, request)


def keep(raw: Motion) -> None:
    """Have the initial weights' motion drawn by the player."""
    ready["raw"] = raw


if "raw" in asked:
    slots.fill(
        progress,
        tasks.initial_weights_motion(request),
        keep,
        progress=slots.Progress(slot=progress, names=["Initial weights"]),
        rerun=True,
    )
stages, names = panels.stages(request, "model" in asked)
slots.fill_best(player, stages, draw, progress=slots.Progress(slot=progress, names=names))

"""What the Motion page draws: the prompt, the figures, the gallery, files out and in."""

from collections.abc import Sequence
from functools import lru_cache, partial
from math import ceil
from typing import Any

import streamlit as st

from explorer import tasks
from explorer.choice import widgets
from explorer.html_table import table_html
from explorer.jobs import Task
from explorer.motion import files, gallery, report, sources, tracks
from explorer.motion.controls import PERFORMANCE_CONTROLS, PROMPT_CONTROL, SHOWN_CONTROLS
from explorer.player import motion_player
from stickgen.motion import FORMATS, STAGES, Motion, MotionRequest
from stickgen.motion.safe_json import MAX_BYTES

_UPLOADED, _REFUSED, _UPLOADER, _COUNT = "motion_of_file", "motion_refused", "motion_file", "motion_file_count"
"""Where the session keeps the user's motion, why the last file was refused, and the uploader's files and their count
when it was last drawn."""

GALLERY_HEIGHT = 470
"""Pixels; further clips scroll, so that the large figure stays in view while one is chosen."""

STAGE_NAMES = {"opening": "First seconds", "whole": "Whole motion", "refined": "Refining"}
"""Stage to what the progress calls it; a stage that is not here goes by its own name."""


def prompt_box() -> str:
    """The prompt, and examples beside it."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        with st.container():
            prompt: str = widgets.page_controls(PROMPT_CONTROL)["prompt"]
        with st.popover("Examples", width="content"):
            for example in gallery.EXAMPLES:
                st.button(example, type="tertiary", key=f"example_{example}", on_click=_write, args=(example,))
    return prompt


def _write(prompt: str) -> None:
    st.session_state["prompt"] = prompt


def clip_gallery(skeleton: str, chosen: str, waiting: bool) -> None:
    """Every clip as a small moving figure over a button that chooses it."""
    moving = st.toggle("Play the clips", value=True, key="play_clips")
    with st.container(horizontal=True, gap="xsmall", key="gallery", height=GALLERY_HEIGHT, border=False):
        for entry in _entries(skeleton):
            with st.container(width=88, gap=None):
                motion_player(
                    [entry.figure],
                    key=f"gallery_{entry.name}_{moving}",
                    height=92,
                    controls="none",
                    autoplay=moving,
                    pace="rest" if waiting else "slow",  # the model may be at work on the very processor that draws
                    label=f"The clip {entry.label}",
                )
                st.button(
                    entry.label,
                    key=f"clip_{entry.name}",
                    type="primary" if entry.name == chosen else "secondary",
                    width="stretch",
                    on_click=_write,
                    args=(entry.prompt,),
                )


_entries = lru_cache(maxsize=4)(gallery.entries)


def shown_controls() -> dict[str, Any]:
    """What is shown, beside what, and how."""
    values = widgets.page_controls(SHOWN_CONTROLS)
    if "file" in (values["show"], values["beside"]) and uploaded() is None:
        st.info("No file is open. Open one under “Files”, at the end of the page.", icon=":material/info:")
    return values


def performance_controls() -> dict[str, Any]:
    """How the clip is performed."""
    columns = st.columns(len(PERFORMANCE_CONTROLS), gap="medium")
    return widgets.page_controls(PERFORMANCE_CONTROLS, dict(zip(PERFORMANCE_CONTROLS, columns, strict=True)))


def uploaded() -> Motion | None:
    """The motion of the file that is open."""
    motion: Motion | None = st.session_state.get(_UPLOADED)
    return motion


def stages(request: MotionRequest, is_asked: bool) -> tuple[list[Task[Motion]], list[str]]:
    """What makes the model's motion, better and better, with its names; what is there already if nobody asks for it."""
    named = {stage: tasks.motion(request, stage) for stage in STAGES}
    wanted = {stage: task for stage, task in named.items() if is_asked or task.ready() is not None}
    return list(wanted.values()), [STAGE_NAMES.get(stage, stage.capitalize()) for stage in wanted]


def player(motions: dict[str, Motion], asked: Sequence[str], layout: str) -> None:
    """The figures, large, and what the model's other heads say along the first one."""
    signals = next(iter(motions.values())).signals
    motion_player(
        sources.figures(motions, asked, layout),
        key="motion",
        height=320,
        layout=sources.PLAYER_LAYOUTS[layout],
        pace="slow" if sources.is_incomplete(motions, asked) else "screen",
        label="The motion",
        tracks=tracks.head_tracks(signals) if signals else (),
    )


def closeness(model: Motion | None, variant: str, is_asked: bool) -> None:
    """How close the model's motion comes to the clip, once all of it is there."""
    if model is not None and model.report is not None:
        st.markdown(report.verdict(model.report, variant))
        st.html(table_html(report.report_table(model.report, variant)))
        st.caption(report.REPORT_NOTE)
    elif is_asked:
        st.markdown("These values appear once the whole motion is ready.")
    else:
        st.markdown("To see these values, choose `model` under “Show”.")


def downloads(source: str, motion: Motion, request: MotionRequest) -> None:
    """The first figure's motion as a file of every format, written when it is asked for."""
    with st.container(horizontal=True):
        for ending, kind in FORMATS.items():
            st.download_button(
                kind.title,
                partial(kind.write, motion),
                file_name=files.file_name(source, request.clip, request.config.key, ending),
                mime=kind.media_type,
                icon=":material/download:",
                on_click="ignore",
                key=f"download_{ending}",
            )


def upload() -> None:
    """A `.motion` file in: checked, and played beside what is shown, until it is removed.

    The uploader takes several files: one for a single file drops it before it takes the next, so that a replaced file
    would look like a removed one.
    """
    uploads = st.file_uploader(
        "Open a `.motion` file and play it beside the model's motion",
        accept_multiple_files=True,
        key=_UPLOADER,
        max_upload_size=ceil(MAX_BYTES / 2**20),
        on_change=_take_uploads,
    )
    st.session_state[_COUNT] = len(uploads)
    if refused := st.session_state.get(_REFUSED):
        st.error(f"This file was not opened, and nothing has changed. {refused}", icon=":material/error:")
    motion = uploaded()
    for note in motion.notes if motion else ():
        st.info(f"**What is used of your file.** {note}", icon=":material/info:")
    if not uploads and motion is not None:  # after a visit to another page
        st.button("Close your file", on_click=_close, icon=":material/close:")


def _take_uploads() -> None:
    """Play a new file, which changes nothing if it cannot be played; after a removal, the latest that is left."""
    uploads = st.session_state.get(_UPLOADER) or []
    if len(uploads) > st.session_state.get(_COUNT, 0):
        motion, st.session_state[_REFUSED] = files.read_motion(uploads[-1].getvalue())
        if motion is not None:
            st.session_state[_UPLOADED] = motion
            st.session_state["beside"] = "file"
            st.session_state["layout"] = "apart"
        return
    st.session_state[_REFUSED] = ""
    read = (files.read_motion(file.getvalue())[0] for file in reversed(uploads))
    st.session_state[_UPLOADED] = next((motion for motion in read if motion is not None), None)
    if st.session_state[_UPLOADED] is None:
        _close()


def _close() -> None:
    """Forget the file, and show what is shown without one."""
    st.session_state[_UPLOADED], st.session_state[_REFUSED] = None, ""
    for key in ("show", "beside"):
        if st.session_state.get(key) == "file":
            st.session_state[key] = SHOWN_CONTROLS[key].default

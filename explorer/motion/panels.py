"""What the Motion page draws: the prompt, the figures, the gallery, files out and in."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import streamlit as st

from explorer import tasks
from explorer.choice import widgets
from explorer.motion import files, gallery, sources, tracks
from explorer.motion.controls import PERFORMANCE_CONTROLS, PROMPT_CONTROL, SHOWN_CONTROLS
from explorer.player import motion_player
from stickgen.motion import FORMATS, Format, Motion, MotionRequest

_UPLOADED, _REFUSED, _UPLOADER = "motion_of_file", "motion_refused", "motion_file"
"""Where the session keeps the user's motion, why the last file was refused, and the uploader's value."""

GALLERY_HEIGHT = 470
"""Pixels; further clips scroll, so that the large figure stays in view while one is chosen."""


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
        for choice in _choices(skeleton):
            with st.container(width=88, gap=None):
                motion_player(
                    [choice.figure],
                    key=f"gallery_{choice.name}_{moving}",
                    height=92,
                    controls="none",
                    autoplay=moving,
                    pace="rest" if waiting else "slow",  # the model may be at work on the very processor that draws
                    label=f"The clip {choice.label}",
                )
                st.button(
                    choice.label,
                    key=f"clip_{choice.name}",
                    type="primary" if choice.name == chosen else "secondary",
                    width="stretch",
                    on_click=_write,
                    args=(choice.prompt,),
                )


@lru_cache(maxsize=4)
def _choices(skeleton: str) -> Sequence[gallery.Choice]:
    return gallery.choices(skeleton)


def shown_controls() -> dict[str, Any]:
    """What is shown, beside what, and how."""
    values = widgets.page_controls(SHOWN_CONTROLS)
    if "file" in (values["show"], values["beside"]) and _UPLOADED not in st.session_state:
        st.info("No file is open yet: choose one under “Files”, at the end of the page.", icon=":material/info:")
    return values


def performance_controls() -> dict[str, Any]:
    """How the clip is performed."""
    columns = st.columns(len(PERFORMANCE_CONTROLS), gap="medium")
    return widgets.page_controls(PERFORMANCE_CONTROLS, dict(zip(PERFORMANCE_CONTROLS, columns, strict=True)))


def ready_motions(request: MotionRequest) -> dict[str, Motion | None]:
    """Every source's motion as far as it is there."""
    return {
        "model": tasks.best_motion(request),
        "reference": request.reference(),
        "raw": tasks.initial_weights_motion(request).ready(),
        "file": st.session_state.get(_UPLOADED),
    }


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


def downloads(source: str, motion: Motion, request: MotionRequest) -> None:
    """The first figure's motion as a file of every kind, written when it is asked for."""
    with st.container(horizontal=True):
        for ending, kind in FORMATS.items():
            st.download_button(
                kind.title,
                _writer(kind, motion),
                file_name=files.file_name(source, request.clip, request.config.key, ending),
                mime=kind.media_type,
                icon=":material/download:",
                on_click="ignore",
                key=f"download_{ending}",
            )


def _writer(kind: Format, motion: Motion) -> Callable[[], str | bytes]:
    return lambda: kind.write(motion)


def upload() -> None:
    """A `.motion` file in: checked, and played beside what is shown."""
    st.file_uploader(
        "Open a `.motion` file to see it beside the model's",
        key=_UPLOADER,
        max_upload_size=files.MAX_MEGABYTES,
        on_change=_take_upload,
    )
    if refused := st.session_state.get(_REFUSED):
        st.error(f"This file was not opened; everything else stays as it was. {refused}", icon=":material/error:")


def _take_upload() -> None:
    """Keep the motion of a file that can be played; one that cannot leaves everything as it was."""
    file = st.session_state.get(_UPLOADER)
    if file is None:
        _forget_upload()
        return
    motion, st.session_state[_REFUSED] = files.read_motion(file.getvalue())
    if motion is not None:
        st.session_state[_UPLOADED] = motion
        st.session_state["beside"] = "file"
        st.session_state["layout"] = "apart"


def _forget_upload() -> None:
    """The file was removed: nothing of it is shown any more."""
    st.session_state[_REFUSED] = ""
    if st.session_state.pop(_UPLOADED, None) is None:
        return
    for key, control in SHOWN_CONTROLS.items():
        if st.session_state.get(key) == "file":
            st.session_state[key] = control.default

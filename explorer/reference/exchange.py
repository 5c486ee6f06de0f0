"""Configuration files on the page: save the current choice, load a file."""

from collections.abc import Sequence

import streamlit as st

from explorer.choice import widgets
from explorer.choice.codec import Choice
from explorer.html_table import table_html
from explorer.reference.importing import Reading, as_file, read_file
from stickgen.exchange.configs import Remark
from stickgen.exchange.safe_yaml import MAX_FILE_BYTES
from stickgen.formatting import exact_count
from stickgen.tables import Column, Table

MAX_REMARKS = 100
"""Remarks on a file that are shown: every run of the page sends them again."""

_LAST = "configuration_read"
"""Where the session keeps the result of reading the last file."""


def draw(choice: Choice) -> None:
    """Saving and loading, side by side."""
    out, into = st.columns(2, gap="medium")
    with out:
        st.subheader("Save the current choice")
        text = as_file(choice)
        st.code(text, language=None, wrap_lines=True)  # a region that scrolls would be out of the keyboard's reach
        st.download_button(
            "Save as YAML", text, "stick-gen.yaml", "application/yaml", on_click="ignore", icon=":material/download:"
        )
    with into:
        st.subheader("Load a file")
        st.markdown(
            "The model and batch size of a Stick-Gen configuration file become the current choice on every page. "
            "Nothing in the file is executed."
        )
        st.file_uploader(
            "Configuration file (YAML)", ["yaml", "yml"], key="configuration_file", max_upload_size=1, on_change=_upload
        )
        st.text_area(
            "Or paste its text", key="configuration_text", height=160, max_chars=MAX_FILE_BYTES,
            placeholder="model:\n  d_model: 384\n  …",
        )  # fmt: skip
        st.button("Read the text", on_click=_paste, icon=":material/input:")
        if _LAST in st.session_state:
            _draw_reading(st.session_state[_LAST])


def _upload() -> None:
    file = st.session_state.get("configuration_file")
    if file is not None:
        _take(file.getvalue())


def _paste() -> None:
    text = st.session_state.get("configuration_text")
    _take(text if isinstance(text, str) else "")


def _take(content: str | bytes) -> None:
    reading = read_file(content, widgets.current_values())
    widgets.choose(**reading.values)
    st.session_state[_LAST] = reading


def _draw_reading(reading: Reading) -> None:
    if reading.errors:
        st.error(
            "This file cannot be used, and the current choice has not changed. Correct it and load it again.",
            icon=":material/error:",
        )
        _draw_remarks("Problems in the file", reading.errors)
    else:
        notes = "; see the notes on it below" if reading.notes else ""
        st.success(f"The file has become the current choice{notes}.", icon=":material/check:")
    if reading.notes:
        st.markdown("Notes on the file:")
        _draw_remarks("Notes on the file", reading.notes)


def _draw_remarks(title: str, remarks: Sequence[Remark]) -> None:
    rows = [(remark.line, remark.key, remark.text) for remark in remarks[:MAX_REMARKS]]
    st.html(table_html(Table(title, [Column("Line", "count"), Column("Key"), Column("Remark")], rows)))
    if (more := len(remarks) - MAX_REMARKS) > 0:
        st.caption(f"{exact_count(more)} more are not shown.")

"""Buttons that save a table, made into a file only when one is pressed."""

from collections.abc import Callable
from functools import partial

import streamlit as st

from explorer.sizing.exports import FORMATS, Format, Sheet


def download_buttons(sheet: Callable[[], Sheet], file_name: str, key: str) -> None:
    """A button a format, side by side. `sheet` gives the table as it is when a button is pressed."""
    with st.container(horizontal=True):
        for name, kind in FORMATS.items():
            st.download_button(
                kind.label,
                partial(_written, kind, sheet),
                file_name=f"{file_name}.{kind.extension}",
                mime=kind.mime,
                key=f"{key}_{name}",
                on_click="ignore",
                icon=":material/download:",
            )


def _written(kind: Format, sheet: Callable[[], Sheet]) -> bytes:
    return kind.write(sheet())

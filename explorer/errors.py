"""What a user sees when a page fails: a sentence, never a traceback."""

import logging
import uuid

import streamlit as st

_log = logging.getLogger(__name__)


def show_error(error: Exception) -> bool:
    """Draw the error screen, and log the traceback under the number it shows. Returns True: it is handled."""
    number = uuid.uuid4().hex[:8]
    _log.error("error %s", number, exc_info=error)
    st.error(
        f"This part of the page failed. The error is logged under number **{number}**. "
        "The address keeps your choice: reload the page to try again, or choose something else.",
        icon=":material/error:",
    )
    return True

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
        f"This part of the page failed, and the failure is logged under number **{number}**. "
        "Your choice is kept in the address: reload the page to try again, or change the choice.",
        icon=":material/error:",
    )
    return True

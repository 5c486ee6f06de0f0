"""What a user sees when a page fails: a sentence, never a traceback. And what the log says of it."""

import logging
import threading
import traceback
import uuid
from dataclasses import dataclass
from types import TracebackType

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

MAX_FAULTS = 1000
"""Faults that are remembered."""

_log = logging.getLogger(__name__)


@dataclass(kw_only=True)
class _Fault:
    """One place in the code that fails, perhaps again and again."""

    number: str
    logged: int = 0
    """Times it was to be logged."""


_faults: dict[tuple[object, ...], _Fault] = {}
_lock = threading.Lock()


def show_error(error: Exception) -> bool:
    """Draw the error screen, and log the traceback under the number it shows. Returns True: it is handled."""
    number = _fault_of(error, error.__traceback__).number
    _log.error("error %s", number, exc_info=error)
    st.error(
        f"This part of the page failed. The error is logged under number **{number}**. "
        "The address keeps your choice: reload the page to try again, or choose something else.",
        icon=":material/error:",
    )
    _forget_what_was_sent()
    return True


def _fault_of(error: BaseException, frames: TracebackType | None) -> _Fault:
    key = type(error), *((frame.f_code.co_filename, line) for frame, line in traceback.walk_tb(frames))
    with _lock:
        if key not in _faults and len(_faults) >= MAX_FAULTS:
            del _faults[next(iter(_faults))]
        return _faults.setdefault(key, _Fault(number=uuid.uuid4().hex[:8]))


def _forget_what_was_sent() -> None:
    """Forget the widget values that came with the message whose run failed.

    Browsers send all values again with the next message. A broken client may have sent one of a type that its widget
    cannot read: Streamlit keeps it, and would fail on it before every later run. Its public interface reads a value
    before it removes it, which fails as well.
    """
    context = get_script_run_ctx(suppress_warning=True)
    if context is not None:
        context.session_state._state._new_widget_state.states.clear()


def _is_told(record: logging.LogRecord) -> bool:
    """Whether the log says this: a fault with its traceback once, then after 10, 100, ... times how often it came."""
    kind, error, frames = record.exc_info or (None, None, None)
    if kind is None or error is None:
        return True
    fault = _fault_of(error, frames)
    with _lock:
        fault.logged += 1
        times = fault.logged
    if times > 1:
        record.msg, record.args = f"{record.getMessage()}, {times} times by now: {kind.__name__}", None
        record.exc_info = record.exc_text = None
    return str(times).strip("0") == "1"


def _is_not_ours(record: logging.LogRecord) -> bool:
    """Whether this is something else than the traceback of an error that `show_error` is about to log."""
    return record.msg != "Uncaught app execution"


_log.addFilter(_is_told)
logging.getLogger("streamlit.error_util").addFilter(_is_not_ours)
for _module in (  # where Streamlit logs what it cannot read of a client's message
    "components.v2.bidi_component.serialization",
    "runtime.app_session",
    "web.server.starlette.starlette_websocket",
):
    logging.getLogger(f"streamlit.{_module}").addFilter(_is_told)

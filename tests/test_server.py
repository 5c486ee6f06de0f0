"""What every answer of the server carries, what a failing page shows, and what a first start asks: nothing."""

import asyncio
import logging
import os
import re
import subprocess
import sys
import uuid
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path

import pytest
import streamlit
from starlette.types import Message, Receive, Scope, Send
from streamlit.error_util import handle_user_script_exception
from streamlit.testing.v1 import AppTest

from explorer import errors
from explorer.errors import show_error
from explorer.headers import SecurityHeaders, content_security_policy


def test_the_policy_admits_the_servers_own_files_and_streamlits_inline_script_alone() -> None:
    policy = dict(rule.split(" ", 1) for rule in content_security_policy().split("; "))
    page = (Path(streamlit.__file__).parent / "static" / "index.html").read_text(encoding="utf-8")
    assert policy["default-src"] == "'self'"
    assert policy["script-src"].count("sha256-") == len(re.findall(r"<script>", page)) >= 1
    assert "unsafe" not in policy["script-src"]
    assert not re.search(r"https?:|\*", content_security_policy())


def test_headers_are_on_every_response() -> None:
    async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def receive() -> Message:
        return {"type": "http.request"}

    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    with ThreadPoolExecutor(1) as thread:  # of its own: browser tests leave an event loop running in this one
        thread.submit(asyncio.run, SecurityHeaders(app)({"type": "http"}, receive, send)).result()
    headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    assert headers["content-security-policy"] == content_security_policy()
    assert headers["x-content-type-options"] == "nosniff"


def test_who_starts_the_app_for_the_first_time_is_asked_nothing(tmp_path: Path) -> None:
    """Streamlit asks for an email address on a desk where it has never run."""
    code = (
        "from streamlit import config; from streamlit.runtime.credentials import check_credentials\n"
        "config.set_option('server.headless', False); check_credentials()"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(__file__).parents[1],
        env=os.environ | {"HOME": str(tmp_path), "USERPROFILE": str(tmp_path)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    assert (ended.returncode, ended.stdout) == (0, "")


def failing_page() -> None:
    from explorer.errors import show_error

    try:
        raise RuntimeError("secret detail")
    except RuntimeError as error:
        show_error(error)


def test_a_failing_page_shows_a_sentence_and_logs_the_traceback_under_its_number(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.ERROR):
        app = AppTest.from_function(failing_page).run()
    (shown,) = app.error
    assert "secret" not in shown.value
    number = re.search(r"\*\*(\w+)\*\*", shown.value)
    assert number is not None
    assert f"error {number[1]}" in caplog.text
    assert "secret detail" in caplog.text


def log_of(faults: Iterable[Exception], caplog: pytest.LogCaptureFixture) -> list[str]:
    caplog.clear()
    with caplog.at_level(logging.ERROR):
        for fault in faults:
            assert show_error(fault)
    return [record.getMessage() for record in caplog.records]


def fault_of(kind: type[Exception], depth: int = 0) -> Exception:
    try:
        raise fault_of(kind, depth - 1) if depth else kind(f"number {uuid.uuid4()}")
    except Exception as error:
        return error


def test_a_fault_that_repeats_is_logged_once_and_then_by_how_often(caplog: pytest.LogCaptureFixture) -> None:
    first, *again = log_of((fault_of(OSError) for _ in range(250)), caplog)
    number = first.removeprefix("error ")
    assert again == [
        f"error {number}, 10 times by now: OSError",
        f"error {number}, 100 times by now: OSError",
    ]
    assert [record.exc_info is not None for record in caplog.records] == [True, False, False]


def test_faults_of_another_kind_or_from_another_place_are_logged_too(caplog: pytest.LogCaptureFixture) -> None:
    faults = [fault_of(LookupError), fault_of(BufferError), fault_of(LookupError, depth=1)]
    assert len(set(log_of(faults, caplog))) == 3
    assert all(record.exc_info for record in caplog.records)


def test_no_more_faults_are_remembered_than_there_is_room_for(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(errors, "MAX_FAULTS", 2)
    monkeypatch.setattr(errors, "_faults", {})
    log_of((fault_of(LookupError, depth) for depth in range(5)), caplog)
    assert len(errors._faults) == 2


def test_streamlit_does_not_log_the_same_traceback_beside_ours(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        handle_user_script_exception(fault_of(ArithmeticError), show_error)
    assert [record.name for record in caplog.records if record.exc_info] == ["explorer.errors"]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("components.v2.bidi_component.serialization", ConnectionError),
        ("runtime.app_session", EOFError),
        ("web.server.starlette.starlette_websocket", TimeoutError),
    ],
)
def test_what_streamlit_cannot_read_of_a_message_is_logged_once_and_then_by_how_often(
    name: str, kind: type[Exception], caplog: pytest.LogCaptureFixture
) -> None:
    assert find_spec(f"streamlit.{name}")
    with caplog.at_level(logging.ERROR):
        for _ in range(20):
            logging.getLogger(f"streamlit.{name}").error("Unreadable", exc_info=fault_of(kind))
    assert [record.getMessage() for record in caplog.records] == [
        "Unreadable",
        f"Unreadable, 10 times by now: {kind.__name__}",
    ]

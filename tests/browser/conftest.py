"""Chromium, served apps and pages that fail on console errors, for every browser test."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from waiting import PATIENCE_SECONDS

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")
START_SECONDS = 60.0
READY = "[data-testid='stApp'][data-test-connection-state='CONNECTED'][data-test-script-state='notRunning']"

Page = Any
Serve = Callable[..., str]
OpenPage = Callable[..., Page]
WaitReady = Callable[..., None]


def missing_browser() -> str | None:
    """Why browser tests cannot run here, or None."""
    if not any(map(shutil.which, CHROMIUM_NAMES)):
        return f"no Chromium found (looked for {', '.join(CHROMIUM_NAMES)} on PATH)"
    if find_spec("playwright") is None:
        return "Playwright is not installed (pip install -r requirements-dev.txt)"
    return None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test here `browser`; without one, skip them, or under REQUIRE_BROWSER refuse to start."""
    reason = missing_browser()
    if reason and os.environ.get("REQUIRE_BROWSER"):
        raise pytest.UsageError(f"REQUIRE_BROWSER is set, and {reason}")
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker("browser")
            if reason:
                item.add_marker(pytest.mark.skip(reason=reason))


def _wait_ready(page: Page) -> None:
    """Wait until the app is connected and its script has run, and give the drawing a moment."""
    page.wait_for_selector(READY)
    page.wait_for_timeout(150)


@pytest.fixture(scope="session")
def wait_ready() -> WaitReady:
    """`wait_ready(page)`: wait until the app is connected and its script has run."""
    return _wait_ready


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """A headless Chromium, shared by the session."""
    from playwright.sync_api import sync_playwright

    executable = next(filter(None, map(shutil.which, CHROMIUM_NAMES)))
    arguments = ["--disable-background-networking", "--disable-component-update", "--no-first-run"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        arguments.append("--no-sandbox")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=arguments)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def serve(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serve]:
    """`serve(script) -> url`: start a Streamlit script as a process of its own; all stop with the session.

    The same script with the same options is served once. `fresh=True` starts another, cold process.
    """
    running: dict[tuple[Any, ...], tuple[subprocess.Popen[bytes], str]] = {}

    def start(script: Path, *options: str, fresh: bool = False) -> str:
        name = (script, options, len(running) if fresh else None)
        if name not in running:
            log = tmp_path_factory.mktemp("server") / "log.txt"
            running[name] = _start_server(script, options, log)
        return running[name][1]

    yield start
    for process, _ in running.values():
        process.terminate()
    for process, _ in running.values():
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _start_server(script: Path, options: tuple[str, ...], log: Path) -> tuple[subprocess.Popen[bytes], str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    flags = {"server.port": port, "server.address": "127.0.0.1", "server.headless": "true"}
    flags |= {"server.fileWatcherType": "none", "browser.gatherUsageStats": "false"}
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", str(script)]
            + [f"--{flag}={value}" for flag, value in flags.items()]
            + list(options),
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        if process.poll() is not None:
            raise RuntimeError(f"the server of {script.name} ended at once:\n{log.read_text()[-2000:]}")
        try:
            with urllib.request.urlopen(f"{url}/_stcore/health", timeout=2):
                return process, url
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
    process.kill()
    process.wait()
    raise RuntimeError(
        f"the server of {script.name} was not healthy within {START_SECONDS:.0f} s:\n{log.read_text()[-2000:]}"
    )


def _is_error(said: Any) -> bool:
    """Whether a console message is an error of ours.

    On a deep link such as /memory Streamlit looks for its server under /memory first, and then under /.
    """
    looks_for_server = "/_stcore/" in said.location.get("url", "") and "404" in said.text
    return said.type == "error" and not looks_for_server


@pytest.fixture(scope="session")
def serious_findings() -> Callable[[Page], list[tuple[str, list[str]]]]:
    """`serious_findings(page)`: what axe finds serious or critical, each rule with the elements that break it.

    Labels of disabled controls are left out: inactive controls need no contrast (WCAG 2.2, 1.4.3), and axe
    cannot tell that Streamlit's label belongs to one. In the menu, how its list is made is left out: its groups are
    Streamlit's own markup, a `div` in a list.
    """
    from axe_playwright_python.sync_playwright import Axe

    inactive = [[".stSelectbox:has(input:disabled) label"], [".stNumberInput:has(input:disabled) label"]]
    menu = [["[data-testid='stSidebarNavItems']"]]
    without_lists = {rule: {"enabled": False} for rule in ("list", "listitem")}

    def find(page: Page) -> list[tuple[str, list[str]]]:
        found = [
            Axe().run(page, context=context, options={"resultTypes": ["violations"], "rules": rules})
            for context, rules in (({"exclude": inactive + menu}, {}), ({"include": menu}, without_lists))
        ]
        return [
            (rule["id"], [node["html"][:160] for node in rule["nodes"]])
            for part in found
            for rule in part.response["violations"]
            if rule["impact"] in ("serious", "critical")
        ]

    return find


@pytest.fixture
def open_page(chromium: Any) -> Iterator[OpenPage]:
    """`open_page(url, width=1280, ...) -> page`, ready; the test fails on any console error or page error.

    With `stopped_clock=True` the page's time stands still once it is ready; `page.clock.run_for` moves it.
    Further keywords go to Playwright's `new_context`: `color_scheme="dark"`,
    `reduced_motion="reduce"`, `device_scale_factor=2`, `has_touch=True`.
    """
    contexts = []
    errors: list[str] = []

    def open_ready(
        url: str, *, width: int = 1280, height: int = 800, stopped_clock: bool = False, **options: Any
    ) -> Page:
        context = chromium.new_context(viewport={"width": width, "height": height}, **options)
        context.set_default_timeout(1000 * PATIENCE_SECONDS)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(f"page error: {error}"))
        page.on("console", lambda said: errors.append(f"{said.text} {said.location}") if _is_error(said) else None)
        if stopped_clock:
            page.clock.install()
        page.goto(url)
        _wait_ready(page)
        if stopped_clock:
            page.clock.pause_at(page.evaluate("Date.now() + 50"))
        return page

    yield open_ready
    for context in contexts:
        context.close()
    assert not errors, "the browser console showed errors:\n" + "\n".join(errors)

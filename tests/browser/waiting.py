"""Waiting for what a page will show."""

from collections.abc import Callable
from typing import Any

PATIENCE_SECONDS = 90
"""Longest wait for anything on a page: on a busy machine, a page has stood still for more than Playwright's 30 s."""

Page = Any


def eventually(page: Page, holds: Callable[[], bool]) -> None:
    """Wait until something holds, which may be drawn well after the script has run."""
    for _ in range(10 * PATIENCE_SECONDS):
        if holds():
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"waited {PATIENCE_SECONDS} seconds in vain")

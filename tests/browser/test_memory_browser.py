"""The Memory page as people use it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

APP = Path(__file__).parents[2] / "streamlit_app.py"
SMALL = "variant=small&mode=motion_only&sequence_length=20"
Page = Any


@pytest.fixture(scope="module")
def app(serve: Callable[..., str]) -> str:
    return serve(APP)


def test_a_change_that_saves_memory_is_applied_with_a_click(app: str, open_page: Any, wait_ready: Any) -> None:
    page = open_page(f"{app}/memory?{SMALL}&batch_size=64&device=another+device&device_gb=1")
    page.get_by_text("Changes, ranked by what they save").click()
    page.get_by_role("button", name="Apply").first.wait_for(timeout=120_000)
    wait_ready(page)
    peak = page.get_by_text("One training step holds").inner_text()
    page.get_by_role("button", name="Apply").first.click()
    page.get_by_text(peak).wait_for(state="detached", timeout=60_000)
    wait_ready(page)
    assert "frozen=all_but_heads" in page.url or "lora_rank" in page.url or "activation_checkpointing" in page.url


def test_both_notes_can_be_downloaded(app: str, open_page: Any) -> None:
    page = open_page(f"{app}/memory?{SMALL}")
    for name, start in (("Plan as a Markdown note", "# Training memory"), ("Plan as JSON", "{")):
        with page.expect_download() as download:
            page.get_by_role("button", name=name).click()
        assert Path(download.value.path()).read_text(encoding="utf-8").startswith(start)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 375])
def test_no_serious_accessibility_finding_and_nothing_too_wide(
    app: str, open_page: Any, scheme: str, width: int, serious_findings: Any
) -> None:
    page = open_page(f"{app}/memory?{SMALL}", width=width, color_scheme=scheme)
    assert serious_findings(page) == []
    assert page.get_by_test_id("stMain").evaluate("main => main.scrollWidth - main.clientWidth") <= 0

"""The Memory page as people use it."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from waiting import eventually

APP = Path(__file__).parents[2] / "streamlit_app.py"
SMALL = "variant=small&mode=motion_only&sequence_length=20"
Page = Any


@pytest.fixture(scope="module")
def app(serve: Callable[..., str]) -> str:
    return serve(APP)


def test_a_change_that_saves_memory_is_applied_with_a_click(app: str, open_page: Any) -> None:
    page = open_page(f"{app}/memory?{SMALL}&batch_size=64&device=another+device&device_gb=1")
    page.get_by_text("Changes that save memory").click()
    page.get_by_role("button", name="Apply").first.wait_for(timeout=120_000)
    peak = page.get_by_text("One training step holds").inner_text()
    page.get_by_role("button", name="Apply").first.click()
    page.get_by_text(peak).wait_for(state="detached")
    page.wait_for_url(re.compile("frozen=all_but_heads|lora_rank|activation_checkpointing"))


def test_the_page_can_be_used_while_changes_are_traced(app: str, open_page: Any) -> None:
    page = open_page(f"{app}/memory?variant=medium&mode=motion_only&sequence_length=20&batch_size=300")
    peak = page.get_by_text("One training step holds").inner_text()
    page.get_by_text("Changes that save memory").click()
    page.get_by_text("Tracing: ").wait_for()
    batch = page.get_by_role("spinbutton", name="Batch size")
    batch.fill("200")
    batch.press("Enter")
    page.get_by_text(peak).wait_for(state="detached", timeout=10_000)
    page.get_by_text("Tracing: ").wait_for()
    page.get_by_role("link", name="Reference").click()
    page.get_by_role("heading", name="Reference", exact=True).wait_for(timeout=10_000)


def measured(page: Page) -> Any:
    """The sentence with the measured peak."""
    return page.locator("p", has_text=re.compile("^Measured: "))


def test_a_measurement_can_be_cancelled(app: str, open_page: Any, wait_ready: Any) -> None:
    page = open_page(f"{app}/memory?variant=large&mode=motion_only&sequence_length=100&batch_size=4")
    measure = page.get_by_role("button", name="Measure on this machine")
    measure.click()
    page.get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Cancel").wait_for(state="detached")
    wait_ready(page)
    page.wait_for_timeout(2000)
    page.get_by_text("The same in bytes").click()
    wait_ready(page)
    eventually(page, measure.is_enabled)
    assert measured(page).count() == 0


def test_a_measurement_goes_on_while_the_page_is_used(app: str, open_page: Any) -> None:
    page = open_page(f"{app}/memory?{SMALL}")
    page.get_by_role("button", name="Measure on this machine").click()
    page.get_by_role("button", name="Cancel").wait_for()
    page.get_by_text("Changes that save memory").click()
    measured(page).wait_for()
    assert "a difference of" in measured(page).inner_text()


def test_the_timeline_names_operator_and_module_under_the_pointer(app: str, open_page: Any) -> None:
    page = open_page(f"{app}/memory?{SMALL}")
    chart = page.get_by_test_id("stPlotlyChart").nth(1)
    chart.scroll_into_view_if_needed()
    area = chart.bounding_box()
    page.mouse.move(area["x"] + area["width"] / 3, area["y"] + area["height"] / 2)
    hover = page.locator(".hoverlayer .hovertext")
    hover.wait_for()
    assert "after operator" in hover.text_content()
    assert "aten" in hover.text_content() or "transformer" in hover.text_content()


HELD = """() => {
    window.held = [];
    const look = () => {
        const said = [...document.querySelectorAll("p")].filter(p => p.innerText.includes("One training step holds"));
        const text = said.map(p => p.innerText).join(" | ");
        if (window.held.at(-1) !== text) window.held.push(text);
    };
    look();
    new MutationObserver(look).observe(document.body, {childList: true, subtree: true, characterData: true});
}"""
"""Notes the sentence with the peak at every change of the page."""


def test_the_former_peak_stays_until_the_next_is_there(app: str, open_page: Any, wait_ready: Any) -> None:
    page = open_page(f"{app}/memory?{SMALL}")
    former = page.get_by_text("One training step holds").inner_text()
    page.evaluate(HELD)
    page.get_by_test_id("stSidebar").get_by_role("radio", name="large").click()
    page.get_by_text(former).wait_for(state="detached")
    wait_ready(page)
    held = page.evaluate("window.held")
    assert held[0] == former
    assert len(held) == 2
    assert all(held)


def test_both_notes_can_be_downloaded(app: str, open_page: Any) -> None:
    page = open_page(f"{app}/memory?{SMALL}&device=T4")
    for name, start in (("Download as Markdown", "# Training memory"), ("Download as JSON", "{")):
        with page.expect_download() as download:
            page.get_by_role("button", name=name).click()
        text = Path(download.value.path()).read_text(encoding="utf-8")
        assert text.startswith(start)
        assert f"{app}/memory?variant=small&mode=motion_only" in text
        assert "device=T4" in text


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 375])
def test_no_serious_accessibility_finding_and_nothing_too_wide(
    app: str, open_page: Any, scheme: str, width: int, serious_findings: Any
) -> None:
    page = open_page(f"{app}/memory?{SMALL}&device=abacus", width=width, color_scheme=scheme)
    for title in ("The same in bytes", "How this is computed", "Modules that hold most"):
        page.get_by_text(title).first.click()
    page.get_by_text("transformer_encoder.layers").first.wait_for()
    page.get_by_text("abacus").first.wait_for()
    assert serious_findings(page) == []
    assert page.get_by_test_id("stMain").evaluate("main => main.scrollWidth - main.clientWidth") <= 0

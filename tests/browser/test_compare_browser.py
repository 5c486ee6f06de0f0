"""Compare in a real browser: a comparison from the address alone, another baseline, a phone, accessibility."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from waiting import eventually

from explorer.compare.comparison import compared
from explorer.compare.entries import Entry, write_entry
from stickgen import configure, count_parameters
from stickgen.config import ModelConfig, configurations
from stickgen.formatting import exact_count

APP = Path(__file__).parents[2] / "streamlit_app.py"
Page = Any

TINY = ModelConfig(d_model=64, num_layers=1, num_heads=2)
SMALL = configure("small")
CONFIGS = (TINY, SMALL)


def address(*configs: ModelConfig) -> str:
    return ",".join(write_entry(Entry(config=config)) for config in configs)


QUERY = f"configs={address(*CONFIGS)}&others=false&sequence_length=20"
"""Two that are quick to trace and to build, and none of the others behind them."""


@pytest.fixture(scope="module")
def app(serve: Callable[..., str]) -> str:
    """The address of a server that nobody has used."""
    return serve(APP, fresh=True)


def cell(page: Page, row: str, column: int) -> str:
    """What stands in the table of differences, after its row heading."""
    found = (
        page.get_by_role("region", name="Differences from the baseline").get_by_role("row").filter(has_text=row).first
    )
    text: str = found.get_by_role("cell").nth(column).inner_text()
    return text


def total(config: ModelConfig) -> str:
    return exact_count(count_parameters(config).total)


def difference(config: ModelConfig, baseline: ModelConfig) -> str:
    counted = count_parameters(config).total - count_parameters(baseline).total
    return f"{counted:+,}"


def wait_for_motions(page: Page) -> None:
    """Wait for the last run of the page: with every motion that is there it runs again."""
    page.get_by_text("in progress").first.wait_for(state="detached")


def test_a_cold_deep_link_is_a_comparison(app: str, open_page: Any) -> None:
    page = open_page(f"{app}/compare?{QUERY}&baseline=2")
    page.get_by_role("heading", name="Compare", exact=True).wait_for()
    eventually(page, lambda: "iB" in cell(page, "Training memory", 1))
    assert total(TINY) in cell(page, "Parameters", 0)
    assert difference(TINY, SMALL) in cell(page, "Parameters", 0)
    assert "best" in cell(page, "Parameters", 0)
    assert total(SMALL) in cell(page, "Parameters", 1)
    assert "worst" in cell(page, "Parameters", 1)
    assert "GFLOP" in cell(page, "Operations, training step", 1)
    page.get_by_test_id("stSidebar").get_by_text("Training step").first.wait_for()
    page.locator(".st-key-entry_2").get_by_text("baseline").wait_for()
    page.get_by_text("On the Pareto front: 1").wait_for()
    wait_for_motions(page)
    page.locator(".drawing").first.scroll_into_view_if_needed()  # it stands still where nobody sees it
    before = page.locator(".drawing").first.evaluate("canvas => canvas.toDataURL()")
    eventually(page, lambda: page.locator(".drawing").first.evaluate("canvas => canvas.toDataURL()") != before)


def test_another_baseline_changes_signs_and_address(app: str, open_page: Any, wait_ready: Any) -> None:
    page = open_page(f"{app}/compare?{QUERY}&baseline=2")
    page.locator(".st-key-comparison_baseline").get_by_role("combobox").click()
    page.get_by_role("option", name=compared(*CONFIGS).names[0]).click()
    eventually(page, lambda: difference(SMALL, TINY) in cell(page, "Parameters", 1))
    assert "(" not in cell(page, "Parameters", 0)
    eventually(page, lambda: "baseline=" not in page.url)
    page.reload()
    wait_ready(page)
    eventually(page, lambda: difference(SMALL, TINY) in cell(page, "Parameters", 1))


def test_entries_are_duplicated_changed_moved_and_removed(app: str, open_page: Any, wait_ready: Any) -> None:
    page = open_page(f"{app}/compare?{QUERY}")
    wait_for_motions(page)
    page.get_by_role("button", name="content_copy").last.click()
    eventually(page, lambda: page.url.replace("%7E", "~").count("variant-small~mode-motion_only") == 2)
    wait_ready(page)
    page.locator(".st-key-entry_3").get_by_text("Change").click()
    page.locator(".st-key-entry_skeleton_2").wait_for()
    wait_ready(page)
    page.locator(".st-key-entry_skeleton_2").get_by_role("combobox").click()
    page.get_by_role("option", name="v3", exact=True).click()
    eventually(page, lambda: "skeleton-v3" in page.url)
    page.keyboard.press("Escape")
    v3 = configure("small", skeleton="v3")
    eventually(page, lambda: total(v3) in cell(page, "Parameters", 2))
    page.locator(".st-key-entry_3").get_by_role("button", name="arrow_upward").click()
    eventually(page, lambda: total(v3) in cell(page, "Parameters", 1))
    page.locator(".st-key-entry_1").get_by_role("button", name="close").click()
    eventually(page, lambda: "custom" not in page.url)
    eventually(page, lambda: total(v3) in cell(page, "Parameters", 0))


def test_the_sidebar_is_set_to_an_entry_and_its_plan(app: str, open_page: Any) -> None:
    own = f"{address(SMALL)}~plan~batch_size-2~optimizer-sgd"
    page = open_page(f"{app}/compare?configs={address(TINY)},{own}&others=false&sequence_length=20")
    page.locator(".st-key-entry_2").get_by_text("own plan").wait_for()
    eventually(page, lambda: "iB" in cell(page, "Training memory", 1))
    assert "batch size 1, 20 frames" in cell(page, "Training step", 0)
    assert "batch size 2, 250 frames" in cell(page, "Training step", 1)
    page.locator(".st-key-entry_2").get_by_text("Change").click()
    page.get_by_role("button", name="Copy this to the sidebar").click()
    for part in ("variant=small", "mode=motion_only", "batch_size=2", "optimizer=sgd"):
        eventually(page, lambda part=part: part in page.url)
    assert "sequence_length=" not in page.url
    assert "~batch_size-2" in page.url.replace("%7E", "~")
    eventually(page, lambda: page.get_by_role("region", name="Differences").get_by_text("Training step").count() == 1)
    page.get_by_role("button", name="Use the sidebar's plan instead").click()
    eventually(page, lambda: "~plan" not in page.url.replace("%7E", "~"))
    eventually(page, lambda: page.locator(".st-key-entry_2").get_by_text("own plan").count() == 0)


def test_six_fit_a_phone_and_all_others_come_behind_them(app: str, open_page: Any) -> None:
    """The first of the 39 others; that all of them come is tested without a browser, where traces take no time."""
    page = open_page(f"{app}/compare?configs={address(*3 * CONFIGS)}&others=false&sequence_length=20", width=375)
    eventually(page, lambda: "iB" in cell(page, "Training memory", 5))
    eventually(page, lambda: page.get_by_role("button", name="Change", exact=True).count() == 6)
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    assert page.get_by_test_id("stMain").evaluate("main => main.scrollWidth - main.clientWidth") <= 0
    table = page.get_by_role("region", name="Differences from the baseline")
    table.evaluate("region => region.scrollLeft = region.scrollWidth")
    heading = table.get_by_role("rowheader", name="Parameters", exact=True).bounding_box()
    assert heading["x"] >= table.bounding_box()["x"]
    wait_for_motions(page)
    page.get_by_text("Show all other configurations in grey").click()
    traced = page.get_by_text("Configurations traced: ")
    traced.wait_for()
    assert f"of {len({*CONFIGS, *configurations()})}. " in traced.inner_text()
    points = page.locator("[data-stale=false] .scatterlayer path.point")
    eventually(page, lambda: points.count() > len(CONFIGS) + 2)


def test_measuring_fills_in_times(app: str, open_page: Any) -> None:
    page = open_page(f"{app}/compare?{QUERY}")
    page.get_by_role("button", name="Measure times on this machine").click()
    page.get_by_text("medians of").wait_for()
    for column in (0, 1):
        eventually(page, lambda column=column: "ms" in cell(page, "Time, training step", column))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 375])
def test_no_serious_accessibility_finding(
    app: str, open_page: Any, scheme: str, width: int, serious_findings: Any
) -> None:
    query = QUERY.replace("&others", "~plan~batch_size-2&others")
    page = open_page(f"{app}/compare?{query}&baseline=9", width=width, color_scheme=scheme)
    page.locator(".drawing").first.wait_for()
    page.get_by_role("rowheader", name="Training step", exact=True).wait_for()
    assert serious_findings(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.get_by_test_id("stMain").evaluate("main => main.scrollWidth - main.clientWidth") <= 0

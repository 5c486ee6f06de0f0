"""The app in a real browser: a cold deep link, every selector, the moving figure, accessibility."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from waiting import eventually

from explorer.choice.shared import MODEL_CONTROLS
from stickgen import configure, count_parameters
from stickgen.formatting import exact_count

APP = Path(__file__).parents[2] / "streamlit_app.py"
Page = Any


@pytest.fixture(scope="module")
def app(serve: Callable[..., str]) -> str:
    """The address of a server that nobody has used."""
    return serve(APP, fresh=True)


def card(page: Page, label: str) -> Any:
    """The value of the card whose label starts with `label`."""
    return page.get_by_test_id("stMetric").filter(has_text=label).get_by_test_id("stMetricValue")


def pixels(page: Page) -> str:
    return page.locator(".drawing").evaluate("canvas => canvas.toDataURL()")


def assert_total(page: Page, *choice: str | None, **named: Any) -> None:
    expected = exact_count(count_parameters(configure(*choice, **named)).total)
    eventually(page, lambda: card(page, "Parameters").inner_text() == expected)


def choose(page: Page, key: str, option: str) -> None:
    """Set a control as a user does."""
    control = page.locator(f".st-key-{key}")
    if MODEL_CONTROLS[key].drawn_as == "bar":
        control.get_by_role("radio", name=option, exact=True).or_(
            control.get_by_role("button", name=option, exact=True)
        ).first.click()
    else:
        control.get_by_role("combobox").click()
        page.get_by_role("option", name=option, exact=True).click()


def test_a_cold_deep_link_opens_its_configuration_and_the_figure_moves(app: str, open_page: Any) -> None:
    page = open_page(f"{app}/?variant=small&image_encoder=mini_vit&fusion=film&sequence_length=50")
    assert "Explore" in page.title()
    assert_total(page, "small", "mini_vit", "film")
    assert card(page, "FP32").inner_text().endswith("MB")
    assert card(page, "Training memory").inner_text().endswith("iB")
    first = pixels(page)
    eventually(page, lambda: pixels(page) != first)


def test_every_selector_changes_the_figures_and_the_address(app: str, open_page: Any, wait_ready: Any) -> None:
    page = open_page(f"{app}/?variant=small&mode=motion_only&sequence_length=50")
    assert_total(page, "small")
    for key, option, config in (
        ("mode", "multimodal", ("small", "lightweight_cnn", "gated")),
        ("image_encoder", "mini_vit", ("small", "mini_vit", "gated")),
        ("fusion", "concat", ("small", "mini_vit", "concat")),
        ("variant", "medium", ("medium", "mini_vit", "concat")),
        ("skeleton", "v3", ("medium", "mini_vit", "concat", "v3")),
    ):
        choose(page, key, option)
        assert_total(page, *config)
        if MODEL_CONTROLS[key].default != option:
            eventually(page, lambda key=key, option=option: f"{key}={option}" in page.url)
    choose(page, "actions", "64")
    assert_total(page, "medium", "mini_vit", "concat", "v3", num_actions=64)
    choose(page, "variant", "small")
    page.reload()
    wait_ready(page)
    assert_total(page, "small", "mini_vit", "concat", "v3", num_actions=64)
    first = pixels(page)
    eventually(page, lambda: pixels(page) != first)


def test_what_is_wrong_with_the_address_is_said_as_text_and_set_right(
    app: str, open_page: Any, wait_ready: Any
) -> None:
    wrong = "[Update](https://x.invalid)"
    page = open_page(f"{app}/?variant={wrong}&mode=motion_only&sequence_length=50&batch_size=1e400&parallel=ddp")
    assert_total(page, "medium")
    warning = page.get_by_test_id("stMain").get_by_test_id("stAlert").first
    assert wrong in warning.inner_text()
    assert warning.get_by_role("link").count() == 0
    assert "Batch size is set to 1." in warning.inner_text()
    eventually(page, lambda: "ranks=2" in page.url and "variant" not in page.url and "batch_size" not in page.url)
    page.get_by_text("More training settings").click()
    devices = page.locator(".st-key-ranks input")
    eventually(page, lambda: devices.input_value() == "2")
    batch = page.locator(".st-key-batch_size input")
    batch.fill("3")
    batch.press("Enter")
    eventually(page, lambda: "batch_size=3" in page.url)
    choose(page, "variant", "small")
    assert_total(page, "small")
    eventually(page, lambda: "variant=small" in page.url)
    page.reload()
    wait_ready(page)
    assert_total(page, "small")
    assert batch.input_value() == "3"
    assert page.get_by_test_id("stAlert").count() == 0


def test_folded_parts_open(app: str, open_page: Any, wait_ready: Any) -> None:
    page = open_page(f"{app}/?variant=small&mode=motion_only&sequence_length=50")
    for title, inside in (
        ("Every module by its name", "pose_decoder"),
        ("How this is computed", "meta device"),
        ("The same figures in Python", "stickgen.configure"),
    ):
        page.get_by_text(title).click()
        page.get_by_text(inside).first.wait_for()
    page.get_by_text("Layer table").click()
    wait_ready(page)
    page.get_by_test_id("stDataFrame").wait_for()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 375])
def test_no_serious_accessibility_finding(
    app: str, open_page: Any, scheme: str, width: int, serious_findings: Any
) -> None:
    page = open_page(
        f"{app}/?variant=small&mode=motion_only&sequence_length=50&batch_size=0", width=width, color_scheme=scheme
    )
    page.locator(".drawing").wait_for()
    assert serious_findings(page) == []


def box(element: Any) -> Any:
    """Where an element stands, in CSS pixels."""
    return element.bounding_box()


def assert_not_cut(page: Page) -> None:
    """All four figures can be read, each with its name and its note."""
    figures = page.get_by_test_id("stMetric")
    figures.nth(3).wait_for()
    assert figures.count() == 4
    for index in range(4):
        for part in ("stMetricLabel", "stMetricValue"):
            text = figures.nth(index).get_by_test_id(part)
            assert text.evaluate("e => [e, ...e.querySelectorAll('*')].every(n => n.scrollWidth <= n.clientWidth + 1)")


def assert_variants_on_one_line(page: Page) -> None:
    options = page.locator(".st-key-variant").get_by_role("radio")
    assert options.count() == len(MODEL_CONTROLS["variant"].options)
    lines = "options => new Set(options.map(option => option.getBoundingClientRect().top)).size"
    eventually(page, lambda: options.evaluate_all(lines) == 1)  # the drawer of a phone slides in


def test_figures_and_motion_are_above_the_fold(app: str, open_page: Any) -> None:
    page = open_page(f"{app}/?variant=small&mode=motion_only&sequence_length=50", width=1280, height=800)
    page.locator(".drawing").wait_for()
    assert_not_cut(page)
    drawing = box(page.locator(".drawing"))
    assert drawing["y"] + drawing["height"] <= 800
    assert all(box(page.get_by_test_id("stMetric").nth(index))["y"] < drawing["y"] for index in range(4))
    assert_variants_on_one_line(page)


def test_on_a_phone_the_answer_comes_first_and_nothing_is_too_wide(app: str, open_page: Any) -> None:
    page = open_page(f"{app}/?variant=small&mode=motion_only&sequence_length=50", width=375)
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    assert page.get_by_test_id("stMain").evaluate("main => main.scrollWidth - main.clientWidth") <= 0
    assert_not_cut(page)
    chart = page.get_by_test_id("stPlotlyChart").first
    chart.wait_for()
    page.locator(".drawing").wait_for()
    assert box(page.locator(".drawing"))["y"] < box(chart)["y"]
    page.get_by_test_id("stExpandSidebarButton").click()
    assert_variants_on_one_line(page)


WATCH = """() => {
    window.held = [];
    const look = () => {
        const values = [...document.querySelectorAll("[data-testid=stMetricValue]")].map(e => e.innerText.trim());
        const text = values.join(" | ");
        if (window.held.at(-1) !== text) window.held.push(text);
    };
    look();
    new MutationObserver(look).observe(document.body, {childList: true, subtree: true, characterData: true});
}"""
"""Notes the figures at every change of the page."""


def test_former_figures_stay_until_the_next_are_there(app: str, open_page: Any) -> None:
    page = open_page(f"{app}/?variant=small&mode=motion_only&sequence_length=50")
    before = card(page, "Training memory").inner_text()
    page.evaluate(WATCH)
    choose(page, "variant", "large")
    eventually(page, lambda: card(page, "Training memory").inner_text() != before)
    assert_total(page, "large")
    held = [line.split(" | ") for line in page.evaluate("window.held")]
    assert len(held) > 1
    assert all(len(values) == 4 and all(values) for values in held), held
    assert before in held[1], "the former figure went before the next was there"

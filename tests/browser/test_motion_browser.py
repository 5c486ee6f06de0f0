"""The Motion page in a real browser: the model moves the figure, files go out and come back, nothing restarts."""

import csv
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from waiting import eventually

from stickgen.motion import CLIPS, FORMATS, from_motion_file

APP = Path(__file__).parents[2] / "streamlit_app.py"
MODEL_SECONDS = 120
"""A busy machine may take this long for a first motion."""
MADE = "Model with fitted pose head"
Page = Any


@pytest.fixture(scope="module")
def motion(serve: Callable[..., str]) -> str:
    """The address of the page, for a configuration that is quick to build."""
    return f"{serve(APP)}/motion?variant=small"


def player(page: Page) -> Any:
    """The large player."""
    return page.locator(".player[data-controls='full']")


def pixels(page: Page) -> str:
    return player(page).locator(".drawing").evaluate("canvas => canvas.toDataURL()")


def choose(page: Page, key: str, option: str) -> None:
    page.locator(f".st-key-{key}").get_by_text(option, exact=True).click()


def saved(page: Page, ending: str, folder: Path) -> Path:
    with page.expect_download() as download:
        page.locator(f".st-key-download_{ending}").get_by_role("button").click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


def upload(page: Page, path: Path) -> None:
    page.locator(".st-key-motion_file input[type=file]").set_input_files(path)


def test_the_model_moves_the_figure_and_its_files_open_again(motion: str, open_page: Any, tmp_path: Path) -> None:
    page = open_page(f"{motion}&show=reference&seconds=2&prompt=wave+hello")
    labels = player(page).locator(".labels")
    eventually(page, lambda: labels.all_inner_texts() == ["Reference clip"])
    assert player(page).locator(".track").count() == 0
    choose(page, "show", "model")
    labels.get_by_text(MADE, exact=True).wait_for(timeout=1000 * MODEL_SECONDS)
    first = pixels(page)
    eventually(page, lambda: pixels(page) != first)
    names = player(page).locator(".track strong").all_inner_texts()
    assert len(names) == 5
    assert all("untrained" in name for name in names)
    page.get_by_text("Pose error over a rollout of 5 s").wait_for()

    made = saved(page, "motion", tmp_path)
    read = from_motion_file(made.read_bytes())
    assert (len(read.frames), read.skeleton, read.description) == (50, "v1", "wave hello")
    for ending in ("gif", "webp", "apng"):
        with Image.open(saved(page, ending, tmp_path)) as picture:
            assert getattr(picture, "n_frames", 1) > 10, ending
    with Image.open(saved(page, "png", tmp_path)) as sheet:
        assert sheet.format == "PNG"
    with saved(page, "csv", tmp_path).open(newline="") as file:
        assert len(list(csv.reader(file))) == 51
    assert {path.suffix[1:] for path in tmp_path.iterdir()} == set(FORMATS)

    upload(page, made)
    labels.get_by_text("Your file: wave hello").wait_for()
    eventually(page, lambda: labels.locator("span").all_inner_texts() == [MADE, "Your file: wave hello"])
    assert "beside=file" in page.url
    bad = tmp_path / "bad.motion"
    bad.write_text('{"meta": {}, "skeleton": {"type": "octopus"}}')
    upload(page, bad)
    page.get_by_text("Unknown skeleton octopus").wait_for()
    eventually(page, lambda: labels.locator("span").all_inner_texts() == [MADE, "Your file: wave hello"])
    page.get_by_role("button", name=f"Remove {bad.name}").click()
    eventually(page, lambda: page.get_by_text("Unknown skeleton octopus").count() == 0)
    assert labels.locator("span").all_inner_texts() == [MADE, "Your file: wave hello"]
    page.get_by_role("button", name=f"Remove {made.name}").click()
    eventually(page, lambda: labels.locator("span").all_inner_texts() == [MADE])
    assert "beside=file" not in page.url


def test_a_clip_of_the_gallery_swaps_in_without_a_restart(motion: str, open_page: Any, wait_ready: Any) -> None:
    page = open_page(f"{motion}&show=reference&seconds=10")
    eventually(page, lambda: page.locator(".player[data-controls='none'][data-frame]").count() == len(CLIPS))
    page.evaluate(
        """window.shown = [];
        document.addEventListener('stickgen:frame', ({ detail }) => {
            if (detail.key === 'motion') window.shown.push(detail.time);
        })"""
    )
    page.get_by_role("button", name="Cheer", exact=True).click()
    page.wait_for_url("**prompt=cheer**")
    wait_ready(page)
    eventually(page, lambda: page.get_by_role("textbox", name="Prompt").input_value() == "cheer")
    page.get_by_text("This prompt means the clip Cheer.").wait_for()
    seen = len(page.evaluate("window.shown"))
    eventually(page, lambda: len(page.evaluate("window.shown")) > seen + 5)
    times = page.evaluate("window.shown")
    backwards = [(before, after) for before, after in pairwise(times) if after < before]
    assert all(before > 9.5 for before, _ in backwards), "it restarted before its end"


def test_a_prompt_by_keyboard_is_text_and_is_told_what_it_means(motion: str, open_page: Any, wait_ready: Any) -> None:
    page = open_page(f"{motion}&show=reference")
    box = page.get_by_role("textbox", name="Prompt")
    box.fill("<b>quarterly</b> [tax](http://x.example) report")
    box.press("Enter")
    page.get_by_text("This prompt means none of the").wait_for()
    wait_ready(page)
    assert page.get_by_test_id("stMain").locator("b, a[href*='x.example']").count() == 0
    page.get_by_role("button", name="Examples").press("Enter")
    page.get_by_role("button", name="soldiers on parade").press("Enter")
    page.get_by_text("This prompt means the clip March.").wait_for()


def test_the_url_opens_what_was_shared_and_says_what_it_cannot(motion: str, open_page: Any) -> None:
    page = open_page(f"{motion}&show=reference&beside=reference&tempo=150&seed=7&facing=left&seconds=99")
    for name, value in {"Tempo (%)": "150", "Seed": "7", "Length (seconds)": "5"}.items():
        box = page.get_by_role("spinbutton", name=name)
        eventually(page, lambda box=box, value=value: box.input_value() == value)
    assert page.get_by_role("radio", name="left").is_checked()
    page.get_by_text("choose a whole number from 2 to 10").wait_for()


@pytest.mark.parametrize(("width", "height", "last"), [(1280, 800, ".play"), (375, 812, ".drawing")])
def test_the_figure_is_on_the_first_screen(motion: str, open_page: Any, width: int, height: int, last: str) -> None:
    page = open_page(f"{motion}&show=reference", width=width, height=height)
    box = player(page).locator(last).bounding_box()
    assert box["y"] + box["height"] <= height


def test_reduced_motion_holds_every_figure_still(motion: str, open_page: Any) -> None:
    page = open_page(f"{motion}&show=reference", reduced_motion="reduce")
    player(page).locator(".drawing").wait_for()
    still = pixels(page)
    page.wait_for_timeout(300)
    assert pixels(page) == still
    assert page.locator(".player[data-playing='true']").count() == 0
    player(page).get_by_role("button", name="Play the motion").click()
    eventually(page, lambda: pixels(page) != still)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 375])
def test_no_serious_accessibility_finding(
    motion: str, open_page: Any, wait_ready: Any, scheme: str, width: int, serious_findings: Any
) -> None:
    page = open_page(f"{motion}&show=reference&layout=apart&seed=x", width=width, color_scheme=scheme)
    player(page).locator(".drawing").wait_for()
    wait_ready(page)
    page.wait_for_timeout(400)  # what was pale while the page ran takes its colour slowly
    assert serious_findings(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.get_by_test_id("stMain").evaluate("main => main.scrollWidth - main.clientWidth") <= 0

"""The documented values and configuration files in a real browser."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from waiting import eventually

from explorer.choice.codec import Choice
from explorer.reference.importing import as_file
from explorer.reference.values import all_values
from stickgen import TrainingPlan, configure

APP = Path(__file__).parents[2] / "streamlit_app.py"
Page = Any


@pytest.fixture(scope="module")
def reference(serve: Callable[..., str]) -> str:
    """The address of the page on a server that nobody has used."""
    return f"{serve(APP, fresh=True)}/reference"


def test_a_cold_link_compares_every_value_and_traces_the_rest_behind(
    reference: str, open_page: Any, wait_ready: Any
) -> None:
    page = open_page(f"{reference}?status=differs&status=within+budget")
    page.get_by_role("heading", name="Reference", exact=True).wait_for()
    page.get_by_text("six heads of the real model have").first.wait_for()
    page.get_by_text(f"{len(all_values())} values").wait_for()
    wait_ready(page)
    eventually(page, lambda: page.get_by_text("being traced").count() == 0)
    within = page.get_by_role("cell").filter(has_text="≤ within budget")
    eventually(page, lambda: within.count() >= 12)
    cards = page.get_by_test_id("stMetricValue").all_inner_texts()
    assert sum(map(int, cards)) == len(all_values())


def test_a_file_goes_out_and_another_comes_in(reference: str, open_page: Any, wait_ready: Any, tmp_path: Path) -> None:
    page = open_page(f"{reference}?variant=small&mode=motion_only&batch_size=8")
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save as YAML").click()
    path = tmp_path / "out.yaml"
    saved.value.save_as(path)
    assert path.read_text() == as_file(Choice(config=configure("small"), plan=TrainingPlan(batch_size=8)))
    incoming = tmp_path / "in.yaml"
    large = Choice(config=configure("large", "resnet", "cross_attention"), plan=TrainingPlan())
    incoming.write_text(as_file(large) + "optimiser: {lr: 1}\n")
    page.locator("input[type=file]").set_input_files(incoming)
    page.get_by_text("The file has become the current choice; see the notes on it below.").wait_for()
    wait_ready(page)
    for part in ("variant=large", "fusion=cross_attention"):
        eventually(page, lambda part=part: part in page.url)
    page.get_by_text("is not used: only the model and the batch size are taken").wait_for()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 375])
def test_no_serious_accessibility_finding(
    reference: str, open_page: Any, wait_ready: Any, scheme: str, width: int, serious_findings: Any
) -> None:
    page = open_page(f"{reference}?status=fine", width=width, color_scheme=scheme)
    page.get_by_role("textbox", name="Or paste its text").fill("model: {d_model: 1}")
    page.get_by_role("button", name="Read the text").click()
    page.get_by_text("This file cannot be used").wait_for()
    wait_ready(page)
    assert serious_findings(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.get_by_test_id("stMain").evaluate("main => main.scrollWidth - main.clientWidth") <= 0

"""The sizing table in a real browser: a cold link, every file read back, accessibility."""

import csv
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from waiting import eventually

from explorer.sizing.controls import SHOWN_AT_FIRST
from explorer.sizing.exports import FORMATS
from explorer.sizing.table import sizing_table
from stickgen import TrainingPlan, configure
from stickgen.sizing import peak_bytes
from stickgen.workloads import TrainingStep

APP = Path(__file__).parents[2] / "streamlit_app.py"
Page = Any


@pytest.fixture(scope="module")
def table(serve: Callable[..., str]) -> str:
    """The address of the page on a server that nobody has used."""
    return f"{serve(APP, fresh=True)}/sizing_table"


def read_csv(path: Path) -> list[list[str]]:
    with path.open(newline="") as file:
        return list(csv.reader(file))


def read_excel(path: Path) -> list[list[str]]:
    return [[str(cell or 0) for cell in row] for row in openpyxl.load_workbook(path)["Table"].values]


def read_markdown(path: Path) -> list[list[str]]:
    lines = [line for line in path.read_text().splitlines() if line.startswith("|")]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [[re.sub(r"(?<=\d),(?=\d)", "", cell) for cell in row] for row in (rows[0], *rows[2:])]


def read_latex(path: Path) -> list[list[str]]:
    written = [line.removesuffix(r" \\") for line in path.read_text().splitlines() if line.endswith(r"\\")]
    # The header is there for the first page and for later ones, then the foot of a page, then the rows.
    lines = [written[0], *written[3:]]
    return [[re.sub(r"(?<=\d),(?=\d)", "", cell.replace("\\", "")) for cell in line.split(" & ")] for line in lines]


def read_json(path: Path) -> list[list[str]]:
    rows = json.loads(path.read_text())["rows"]
    return [list(rows[0]), *([str(cell) for cell in row.values()] for row in rows)]


def read_parquet(path: Path) -> list[list[str]]:
    frame = pd.read_parquet(path)
    return [list(frame.columns), *([str(cell) for cell in row] for row in frame.itertuples(index=False))]


READERS = {
    "csv": read_csv,
    "excel": read_excel,
    "markdown": read_markdown,
    "latex": read_latex,
    "json": read_json,
    "parquet": read_parquet,
}


def test_a_cold_link_shows_its_rows_and_every_file_has_the_same_cells(
    table: str, open_page: Any, tmp_path: Path
) -> None:
    columns = ("Variant", "Fusion strategy", "Parameters", "Training memory (bytes)", "FP16 file (bytes)")
    query = "&".join(f"columns={title.replace(' ', '+')}" for title in columns)
    page = open_page(f"{table}?only_variant=small&find=resnet&batch_size=2&sort=Parameters&order=descending&{query}")
    page.get_by_role("heading", name="Sizing table").wait_for()
    plan = TrainingPlan(batch_size=2)
    configs = [configure("small", "resnet", fusion) for fusion in ("cross_attention", "gated", "film", "concat")]
    peaks = {config: peak_bytes(TrainingStep(config, plan)) for config in configs}
    expected = sizing_table(configs, peaks).frame()[list(columns)]
    cells = [list(columns), *([str(cell) for cell in row] for row in expected.itertuples(index=False))]
    assert set(READERS) == set(FORMATS)
    for name, read in READERS.items():
        with page.expect_download() as saved:
            page.get_by_role("button", name=FORMATS[name].label, exact=True).click()
        path = tmp_path / saved.value.suggested_filename
        saved.value.save_as(path)
        assert read(path) == cells, name


def test_the_plain_table_has_the_rows_and_the_controls_change_them(table: str, open_page: Any) -> None:
    page = open_page(f"{table}?only_variant=small&find=film")
    page.get_by_text("The same rows as a plain table").click()
    rows = page.locator(".wide-table tbody tr")
    rows.nth(2).wait_for()
    assert rows.count() == 3
    assert page.locator(".wide-table th").all_inner_texts() == list(SHOWN_AT_FIRST)
    assert "11,581,722" in rows.nth(0).inner_text()
    page.get_by_role("textbox", name="Search").fill("film resnet")
    page.get_by_role("textbox", name="Search").press("Enter")
    page.wait_for_url("**find=film+resnet**")
    eventually(page, lambda: rows.count() == 1)


def test_the_document_is_regenerated_and_saved(table: str, open_page: Any, tmp_path: Path) -> None:
    page = open_page(f"{table}?only_variant=small&only_mode=Motion-only")
    page.get_by_role("button", name="Regenerate the reference document").click()
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save as Markdown").click()
    path = tmp_path / "document.md"
    saved.value.save_as(path)
    assert path.read_text() == (APP.parent / "docs" / "model_sizes.md").read_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 375])
def test_no_serious_accessibility_finding(
    table: str, open_page: Any, wait_ready: Any, scheme: str, width: int, serious_findings: Any
) -> None:
    page = open_page(f"{table}?only_variant=small&only_mode=Motion-only&order=up", width=width, color_scheme=scheme)
    page.get_by_text("The same rows as a plain table").click()
    page.get_by_text("Filter rows, choose columns").click()
    page.locator(".wide-table").wait_for()
    wait_ready(page)
    page.wait_for_timeout(500)  # folds open slowly
    assert serious_findings(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.get_by_test_id("stMain").evaluate("main => main.scrollWidth - main.clientWidth") <= 0

"""A table of every kind of column reads right in every form, and the same each time."""

import re
from dataclasses import replace
from xml.etree import ElementTree

import pandas as pd
import pytest

from explorer.html_table import table_html
from stickgen.tables import KINDS, Cell, Column, Table

VALUES: dict[str, tuple[Cell, str]] = {
    "text": ("a & b", "a & b"),
    "lines": ("first\nsecond", "first\nsecond"),
    "markup": ("**bold** and `code`", "bold and code"),
    "written": ("~4-5M", "~4-5M"),
    "setting": (1024, "1024"),
    "count": (11_717_412, "11,717,412"),
    "difference": (5, "+5"),
    "short_count": (11_717_412, "11.7M"),
    "short_difference": (-4_469_290, "-4.5M"),
    "short_and_exact": (11_717_412, "11.7M (11,717,412)"),
    "file": (46_900_000, "46.9 MB"),
    "memory": (2**29, "512.0 MiB"),
    "gibibytes": (2**29, "0.500 GiB"),
    "gibibytes_difference": (2**31, "+2.00 GiB"),
    "hardware_memory": (8e9, "8 GB"),
    "operations": (13_044_447_004, "13.0 GFLOP"),
    "seconds": (0.0123, "12.3 ms"),
    "percent": (0.123, "12.3%"),
    "error": (0.02091, "0.0209"),
    "number": (1234.5, "1,234.5"),
}
"""Kind to a cell of it and its text."""

AWKWARD = "<b>|&\"'% $#_{}~^\\"


def table_of(kind: str) -> Table:
    """One column of a kind, a cell that has a value and one that has none."""
    column = Column("Title", kind, unit="unit", missing="none")
    return Table("Of one kind", [Column("Name"), column], [("full", VALUES[kind][0]), ("empty", None)])


def cells_of(html: str) -> list[list[str]]:
    """The text of every cell, row by row, as a browser reads it."""
    return [
        ["".join(part if part is not None else "" for part in cell.itertext()) for cell in row]
        for row in ElementTree.fromstring(html).iter("tr")
    ]


def test_every_kind_is_tested() -> None:
    assert set(VALUES) == set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_the_frame_keeps_values_and_types(kind: str) -> None:
    cells = table_of(kind).frame()["Title (unit)"]
    assert cells.dtype == KINDS[kind].dtype
    assert cells[0] == VALUES[kind][0]
    assert cells[1] is pd.NA
    assert pd.api.types.is_numeric_dtype(cells) or isinstance(VALUES[kind][0], str)


@pytest.mark.parametrize("kind", KINDS)
def test_text_is_as_people_read_it(kind: str) -> None:
    assert table_of(kind).text()["Title (unit)"].tolist() == [VALUES[kind][1], "none"]


@pytest.mark.parametrize("kind", KINDS)
def test_html_has_every_cell_and_numbers_to_the_right(kind: str) -> None:
    table = table_of(kind)
    html = table.to_html()
    flat = VALUES[kind][1].replace("\n", "")
    assert cells_of(html) == [["Name", "Title (unit)"], ["full", flat], ["empty", "none"]]
    assert html.count('class="number"') == (3 if KINDS[kind].is_number else 0)
    assert html.count('scope="col"') == 2
    assert html.count("<br/>") == VALUES[kind][1].count("\n")


@pytest.mark.parametrize("kind", KINDS)
def test_markdown_has_every_cell_and_numbers_to_the_right(kind: str) -> None:
    header, rule, *rows = table_of(kind).to_markdown().splitlines()
    assert header.split() == ["|", "Name", "|", "Title", "(unit)", "|"]
    assert rule.endswith(":|") == KINDS[kind].is_number
    value, text = VALUES[kind]
    shown = value if kind == "markup" else text.replace("\n", "<br>")
    assert [re.split(r" *\| *", row)[1:-1] for row in rows] == [["full", shown], ["empty", "none"]]


@pytest.mark.parametrize("kind", KINDS)
def test_latex_has_every_cell_and_numbers_to_the_right(kind: str) -> None:
    latex = table_of(kind).to_latex()
    assert r"\begin{longtable}{l" + ("r}" if KINDS[kind].is_number else "l}") in latex
    (row,) = [line for line in latex.splitlines() if line.startswith("full & ")]
    for line in VALUES[kind][1].splitlines():
        assert line.replace("&", r"\&").replace("%", r"\%").replace("~", r"\textasciitilde ") in row
    assert r"empty & none \\" in latex


@pytest.mark.parametrize("kind", KINDS)
def test_plain_text_is_aligned(kind: str) -> None:
    header, rule, *rows = table_of(kind).to_text().splitlines()
    lines = VALUES[kind][1].splitlines()
    assert header.split() == ["Name", "Title", "(unit)"]
    assert set(rule) == {"-", " "}
    assert [row.removeprefix("full").removeprefix("empty").strip() for row in rows] == [*lines, "none"]
    if KINDS[kind].is_number:
        assert len({len(row) for row in (header, rule, *rows)}) == 1


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("form", ["to_html", "to_markdown", "to_latex", "to_text", "_repr_html_"])
def test_the_same_table_is_written_the_same_way(kind: str, form: str) -> None:
    assert getattr(table_of(kind), form)() == getattr(table_of(kind), form)()


def test_a_table_without_rows_has_its_headers() -> None:
    table = Table("Empty", [Column("Name"), Column("Size", "file")], [])
    assert cells_of(table.to_html()) == [["Name", "Size"]]
    assert table.frame().dtypes.astype(str).tolist() == ["string", "Int64"]
    assert r"\multicolumn{2}{r}" in table.to_latex()
    for text in (table.to_markdown(), table.to_text()):
        assert text.splitlines()[0].strip("| ").startswith("Name")
        assert len(text.splitlines()) == 2


@pytest.mark.parametrize("kind", [kind for kind, (value, _) in VALUES.items() if isinstance(value, str)])
@pytest.mark.parametrize("row_headings", [False, True])
def test_whatever_a_cell_of_text_holds_is_escaped(kind: str, row_headings: bool) -> None:
    table = Table(AWKWARD, [Column(AWKWARD), Column("Title", kind)], [(AWKWARD, AWKWARD)], row_headings=row_headings)
    assert "<b>" not in table_html(table)
    assert cells_of(table.to_html()) == [[AWKWARD, "Title"], [AWKWARD, AWKWARD]]


def test_whatever_a_cell_holds_is_text() -> None:
    table = Table(AWKWARD, [Column(AWKWARD), Column("Lines", "lines")], [(AWKWARD, f"{AWKWARD}\n{AWKWARD}")])
    html = table_html(table)
    assert "<b>" not in html
    assert cells_of(table.to_html()) == [[AWKWARD, "Lines"], [AWKWARD, 2 * AWKWARD]]
    assert ElementTree.fromstring(table.to_html()).get("aria-label") == AWKWARD
    header, _, row = table.to_markdown().splitlines()
    assert len(re.findall(r"(?<!\\)\|", row)) == len(re.findall(r"(?<!\\)\|", header)) == 3


def test_latex_is_balanced_and_escaped() -> None:
    table = Table("Awkward", [Column(AWKWARD), Column("Share", "percent")], [(AWKWARD, 0.5), ("two\nlines", None)])
    latex = table.to_latex()
    for begin, end in (("{", "}"), (r"\begin{", r"\end{")):
        bare = latex.replace(r"\{", "").replace(r"\}", "")
        assert bare.count(begin) == bare.count(end) > 0
    rows = latex.partition("\\endlastfoot\n")[2].splitlines()[:2]
    assert [len(re.findall(r"(?<!\\)&", row)) for row in rows] == [1, 1]
    assert rows[0].startswith(r"<b>|\&" + "\"'" + r"\% \$\#\_\{\}\textasciitilde \textasciicircum \textbackslash ")
    assert rows[1] == r"\shortstack[l]{two \\ lines} &  \\"
    for rule in (r"\toprule", r"\midrule", r"\bottomrule", r"\endhead"):
        assert rule in latex


def test_the_region_can_be_reached_and_has_a_name() -> None:
    region = ElementTree.fromstring(table_of("count").to_html())
    assert (region.get("role"), region.get("tabindex"), region.get("aria-label")) == ("region", "0", "Of one kind")
    assert " id=" not in table_of("count").to_html()


def test_rows_can_have_headings() -> None:
    rows = list(ElementTree.fromstring(replace(table_of("count"), row_headings=True).to_html()).iter("tr"))
    assert [[cell.get("scope") for cell in row] for row in rows] == [["col", "col"], ["row", None], ["row", None]]


def test_a_total_stands_out() -> None:
    table = replace(table_of("count"), has_total=True)
    assert "with-total" in table.to_html()
    assert "with-total" not in table_of("count").to_html()
    *_, before, total = table.to_markdown().splitlines()
    assert "**" not in before
    assert total.split() == ["|", "**empty**", "|", "**none**", "|"]


@pytest.mark.parametrize(
    ("length", "name"), [(1, "short"), (30, "short"), (31, "middle"), (49, "middle"), (50, "long")]
)
def test_short_text_does_not_wrap_and_long_text_has_room(length: int, name: str) -> None:
    html = Table("Text", [Column("Title")], [("x" * length,), ("x",)]).to_html()
    assert html.count(f'class="{name}"') == 3


def test_a_frame_becomes_a_table_again() -> None:
    table = table_of("count")
    frame = table.frame()
    assert Table.from_frame(table.title, table.columns, frame) == table
    fewer = Table.from_frame(table.title, table.columns[1:], frame[1:])
    assert (fewer.headers, fewer.rows) == (("Title (unit)",), ((None,),))


def test_a_notebook_shows_title_and_note() -> None:
    html = replace(table_of("count"), note="Sizes < 1 MB")._repr_html_()
    assert "Of one kind" in html
    assert "Sizes &lt; 1 MB" in html
    assert "11,717,412" in html


def test_a_difference_has_a_sign() -> None:
    assert KINDS["file"].signed(1_500_000) == "+1.5 MB"
    assert KINDS["count"].signed(-3) == "-3"
    assert KINDS["count"].signed(0) == "0"


@pytest.mark.parametrize(
    ("columns", "rows", "said"),
    [(["A", "B"], [("a",)], "1 cells in a row of 2 columns"), (["A", "A"], [], "same header")],
)
def test_what_is_no_table_is_refused(columns: list[str], rows: list[tuple[Cell, ...]], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Table("Wrong", list(map(Column, columns)), rows)

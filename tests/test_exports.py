"""Every format read back by an ordinary reader, and compared cell by cell with what went in."""

import json
from collections.abc import Callable
from datetime import date
from io import BytesIO, StringIO
from typing import Any

import openpyxl
import pandas as pd
import pyarrow.parquet as pq
import pytest

from explorer.sizing.exports import EXCEL_NOTES, EXCEL_TABLE, FORMATS, METADATA_KEY, Sheet, provenance
from explorer.sizing.table import COLUMNS, having, sizing_table, table_of
from stickgen.config import configurations
from stickgen.tables import Column, Table
from stickgen.version import __version__

PROVENANCE = provenance("batch size 1, 250 frames, FP32", date(2026, 1, 2), "64 wide, 2 layers")
Rows = list[list[Any]]


def whole_table() -> Table:
    configs = list(configurations())
    return sizing_table(configs, {config: 10**9 + position for position, config in enumerate(configs[:20])})


def filtered_table() -> Table:
    """Some rows and columns, in an order of their own."""
    rows = having(whole_table().frame(), {"Variant": ["large"]}).sort_values("Parameters", ascending=False)
    return table_of(rows[["Parameters", "Fusion strategy", "Training memory (bytes)"]])


def awkward_table() -> Table:
    """Text that means something to one format or another, and fractions."""
    columns = [Column("Text, with units", unit="%"), Column("Number_", "number"), Column("Count", "count")]
    texts = ["a,b", 'say "so"', "50% & more", "x_y|z", "=1+1", r"C:\{~^#$"]
    numbers, counts = [0.5, -1.25, 1234.5, None, 0.0, 2.0], [-1, 0, 1, 1000, None, 10**12]
    return Table("Awkward", columns, list(zip(texts, numbers, counts, strict=True)))


TABLES: dict[str, Callable[[], Table]] = {
    "whole": whole_table,
    "filtered": filtered_table,
    "awkward": awkward_table,
    "empty": lambda: table_of(whole_table().frame().head(0)),
}


def plain(frame: pd.DataFrame) -> Rows:
    """The header and the cells of a frame as plain values, None for a missing one."""
    cells = frame.astype(object).to_numpy().tolist()
    return [list(frame.columns), *([None if pd.isna(value) else value for value in row] for row in cells)]


def typed_like(rows: list[list[str]], frame: pd.DataFrame) -> Rows:
    """Cells of text as the values that a frame's columns hold, thousands separators dropped."""

    def value(text: str, dtype: object) -> object:
        if not text:
            return None
        if str(dtype) == "Int64":
            return int(text.replace(",", ""))
        return float(text.replace(",", "")) if str(dtype) == "Float64" else text

    return [rows[0], *([value(*pair) for pair in zip(row, frame.dtypes, strict=True)] for row in rows[1:])]


def read_csv(content: bytes, frame: pd.DataFrame) -> Rows:
    types = {title: str(dtype) for title, dtype in frame.dtypes.items()}
    return plain(pd.read_csv(StringIO(content.decode()), dtype=types))


def read_excel(content: bytes, _: pd.DataFrame) -> Rows:
    sheet = openpyxl.load_workbook(BytesIO(content))[EXCEL_TABLE]
    return [list(row) for row in sheet.iter_rows(values_only=True)]


def read_markdown(content: bytes, frame: pd.DataFrame) -> Rows:
    lines = [line for line in content.decode().splitlines() if line.startswith("|")]
    escaped = [line.replace(r"\|", "\0")[2:-2].split("|") for line in lines]
    cells = [[cell.replace("\0", "|").strip() for cell in row] for row in escaped]
    return typed_like([cells[0], *cells[2:]], frame)


LATEX = {r"\textbackslash ": "\\", r"\textasciitilde ": "~", r"\textasciicircum ": "^"}


def read_latex(content: bytes, frame: pd.DataFrame) -> Rows:
    text = content.decode()
    header = text.partition("\\toprule\n")[2].partition("\n")[0]
    body = text.partition("\\endlastfoot\n")[2].partition("\\end{longtable}")[0]
    rows = []
    for line in (header, *body.splitlines()):
        assert line.endswith(r" \\")
        line = line.removesuffix(r" \\").replace(r"\&", "\0")
        for written, character in LATEX.items():
            line = line.replace(written, "\1" + character)
        for character in "%$#_{}":
            line = line.replace(f"\\{character}", character)
        rows.append([cell.replace("\0", "&").replace("\1", "") for cell in line.split(" & ")])
    return typed_like(rows, frame)


def read_json(content: bytes, frame: pd.DataFrame) -> Rows:
    content_rows = json.loads(content)["rows"]
    return [list(frame.columns), *([row[title] for title in frame.columns] for row in content_rows)]


def read_parquet(content: bytes, _: pd.DataFrame) -> Rows:
    return plain(pd.read_parquet(BytesIO(content)))


READERS: dict[str, Callable[[bytes, pd.DataFrame], Rows]] = {
    "csv": read_csv,
    "excel": read_excel,
    "markdown": read_markdown,
    "latex": read_latex,
    "json": read_json,
    "parquet": read_parquet,
}


def write(name: str, table: Table) -> bytes:
    return FORMATS[name].write(Sheet(table=table, provenance=PROVENANCE))


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("name", FORMATS)
def test_every_cell_reads_back_as_it_was(name: str, table: str) -> None:
    written = TABLES[table]()
    frame = written.frame()
    assert READERS[name](write(name, written), frame) == plain(frame)


def test_a_csv_file_opens_as_it_is() -> None:
    frame = pd.read_csv(StringIO(write("csv", whole_table()).decode()))
    assert tuple(frame.columns) == tuple(COLUMNS)
    assert frame["Parameters"].tolist() == whole_table().frame()["Parameters"].tolist()


@pytest.mark.parametrize("name", [name for name in FORMATS if name not in ("csv", "excel", "parquet")])
def test_text_formats_carry_the_provenance(name: str) -> None:
    text = write(name, whole_table()).decode()
    for fact, value in PROVENANCE.items():
        assert fact in text
        assert value in text


def test_provenance_names_version_date_torch_and_plan() -> None:
    assert __version__ in PROVENANCE["Source"]
    assert PROVENANCE["Date"] == "2026-01-02"
    assert PROVENANCE["PyTorch"].count(".") == 2
    assert PROVENANCE["Training plan"] == "batch size 1, 250 frames, FP32"
    assert PROVENANCE["Custom size"] == "64 wide, 2 layers"
    assert "Custom size" not in provenance("", date(2026, 1, 2))


def test_excel_is_a_real_sheet_with_notes() -> None:
    written = filtered_table()
    workbook = openpyxl.load_workbook(BytesIO(write("excel", written)))
    table, notes = workbook[EXCEL_TABLE], workbook[EXCEL_NOTES]
    assert table.freeze_panes == "A2"
    assert table["A2"].number_format == "#,##0"
    assert table["A2"].data_type == "n"
    rows = {str(name): value for name, value in notes.iter_rows(values_only=True) if name}
    assert rows.items() >= PROVENANCE.items()
    assert {header: rows[header] for header in written.headers} == {
        header: COLUMNS[header].help for header in written.headers
    }
    assert "Variant" not in rows


def test_excel_takes_no_text_for_a_formula() -> None:
    sheet = openpyxl.load_workbook(BytesIO(write("excel", awkward_table())))[EXCEL_TABLE]
    assert (sheet["A6"].value, sheet["A6"].data_type) == ("=1+1", "s")


def test_parquet_keeps_types_and_carries_the_provenance() -> None:
    schema = pq.read_schema(BytesIO(write("parquet", whole_table())))
    content = json.loads(schema.metadata[METADATA_KEY.encode()])
    assert content["provenance"] == PROVENANCE
    assert content["columns"] == {header: column.help for header, column in COLUMNS.items()}
    assert str(schema.field("Parameters").type) == "int64"


def test_json_carries_provenance_and_notes() -> None:
    content = json.loads(write("json", filtered_table()))
    assert content["provenance"] == PROVENANCE
    assert tuple(content["columns"]) == filtered_table().headers


def test_latex_is_balanced_and_says_what_it_needs() -> None:
    text = write("latex", whole_table()).decode()
    assert r"\usepackage{booktabs,longtable}" in text
    assert text.count(r"\begin{longtable}") == text.count(r"\end{longtable}") == 1

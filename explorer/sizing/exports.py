"""A table as a file to take away, in six formats: exactly the rows and columns given, with their provenance.

Every format keeps units in the headers, missing cells empty, and the provenance inside the file.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from stickgen.documented.document import markdown_table, torch_version
from stickgen.formatting import exact_count
from stickgen.version import __version__

PRODUCT = "Stick-Gen Model Explorer"
METADATA_KEY = "stick_gen_model_explorer"
"""Where a Parquet file has the title, the provenance and the notes, as JSON."""


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """A table with what a reader needs to trust it."""

    title: str
    frame: pd.DataFrame
    """Columns of text and of numbers; the index is not part of the table."""
    notes: Mapping[str, str]
    """Header to how the column is computed. Headers that the frame does not have are left out."""
    provenance: Mapping[str, str]

    def rows(self) -> list[list[Any]]:
        """The cells, row by row, with None for a missing one."""
        return [
            [None if pd.isna(value) else value for value in row]
            for row in self.frame.astype(object).itertuples(index=False)
        ]

    def shown_notes(self) -> dict[str, str]:
        """The notes of the columns that are there."""
        return {title: self.notes.get(title, "") for title in self.frame.columns}


def provenance(plan: str, on: date, custom: str = "") -> dict[str, str]:
    """Where the figures of a file come from.

    `plan` says in words which training step is priced, `custom` which size the variant `custom` has, if it is there.
    """
    return {
        "Source": f"{PRODUCT} {__version__}",
        "Date": on.isoformat(),
        "PyTorch": torch_version(),
        "Training plan": plan,
        **({"Custom size": custom} if custom else {}),
    }


def to_csv(sheet: Sheet) -> bytes:
    """Comma-separated values. The provenance stands above the header in lines that start with "#"."""
    lines = [f"# {name}: {value}\n" for name, value in _headed(sheet).items()]
    return ("".join(lines) + sheet.frame.to_csv(index=False, lineterminator="\n")).encode()


def to_excel(sheet: Sheet) -> bytes:
    """A workbook: the table with number formats and a frozen header, and a sheet of notes."""
    workbook = Workbook()
    table = workbook.worksheets[0]
    table.title = EXCEL_TABLE
    _fill(table, [list(sheet.frame.columns), *sheet.rows()])
    table.freeze_panes = "A2"
    table.auto_filter.ref = table.dimensions
    notes = workbook.create_sheet(EXCEL_NOTES)
    _fill(notes, [["Of this file", ""], *map(list, _headed(sheet).items())])
    notes.append([])
    _fill(notes, [["Column", "How it is computed"], *map(list, sheet.shown_notes().items())])
    workbook.properties.title = sheet.title
    workbook.properties.creator = PRODUCT
    content = BytesIO()
    workbook.save(content)
    return content.getvalue()


def to_markdown(sheet: Sheet) -> bytes:
    """A Markdown table with separated thousands, a heading, and the provenance below it."""
    rows = [[_shown(value) for value in row] for row in sheet.rows()]
    table = markdown_table(list(sheet.frame.columns), rows)
    facts = "\n".join(f"- {name}: {value}" for name, value in sheet.provenance.items())
    return f"# {sheet.title}\n\n{facts}\n\n{table}\n".encode()


def to_latex(sheet: Sheet) -> bytes:
    """A `longtable` with `booktabs` rules, ready for `\\input`; the provenance in comments."""
    comments = [f"% {name}: {value}" for name, value in _headed(sheet).items()]
    alignment = "".join("r" if _is_number(sheet.frame[title]) else "l" for title in sheet.frame.columns)
    header = _latex_row(sheet.frame.columns)
    return "\n".join(
        [
            *comments,
            r"% Needs \usepackage{booktabs,longtable}",
            rf"\begin{{longtable}}{{{alignment}}}",
            r"\toprule",
            header,
            r"\midrule",
            r"\endhead",
            r"\bottomrule",
            r"\endlastfoot",
            *(_latex_row(_shown(value) for value in row) for row in sheet.rows()),
            r"\end{longtable}",
            "",
        ]
    ).encode()


def to_json(sheet: Sheet) -> bytes:
    """An object with the title, the provenance, the notes and the rows, each an object from header to
    value."""
    rows = [dict(zip(sheet.frame.columns, row, strict=True)) for row in sheet.rows()]
    content = _metadata(sheet) | {"rows": rows}
    return (json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode()


def to_parquet(sheet: Sheet) -> bytes:
    """A Parquet file. Title, provenance and notes are in the metadata of its schema, under `METADATA_KEY`."""
    table = pa.Table.from_pandas(sheet.frame, preserve_index=False)
    metadata = table.schema.metadata | {METADATA_KEY.encode(): json.dumps(_metadata(sheet)).encode()}
    content = BytesIO()
    pq.write_table(table.replace_schema_metadata(metadata), content)
    return content.getvalue()


EXCEL_TABLE = "Table"
EXCEL_NOTES = "Notes"
_WIDEST_COLUMN = 90
"""In characters; a longer note wraps."""


def _headed(sheet: Sheet) -> dict[str, str]:
    return {"Title": sheet.title, **sheet.provenance}


def _metadata(sheet: Sheet) -> dict[str, Any]:
    return {"title": sheet.title, "provenance": dict(sheet.provenance), "columns": sheet.shown_notes()}


def _is_number(column: "pd.Series[Any]") -> bool:
    return pd.api.types.is_numeric_dtype(column)


def _shown(value: object) -> str:
    """A cell in a text format: thousands separated, nothing for a missing one."""
    if value is None:
        return ""
    return exact_count(value) if isinstance(value, int) else str(value)


def _fill(worksheet: Worksheet, rows: list[list[Any]]) -> None:
    """Append a header and rows of cells, with the format that each kind of value is read in."""
    start = 1 if worksheet.max_row == 1 and worksheet.max_column == 1 else worksheet.max_row + 1
    for row in rows:
        worksheet.append(row)
    for cell in worksheet[start]:
        cell.font = Font(bold=True)
    for column, cells in enumerate(worksheet.iter_cols(min_row=start), start=1):
        for cell in cells:
            if isinstance(cell.value, int):
                cell.number_format = "#,##0"
            elif isinstance(cell.value, float):
                cell.number_format = "#,##0.00"
            else:
                # Text is text, whatever it starts with.
                cell.data_type = "s" if isinstance(cell.value, str) else cell.data_type
                cell.alignment = Alignment(wrap_text=True, vertical="top")
        width = max(len(_shown(cell.value)) for cell in cells) + 3
        dimension = worksheet.column_dimensions[get_column_letter(column)]
        dimension.width = max(dimension.width, min(width, _WIDEST_COLUMN))


_LATEX_CHARACTERS = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        **{character: f"\\{character}" for character in "&%$#_{}"},
    }
)


def _latex_row(cells: Iterable[str]) -> str:
    return " & ".join(cell.translate(_LATEX_CHARACTERS) for cell in cells) + r" \\"


@dataclass(frozen=True, kw_only=True)
class Format:
    """A kind of file."""

    label: str
    extension: str
    mime: str
    write: Callable[[Sheet], bytes]


FORMATS: dict[str, Format] = {
    "csv": Format(label="CSV", extension="csv", mime="text/csv", write=to_csv),
    "excel": Format(
        label="Excel",
        extension="xlsx",
        mime="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        write=to_excel,
    ),
    "markdown": Format(label="Markdown", extension="md", mime="text/markdown", write=to_markdown),
    "latex": Format(label="LaTeX", extension="tex", mime="application/x-tex", write=to_latex),
    "json": Format(label="JSON", extension="json", mime="application/json", write=to_json),
    "parquet": Format(label="Parquet", extension="parquet", mime="application/vnd.apache.parquet", write=to_parquet),
}
"""Format name to how its file is written."""

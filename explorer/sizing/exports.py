"""A table as a file to download, in six formats, with the provenance of its values.

Every format has units in the headers and leaves missing cells empty. CSV has the rows alone, so that any reader opens
it; all others contain the provenance.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from stickgen.documented.document import torch_version
from stickgen.formatting import exact_count
from stickgen.tables import KINDS, Cell, Table
from stickgen.version import __version__

PRODUCT = "Stick-Gen Model Explorer"
METADATA_KEY = "stick_gen_model_explorer"
"""Where a Parquet file has the title, the provenance and the notes, as JSON."""


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """A table with what a reader needs to trust it."""

    table: Table
    """The help of its columns says how each is computed."""
    provenance: Mapping[str, str]


def provenance(plan: str, on: date, custom: str = "") -> dict[str, str]:
    """Where the values of a file come from.

    `plan` is the training plan in words; `custom` is the size of the variant `custom`, if there is one.
    """
    return {
        "Source": f"{PRODUCT} {__version__}",
        "Date": on.isoformat(),
        "PyTorch": torch_version(),
        "Training plan": plan,
        **({"Custom size": custom} if custom else {}),
    }


def to_csv(sheet: Sheet) -> bytes:
    """Comma-separated values: a header and the rows, nothing else."""
    return sheet.table.frame().to_csv(index=False, lineterminator="\n").encode()


def to_excel(sheet: Sheet) -> bytes:
    """A workbook: the table with number formats and a frozen header, and a sheet of notes."""
    table, workbook = sheet.table, Workbook()
    cells = workbook.worksheets[0]
    cells.title = EXCEL_TABLE
    _fill(cells, [table.headers, *table.rows], [KINDS[column.kind].excel for column in table.columns])
    cells.freeze_panes = "A2"
    cells.auto_filter.ref = cells.dimensions
    notes = workbook.create_sheet(EXCEL_NOTES)
    _fill(notes, [("File", ""), *_headed(sheet).items()])
    notes.append([])
    _fill(notes, [("Column", "How it is computed"), *_notes(table).items()])
    workbook.properties.title = table.title
    workbook.properties.creator = PRODUCT
    content = BytesIO()
    workbook.save(content)
    return content.getvalue()


def to_markdown(sheet: Sheet) -> bytes:
    """A heading, the provenance and the table, with separated thousands."""
    facts = "\n".join(f"- {name}: {value}" for name, value in sheet.provenance.items())
    return f"# {sheet.table.title}\n\n{facts}\n\n{sheet.table.to_markdown()}\n".encode()


def to_latex(sheet: Sheet) -> bytes:
    """A `longtable` with `booktabs` rules, ready for `\\input`; the provenance in comments."""
    comments = "".join(f"% {name}: {value}\n" for name, value in _headed(sheet).items())
    return f"{comments}% Needs \\usepackage{{booktabs,longtable}}\n{sheet.table.to_latex()}".encode()


def to_json(sheet: Sheet) -> bytes:
    """An object with the title, the provenance, the notes and the rows, each an object from header to value."""
    rows = [dict(zip(sheet.table.headers, row, strict=True)) for row in sheet.table.rows]
    content = _metadata(sheet) | {"rows": rows}
    return (json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode()


def to_parquet(sheet: Sheet) -> bytes:
    """A Parquet file. Title, provenance and notes are in the metadata of its schema, under `METADATA_KEY`."""
    table = pa.Table.from_pandas(sheet.table.frame(), preserve_index=False)
    metadata = table.schema.metadata | {METADATA_KEY.encode(): json.dumps(_metadata(sheet)).encode()}
    content = BytesIO()
    pq.write_table(table.replace_schema_metadata(metadata), content)
    return content.getvalue()


EXCEL_TABLE = "Table"
EXCEL_NOTES = "Notes"
_MAX_WIDTH = 90
"""Of a column in characters; a longer note wraps."""


def _headed(sheet: Sheet) -> dict[str, str]:
    return {"Title": sheet.table.title, **sheet.provenance}


def _notes(table: Table) -> dict[str, str]:
    return {column.header: column.help for column in table.columns}


def _metadata(sheet: Sheet) -> dict[str, Any]:
    return {"title": sheet.table.title, "provenance": dict(sheet.provenance), "columns": _notes(sheet.table)}


def _fill(worksheet: Worksheet, rows: Sequence[Sequence[Cell]], formats: Sequence[str] = ()) -> None:
    """Append a header and rows of cells, columns of numbers in their formats."""
    start = 1 if worksheet.max_row == 1 and worksheet.max_column == 1 else worksheet.max_row + 1
    for row in rows:
        worksheet.append(list(row))
    for cell in worksheet[start]:
        cell.font = Font(bold=True)
    for column, cells in enumerate(worksheet.iter_cols(min_row=start), start=1):
        for cell in cells:
            if isinstance(cell.value, str):
                # Text is text, whatever it starts with.
                cell.data_type = "s"
                cell.alignment = Alignment(wrap_text=True, vertical="top")
            elif formats:
                cell.number_format = formats[column - 1]
        width = max(len(_shown(cell.value)) for cell in cells) + 3
        dimension = worksheet.column_dimensions[get_column_letter(column)]
        dimension.width = max(dimension.width, min(width, _MAX_WIDTH))


def _shown(value: object) -> str:
    if value is None:
        return ""
    return exact_count(value) if isinstance(value, int) else str(value)


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
"""Name of a format to how its file is written."""

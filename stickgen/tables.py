"""One kind of table for notebooks, the command line and the app: typed columns in, any format out.

Cells are values, not text: a count is an int, a share is a float, a missing cell is None. The kind of a column decides
how its cells are written, aligned and stored. A new kind is an entry of `KINDS`.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import KW_ONLY, dataclass
from html import escape
from typing import Any

import pandas as pd
from jinja2 import ChoiceLoader, DictLoader, Environment
from pandas.io.formats.style import Styler

from stickgen import formatting

Cell = str | int | float | None


@dataclass(frozen=True, kw_only=True)
class Kind:
    """What the cells of a column are."""

    text: Callable[[Any], str] = str
    """Writes a cell for people."""
    markdown: Callable[[str], str] | None = None
    """Writes it in Markdown, where that is not `text` with its special characters escaped."""
    exact: Callable[[Any], str] | None = None
    """Writes it to the last digit, where `text` rounds and the digits are worth a line of their own."""
    dtype: str = "string"
    """Its type in pandas. All of them may have missing values."""
    excel: str = "General"
    """Its number format in Excel."""
    is_number: bool = False
    """Whether it reads as a number: right-aligned, never wrapped."""
    has_lines: bool = False
    """Whether a cell may have several lines, the first of which matters most."""

    def signed(self, value: float) -> str:
        """The text of a difference between two cells."""
        return formatting.signed(self.text, value)


def _whole(text: Callable[[Any], str] = str, exact: Callable[[Any], str] | None = None, excel: str = "#,##0") -> Kind:
    return Kind(text=text, exact=exact, dtype="Int64", excel=excel, is_number=True)


def _number(text: Callable[[Any], str], excel: str) -> Kind:
    return Kind(text=text, dtype="Float64", excel=excel, is_number=True)


def _markdown(text: str) -> str:
    return text.replace("|", r"\|").replace("\n", "<br>")


def _plain(marked: str) -> str:
    return re.sub(r"\*\*|`", "", marked)


KINDS: dict[str, Kind] = {
    "text": Kind(),
    "lines": Kind(has_lines=True),
    "markup": Kind(text=_plain, markdown=str),
    "written": Kind(is_number=True),
    "setting": _whole(excel="0"),
    "count": _whole(text=formatting.exact_count),
    "difference": _whole(text=formatting.signed_exact_count),
    "short_count": _whole(text=formatting.short_count),
    "short_difference": _whole(text=formatting.signed_short_count),
    "short_and_exact": _whole(text=formatting.short_and_exact),
    "file": _whole(text=formatting.megabytes, exact=formatting.exact_bytes),
    "memory": _whole(text=formatting.memory),
    "gibibytes": _whole(text=formatting.gibibytes),
    "gibibytes_difference": _whole(text=formatting.signed_gibibytes),
    "hardware_memory": _number(text=formatting.gigabytes, excel="#,##0"),
    "operations": _whole(text=formatting.gigaflop),
    "seconds": _number(text=formatting.milliseconds, excel="0.0000"),
    "percent": _number(text=formatting.percent, excel="0.0%"),
    "error": _number(text=formatting.error, excel="0.0000"),
    "number": _number(text=formatting.number, excel="#,##0.00"),
}
"""Name of a kind to what it is.

Files and memory are held in bytes, times in seconds, percentages as shares of 1. `memory` is written in MiB or GiB,
whichever reads better; `gibibytes` always in GiB, to compare a column at a glance. `setting` is a number in a config,
without separators. `markup` is text with bold and code marked as in Markdown; `written` is a number in the notation of
its author.
"""


@dataclass(frozen=True)
class Column:
    """A column of a table."""

    title: str
    kind: str = "text"
    """A key of `KINDS`."""
    _: KW_ONLY
    unit: str = ""
    """Said in the header, for kinds whose text has none."""
    help: str = ""
    """How its values are found, in one sentence."""
    missing: str = ""
    """Text of a cell that has no value."""

    @property
    def header(self) -> str:
        """The title with its unit."""
        return f"{self.title} ({self.unit})" if self.unit else self.title

    def text(self, cell: Cell) -> str:
        """A cell as people read it."""
        return self.missing if cell is None else KINDS[self.kind].text(cell)

    def markdown(self, cell: Cell) -> str:
        """A cell in Markdown."""
        write = KINDS[self.kind].markdown
        if write is not None and isinstance(cell, str):
            return write(cell)
        return _markdown(self.text(cell))


@dataclass(frozen=True)
class Table:
    """Typed columns and their cells.

    Raises ValueError if two columns have the same header, or a row has not one cell a column.
    """

    title: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    _: KW_ONLY
    note: str = ""
    """What a reader has to know, in Markdown."""
    row_headings: bool = False
    """Whether the first cell of a row says what the row is, as a header does of a column."""
    has_total: bool = False
    """Whether the last row sums up the others."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "columns", tuple(self.columns))
        object.__setattr__(self, "rows", tuple(map(tuple, self.rows)))
        if len(set(self.headers)) < len(self.columns):
            raise ValueError(f"two columns have the same header: {', '.join(self.headers)}")
        for row in self.rows:
            if len(row) != len(self.columns):
                raise ValueError(f"{len(row)} cells in a row of {len(self.columns)} columns: {row}")

    @classmethod
    def from_frame(cls, title: str, columns: Iterable[Column], frame: pd.DataFrame) -> "Table":
        """The rows of a frame, of which each of `columns` is there under its header. The index is left out."""
        columns = tuple(columns)
        cells = frame[[column.header for column in columns]].astype(object)
        rows = [[None if pd.isna(cell) else cell for cell in row] for row in cells.itertuples(index=False)]
        return cls(title, columns, rows)

    @property
    def headers(self) -> tuple[str, ...]:
        """The headers, with units."""
        return tuple(column.header for column in self.columns)

    def frame(self) -> pd.DataFrame:
        """The values, each column in the type of its kind; `pandas.NA` where one is missing."""
        types = {column.header: KINDS[column.kind].dtype for column in self.columns}
        return pd.DataFrame(list(self.rows), columns=list(self.headers), dtype=object).astype(types)

    def text(self) -> pd.DataFrame:
        """Every cell as people read it."""
        return self._written(Column.text)

    def to_html(self) -> str:
        """HTML without style: a region that the keyboard reaches, so that a wide table can scroll in it.

        The region has the class `wide-table`, and `with-total` where there is one; columns are of the class `number`,
        `lines` (with `long` where one of them is), or, by the length of their text, `short`, `middle` or `long`.
        """
        text = self.text()
        table = _styler(text, "html", _HtmlStyler).to_html(
            exclude_styles=True,
            classes=[_html_class(column, text[column.header]) for column in self.columns],
            row_headings=self.row_headings,
        )
        classes = "wide-table with-total" if self.has_total else "wide-table"
        return f'<div class="{classes}" role="region" tabindex="0" aria-label="{escape(self.title)}">{table}</div>'

    def to_markdown(self) -> str:
        """A Markdown table, numbers to the right, a total in bold."""
        cells = self._written(Column.markdown).rename(columns=_markdown)
        if self.has_total:
            cells.iloc[-1] = cells.iloc[-1].map(lambda cell: f"**{cell}**" if cell else cell)
        return self._tabulated(cells, "pipe")

    def to_latex(self) -> str:
        r"""A `longtable` with `booktabs` rules, ready for `\input`."""
        written = _styler(self.text(), "latex").to_latex(
            environment="longtable",
            hrules=True,
            column_format="".join("r" if KINDS[column.kind].is_number else "l" for column in self.columns),
        )
        # pandas counts the columns in the first row, which an empty table does not have.
        return written.replace(r"\multicolumn{0}", rf"\multicolumn{{{len(self.columns)}}}")

    def to_text(self) -> str:
        """Aligned columns of plain text, for a terminal."""
        return self._tabulated(self.text(), "simple")

    def _repr_html_(self) -> str:
        note = f"<p>{escape(self.note)}</p>" if self.note else ""
        return f"<p><strong>{escape(self.title)}</strong></p>{self.to_html()}{note}"

    def _written(self, write: Callable[[Column, Cell], str]) -> pd.DataFrame:
        rows = [[write(column, cell) for column, cell in zip(self.columns, row, strict=True)] for row in self.rows]
        return pd.DataFrame(rows, columns=list(self.headers), dtype="str")

    def _tabulated(self, cells: pd.DataFrame, layout: str) -> str:
        alignment = ["right" if KINDS[column.kind].is_number else "left" for column in self.columns]
        return cells.to_markdown(index=False, tablefmt=layout, disable_numparse=True, colalign=alignment)


_MAX_SHORT, _MIN_LONG = 30, 50
"""Characters of the longest cell up to which a column of text does not wrap, and from which it is kept wide."""


def _html_class(column: Column, cells: "pd.Series[str]") -> str:
    kind = KINDS[column.kind]
    if kind.is_number:
        return "number"
    longest = max((len(line) for cell in cells for line in cell.splitlines()), default=0)
    if kind.has_lines:
        return "lines long" if longest >= _MIN_LONG else "lines"
    if longest <= _MAX_SHORT:
        return "short"
    return "long" if longest >= _MIN_LONG else "middle"


# Tells headers of columns and of rows apart, which pandas' own template does not, and gives both the column's class.
_CELLS = """{% extends "html_table.tpl" %}
{% block head_tr %}
<tr>
{% for cell in r if cell.is_visible %}
<th scope="col" class="{{ classes[loop.index0] }}">{{ cell.display_value }}</th>
{% endfor %}
</tr>
{% endblock %}
{% block tr %}
<tr>
{% for cell in r if cell.is_visible %}
{% if loop.first and row_headings %}
<th scope="row">{{ cell.display_value }}</th>
{% else %}
<td class="{{ classes[loop.index0] }}">{{ cell.display_value | replace("\\n", "<br/>") }}</td>
{% endif %}
{% endfor %}
</tr>
{% endblock %}"""


class _HtmlStyler(Styler):
    env = Environment(loader=ChoiceLoader([DictLoader({"cells.tpl": _CELLS}), Styler.loader]), trim_blocks=True)
    template_html_table = env.get_template("cells.tpl")


def _styler(text: pd.DataFrame, markup: str, kind: type[Styler] = Styler) -> Styler:
    """The text with what is special in `markup`, "html" or "latex", escaped, in the cells and in the headers."""
    styler = kind(text).hide(axis="index")
    lines = _latex_lines if markup == "latex" else str
    return styler.format(lines, escape=markup).format_index(escape=markup, axis="columns")


def _latex_lines(cell: object) -> str:
    lines = str(cell).replace("\n", r" \\ ")
    return rf"\shortstack[l]{{{lines}}}" if "\n" in str(cell) else lines

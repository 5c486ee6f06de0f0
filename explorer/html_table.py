"""A table as HTML of its own: wide ones scroll within their frame, which the keyboard can reach."""

from html import escape
from typing import Any

import pandas as pd

from explorer.colors import BACKGROUNDS

STYLE = """<style>
.wide-table { overflow-x: auto; max-width: 100%; }
.wide-table table { border-collapse: collapse; width: 100%; font-size: 0.875rem; }
.wide-table th, .wide-table td { padding: 0.3rem 0.6rem; border-bottom: 1px solid rgba(128, 128, 128, 0.35); }
.wide-table th { text-align: left; vertical-align: bottom; font-weight: 600; }
.wide-table td { vertical-align: top; }
.wide-table .short { white-space: nowrap; }
.wide-table .middle { min-width: 9rem; }
.wide-table .long { min-width: 14rem; }
.wide-table .number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.wide-table th[scope="row"] { font-weight: 400; vertical-align: top; min-width: 7rem; overflow-wrap: anywhere; }
.wide-table:has(th[scope="row"]) th:first-child { position: sticky; left: 0; background: var(--page); }
.wide-table .lines { min-width: 8rem; font-variant-numeric: tabular-nums; }
.wide-table .lines::first-line { font-weight: 600; }
</style>"""
_PAGE_COLOR = f"light-dark({BACKGROUNDS['light']}, {BACKGROUNDS['dark']})"

SHORT_TEXT, LONG_TEXT = 30, 50
"""Characters of the longest cell up to which a column is not wrapped, and from which it is kept wide."""


def html_grid(frame: pd.DataFrame, label: str) -> str:
    """A table in which rows have headings too: the index. A cell is text of one or more lines, the first in bold."""
    titles = [str(frame.index.name), *frame.columns]
    header = "".join(f'<th scope="col">{escape(title)}</th>' for title in titles)
    rows = "".join(
        f'<tr><th scope="row">{escape(str(heading))}</th>{"".join(map(_lines, cells))}</tr>'
        for heading, *cells in frame.itertuples()
    )
    return _framed(header, rows, label)


def _lines(cell: object) -> str:
    return f'<td class="lines">{escape(str(cell)).replace(chr(10), "<br/>")}</td>'


def _framed(header: str, rows: str, label: str) -> str:
    return (
        f'{STYLE}<div class="wide-table" style="--page: {_PAGE_COLOR}" role="region" tabindex="0" '
        f'aria-label="{escape(label)}">'
        f"<table><thead><tr>{header}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def html_table(frame: pd.DataFrame, label: str, numbers: frozenset[str] = frozenset()) -> str:
    """The cells of `frame` as they are, escaped; those of the columns `numbers` to the right.

    `label` names the table to a screen reader.
    """
    styles = [_style(title, frame[title], numbers) for title in frame.columns]
    header = "".join(
        f'<th scope="col"{style}>{escape(title)}</th>' for title, style in zip(frame.columns, styles, strict=True)
    )
    rows = "".join(
        f"<tr>{''.join(f'<td{style}>{escape(str(cell))}</td>' for cell, style in zip(row, styles, strict=True))}</tr>"
        for row in frame.itertuples(index=False)
    )
    return _framed(header, rows, label)


def _style(title: str, cells: "pd.Series[Any]", numbers: frozenset[str]) -> str:
    if title in numbers:
        return ' class="number"'
    longest = cells.map(lambda cell: len(str(cell))).max()
    if longest <= SHORT_TEXT:
        return ' class="short"'
    return f' class="{"long" if longest >= LONG_TEXT else "middle"}"'

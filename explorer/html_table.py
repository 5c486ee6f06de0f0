"""A table as HTML of its own: wide ones scroll within their frame, which the keyboard can reach."""

from html import escape

import pandas as pd

STYLE = """<style>
.wide-table { overflow-x: auto; max-width: 100%; }
.wide-table table { border-collapse: collapse; width: 100%; font-size: 0.875rem; }
.wide-table th, .wide-table td { padding: 0.3rem 0.6rem; border-bottom: 1px solid rgba(128, 128, 128, 0.35); }
.wide-table th { text-align: left; vertical-align: bottom; font-weight: 600; }
.wide-table td { vertical-align: top; }
.wide-table .number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
</style>"""


def html_table(frame: pd.DataFrame, label: str, numbers: frozenset[str] = frozenset()) -> str:
    """The cells of `frame` as they are, escaped; those of the columns `numbers` to the right.

    `label` names the table to a screen reader.
    """
    header = "".join(f'<th scope="col"{_align(title, numbers)}>{escape(title)}</th>' for title in frame.columns)
    rows = "".join(
        "<tr>"
        + "".join(
            f"<td{_align(title, numbers)}>{escape(str(cell))}</td>"
            for title, cell in zip(frame.columns, row, strict=True)
        )
        + "</tr>"
        for row in frame.itertuples(index=False)
    )
    return (
        f'{STYLE}<div class="wide-table" role="region" tabindex="0" aria-label="{escape(label)}">'
        f"<table><thead><tr>{header}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _align(title: str, numbers: frozenset[str]) -> str:
    return ' class="number"' if title in numbers else ""

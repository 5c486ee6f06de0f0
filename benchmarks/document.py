"""The document that benchmarks write their results into, a section each: docs/benchmarks.md."""

import re
from pathlib import Path

from stickgen.tables import Column, Table

DOCUMENT = Path(__file__).parent.parent / "docs" / "benchmarks.md"


def table(header: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """A Markdown table of results that are text already."""
    return Table("", [Column(title) for title in header], rows).to_markdown()


def write_section(name: str, text: str) -> None:
    """Put a section between the markers of its name, at the end of the document if it is not there yet."""
    start, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    section = f"{start}\n{text}\n{end}"
    document = DOCUMENT.read_text() if DOCUMENT.exists() else "# Benchmarks\n"
    if start in document:
        pattern = f"{re.escape(start)}.*?{re.escape(end)}"
        document = re.sub(pattern, lambda _: section, document, flags=re.DOTALL)
    else:
        document = f"{document.rstrip()}\n\n{section}\n"
    DOCUMENT.write_text(document)

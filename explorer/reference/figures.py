"""The documented figures beside the computed ones, as tables; and the document's advice."""

from collections.abc import Iterable, Mapping

from explorer.controls import SeveralControl
from stickgen.documented.facts import VARIANT_FACTS
from stickgen.documented.values import SECTIONS, Figure
from stickgen.documented.verification import Check, Status
from stickgen.tables import Column, Table

MARKS: dict[Status, str] = {
    Status.EQUAL: "=",
    Status.ROUNDS: "≈",
    Status.NEAR: "~",
    Status.DIFFERS: "≠",
    Status.KEPT: "≤",
    Status.UNCHECKED: "–",
}
"""Status to the sign before its words."""

STATUSES = SeveralControl(label="Status", options=tuple(Status), placeholder="all")
"""Which figures are to be seen."""

TRACING = "being traced"
"""In place of a status that is not known yet."""

Known = Mapping[Figure, Check]
"""The figures that have been compared so far."""


def all_figures() -> list[Figure]:
    """Every figure of the document, in its order."""
    return [figure for section in SECTIONS.values() for figure in section.figures]


def figure_table(figures: Iterable[Figure], known: Known, statuses: Iterable[str], title: str = "") -> Table:
    """A row a figure. Only those with one of `statuses` are there, or all if none is given.

    A figure that is not compared yet is there under any: nobody knows its status.
    """
    wanted = set(statuses)
    rows: list[tuple[str, ...]] = []
    for figure in figures:
        check = known.get(figure)
        if check is None:
            rows.append((figure.subject, figure.quantity, figure.written, "", "", TRACING, ""))
        elif not wanted or check.status in wanted:
            status = f"{MARKS[check.status]} {check.status}"
            rows.append(
                (
                    figure.subject,
                    figure.quantity,
                    figure.written,
                    check.computed_text,
                    check.difference_text,
                    status,
                    check.reason,
                )
            )
    columns = [
        Column("Variant or option"),
        Column("Quantity"),
        Column("Documented", "written"),
        Column("Computed", "written"),
        Column("Difference", "written"),
        Column("Status"),
        Column("Reason"),
    ]
    if not any(reason for *_, reason in rows):
        columns.pop()
        rows = [row[:-1] for row in rows]
    return Table(title, columns, rows)


def advice_table() -> Table:
    """What the document advises each variant for, and on which hardware."""
    rows = [(variant, facts.use_case, facts.hardware, facts.training_note) for variant, facts in VARIANT_FACTS.items()]
    columns = [Column("Variant"), Column("Use it for"), Column("Hardware"), Column("Training")]
    return Table("When to use each variant", columns, rows)


def status_cards(known: Iterable[Check]) -> list[tuple[str, int]]:
    """Each status with its sign, and how many figures have it."""
    checks = list(known)
    return [(f"{mark} {status}", sum(check.status is status for check in checks)) for status, mark in MARKS.items()]

"""The documented values beside the computed ones, as tables; and the document's advice."""

from collections.abc import Iterable, Mapping

from explorer.choice.controls import Control, SeveralControl
from stickgen.config import VARIANTS
from stickgen.documented.facts import NOT_DOCUMENTED, variant_facts
from stickgen.documented.values import SECTIONS, DocumentedValue, Section
from stickgen.documented.verification import Check, Status, check
from stickgen.tables import Column, Table

MARKS: dict[Status, str] = {
    Status.EQUAL: "=",
    Status.ROUNDS: "≈",
    Status.NEAR: "~",
    Status.DIFFERS: "≠",
    Status.KEPT: "≤",
    Status.UNCHECKED: "–",
    Status.UNDOCUMENTED: "○",
}
"""Status to the sign before its words."""

STATUS_CONTROL: dict[str, Control] = {
    "status": SeveralControl(label="Status", options=tuple(Status), placeholder="all")
}
"""Which values to show."""

TRACING = "being traced"
"""In place of a status that is not known yet."""

Known = Mapping[DocumentedValue, Check]
"""What has been compared so far."""


def all_values() -> list[DocumentedValue]:
    """Every value of the document, in its order."""
    return [value for section in SECTIONS.values() for value in section.values]


def known(values: Iterable[DocumentedValue], traced: Mapping[DocumentedValue, Check | None]) -> Known:
    """The comparisons that are there: of `traced` values where they have come, of all others at once."""
    checks = {value: traced.get(value) if value.is_traced else check(value) for value in values}
    return {value: compared for value, compared in checks.items() if compared is not None}


def value_table(section: Section, known: Known, statuses: Iterable[str]) -> Table:
    """A row for each value of a section with one of `statuses`, or for all values if no status is given.

    Below a status stands the reason, where the two differ. A value that is not compared yet is always there, since
    its status is not known.
    """
    wanted = set(statuses)
    rows: list[tuple[str, ...]] = []
    for value in section.values:
        compared = known.get(value)
        if compared is None:
            rows.append((value.subject, value.quantity, value.documented_text, "", "", TRACING))
        elif not wanted or compared.status in wanted:
            status = f"{MARKS[compared.status]} {compared.status}"
            rows.append(
                (
                    value.subject,
                    value.quantity,
                    value.documented_text,
                    compared.computed_text,
                    compared.difference_text,
                    f"{status}\n{compared.reason}".rstrip(),
                )
            )
    columns = [
        Column("Variant or option"),
        Column("Quantity"),
        Column("Documented", "written"),
        Column("Computed", "written"),
        Column("Difference", "written"),
        Column("Status", "lines"),
    ]
    return Table(section.title, columns, rows, note=section.note)


def advice_table() -> Table:
    """What the document advises each variant for, and on which hardware."""
    rows = []
    for variant in VARIANTS:
        facts = variant_facts(variant)
        advice = (facts.use_case, facts.hardware, facts.training_note)
        rows.append((variant, *(text or NOT_DOCUMENTED for text in advice)))
    columns = [Column("Variant"), Column("Use it for"), Column("Hardware"), Column("Training")]
    return Table("When to use each variant", columns, rows)


def status_cards(known: Iterable[Check]) -> list[tuple[str, int]]:
    """Each status with its sign, and how many values have it."""
    checks = list(known)
    return [(f"{mark} {status}", sum(one.status is status for one in checks)) for status, mark in MARKS.items()]

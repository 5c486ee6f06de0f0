"""The documented values beside the computed ones, as tables; and the document's advice."""

from collections.abc import Iterable, Mapping

import pandas as pd

from explorer.choice.controls import Control, SeveralControl
from stickgen.config import VARIANTS
from stickgen.documented.facts import NOT_DOCUMENTED, variant_facts
from stickgen.documented.values import SECTIONS, DocumentedValue
from stickgen.documented.verification import Check, Status

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

NUMBERS = frozenset(("Documented", "Computed", "Difference"))

Known = Mapping[DocumentedValue, Check]
"""What has been compared so far."""


def all_values() -> list[DocumentedValue]:
    """Every value of the document, in its order."""
    return [value for section in SECTIONS.values() for value in section.values]


def value_table(values: Iterable[DocumentedValue], known: Known, statuses: Iterable[str]) -> pd.DataFrame:
    """A row for each value with one of `statuses`, or for all values if no status is given.

    A value that is not compared yet is always there, since its status is not known.
    """
    wanted = set(statuses)
    rows = []
    for value in values:
        check = known.get(value)
        if check is None:
            rows.append((value.subject, value.quantity, value.documented_text, "", "", TRACING, ""))
        elif not wanted or check.status in wanted:
            status = f"{MARKS[check.status]} {check.status}"
            rows.append(
                (
                    value.subject,
                    value.quantity,
                    value.documented_text,
                    check.computed_text,
                    check.difference_text,
                    status,
                    check.reason,
                )
            )
    columns = ["Variant or option", "Quantity", "Documented", "Computed", "Difference", "Status", "Reason"]
    table = pd.DataFrame(rows, columns=columns)
    return table if table["Reason"].any() else table.drop(columns="Reason")


def advice_table() -> pd.DataFrame:
    """What the document advises each variant for, and on which hardware."""
    rows = []
    for variant in VARIANTS:
        facts = variant_facts(variant)
        advice = (facts.use_case, facts.hardware, facts.training_note)
        rows.append((variant, *(text or NOT_DOCUMENTED for text in advice)))
    return pd.DataFrame(rows, columns=["Variant", "Use it for", "Hardware", "Training"])


def status_cards(known: Iterable[Check]) -> list[tuple[str, int]]:
    """Each status with its sign, and how many values have it."""
    checks = list(known)
    return [(f"{mark} {status}", sum(check.status is status for check in checks)) for status, mark in MARKS.items()]

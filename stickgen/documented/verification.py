"""Compare every documented value with the computed one."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from stickgen.documented.facts import NOT_DOCUMENTED, written_number
from stickgen.documented.values import DocumentedValue
from stickgen.tables import KINDS, Kind

NEAR = 0.10
"""Largest difference, as a share of the documented value, that still counts as near."""


class Status(StrEnum):
    """How a computed value compares with the documented one."""

    EQUAL = "equal"
    ROUNDS = "equal when rounded"
    NEAR = "within 10%"
    DIFFERS = "differs"
    KEPT = "within budget"
    UNCHECKED = "not checked"
    UNDOCUMENTED = NOT_DOCUMENTED


UNITS: dict[str, Kind] = {"count": KINDS["count"], "file": KINDS["file"], "memory": KINDS["gibibytes"]}
"""Unit of a value to how it is written: counts in parameters, files and memory in bytes."""


@dataclass(frozen=True, kw_only=True)
class Check:
    """A documented value, the computed one, and how they compare."""

    value: DocumentedValue
    computed: int | str | None
    status: Status
    difference: float | None = None
    """Computed minus documented, in the unit's base; None for a name and where nothing is documented."""
    reason: str = ""
    """Why the two differ; empty where they do not."""

    @property
    def computed_text(self) -> str:
        """The computed value as people read it."""
        if isinstance(self.computed, int):
            return UNITS[self.value.unit].text(self.computed)
        return self.computed or "-"

    @property
    def difference_text(self) -> str:
        """The signed difference as people read it; empty where there is none."""
        return "" if self.difference is None else UNITS[self.value.unit].signed(round(self.difference))


def check(value: DocumentedValue) -> Check:
    """Compute one value and compare it with the documented one."""
    computed = value.compute()
    if not value.written:
        return Check(value=value, computed=computed, status=Status.UNDOCUMENTED)
    if computed is None:
        reason = "advice about the machine, which the model does not determine"
        return Check(value=value, computed=None, status=Status.UNCHECKED, reason=reason)
    number = written_number(value.written)
    if isinstance(computed, str) or number is None:
        status = Status.EQUAL if value.written == computed else Status.DIFFERS
        return Check(value=value, computed=computed, status=status)
    difference = computed - number.nearest(computed)
    if value.is_budget:
        status = Status.KEPT if difference <= 0 else Status.DIFFERS
    elif number.is_rounded_from(computed):
        status = Status.ROUNDS if number.step else Status.EQUAL
    elif abs(difference) <= NEAR * number.nearest(computed):
        status = Status.NEAR
    else:
        status = Status.DIFFERS
    reads_the_same = status in (Status.EQUAL, Status.ROUNDS)
    reason = "" if reads_the_same or value.explain is None else value.explain(computed)
    return Check(value=value, computed=computed, status=status, difference=difference, reason=reason)


def tally(checks: Iterable[Check]) -> dict[Status, int]:
    """How many checks have each status; every status is present."""
    counts = Counter(check.status for check in checks)
    return {status: counts[status] for status in Status}

"""Every documented figure beside the computed one, and how the two compare."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from stickgen.documented.facts import written_number
from stickgen.documented.values import Figure
from stickgen.tables import KINDS, Kind

NEAR = 0.10
"""Largest difference, as a share of the documented figure, that still counts as near."""


class Status(StrEnum):
    """How a computed figure compares with the documented one."""

    EQUAL = "equal"
    ROUNDS = "rounds to it"
    NEAR = "within 10 %"
    DIFFERS = "differs"
    KEPT = "budget kept"
    UNCHECKED = "not checked"


UNITS: dict[str, Kind] = {"count": KINDS["count"], "file": KINDS["file"], "memory": KINDS["gibibytes"]}
"""Unit of a figure to the way it is written: counts in parameters, files and memory in bytes."""


@dataclass(frozen=True, kw_only=True)
class Check:
    """A documented figure, the computed one, and the verdict."""

    figure: Figure
    computed: int | str | None
    status: Status
    difference: float | None = None
    """Computed less documented, in the unit's base; None for a name."""
    reason: str = ""
    """Why the two are not the same, where they are not."""

    @property
    def computed_text(self) -> str:
        """The computed figure as people read it."""
        if isinstance(self.computed, int):
            return UNITS[self.figure.unit].text(self.computed)
        return self.computed or "-"

    @property
    def difference_text(self) -> str:
        """The signed difference as people read it, empty for a name."""
        return "" if self.difference is None else UNITS[self.figure.unit].signed(round(self.difference))


def check(figure: Figure) -> Check:
    """Compute one figure and compare it with the documented one."""
    computed = figure.compute()
    if computed is None:
        reason = "advice on the machine: nothing in the model fixes it"
        return Check(figure=figure, computed=None, status=Status.UNCHECKED, reason=reason)
    number = written_number(figure.written)
    if isinstance(computed, str) or number is None:
        status = Status.EQUAL if figure.written == computed else Status.DIFFERS
        return Check(figure=figure, computed=computed, status=status)
    difference = computed - number.nearest(computed)
    if figure.is_budget:
        status = Status.KEPT if difference <= 0 else Status.DIFFERS
    elif number.is_rounded_from(computed):
        status = Status.ROUNDS if number.step else Status.EQUAL
    elif abs(difference) <= NEAR * number.nearest(computed):
        status = Status.NEAR
    else:
        status = Status.DIFFERS
    reads_the_same = status in (Status.EQUAL, Status.ROUNDS)
    reason = "" if reads_the_same or figure.explain is None else figure.explain(computed)
    return Check(figure=figure, computed=computed, status=status, difference=difference, reason=reason)


def tally(checks: Iterable[Check]) -> dict[Status, int]:
    """How many checks have each status; every status is present."""
    counts = Counter(check.status for check in checks)
    return {status: counts[status] for status in Status}

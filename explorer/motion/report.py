"""How well a fitted model does, against its targets: data in, table and text out."""

from stickgen.formatting import error, percent, signed_percent
from stickgen.motion import CLIPS, TARGETS, FitReport, missed_targets
from stickgen.tables import Column, Table

COMPARISON = "for comparison"

REPORT_NOTE = (
    "Errors of poses are root mean squares over all coordinates, in body heights (head to foot). All values are from "
    "phases and tempi not seen in the fit; for amplitude, tempo and distance, the worst sequence counts."
)


def held_against(variant: str) -> str:
    """The variant whose targets count: a custom size has none of its own, so those of the small variant do."""
    return variant if variant in TARGETS else next(iter(TARGETS))


def report_table(report: FitReport, variant: str) -> Table:
    """Values, their targets, and whether they meet them."""
    targets = TARGETS[held_against(variant)]
    one_step = min(targets.one_step_rmse, targets.one_step_share * report.repeat_rmse)
    rows = [
        _row("One frame ahead", error(report.one_step_rmse), f"at most {error(one_step)}",
             report.one_step_rmse <= one_step),
        _row("Repeating the last frame", error(report.repeat_rmse)),
        _row(f"Rollout of {report.rollout_seconds:.0f} s", error(report.rollout_rmse),
             f"at most {targets.rollout_rmse:.3f}", report.rollout_rmse <= targets.rollout_rmse),
        _row("Amplitude, against the clip", signed_percent(report.amplitude_ratio - 1),
             f"within {percent(targets.amplitude_error)}", abs(report.amplitude_ratio - 1) <= targets.amplitude_error),
        _row("Tempo, against the clip", f"off by {percent(report.tempo_error)}",
             f"within {percent(targets.tempo_error)}", report.tempo_error <= targets.tempo_error),
        _row("Lengths of segments", f"off by {percent(report.bone_error)}",
             f"within {percent(targets.bone_error)}", report.bone_error <= targets.bone_error),
    ]  # fmt: skip
    if CLIPS[report.clip].travels:
        rows.append(_row("Distance travelled", f"off by {percent(report.travel_error)}"))
    columns = [Column("Measure"), Column("Value", "written"), Column("Target", "written"), Column("Result")]
    return Table("How close the model comes to the clip", columns, rows, row_headings=True)


def _row(name: str, measured: str, target: str = COMPARISON, is_met: bool | None = None) -> tuple[str, str, str, str]:
    return name, measured, target, "" if is_met is None else "✓ met" if is_met else "✗ missed"


def verdict(report: FitReport, variant: str) -> str:
    """Whether the fit meets its targets, and if not, which it misses and why, in Markdown."""
    rounds = "1 round" if report.rounds == 1 else f"{report.rounds} rounds"
    subject = f"**{CLIPS[report.clip].label}** on **{variant}**, after {rounds} of rollouts,"
    missed = missed_targets(report, held_against(variant))
    if not missed:
        return f"{subject} meets every target."
    return "\n".join((f"{subject} misses:\n", *(f"- {sentence}" for sentence in missed)))

"""How close a fitted model comes to its clip, and to its targets: data in, table and text out."""

from stickgen.formatting import error, percent, signed_percent
from stickgen.motion import CLIPS, TARGETS, FitReport, missed_targets
from stickgen.tables import Column, Table

NO_TARGET = "none, for comparison"

REPORT_NOTE = (
    "Pose errors are root mean squares over all coordinates, in body heights (head to foot). The model is evaluated on "
    "phases and tempos that the fit has not seen. Amplitude, tempo and distance are those of the worst sequence; the "
    "segment length is that of the worst segment."
)


def targets_of(variant: str) -> str:
    """The variant whose targets count: a custom size has none of its own, so those of the small variant do."""
    return variant if variant in TARGETS else next(iter(TARGETS))


def report_table(report: FitReport, variant: str) -> Table:
    """Values, their targets, and whether they meet them."""
    targets = TARGETS[targets_of(variant)]
    one_step = min(targets.one_step_rmse, targets.one_step_share * report.repeat_rmse)
    rows = [
        _row("Pose error, one frame ahead", error(report.one_step_rmse), f"at most {error(one_step)}",
             report.one_step_rmse <= one_step),
        _row("Pose error of repeating the last frame", error(report.repeat_rmse)),
        _row(f"Pose error over a rollout of {report.rollout_seconds:.0f} s", error(report.rollout_rmse),
             f"at most {targets.rollout_rmse:.3f}", report.rollout_rmse <= targets.rollout_rmse),
        _row("Amplitude, relative to the clip", signed_percent(report.amplitude_ratio - 1),
             f"within {percent(targets.amplitude_error)}", abs(report.amplitude_ratio - 1) <= targets.amplitude_error),
        _row("Tempo error", percent(report.tempo_error),
             f"at most {percent(targets.tempo_error)}", report.tempo_error <= targets.tempo_error),
        _row("Segment length error", percent(report.bone_error),
             f"at most {percent(targets.bone_error)}", report.bone_error <= targets.bone_error),
    ]  # fmt: skip
    if CLIPS[report.clip].travels:
        rows.append(_row("Error of the distance travelled", percent(report.travel_error)))
    columns = [Column("Measure"), Column("Value", "written"), Column("Target", "written"), Column("Result")]
    return Table("How close the model comes to the clip", columns, rows, row_headings=True)


def _row(name: str, measured: str, target: str = NO_TARGET, is_met: bool | None = None) -> tuple[str, str, str, str]:
    return name, measured, target, "" if is_met is None else "✓ met" if is_met else "✗ missed"


def verdict(report: FitReport, variant: str) -> str:
    """Whether the fit meets its targets, and if not, which it misses and why, in Markdown."""
    rounds = {0: "Before any rollout round", 1: "After 1 rollout round"}.get(
        report.rounds, f"After {report.rounds} rollout rounds"
    )
    whose = "every target" if variant in TARGETS else f"every target of the {targets_of(variant)} variant"
    subject = f"{rounds} of the fit, **{variant}** on the clip **{CLIPS[report.clip].label}**"
    missed = missed_targets(report, targets_of(variant))
    if not missed:
        return f"{subject} meets {whose}."
    return "\n".join((f"{subject} misses:\n", *(f"- {sentence}" for sentence in missed)))

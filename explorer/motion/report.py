"""How well a fitted model does, against what it should reach: data in, table and text out."""

from stickgen.formatting import error, percent, signed_percent
from stickgen.motion import BARS, CLIPS, FitReport, shortfalls
from stickgen.tables import Column, Table

COMPARISON = "for comparison"

REPORT_NOTE = (
    "Errors of poses are root mean squares over all coordinates, in body heights (head to foot). All figures are from "
    "phases and tempi that the fit has not seen; of amplitude, tempo and way, the worst test counts."
)


def held_against(variant: str) -> str:
    """The variant whose bars count: a custom size has none of its own, and takes the small one's."""
    return variant if variant in BARS else next(iter(BARS))


def report_table(report: FitReport, variant: str) -> Table:
    """Figures, the bars they are held against, and whether they reach them, as text for people."""
    bars = BARS[held_against(variant)]
    one_step = min(bars.one_step_rmse, bars.one_step_share * report.repeat_rmse)
    rows = [
        _row("One frame ahead", error(report.one_step_rmse), f"at most {error(one_step)}",
             report.one_step_rmse <= one_step),
        _row("Repeating the last frame", error(report.repeat_rmse)),
        _row(f"Running free for {report.rollout_seconds:.0f} s", error(report.rollout_rmse),
             f"at most {bars.rollout_rmse:.3f}", report.rollout_rmse <= bars.rollout_rmse),
        _row("Amplitude, against the clip", signed_percent(report.amplitude_ratio - 1),
             f"within {percent(bars.amplitude_error)}", abs(report.amplitude_ratio - 1) <= bars.amplitude_error),
        _row("Tempo, against the clip", f"off by {percent(report.tempo_error)}",
             f"within {percent(bars.tempo_error)}", report.tempo_error <= bars.tempo_error),
        _row("Lengths of segments", f"off by {percent(report.bone_error)}",
             f"within {percent(bars.bone_error)}", report.bone_error <= bars.bone_error),
    ]  # fmt: skip
    if CLIPS[report.clip].travels:
        rows.append(_row("Way travelled", f"off by {percent(report.travel_error)}"))
    columns = [Column("Measure"), Column("Value", "written"), Column("Target", "written"), Column("Result")]
    return Table("How close the model comes to the clip", columns, rows, row_headings=True)


def _row(name: str, measured: str, bar: str = COMPARISON, is_met: bool | None = None) -> tuple[str, str, str, str]:
    return name, measured, bar, "" if is_met is None else "✓ met" if is_met else "✗ missed"


def verdict(report: FitReport, variant: str) -> str:
    """Whether the clip reaches its bars, and if not, which it misses and why, in Markdown."""
    rounds = "1 round" if report.rounds == 1 else f"{report.rounds} rounds"
    subject = f"**{CLIPS[report.clip].label}** on **{variant}**, after {rounds} of free runs,"
    missed = shortfalls(report, held_against(variant))
    if not missed:
        return f"{subject} reaches every bar."
    return "\n".join((f"{subject} misses:\n", *(f"- {sentence}" for sentence in missed)))

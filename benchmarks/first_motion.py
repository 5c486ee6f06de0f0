"""How soon the model's motion is there: `python -m benchmarks.first_motion`.

Prints a line a motion, then writes its section of docs/benchmarks.md. The default configuration of each variant does
every clip; its model has been built before, as it has for every prompt but the first. Seconds mean little without the
machine: beside them stands what the model takes there for 250 frames at batch 1.
"""

import argparse
import time

from benchmarks.document import table, write_section
from stickgen import StickFigureTransformer
from stickgen.config import DEFAULT_MULTIMODAL, VARIANTS, ModelConfig, configure
from stickgen.model import build_model
from stickgen.motion import CLIPS, MotionRequest, Performance, generate, sample_motion_stages

TIMED_FRAMES = 250
COLUMNS = ("Configuration", "Clip", "Opening", "Whole", "Rounds", "Rollout 5 s")


def motion_line(config: ModelConfig, clip: str, model: StickFigureTransformer) -> tuple[str, ...]:
    """One row: seconds to the opening and to the whole, and how far off that is."""
    began = time.perf_counter()
    request = MotionRequest(config, CLIPS[clip].words[0], performance=Performance(clip=clip))
    opening_seconds, report = 0.0, None
    for stage, motion in sample_motion_stages(request, model=model):
        if stage == "opening":
            opening_seconds = time.perf_counter() - began
        if stage == "whole":
            report = motion.report
            break
    assert report is not None
    row = (
        config.key,
        clip,
        f"{opening_seconds:.1f} s",
        f"{report.fit_seconds:.1f} s",
        str(report.rounds),
        f"{report.rollout_rmse:.4f}",
    )
    print("  ".join(row), flush=True)
    return row


def generating_seconds(model: StickFigureTransformer) -> float:
    """Seconds for `TIMED_FRAMES` frames at batch 1, the faster of two runs."""

    def once() -> float:
        began = time.perf_counter()
        generate(model, "walk", TIMED_FRAMES)
        return time.perf_counter() - began

    return min(once() for _ in range(2))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dry-run", action="store_true", help="print, but leave the document alone")
    dry_run = parser.parse_args().dry_run
    rows, speeds = [], []
    for variant in VARIANTS:
        config = configure(variant, *DEFAULT_MULTIMODAL[variant])
        model = build_model(config).eval()
        speeds.append(f"{generating_seconds(model):.1f} s ({variant})")
        rows += [motion_line(config, clip, model) for clip in CLIPS]
    text = (
        "## First motion\n\nSeconds from the prompt to the opening two seconds of the model's motion, and to the whole "
        "five; the rollout rounds it took, none unless the rollout diverged; and the error "
        f"over five seconds. Two CPU cores, on which {TIMED_FRAMES} frames at batch 1 took {', '.join(speeds)}. "
        "Written by `python -m benchmarks.first_motion`.\n\n"
    )
    print(text)
    if not dry_run:
        write_section("first-motion", text + table(COLUMNS, rows))


if __name__ == "__main__":
    main()

"""How well and how fast the model moves the figure: `python -m benchmarks.motion`.

Prints a line a fit, then writes the motion section of docs/benchmarks.md, between its markers. All 39
configurations walk; the default configuration of each variant does every clip. The speed of generation is a ratio
within one run, of CPU time on one thread, since a shared machine makes seconds mean little.
"""

import argparse
import time
from collections.abc import Callable
from functools import partial

import torch
from torch import nn

from benchmarks.document import table, write_section
from stickgen.config import DEFAULT_MULTIMODAL, VARIANTS, ModelConfig, configurations, configure
from stickgen.model import build_model
from stickgen.motion import CLIPS, Performance, embed_text, generate, missed_targets, reference_motion, sample_motion
from stickgen.motion.fit import THOROUGH_ROUNDS
from stickgen.motion.picture import camera_pose, draw_pose

TIMED_FRAMES = 250
SAMPLED_EVERY = 25
"""Recomputing the prefix is timed at every so many frames, and counted for all of them."""

COLUMNS = (
    *("Configuration", "Skeleton", "Clip"),
    *("One step", "Repeat", "Rollout 5 s", "Amplitude", "Tempo", "Bones", "Met"),
)


def fit_line(config: ModelConfig, clip: str, rounds: int) -> tuple[str, ...]:
    """One row of the table."""
    performance = Performance(clip=clip)
    report = sample_motion(config, CLIPS[clip].words[0], performance=performance, rounds=rounds).report
    assert report is not None
    missed = missed_targets(report, config.variant)
    row = (
        config.key,
        config.skeleton,
        clip,
        f"{report.one_step_rmse:.4f}",
        f"{report.repeat_rmse:.4f}",
        f"{report.rollout_rmse:.4f}",
        f"{report.amplitude_ratio:.2f}",
        f"{report.tempo_error:.1%}",
        f"{report.bone_error:.1%}",
        "all" if not missed else f"all but {len(missed)}",
    )
    print("  ".join(row), flush=True)
    for sentence in missed:
        print(f"    {sentence}", flush=True)
    return row


def seconds(action: Callable[[], object]) -> float:
    """CPU time: on one thread it is what an idle machine would take, even while others use this one."""
    began = time.process_time()
    action()
    return time.process_time() - began


@torch.inference_mode()
def timing_line(config: ModelConfig) -> tuple[str, ...]:
    """Cached generation against recomputing the prefix, and against one read of the weights a frame."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    model = build_model(config).eval()
    text = embed_text("walk")[None]
    pose = reference_motion("walk", config.skeleton, 1).frames[0]
    image = draw_pose(pose, config.skeleton)[None] if config.is_multimodal else None
    camera = camera_pose(pose, config.skeleton)[None] if config.is_multimodal else None
    poses = pose.flatten().expand(TIMED_FRAMES, 1, -1)
    weights = [module.weight for module in model.transformer_encoder.modules() if isinstance(module, nn.Linear)]
    vectors = [torch.ones(weight.shape[1], 1) for weight in weights]

    def read_weights() -> None:
        for weight, vector in zip(weights, vectors, strict=True):
            torch.mm(weight, vector)

    def recompute(length: int) -> None:
        model(poses[:length], text, image_tensor=image, image_camera_pose=camera, causal=True)

    generate(model, "walk", 10)
    cached = min(seconds(lambda: generate(model, "walk", TIMED_FRAMES)) for _ in range(2))
    lengths = range(SAMPLED_EVERY // 2, TIMED_FRAMES, SAMPLED_EVERY)
    whole = SAMPLED_EVERY * sum(seconds(partial(recompute, length)) for length in lengths)
    floor = TIMED_FRAMES * min(seconds(read_weights) for _ in range(20))
    row = (config.key, f"{whole / cached:.1f} x", f"{cached / floor:.1f} x")
    print("  ".join(row), flush=True)
    torch.set_num_threads(threads)
    return row


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--variants", nargs="+", choices=VARIANTS, default=list(VARIANTS))
    parser.add_argument("--skeleton", default="v1")
    parser.add_argument("--rounds", type=int, default=THOROUGH_ROUNDS)
    parser.add_argument("--defaults-only", action="store_true", help="walk with the default configurations only")
    parser.add_argument("--dry-run", action="store_true", help="print, but leave the document alone")
    options = parser.parse_args()

    defaults = [configure(name, *DEFAULT_MULTIMODAL[name], skeleton=options.skeleton) for name in options.variants]
    plain = [configure(name, skeleton=options.skeleton) for name in options.variants]
    timing = [timing_line(config) for config in (*plain, *defaults)]
    walkers = [c for c in configurations(options.skeleton) if c.variant in options.variants]
    if options.defaults_only:
        walkers = [*plain, *defaults]
    walks = [fit_line(config, "walk", options.rounds) for config in walkers]
    clips = [fit_line(config, clip, options.rounds) for config in defaults for clip in CLIPS]
    if options.dry_run:
        return
    write_section(
        "motion",
        "\n\n".join(
            (
                "## Motion",
                f"Pose head fitted in closed form with {options.rounds} rollout rounds, seed 0, two CPU cores; "
                "evaluated on phases and tempos not seen in the fit: it sees tempos 1 and 3 % off the one asked for, "
                "and is evaluated 0 and 2 % off. Errors are shares of the body height; the targets are "
                "those of `stickgen.motion.TARGETS`. Written by `python -m benchmarks.motion`.",
                f"### Speed: {TIMED_FRAMES} frames at batch 1",
                "How many times longer recomputing the prefix (and the image) at every frame takes than the cache, "
                "and how many times longer the cache takes than one read of the encoder's weights a frame. "
                "CPU time, one thread.",
                table(("Configuration", "Recomputed / cached", "Cached / floor"), timing),
                "### Walk",
                table(COLUMNS, walks),
                "### Every clip",
                table(COLUMNS, clips),
            )
        ),
    )


if __name__ == "__main__":
    main()

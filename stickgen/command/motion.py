"""`stickgen motion`: the model's motion for a prompt, as a file."""

import os
from argparse import ArgumentParser, Namespace
from dataclasses import asdict
from pathlib import Path

from stickgen.command.command import SUCCESS, Command
from stickgen.command.options import add_json_option, add_model_options, chosen_config, number, one_of, whole_number
from stickgen.command.output import config_json, print_json, progress
from stickgen.config import SKELETONS
from stickgen.formatting import exact_bytes, percent
from stickgen.motion import (
    CLIPS,
    FORMATS,
    MotionFormat,
    Performance,
    nearest_clip,
    sample_motion,
)
from stickgen.motion.motion import MAX_FRAMES

MAX_SEED = 2**31 - 1

ENDINGS = ", ".join(f".{ending}" for ending in FORMATS)


def add_options(parser: ArgumentParser) -> None:
    """Options of the command."""
    parser.add_argument("prompt", metavar="PROMPT", help="what the figure does, in words")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help=f"file to write: {ENDINGS}")
    add_json_option(parser)
    group = parser.add_argument_group("motion")
    group.add_argument("--seconds", type=number, default=4.0, metavar="X", help="length (default: 4)")
    group.add_argument(
        "--seed",
        type=whole_number(MAX_SEED, minimum=0),
        default=0,
        metavar="N",
        help="of the initial weights (default: 0)",
    )
    group.add_argument(
        "--clip", type=one_of(CLIPS), metavar="NAME", help="clip the pose head is fitted to (default: the nearest one)"
    )
    group.add_argument("--tempo", type=number, default=1.0, metavar="X", help="speed of the movement (default: 1)")
    group.add_argument("--amplitude", type=number, default=1.0, metavar="X", help="size of the movement (default: 1)")
    group.add_argument("--phase", type=number, default=0.0, metavar="X", help="where it starts, in cycles (default: 0)")
    group.add_argument("--mirror", action="store_true", help="swap left and right")
    add_model_options(parser)


def run(options: Namespace) -> int:
    """Write the motion, and print what is known about it."""
    file_format = _format(options.out)
    config = chosen_config(options)
    frames = _frames(options.seconds, SKELETONS[config.skeleton].frame_rate)
    clip, is_close = (options.clip, True) if options.clip else nearest_clip(options.prompt)
    performance = Performance(
        clip=clip,
        tempo=options.tempo,
        phase=options.phase,
        amplitude=options.amplitude,
        direction=-1 if options.mirror else 1,
    )
    with progress() as report:
        motion = sample_motion(config, options.prompt, frames, options.seed, performance=performance, progress=report)
        report(f"Writing {options.out.name}", 1.0)
        content = file_format.write(motion)
    written = content.encode() if isinstance(content, str) else content
    try:
        options.out.write_bytes(written)
    except OSError as error:
        raise ValueError(f"{options.out} cannot be written: {error.strerror}") from error
    assert motion.report is not None
    if options.json:
        print_json(
            {
                **config_json(config),
                "file": str(options.out),
                "bytes": len(written),
                "frames": len(motion.frames),
                "frame_rate": motion.frame_rate,
                "clip": clip,
                "report": asdict(motion.report),
            }
        )
        return SUCCESS
    if not is_close:
        print(f"No clip is close to this prompt; {CLIPS[clip].label} is the nearest.")
    print(f"{options.out}: {len(motion.frames)} frames, {motion.duration_seconds:g} s, {exact_bytes(len(written))}")
    print(
        f"{config.key}, fitted to {CLIPS[clip].label}: one frame ahead it is off by "
        f"{percent(motion.report.one_step_rmse)} of the body height, over a rollout of "
        f"{motion.report.rollout_seconds:g} s by {percent(motion.report.rollout_rmse)}."
    )
    return SUCCESS


def _frames(seconds: float, frame_rate: int) -> int:
    frames = round(seconds * frame_rate)
    if not 1 <= frames <= MAX_FRAMES:
        raise ValueError(f"seconds must be from {1 / frame_rate:g} to {MAX_FRAMES / frame_rate:g}, not {seconds:g}")
    return frames


def _format(out: Path) -> MotionFormat:
    """The format of the file. Raises `ValueError` for a name or a place that cannot be written, before any work."""
    ending = out.suffix.removeprefix(".").lower()
    if ending not in FORMATS:
        raise ValueError(f"the ending of {out} is unknown: choose one of {ENDINGS}")
    if not out.parent.is_dir():
        raise ValueError(f"{out} cannot be written: there is no folder {out.parent}")
    if out.is_dir() or not os.access(out if out.exists() else out.parent, os.W_OK):
        raise ValueError(f"{out} cannot be written: choose a file in a folder that you may write to")
    return FORMATS[ending]


COMMAND = Command(
    arguments="PROMPT --out FILE [options]",
    summary="write the model's motion for a prompt to a file",
    examples=(
        'motion "a person walking" --out walk.gif',
        'motion "jump for joy" --variant small --seconds 2 --tempo 1.2 --out jump.motion',
    ),
    add_options=add_options,
    run=run,
)

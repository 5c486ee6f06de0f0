"""`stickgen fits`: the devices a training step fits, and the batch that each has room for."""

from argparse import Namespace

from stickgen.command.command import SUCCESS, Command
from stickgen.command.memory import add_options, estimate_json, heading, traced
from stickgen.command.output import print_json
from stickgen.sizing import DEVICES, fit_table, largest_batch


def run(options: Namespace) -> int:
    """Print what fits each device."""
    estimate = traced(options)
    if options.json:
        print_json(
            {
                **estimate_json(estimate),
                "devices": {
                    name: {
                        "memory_bytes": device.memory_bytes,
                        "verdict": device.verdict(estimate.peak_bytes),
                        "headroom_bytes": device.tensor_bytes()[0] - estimate.peak_bytes,
                        "largest_batch": largest_batch(estimate.workload, device.tensor_bytes()[0]),
                    }
                    for name, device in DEVICES.items()
                },
            }
        )
    else:
        table = fit_table(estimate)
        print(f"{heading(estimate)}\n\n{table.to_text()}\n\n{table.note}")
    return SUCCESS


COMMAND = Command(
    summary="list the devices that one training step fits, and the largest batch for each",
    examples=(
        "fits --variant large --image-encoder resnet --fusion cross_attention --batch-size 32",
        "fits --batch-size 64 --attention fused --json",
    ),
    add_options=add_options,
    run=run,
)

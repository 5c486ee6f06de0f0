"""`stickgen fits`: the devices a training step fits, and the batch that each has room for."""

from argparse import Namespace

from stickgen.command.command import SUCCESS, Command
from stickgen.command.memory import add_options, estimate_json, heading, traced
from stickgen.command.output import print_json
from stickgen.sizing import DEVICES, MemoryEstimate, largest_batch
from stickgen.tables import Column, Table

NOTE = """Headroom and largest batch size leave room for the most that a CUDA device is assumed to need beside tensors.
"May fit" means that the step fits only if it needs less. On a laptop, the system and other programs share the RAM."""


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
        print(f"{heading(estimate)}\n\n{fit_table(estimate).to_text()}\n\n{NOTE}")
    return SUCCESS


def fit_table(estimate: MemoryEstimate) -> Table:
    """Whether the step fits each device, and the largest batch that would."""
    columns = (
        Column("Device"),
        Column("Memory", "hardware_memory"),
        Column("This step"),
        Column("Largest batch size", "count", missing="not even 1"),
        Column("Headroom", "memory"),
    )
    rows = []
    for name, device in DEVICES.items():
        safe, _ = device.tensor_bytes()
        batch = largest_batch(estimate.workload, safe) or None
        headroom = safe - estimate.peak_bytes
        rows.append((name, device.memory_bytes, device.verdict(estimate.peak_bytes), batch, headroom))
    return Table("Devices", columns, rows)


COMMAND = Command(
    summary="list the devices that one training step fits, and the largest batch for each",
    examples=(
        "fits --variant large --image-encoder resnet --fusion cross_attention --batch-size 32",
        "fits --batch-size 64 --attention fused --json",
    ),
    add_options=add_options,
    run=run,
)

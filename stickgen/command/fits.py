"""`stickgen fits`: the devices a training step fits, and the batch that each has room for."""

from argparse import Namespace
from dataclasses import asdict

from stickgen.command.command import SUCCESS, Command
from stickgen.command.memory import add_options, heading, traced
from stickgen.command.output import config_json, print_json
from stickgen.sizing import MemoryEstimate, largest_batch
from stickgen.sizing.devices import DEVICES
from stickgen.tables import Column, Table

NOTE = (
    "Headroom and largest batch leave room for the most that is assumed beside tensors on a CUDA device;\n"
    '"may fit" means that the step fits only if less is taken. A laptop\'s RAM also holds its system.'
)


def run(options: Namespace) -> int:
    """Print what fits each device."""
    estimate = traced(options)
    if options.json:
        print_json(
            {
                **config_json(estimate.config),
                "plan": asdict(estimate.plan),
                "peak_bytes": estimate.peak_bytes,
                "at_peak": dict(estimate.at_peak),
                "devices": {
                    name: {
                        "memory_bytes": device.memory_bytes,
                        "verdict": device.verdict(estimate.peak_bytes),
                        "headroom_bytes": device.tensor_bytes()[0] - estimate.peak_bytes,
                        "largest_batch": largest_batch(estimate.config, estimate.plan, device.tensor_bytes()[0]),
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
        batch = largest_batch(estimate.config, estimate.plan, safe) or None
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

"""Which devices a training step fits, as a table."""

from collections.abc import Mapping

from stickgen.progress import Progress, silent
from stickgen.sizing.devices import DEVICES, Device
from stickgen.sizing.memory import MemoryEstimate, largest_batch
from stickgen.tables import Column, Table

FIT_NOTE = (
    "Largest batch size and headroom leave room for the most that a CUDA device is assumed to need beside tensors. "
    "“May fit” means that the step fits only if the device needs less. On a laptop, the system and other programs "
    "share the RAM."
)

_MARKS = {"fits": "✓", "may fit": "~", "does not fit": "✗"}


def fit_table(estimate: MemoryEstimate, devices: Mapping[str, Device] = DEVICES, progress: Progress = silent) -> Table:
    """Whether the step fits each device, the largest batch that would, and the headroom. Traces a batch."""
    columns = [
        Column("Device"),
        Column("This step"),
        Column("Largest batch size", "count", missing="not even 1"),
        Column("Headroom", "memory"),
        Column("Memory", "hardware_memory"),
    ]
    rows = []
    for name, device in devices.items():
        verdict = device.verdict(estimate.peak_bytes)
        safe, _ = device.tensor_bytes()
        batch = largest_batch(estimate.workload, safe, progress) or None
        rows.append((name, f"{_MARKS[verdict]} {verdict}", batch, safe - estimate.peak_bytes, device.memory_bytes))
    return Table("What fits", columns, rows, note=FIT_NOTE)

"""Tables of training memory: data in, table out."""

from collections.abc import Iterable, Mapping

from stickgen.documented.facts import VARIANT_FACTS, written_number
from stickgen.documented.values import DocumentedValue
from stickgen.documented.verification import Check, Status
from stickgen.progress import Progress, silent
from stickgen.sizing import Device, MemoryEstimate, largest_batch
from stickgen.tables import Column, Table


def module_name(path: str) -> str:
    """A module as people read it. The empty path stands for tensors outside all modules."""
    return path or "inputs, loss and optimizer"


def module_table(estimate: MemoryEstimate, max_rows: int = 10) -> Table:
    """The modules that hold most at the peak, the largest first."""
    columns = [Column("Memory", "memory"), Column("Share", "percent"), Column("Module")]
    held = list(estimate.modules_at_peak.items())[:max_rows]
    rows = [(size, size / estimate.peak_bytes, module_name(path)) for path, size in held]
    return Table("Modules that hold most at the peak", columns, rows)


FIT_NOTE = (
    "Largest batch size and headroom leave room for the most that a CUDA device is assumed to need beside tensors. "
    "“May fit” means that the step fits only if the device needs less. On a laptop, the system and other programs "
    "share the RAM."
)

_MARKS = {"fits": "✓", "may fit": "~", "does not fit": "✗"}


def fit_table(estimate: MemoryEstimate, devices: Mapping[str, Device], progress: Progress = silent) -> Table:
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


DOCUMENTED_NOTE = (
    "The document gives whole GB, without batch size, sequence length or precision. Here each value is a budget, with "
    "10⁹ bytes a GB, for a step with batch size 1 (32 where the document says so), 250 frames, FP32 and AdamW. "
    "“Enough” means that the traced tensors fit the memory of the recommended hardware. The system and the CUDA "
    "context need memory too."
)

_UNKNOWN = "…"
"""Where a value is still being traced."""


def documented_table(checks: Iterable[tuple[DocumentedValue, Check | None]]) -> Table:
    """The document's training memory beside the traced one, and the hardware it recommends for each variant.

    A check is None while it is still to come.
    """
    columns = [
        Column("Variant and mode"),
        Column("Documented", "written"),
        Column("Traced", "gibibytes", missing=_UNKNOWN),
        Column("Difference", "gibibytes_difference", missing=_UNKNOWN),
        Column("Budget", missing=_UNKNOWN),
        Column("Documented hardware"),
        Column("Hardware memory", missing=_UNKNOWN),
    ]
    rows = []
    for value, check in checks:
        facts = VARIANT_FACTS[value.subject.lower()]
        traced = check.computed if check and isinstance(check.computed, int) else None
        difference = check.difference if check else None
        hardware = written_number(facts.hardware_memory)
        enough = traced is not None and hardware is not None and traced <= hardware.high
        rows.append(
            (
                f"{value.subject}, {value.quantity}",
                value.written,
                traced,
                None if difference is None else round(difference),
                None if check is None else "✓ kept" if check.status is Status.KEPT else "✗ exceeded",
                facts.hardware,
                None if check is None else "✓ enough" if enough else "✗ too small",
            )
        )
    return Table("Documented training memory", columns, rows, note=DOCUMENTED_NOTE)

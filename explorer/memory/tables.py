"""Tables and notes about training memory: data in, table or text out."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict

from stickgen.documented.facts import VARIANT_FACTS, written_number
from stickgen.documented.verification import Check, Status
from stickgen.formatting import (
    BYTES_PER_GIGABYTE,
    exact_bytes,
    exact_count,
    memory,
    percent,
    signed_exact_count,
    signed_percent,
)
from stickgen.plan import changed_knobs
from stickgen.sizing import FixedTerm, MemoryEstimate, Suggestion, largest_batch
from stickgen.sizing.devices import Device
from stickgen.tables import Column, Table


def peak_table(estimate: MemoryEstimate) -> Table:
    """Categories at the peak, which add up to it exactly."""
    columns = [
        Column("Category"),
        Column("Memory", "memory"),
        Column("Share", "percent"),
        Column("Memory", "count", unit="bytes"),
    ]
    held = {**estimate.at_peak, "Peak": estimate.peak_bytes}
    rows = [(title, size, size / estimate.peak_bytes, size) for title, size in held.items()]
    return Table("What the peak consists of", columns, rows, has_total=True)


def module_table(estimate: MemoryEstimate, max_rows: int = 10) -> Table:
    """The modules that hold most at the peak, the largest first."""
    columns = [Column("Memory", "memory"), Column("Share", "percent"), Column("Module")]
    held = list(estimate.modules_at_peak.items())[:max_rows]
    rows = [(size, size / estimate.peak_bytes, module_name(path)) for path, size in held]
    return Table("Modules that hold most at the peak", columns, rows)


def module_name(path: str) -> str:
    """A module as people read it. The empty path stands for tensors outside all modules."""
    return path or "inputs, loss and optimizer"


FIT_NOTE = (
    "Headroom and largest batch size assume that a CUDA device needs the upper end of the interval beside tensors. "
    "“May fit” means that the step fits only if it needs less. A laptop's RAM is shared with the system and programs."
)


def fit_table(estimate: MemoryEstimate, devices: Mapping[str, Device]) -> Table:
    """Whether the step fits each device, its headroom, and the largest batch that would fit."""
    columns = [
        Column("Device"),
        Column("This step"),
        Column("Largest batch size", "count", missing="not even 1"),
        Column("Headroom", "memory"),
        Column("Memory", "hardware_memory"),
    ]
    rows = []
    for name, device in devices.items():
        safe, most = device.tensor_bytes()
        verdict = "✓ fits" if estimate.peak_bytes <= safe else "✗ does not fit"
        if safe < estimate.peak_bytes <= most:
            verdict = "~ may fit"
        batch = largest_batch(estimate.workload, safe) or None
        rows.append((name, verdict, batch, safe - estimate.peak_bytes, BYTES_PER_GIGABYTE * device.gigabytes))
    return Table("What fits", columns, rows, note=FIT_NOTE)


def suggestion_text(found: Suggestion) -> str:
    """One thing to do, what it saves, and what it costs, in Markdown."""
    verdict = "✓ fits" if found.fits else "✗ not enough"
    return (
        f"**{found.label}** saves {memory(found.saved_bytes)}: peak {memory(found.peak_bytes)}, {verdict}."
        f"  \n{found.cost}"
    )


def budget_sentence(estimate: MemoryEstimate, device: str, budget_bytes: int) -> str:
    """How the peak compares with the memory that a device has for tensors, in Markdown."""
    spare = budget_bytes - estimate.peak_bytes
    if spare >= 0:
        return f"✓ It fits as it is, with **{memory(spare)}** to spare: {device}."
    return f"✗ **{memory(-spare)}** too much for {device}, which has {memory(budget_bytes)} for tensors."


def suggestion_note(suggestions: Sequence[Suggestion], shown: int) -> str:
    """How many of the suggestions make the step fit, and how they are sorted."""
    if not suggestions:
        return "No single change makes this step smaller."
    enough = sum(found.fits for found in suggestions)
    listed = f", of which {shown} are listed" if shown < len(suggestions) else ""
    return (
        f"{enough} of {len(suggestions)} changes fit{listed}: first those that fit, then by memory saved. "
        "Changes that are not enough alone are tried in pairs."
    )


MEASURE_NOTE = (
    "**Measure it.** Run the same step on the CPU of the server, in a separate process, one measurement at a time. A "
    "step that does not fit into the free memory is refused."
)


def peak_sentence(estimate: MemoryEstimate) -> str:
    """The peak and where it stands in the step, in Markdown."""
    place = f" in `{estimate.peak_module}`" if estimate.peak_module else ""
    ranks = estimate.workload.plan.ranks
    where = "One training step holds" if ranks == 1 else f"On each of {ranks} devices, one training step holds"
    peak = f"**{memory(estimate.peak_bytes)}** of tensors at its peak"
    return f"{where} {peak}, in the {estimate.peak_phase} phase{place}."


def beside_sentence(estimate: MemoryEstimate, term: FixedTerm) -> str:
    """The peak with what a device needs beside tensors, in Markdown."""
    low, high = (memory(estimate.peak_bytes + beside) for beside in term.interval_bytes(estimate.peak_bytes))
    known = known_by(term) if term.measured else f"{known_by(term)} and not yet measured"
    return f"With what a CUDA device needs beside tensors ({known}): {low} to {high}."


def known_by(term: FixedTerm) -> str:
    """How a fixed term is known."""
    return "measured" if term.measured else "assumed"


def holder_sentence(estimate: MemoryEstimate) -> str:
    """The module that holds most at the peak, and the part of the model it is in, in Markdown."""
    (part, in_part), *_ = estimate.modules_to_depth(1).items()
    path, size = next(iter(estimate.modules_at_peak.items()))
    single = f", `{path}` most of all: {memory(size)}" if path and path != part else ""
    name = f"`{part}`" if part else module_name(part)
    return f"At the peak {name} holds most, **{memory(in_part)}** ({percent(in_part / estimate.peak_bytes)}){single}."


def measured_sentence(measured_bytes: int, estimate: MemoryEstimate) -> str:
    """The measured peak beside the traced one, in Markdown."""
    difference = estimate.peak_bytes - measured_bytes
    return (
        f"Measured: **{exact_count(measured_bytes)} bytes** ({memory(measured_bytes)}). "
        f"Traced: {exact_count(estimate.peak_bytes)} bytes, a difference of {signed_exact_count(difference)} bytes "
        f"({signed_percent(difference / measured_bytes)})."
    )


DOCUMENTED_NOTE = (
    "The document gives whole GB and says neither batch size, sequence length nor precision. Each value is read as a "
    "budget, with 10⁹ bytes a GB, for a step with batch size 1 (32 where it says so), 250 frames, FP32 and AdamW. The "
    "last two columns compare the traced peak with the hardware that the document recommends: “enough” means that the "
    "tensors fit its memory. The system and the CUDA context come on top."
)


def documented_table(checks: Iterable[Check]) -> Table:
    """The document's training memory beside the traced one, and the hardware it recommends for each variant."""
    columns = [
        Column("Variant and mode"),
        Column("Documented", "written"),
        Column("Traced", "gibibytes"),
        Column("Difference", "gibibytes_difference"),
        Column("Budget"),
        Column("Documented hardware"),
        Column("Hardware memory"),
    ]
    rows = []
    for check in checks:
        facts = VARIANT_FACTS[check.value.subject.lower()]
        hardware = written_number(facts.hardware_memory)
        traced = check.computed if isinstance(check.computed, int) else None
        enough = traced is not None and hardware is not None and traced <= hardware.high
        rows.append(
            (
                f"{check.value.subject}, {check.value.quantity}",
                check.value.written,
                traced,
                None if check.difference is None else round(check.difference),
                "✓ kept" if check.status is Status.KEPT else "✗ exceeded",
                facts.hardware,
                "✓ enough" if enough else "✗ too small",
            )
        )
    return Table("Documented training memory", columns, rows, note=DOCUMENTED_NOTE)


def plan_json(estimate: MemoryEstimate, link: str) -> str:
    """The plan and its memory as JSON; sizes in bytes."""
    return json.dumps(
        {
            "config": asdict(estimate.workload.config),
            "plan": asdict(estimate.workload.plan),
            "peak_bytes": estimate.peak_bytes,
            "at_peak_bytes": dict(estimate.at_peak),
            "peak_operator": estimate.peak_operator,
            "peak_module": estimate.peak_module,
            "peak_phase": estimate.peak_phase,
            "method": "one real training step traced on the meta device; CUDA context and fragmentation not included",
            "link": link,
        },
        indent=2,
    )


def plan_note(estimate: MemoryEstimate, link: str) -> str:
    """The plan and its memory as a Markdown note."""
    config = estimate.workload.config
    changes = changed_knobs(estimate.workload.plan)
    knobs = "\n".join(f"- {name}: {value}" for name, value in changes.items()) or "- all defaults"
    return (
        f"# Training memory of Stick-Gen {config.key}, skeleton {config.skeleton}\n\n"
        f"**{memory(estimate.peak_bytes)}** ({exact_bytes(estimate.peak_bytes)}) at the peak of one training step, in "
        f"the {estimate.peak_phase} phase (`{estimate.peak_operator}`).\n\n"
        f"Plan:\n\n{knobs}\n\n{peak_table(estimate).to_markdown()}\n\n"
        "Traced from the real training step on the meta device. What a GPU needs beside tensors (CUDA context, "
        f"workspaces, fragmentation) comes on top.\n\n{link}\n"
    )

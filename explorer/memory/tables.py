"""Tables and notes about training memory: data in, DataFrame or text out."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict

import pandas as pd

from explorer.memory.charts import memory_text
from stickgen.documented.facts import VARIANT_FACTS, written_number
from stickgen.documented.verification import Check, Status
from stickgen.formatting import exact_count, percent, signed_exact_count, signed_percent
from stickgen.plan import changed_knobs
from stickgen.sizing import FixedTerm, MemoryEstimate, Suggestion, largest_batch
from stickgen.sizing.devices import Device


def peak_table(estimate: MemoryEstimate) -> pd.DataFrame:
    """Categories at the peak, which add up to it exactly."""
    rows = [
        (title, memory_text(size), percent(size / estimate.peak_bytes), exact_count(size))
        for title, size in estimate.at_peak.items()
    ]
    rows.append(("Peak", memory_text(estimate.peak_bytes), percent(1), exact_count(estimate.peak_bytes)))
    return pd.DataFrame(rows, columns=["Held for", "Holds", "Share", "Bytes"])


def module_table(estimate: MemoryEstimate, most: int = 10) -> pd.DataFrame:
    """The modules that hold most at the peak."""
    held = list(estimate.modules_at_peak.items())[:most]
    rows = [(memory_text(size), percent(size / estimate.peak_bytes), module_name(path)) for path, size in held]
    return pd.DataFrame(rows, columns=["Holds", "Share", "Module"])


def module_name(path: str) -> str:
    """A module as people read it; the empty path belongs to none."""
    return path or "inputs, loss and optimizer"


def fit_table(estimate: MemoryEstimate, devices: Mapping[str, Device]) -> pd.DataFrame:
    """Whether the step fits each device, with what is assumed to be taken beside tensors, and which batch would."""
    rows = []
    for name, device in devices.items():
        safe, most = device.tensor_bytes()
        verdict = "✓ fits" if estimate.peak_bytes <= safe else "✗ does not fit"
        if safe < estimate.peak_bytes <= most:
            verdict = "~ may fit"
        batch = largest_batch(estimate.workload, safe)
        rows.append(
            (
                name,
                verdict,
                exact_count(batch) if batch else "not even 1",
                memory_text(safe - estimate.peak_bytes),
                f"{device.gigabytes:g} GB",
            )
        )
    return pd.DataFrame(rows, columns=["Device", "This step", "Largest batch", "Headroom", "Memory"])


def suggestion_text(found: Suggestion) -> str:
    """One thing to do, what it saves, and what it costs, in Markdown."""
    verdict = "✓ fits" if found.fits else "✗ not enough"
    return (
        f"**{found.label}** saves {memory_text(found.saved_bytes)}: peak {memory_text(found.peak_bytes)}, {verdict}."
        f"  \n{found.cost}"
    )


def budget_sentence(estimate: MemoryEstimate, device: str, budget_bytes: int) -> str:
    """How far the step is from what tensors can have on a device, in Markdown."""
    spare = budget_bytes - estimate.peak_bytes
    if spare >= 0:
        return f"✓ It fits as it is, with **{memory_text(spare)}** to spare: {device}."
    return f"✗ **{memory_text(-spare)}** too much for {device}, which has {memory_text(budget_bytes)} for tensors."


def suggestion_note(suggestions: Sequence[Suggestion], shown: int) -> str:
    """How many of the suggestions make the step fit, and how they are sorted."""
    if not suggestions:
        return "No single change makes this step smaller."
    enough = sum(found.fits for found in suggestions)
    listed = f", of which {shown} are listed" if shown < len(suggestions) else ""
    return (
        f"{enough} of {len(suggestions)} changes fit{listed}: those that fit first, then by what they save. "
        "Changes that are not enough alone are tried in pairs."
    )


PEAK_NUMBERS = frozenset({"Holds", "Share", "Bytes"})
FIT_NUMBERS = frozenset({"Memory", "Headroom", "Largest batch"})
DOCUMENTED_NUMBERS = frozenset({"Documented", "Traced", "Difference"})
"""Columns of the tables whose cells are figures."""

FIT_NOTE = (
    "Headroom and largest batch keep the most that is assumed beside tensors on a CUDA device; “may fit” means that it "
    "fits only if less is taken. A laptop's RAM also holds its system and other programs."
)

DOCUMENTED_NOTE = (
    "The document gives whole GB without batch size, sequence length or precision. They are read as budgets of 10⁹ "
    "bytes a GB, and set against the traced peak: batch size 1 (32 where it says so), 250 frames, FP32, AdamW. The "
    "hardware is what it names for each variant; “enough” means that the tensors fit its memory, with what a system or "
    "a CUDA context takes still to come."
)

MEASURE_NOTE = (
    "**Measure it.** The same step runs for real on the CPU of the machine that serves this page, in a process of its "
    "own, one at a time; a step that would not fit its free memory is refused."
)


def peak_sentence(estimate: MemoryEstimate) -> str:
    """The peak and where it stands in the step, in Markdown."""
    place = f" in `{estimate.peak_module}`" if estimate.peak_module else ""
    ranks = estimate.workload.plan.ranks
    where = "One training step holds" if ranks == 1 else f"On each of {ranks} devices, one training step holds"
    peak = f"**{memory_text(estimate.peak_bytes)}** of tensors at its peak"
    return f"{where} {peak}, in the {estimate.peak_phase} phase{place}."


def beside_sentence(estimate: MemoryEstimate, term: FixedTerm) -> str:
    """The peak with what a device takes beside tensors, in Markdown."""
    low, high = (memory_text(estimate.peak_bytes + beside) for beside in term.interval_bytes(estimate.peak_bytes))
    known = known_by(term) if term.measured else f"{known_by(term)} and not yet measured"
    return f"With what a CUDA device takes beside them, {known}: {low} to {high}."


def known_by(term: FixedTerm) -> str:
    """How a fixed term is known."""
    return "measured" if term.measured else "assumed"


def holder_sentence(estimate: MemoryEstimate) -> str:
    """The module that costs most at the peak, and the part of the model it is in, in Markdown."""
    (part, in_part), *_ = estimate.modules_to_depth(1).items()
    path, size = next(iter(estimate.modules_at_peak.items()))
    single = f", `{path}` most of all: {memory_text(size)}" if path and path != part else ""
    name = f"`{part}`" if part else module_name(part)
    return (
        f"At the peak {name} costs most, **{memory_text(in_part)}** ({percent(in_part / estimate.peak_bytes)}){single}."
    )


def measured_sentence(measured_bytes: int, estimate: MemoryEstimate) -> str:
    """The measured peak beside the traced one, in Markdown."""
    difference = estimate.peak_bytes - measured_bytes
    return (
        f"Measured: **{exact_count(measured_bytes)} bytes** ({memory_text(measured_bytes)}). "
        f"Traced: {exact_count(estimate.peak_bytes)} bytes, a difference of {signed_exact_count(difference)} bytes "
        f"({signed_percent(difference / measured_bytes)})."
    )


def documented_table(checks: Iterable[Check]) -> pd.DataFrame:
    """The document's memory table beside the traced figures, and the hardware it names for each variant."""
    rows = []
    for check in checks:
        facts = VARIANT_FACTS[check.value.subject.lower()]
        hardware = written_number(facts.hardware_memory)
        enough = isinstance(check.computed, int) and hardware is not None and check.computed <= hardware.high
        rows.append(
            (
                f"{check.value.subject}, {check.value.quantity}",
                check.value.written,
                check.computed_text,
                check.difference_text,
                "✓ kept" if check.status is Status.KEPT else "✗ exceeded",
                facts.hardware,
                "✓ enough" if enough else "✗ too small",
            )
        )
    columns = ["Figure", "Documented", "Traced", "Difference", "Budget", "Documented hardware", "Its memory"]
    return pd.DataFrame(rows, columns=columns)


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
    knobs = (
        "".join(f"- {name}: {value}\n" for name, value in changed_knobs(estimate.workload.plan).items())
        or "- all defaults\n"
    )
    parts = "".join(
        f"| {title} | {exact_count(size)} | {percent(size / estimate.peak_bytes)} |\n"
        for title, size in estimate.at_peak.items()
    )
    return (
        f"# Training memory of Stick-Gen {config.key}, skeleton {config.skeleton}\n\n"
        f"**{memory_text(estimate.peak_bytes)}** ({exact_count(estimate.peak_bytes)} bytes) at the peak of one "
        f"training step, in the {estimate.peak_phase} phase (`{estimate.peak_operator}`).\n\n"
        f"Plan:\n\n{knobs}\n| held for | bytes | share |\n|---|---:|---:|\n{parts}\n"
        "Traced from the real training step on the meta device. What a GPU needs beside tensors (context, workspaces, "
        f"fragmentation) is not in it.\n\n{link}\n"
    )

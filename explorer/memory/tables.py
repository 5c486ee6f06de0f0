"""Tables and notes about training memory: data in, DataFrame or text out."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict

import pandas as pd

from explorer.memory.charts import memory_text
from stickgen.devices import Device
from stickgen.formatting import exact_count, percent, signed_exact_count, signed_percent
from stickgen.plan import changed_knobs
from stickgen.sizing import MemoryEstimate, Suggestion, largest_batch
from stickgen.verification import Check


def peak_table(estimate: MemoryEstimate) -> pd.DataFrame:
    """Categories at the peak, which add up to it exactly."""
    rows = [
        (title, exact_count(size), memory_text(size), percent(size / estimate.peak_bytes))
        for title, size in estimate.at_peak.items()
    ]
    rows.append(("**Peak**", f"**{exact_count(estimate.peak_bytes)}**", memory_text(estimate.peak_bytes), percent(1)))
    return pd.DataFrame(rows, columns=["Held for", "Bytes", "Short", "Share"]).set_index("Held for")


def module_table(estimate: MemoryEstimate, most: int = 10) -> pd.DataFrame:
    """The modules that hold most at the peak."""
    held = list(estimate.modules_at_peak.items())[:most]
    rows = [
        (f"`{path}`" if path else "inputs, loss and optimizer", memory_text(size), percent(size / estimate.peak_bytes))
        for path, size in held
    ]
    return pd.DataFrame(rows, columns=["Module", "Holds", "Share of the peak"]).set_index("Module")


def fit_table(estimate: MemoryEstimate, devices: Mapping[str, Device]) -> pd.DataFrame:
    """Whether the step fits each device, with what is assumed to be taken beside tensors, and which batch would."""
    rows = []
    for name, device in devices.items():
        safe, most = device.tensor_bytes()
        verdict = "✓ fits" if estimate.peak_bytes <= safe else "✗ does not fit"
        if safe < estimate.peak_bytes <= most:
            verdict = "~ may fit"
        batch = largest_batch(estimate.config, estimate.plan, safe)
        rows.append(
            (
                name,
                f"{device.gigabytes:g} GB",
                verdict,
                memory_text(safe - estimate.peak_bytes),
                exact_count(batch) if batch else "not even 1",
            )
        )
    columns = ["Device", "Memory", "This step", "Headroom", "Largest batch"]
    return pd.DataFrame(rows, columns=columns).set_index("Device")


def suggestion_text(found: Suggestion) -> str:
    """One thing to do, what it saves, and what it costs, in Markdown."""
    verdict = "✓ fits" if found.fits else "✗ not enough"
    return (
        f"**{found.label}** saves {memory_text(found.saved_bytes)}: peak {memory_text(found.peak_bytes)}, {verdict}."
        f"  \n{found.cost}"
    )


def suggestion_note(suggestions: Sequence[Suggestion], budget_bytes: int, estimate: MemoryEstimate) -> str:
    """How far the step is from fitting, and how many of the suggestions get it there."""
    if estimate.peak_bytes <= budget_bytes:
        spare = memory_text(budget_bytes - estimate.peak_bytes)
        return f"It fits as it is, with {spare} to spare. What would make it smaller all the same, ten at most:"
    enough = sum(found.fits for found in suggestions)
    missing = memory_text(estimate.peak_bytes - budget_bytes)
    return f"{missing} too much. {enough} of {len(suggestions)} changes and pairs would make it fit; ten at most:"


FIT_NOTE = (
    "Headroom and largest batch keep the most that is assumed beside tensors on a CUDA device; “may fit” means that it "
    "fits only if less is taken. A laptop's RAM also holds its system and other programs."
)

DOCUMENTED_NOTE = (
    "The document gives whole GB without batch size, sequence length or precision. They are read as budgets of 10⁹ "
    "bytes a GB, and set against the traced peak: batch size 1 (32 in the last column), 250 frames, FP32, AdamW."
)

MEASURE_NOTE = (
    "**Measure it.** The same step runs for real on the CPU of the machine that serves this page, in a process of its "
    "own, one at a time; a step that would not fit its free memory is refused."
)


def peak_sentence(estimate: MemoryEstimate) -> str:
    """The peak and where it stands in the step, in Markdown."""
    place = f" in `{estimate.peak_module}`" if estimate.peak_module else ""
    return (
        f"One training step holds **{memory_text(estimate.peak_bytes)}** of tensors at its peak, "
        f"in the {estimate.peak_phase} phase{place}."
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
    """The document's memory table beside the traced figures."""
    rows = [
        (
            f"{check.figure.subject}, {check.figure.quantity}",
            check.figure.written,
            check.computed_text,
            check.difference_text,
            str(check.status),
        )
        for check in checks
    ]
    columns = ["Figure", "Documented", "Traced", "Difference", "Verdict"]
    return pd.DataFrame(rows, columns=columns).set_index("Figure")


def plan_json(estimate: MemoryEstimate, link: str) -> str:
    """The plan and its memory as JSON; sizes in bytes."""
    return json.dumps(
        {
            "config": asdict(estimate.config),
            "plan": asdict(estimate.plan),
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
    config = estimate.config
    knobs = (
        "".join(f"- {name}: {value}\n" for name, value in changed_knobs(estimate.plan).items()) or "- all defaults\n"
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

"""Tables and notes about training memory: data in, DataFrame or text out."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict

import pandas as pd

from explorer.memory_charts import memory_text
from stickgen.devices import Device
from stickgen.formatting import exact_count, percent
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


def suggestion_table(suggestions: Iterable[Suggestion]) -> pd.DataFrame:
    """What would make the step smaller, and what each costs."""
    rows = [
        (found.label, memory_text(found.saved_bytes), memory_text(found.peak_bytes), _fits(found.fits), found.cost)
        for found in suggestions
    ]
    return pd.DataFrame(rows, columns=["Change", "Saves", "Peak", "", "Costs"]).set_index("Change")


def _fits(fits: bool) -> str:
    return "✓ fits" if fits else "✗ not enough"


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

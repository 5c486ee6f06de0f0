"""Sentences about training memory: data in, Markdown out."""

from collections.abc import Sequence

from explorer.memory.tables import module_name
from explorer.plain_text import quoted
from stickgen.formatting import exact_count, megabytes, memory, percent, signed_exact_count, signed_percent
from stickgen.sizing import AdapterCounts, FixedTerm, MemoryEstimate, Suggestion


def peak_sentence(estimate: MemoryEstimate) -> str:
    """The peak and where it stands in the step."""
    place = f", at `{estimate.peak_module}`" if estimate.peak_module else ""
    ranks = estimate.workload.plan.ranks
    where = "One training step holds" if ranks == 1 else f"On each of {ranks} devices, one training step holds"
    peak = f"**{memory(estimate.peak_bytes)}** of tensors at its peak"
    return f"{where} {peak}, in the {estimate.peak_phase} phase{place}."


def overhead_sentence(estimate: MemoryEstimate, term: FixedTerm) -> str:
    """The peak with what a device needs beside tensors."""
    low, high = (memory(estimate.peak_bytes + overhead) for overhead in term.interval_bytes(estimate.peak_bytes))
    known = known_by(term) if term.measured else f"{known_by(term)}, not yet measured"
    return f"With the overhead of a CUDA device ({known}), this is {low} to {high}."


def known_by(term: FixedTerm) -> str:
    """How a fixed term is known."""
    return "measured" if term.measured else "assumed"


def holder_sentence(estimate: MemoryEstimate) -> str:
    """The part of the model that holds most at the peak, and the single module that does."""
    (part, in_part), *_ = estimate.modules_to_depth(1).items()
    path, size = next(iter(estimate.modules_at_peak.items()))
    name = f"`{part}`" if part else module_name(part)
    verb = "holds" if part else "hold"
    sentence = f"At the peak, {name} {verb} most: **{memory(in_part)}** ({percent(in_part / estimate.peak_bytes)})."
    if not path or path == part:
        return sentence
    return f"{sentence} The single module that holds most is `{path}`, with {memory(size)}."


def budget_sentence(estimate: MemoryEstimate, device: str, budget_bytes: int) -> str:
    """How the peak compares with the memory that a device has for tensors."""
    spare = budget_bytes - estimate.peak_bytes
    if spare >= 0:
        return f"✓ **{device}**: this step fits, with **{memory(spare)}** to spare."
    return f"✗ **{device}**: this step takes **{memory(-spare)}** more than the {memory(budget_bytes)} for tensors."


def suggestion_text(found: Suggestion) -> str:
    """One thing to do, what it saves, and what it costs."""
    verdict = "✓ fits" if found.fits else "✗ not enough"
    return (
        f"**{found.label}** saves {memory(found.saved_bytes)}: peak {memory(found.peak_bytes)}, {verdict}."
        f"  \n{found.cost}"
    )


def suggestion_note(suggestions: Sequence[Suggestion], shown: int, budget_bytes: int) -> str:
    """How many of the suggestions make the step fit into so much memory, and how they are sorted."""
    if not suggestions:
        return "No single change makes this step smaller."
    listed = f" The first {shown} of {len(suggestions)} are listed." if shown < len(suggestions) else ""
    if suggestions[0].peak_bytes + suggestions[0].saved_bytes <= budget_bytes:
        return f"This step fits. These changes make room for a larger batch, those that save most first.{listed}"
    enough = sum(found.fits for found in suggestions)
    return (
        f"With {enough} of {len(suggestions)} changes the step fits. They come first, then those that save most."
        f"{listed} Changes that are not enough alone are also tried in pairs."
    )


def adapter_sentence(adapters: AdapterCounts, total: int) -> str:
    """How large the adapters are beside a model of `total` parameters, and which patterns match nothing."""
    told = (
        f"**{len(adapters.layers)}** layers have an adapter: **{exact_count(adapters.total)}** trained parameters, "
        f"{percent(adapters.total / total)} of the model's, in a file of {megabytes(adapters.file_bytes['float32'])}."
    )
    dead = ", ".join(map(quoted, adapters.dead_patterns))
    return f"{told} :red[No layer matches:] {dead}." if dead else told


MEASURE_NOTE = (
    "**Measure it.** Run this step on the server's CPU, in a process of its own. Measurements run one at a time, and "
    "a step that does not fit into free memory is refused."
)


def measured_sentence(measured_bytes: int, estimate: MemoryEstimate) -> str:
    """The measured peak beside the traced one."""
    difference = estimate.peak_bytes - measured_bytes
    return (
        f"Measured: **{exact_count(measured_bytes)} bytes** ({memory(measured_bytes)}). "
        f"Traced: {exact_count(estimate.peak_bytes)} bytes, a difference of {signed_exact_count(difference)} bytes "
        f"({signed_percent(difference / measured_bytes)})."
    )

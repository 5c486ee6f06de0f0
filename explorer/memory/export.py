"""A training step and its memory as files."""

import json
from dataclasses import asdict

from stickgen.formatting import exact_bytes, memory
from stickgen.plan import changed_knobs
from stickgen.sizing import MemoryEstimate


def as_json(estimate: MemoryEstimate, link: str) -> str:
    """Config, plan and memory as JSON; sizes in bytes."""
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


def as_markdown(estimate: MemoryEstimate, link: str) -> str:
    """Config, plan and memory as a Markdown note."""
    config = estimate.workload.config
    changes = changed_knobs(estimate.workload.plan)
    knobs = "\n".join(f"- {name}: {value}" for name, value in changes.items()) or "- all defaults"
    return (
        f"# Training memory of Stick-Gen {config.key}, skeleton {config.skeleton}\n\n"
        f"**{memory(estimate.peak_bytes)}** ({exact_bytes(estimate.peak_bytes)}) at the peak of one training step, in "
        f"the {estimate.peak_phase} phase (`{estimate.peak_operator}`).\n\n"
        f"Plan:\n\n{knobs}\n\n{estimate.table().to_markdown()}\n\n"
        "Traced from the real training step on the meta device. A GPU needs more memory than its tensors: CUDA "
        f"context, workspaces and fragmentation are not included.\n\n{link}\n"
    )

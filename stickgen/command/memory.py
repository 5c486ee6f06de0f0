"""`stickgen memory`: the peak of a training step, and what it is held for."""

from argparse import ArgumentParser, Namespace
from dataclasses import asdict
from typing import Any

from stickgen.command.command import SUCCESS, Command
from stickgen.command.options import add_json_option, add_model_options, add_plan_options, chosen_step
from stickgen.command.output import config_json, print_json, progress
from stickgen.formatting import exact_bytes, memory
from stickgen.plan import full_plan_text
from stickgen.sizing import FIXED_TERMS, MemoryEstimate, estimate_memory


def add_options(parser: ArgumentParser) -> None:
    """Options of the command."""
    add_json_option(parser)
    add_model_options(parser)
    add_plan_options(parser)


def traced(options: Namespace) -> MemoryEstimate:
    """The estimate of the training step that the options choose."""
    step = chosen_step(options)
    with progress() as report:
        report("Tracing one training step", 0.0)
        return estimate_memory(step)


def run(options: Namespace) -> int:
    """Print the peak of one training step."""
    estimate = traced(options)
    if options.json:
        print_json(
            {
                **estimate_json(estimate),
                "peak_phase": estimate.peak_phase,
                "peak_operator": estimate.peak_operator,
                "peak_module": estimate.peak_module,
            }
        )
        return SUCCESS
    print(f"{heading(estimate)}\n\n{estimate.table().to_text()}\n")
    place = f" in {estimate.peak_module}" if estimate.peak_module else ""
    print(f"The peak is in the {estimate.peak_phase} phase, at {estimate.peak_operator}{place}.")
    term = FIXED_TERMS["cuda"]
    low, high = term.interval_bytes(estimate.peak_bytes)
    known = "measured" if term.measured else "assumed, not measured"
    print(f"A CUDA device needs {memory(low)} to {memory(high)} beside these tensors ({known}).")
    return SUCCESS


def estimate_json(estimate: MemoryEstimate) -> dict[str, Any]:
    """The model, the plan and the peak as plain data."""
    return {
        **config_json(estimate.workload.config),
        "plan": asdict(estimate.workload.plan),
        "peak_bytes": estimate.peak_bytes,
        "at_peak": dict(estimate.at_peak),
    }


def heading(estimate: MemoryEstimate) -> str:
    """What was traced, and its peak."""
    plan = estimate.workload.plan
    where = f" on each of {plan.ranks} devices" if plan.ranks > 1 else ""
    return (
        f"{estimate.workload.config.key}, {full_plan_text(plan)}\n"
        f"Peak: {memory(estimate.peak_bytes)} ({exact_bytes(estimate.peak_bytes)}) of tensors{where}"
    )


COMMAND = Command(
    summary="trace one training step: its peak memory, what it is held for, and where it is",
    examples=(
        "memory --variant medium --batch-size 16 --precision bfloat16_autocast",
        "memory --image-encoder resnet --fusion film --optimizer sgd --json",
    ),
    add_options=add_options,
    run=run,
)

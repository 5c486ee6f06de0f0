"""`stickgen lora`: the layers that LoRA adapts, and the size of the adapters."""

from argparse import Namespace
from dataclasses import replace

from stickgen.command.command import SUCCESS, Command
from stickgen.command.memory import add_options
from stickgen.command.options import chosen_step
from stickgen.command.output import config_json, print_json
from stickgen.formatting import exact_bytes, exact_count, percent
from stickgen.sizing import FILE_DTYPES, count_adapters, count_parameters
from stickgen.workloads import TrainingStep

DEFAULT_RANK = 8


def run(options: Namespace) -> int:
    """Print what each pattern matches, and the size of the adapters."""
    step = chosen_step(options)
    if not step.plan.lora_rank:
        step = TrainingStep(step.config, replace(step.plan, lora_rank=DEFAULT_RANK))
    adapters = count_adapters(step.config, step.plan)
    if options.json:
        print_json(
            {
                **config_json(step.config),
                "rank": step.plan.lora_rank,
                "layers": len(adapters.layers),
                "parameters": adapters.total,
                "adapter_file_bytes": adapters.file_bytes,
                "patterns": {pattern: len(paths) for pattern, paths in adapters.matches.items()},
                "dead_patterns": list(adapters.dead_patterns),
            }
        )
        return SUCCESS
    total = count_parameters(step.config).total
    print(f"{step.config.key}, LoRA of rank {step.plan.lora_rank}\n\n{adapters.table().to_text()}\n")
    print(
        f"{len(adapters.layers)} layers, {exact_count(adapters.total)} parameters: "
        f"{percent(adapters.total / total)} of the model's."
    )
    for dtype, size in adapters.file_bytes.items():
        print(f"{FILE_DTYPES[dtype].title} file of the adapters: {exact_bytes(size)}")
    return SUCCESS


COMMAND = Command(
    summary="list the layers that LoRA patterns match, and the size of the adapters",
    examples=(
        "lora --variant medium --lora-rank 8",
        'lora --variant large --lora-rank 16 --lora-targets "q_proj v_proj" --json',
    ),
    add_options=add_options,
    run=run,
)

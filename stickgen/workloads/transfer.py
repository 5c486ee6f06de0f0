"""A workload as JSON, for another process."""

import json
from dataclasses import asdict
from typing import Any

from stickgen.config import ModelConfig
from stickgen.plan import InferencePlan, TrainingPlan
from stickgen.workloads.inference import Forward, Generation
from stickgen.workloads.training import TrainingStep
from stickgen.workloads.workload import Workload

WORKLOADS: dict[str, tuple[Any, Any]] = {
    "training_step": (TrainingStep, TrainingPlan),
    "forward": (Forward, InferencePlan),
    "generation": (Generation, InferencePlan),
}
"""Name to the class of a workload and that of its plan."""


def to_json(workload: Workload) -> str:
    """The workload as JSON."""
    kind = next(name for name, (of, _) in WORKLOADS.items() if of is type(workload))
    return json.dumps({"workload": kind, "config": asdict(workload.config), "plan": asdict(workload.plan)})


def from_json(text: str) -> Workload:
    """The workload that `to_json` wrote."""
    read = json.loads(text)
    workload, plan = WORKLOADS[read["workload"]]
    made: Workload = workload(ModelConfig(**read["config"]), plan(**read["plan"]))
    return made

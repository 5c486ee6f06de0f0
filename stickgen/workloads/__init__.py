"""What is traced, measured, timed and counted: a config and a plan that can be prepared on a device and run."""

from stickgen.workloads.inference import Forward, Generation
from stickgen.workloads.training import TrainingStep
from stickgen.workloads.transfer import WORKLOADS, from_json, to_json
from stickgen.workloads.workload import PLACES, Held, Prepared, Workload

__all__ = [
    "PLACES",
    "WORKLOADS",
    "Forward",
    "Generation",
    "Held",
    "Prepared",
    "TrainingStep",
    "Workload",
    "from_json",
    "to_json",
]

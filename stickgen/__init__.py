"""The Stick-Gen model, and what can be known about it: counts, file sizes, training memory, motion."""

from stickgen.config import ModelConfig, configure
from stickgen.model import MotionOutput, StickFigureTransformer, build_model
from stickgen.motion import FitReport, Motion, embed_text, fit_pose_head, generate, sample_motion
from stickgen.plan import InferencePlan, TrainingPlan
from stickgen.sizing import (
    FILE_DTYPES,
    GROUPS,
    MemoryEstimate,
    ModuleNode,
    ParameterCounts,
    count_parameters,
    estimate_memory,
    file_size,
    largest_batch,
    layer_table,
    measure_memory,
    module_tree,
)
from stickgen.version import __version__
from stickgen.workloads import Forward, TrainingStep

__all__ = [
    "FILE_DTYPES",
    "GROUPS",
    "FitReport",
    "Forward",
    "InferencePlan",
    "MemoryEstimate",
    "ModelConfig",
    "ModuleNode",
    "Motion",
    "MotionOutput",
    "ParameterCounts",
    "StickFigureTransformer",
    "TrainingPlan",
    "TrainingStep",
    "__version__",
    "build_model",
    "configure",
    "count_parameters",
    "embed_text",
    "estimate_memory",
    "file_size",
    "fit_pose_head",
    "generate",
    "largest_batch",
    "layer_table",
    "measure_memory",
    "module_tree",
    "sample_motion",
]

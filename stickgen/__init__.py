"""The Stick-Gen model, and what can be known about it: counts, file sizes, training memory, motion."""

from stickgen.config import ModelConfig, configurations, configure
from stickgen.exchange.configs import as_yaml, read_yaml
from stickgen.model import MotionOutput, StickFigureTransformer, build_model
from stickgen.motion import FitReport, Motion, embed_text, fit_pose_head, generate, sample_motion
from stickgen.plan import InferencePlan, TrainingPlan
from stickgen.sizing import (
    DEVICES,
    FILE_DTYPES,
    GROUPS,
    Device,
    LayerTable,
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
from stickgen.tables import Table
from stickgen.version import __version__
from stickgen.workloads import Forward, Generation, TrainingStep

__all__ = [
    "DEVICES",
    "FILE_DTYPES",
    "GROUPS",
    "Device",
    "FitReport",
    "Forward",
    "Generation",
    "InferencePlan",
    "LayerTable",
    "MemoryEstimate",
    "ModelConfig",
    "ModuleNode",
    "Motion",
    "MotionOutput",
    "ParameterCounts",
    "StickFigureTransformer",
    "Table",
    "TrainingPlan",
    "TrainingStep",
    "__version__",
    "as_yaml",
    "build_model",
    "configurations",
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
    "read_yaml",
    "sample_motion",
]

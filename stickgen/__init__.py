"""The Stick-Gen model, and what can be known about it: counts, file sizes, training memory, motion."""

from stickgen.config import ModelConfig, configure
from stickgen.model import MotionOutput, StickFigureTransformer, build_model
from stickgen.plan import TrainingPlan
from stickgen.sizing import (
    FILE_DTYPES,
    GROUPS,
    ModuleNode,
    ParameterCounts,
    count_parameters,
    file_size,
    module_tree,
)

__all__ = [
    "FILE_DTYPES",
    "GROUPS",
    "ModelConfig",
    "ModuleNode",
    "MotionOutput",
    "ParameterCounts",
    "StickFigureTransformer",
    "TrainingPlan",
    "build_model",
    "configure",
    "count_parameters",
    "file_size",
    "module_tree",
]

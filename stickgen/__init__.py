"""The Stick-Gen model, and what can be known about it: counts, file sizes, training memory, motion."""

from stickgen.config import ModelConfig, configure
from stickgen.model import MotionOutput, StickFigureTransformer, build_model
from stickgen.motion import FitReport, Motion, embed_text, fit_pose_head, generate, sample_motion
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
    "FitReport",
    "ModelConfig",
    "ModuleNode",
    "Motion",
    "MotionOutput",
    "ParameterCounts",
    "StickFigureTransformer",
    "TrainingPlan",
    "build_model",
    "configure",
    "count_parameters",
    "embed_text",
    "file_size",
    "fit_pose_head",
    "generate",
    "module_tree",
    "sample_motion",
]

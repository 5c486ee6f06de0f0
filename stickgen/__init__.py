"""The Stick-Gen model, and what can be known about it: counts, file sizes, training memory, motion."""

from stickgen.config import ModelConfig, configure
from stickgen.model import MotionOutput, StickFigureTransformer, build_model

__all__ = ["ModelConfig", "MotionOutput", "StickFigureTransformer", "build_model", "configure"]

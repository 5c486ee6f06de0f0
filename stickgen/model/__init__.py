"""The real Stick-Gen model."""

from stickgen.model.build import build_model
from stickgen.model.transformer import MotionOutput, StickFigureTransformer

__all__ = ["MotionOutput", "StickFigureTransformer", "build_model"]

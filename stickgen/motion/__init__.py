"""Motion: procedural clips, and what a model makes of them once its pose head is fitted."""

from stickgen.motion.clip import Clip
from stickgen.motion.clips import CLIPS
from stickgen.motion.embedding import embed_text, nearest_clip
from stickgen.motion.fit import fit_pose_head
from stickgen.motion.motion import Motion
from stickgen.motion.report import FitReport, HeadSignals
from stickgen.motion.sample import (
    generate,
    raw_motion,
    reference_motion,
    sample_motion,
    sample_motion_stages,
)

__all__ = [
    "CLIPS",
    "Clip",
    "FitReport",
    "HeadSignals",
    "Motion",
    "embed_text",
    "fit_pose_head",
    "generate",
    "nearest_clip",
    "raw_motion",
    "reference_motion",
    "sample_motion",
    "sample_motion_stages",
]

"""Motion: procedural clips, and what a model makes of them once its pose head is fitted."""

from stickgen.motion.bars import BARS, Bars, shortfalls
from stickgen.motion.clip import Clip
from stickgen.motion.clips import CLIPS
from stickgen.motion.embedding import embed_text, nearest_clip
from stickgen.motion.files import from_motion_file, to_csv, to_motion_file
from stickgen.motion.fit import fit_pose_head
from stickgen.motion.images import IMAGE_FORMATS, to_contact_sheet, to_gif, to_webp
from stickgen.motion.language import SentenceEmbedder
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
    "BARS",
    "CLIPS",
    "IMAGE_FORMATS",
    "Bars",
    "Clip",
    "FitReport",
    "HeadSignals",
    "Motion",
    "SentenceEmbedder",
    "embed_text",
    "fit_pose_head",
    "from_motion_file",
    "generate",
    "nearest_clip",
    "raw_motion",
    "reference_motion",
    "sample_motion",
    "sample_motion_stages",
    "shortfalls",
    "to_contact_sheet",
    "to_csv",
    "to_gif",
    "to_motion_file",
    "to_webp",
]

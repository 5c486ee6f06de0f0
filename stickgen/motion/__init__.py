"""Motion: the reference clips, and what a model makes of them once its pose head is fitted."""

from stickgen.motion.clips import CLIPS, Clip, Performance
from stickgen.motion.embedding import embed_text, nearest_clip
from stickgen.motion.files import from_motion_file, to_csv, to_motion_file
from stickgen.motion.fit import fit_pose_head
from stickgen.motion.formats import FORMATS, MotionFormat
from stickgen.motion.generation import generate, raw_motion, reference_motion
from stickgen.motion.images import to_apng, to_contact_sheet, to_gif, to_webp
from stickgen.motion.language import SentenceEmbedder
from stickgen.motion.motion import Motion
from stickgen.motion.report import FitReport, HeadSignals
from stickgen.motion.request import MotionRequest
from stickgen.motion.safe_json import UnreadableError
from stickgen.motion.sample import STAGES, Stage, sample_motion, sample_motion_stages
from stickgen.motion.targets import TARGETS, Targets, missed_targets

__all__ = [
    "CLIPS",
    "FORMATS",
    "STAGES",
    "TARGETS",
    "Clip",
    "FitReport",
    "HeadSignals",
    "Motion",
    "MotionFormat",
    "MotionRequest",
    "Performance",
    "SentenceEmbedder",
    "Stage",
    "Targets",
    "UnreadableError",
    "embed_text",
    "fit_pose_head",
    "from_motion_file",
    "generate",
    "missed_targets",
    "nearest_clip",
    "raw_motion",
    "reference_motion",
    "sample_motion",
    "sample_motion_stages",
    "to_apng",
    "to_contact_sheet",
    "to_csv",
    "to_gif",
    "to_motion_file",
    "to_webp",
]

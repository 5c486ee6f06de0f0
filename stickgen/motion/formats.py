"""The formats that a motion can be written in."""

from collections.abc import Callable
from dataclasses import dataclass

from stickgen.motion.files import to_csv, to_motion_file
from stickgen.motion.images import to_apng, to_contact_sheet, to_gif, to_webp
from stickgen.motion.motion import Motion


@dataclass(frozen=True, kw_only=True)
class MotionFormat:
    """One kind of file."""

    title: str
    media_type: str
    write: Callable[[Motion], str | bytes]
    """Gives what the file holds; text is UTF-8."""


FORMATS: dict[str, MotionFormat] = {
    "motion": MotionFormat(title=".motion", media_type="application/json", write=to_motion_file),
    "csv": MotionFormat(title="CSV", media_type="text/csv", write=to_csv),
    "gif": MotionFormat(title="GIF", media_type="image/gif", write=to_gif),
    "webp": MotionFormat(title="Animated WebP", media_type="image/webp", write=to_webp),
    "apng": MotionFormat(title="Animated PNG", media_type="image/apng", write=to_apng),
    "png": MotionFormat(title="Contact sheet (PNG)", media_type="image/png", write=to_contact_sheet),
}
"""File ending to format."""

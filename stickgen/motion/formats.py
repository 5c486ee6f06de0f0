"""The files a motion can be saved as."""

from collections.abc import Callable
from dataclasses import dataclass

from stickgen.motion.files import to_csv, to_motion_file
from stickgen.motion.images import to_contact_sheet, to_gif, to_webp
from stickgen.motion.motion import Motion


@dataclass(frozen=True, kw_only=True)
class Format:
    """One kind of file."""

    title: str
    media_type: str
    write: Callable[[Motion], str | bytes]


FORMATS: dict[str, Format] = {
    "motion": Format(title=".motion", media_type="application/json", write=to_motion_file),
    "gif": Format(title="GIF", media_type="image/gif", write=to_gif),
    "webp": Format(title="Animated WebP", media_type="image/webp", write=to_webp),
    "png": Format(title="Contact sheet (PNG)", media_type="image/png", write=to_contact_sheet),
    "csv": Format(title="CSV", media_type="text/csv", write=to_csv),
}
"""File ending to format."""

"""The files a motion is saved as, and a file read back: no widgets."""

from collections.abc import Callable
from dataclasses import dataclass

from stickgen.motion import IMAGE_FORMATS, Motion, from_motion_file, to_csv, to_motion_file

MEDIA_TYPES = {"motion": "application/json", "csv": "text/csv"}
MAX_MEGABYTES = 5


@dataclass(frozen=True, kw_only=True)
class Format:
    """One kind of file."""

    title: str
    media_type: str
    write: Callable[[Motion], str | bytes]


def file_name(source: str, clip: str, config_key: str, ending: str) -> str:
    """A name that says what is in the file. Prompts and file names of users are not in it."""
    stem = "_".join(filter(None, (source, "" if source == "file" else clip, "" if source == "file" else config_key)))
    return f"{''.join(letter if letter.isalnum() else '_' for letter in stem)}.{ending}"


def read_motion(content: bytes) -> tuple[Motion | None, str]:
    """The motion of a `.motion` file and an empty text, or None and a sentence that says why it is refused."""
    try:
        return from_motion_file(content), ""
    except ValueError as problem:
        return None, str(problem)


FORMATS: dict[str, Format] = {
    "motion": Format(title=".motion", media_type=MEDIA_TYPES["motion"], write=to_motion_file),
    **{
        ending: Format(title=title, media_type=media_type, write=write)
        for ending, (title, media_type, write) in IMAGE_FORMATS.items()
    },
    "csv": Format(title="CSV", media_type=MEDIA_TYPES["csv"], write=to_csv),
}
"""File ending to format."""

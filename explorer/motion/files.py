"""The names of the files that a motion is saved as, and a file read back: no widgets."""

from stickgen.motion import Motion, UnreadableError, from_motion_file


def file_name(source: str, clip: str, config_key: str, ending: str) -> str:
    """A name that says what is in the file. It never holds a user's prompt or file name."""
    parts = (source,) if source == "file" else (source, clip, config_key)
    stem = "".join(letter if letter.isalnum() else "_" for letter in "_".join(filter(None, parts)))
    return f"{stem}.{ending}"


def read_motion(content: bytes) -> tuple[Motion | None, str]:
    """The motion of a `.motion` file and an empty text, or None and a sentence that says why it is refused."""
    try:
        return from_motion_file(content), ""
    except UnreadableError as problem:
        return None, str(problem)

"""The name of a file that a motion is saved as, and a file read back: no widgets."""

from stickgen.motion import Motion, from_motion_file

MAX_MEGABYTES = 5


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

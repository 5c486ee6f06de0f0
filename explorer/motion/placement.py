"""What was assumed about where a file's figure stands, in words."""

from collections.abc import Mapping

from stickgen.motion import Motion


def placement_note(motions: Mapping[str, Motion]) -> str:
    """How the file among the motions, by their sources, is drawn, in Markdown; empty if it is drawn as it is."""
    notes = motions["file"].placement.notes if "file" in motions else ()
    if not notes:
        return ""
    return f"**How your file is drawn.** {' '.join(notes)} Only the drawing is changed: its numbers stay as they are."

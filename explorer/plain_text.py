"""Text from people, made fit to show.

In Markdown only code keeps a text as it is: Streamlit makes links, icons and emoji even of what is escaped.
"""

MAX_QUOTE_LENGTH = 40
"""Characters of an address that a sentence repeats."""


def one_line(text: str) -> str:
    """The printable characters of a text, on one line."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


def shortened(text: str, max_length: int) -> str:
    """A text that fits."""
    return text if len(text) <= max_length else text[: max_length - 1].rstrip() + "…"


def quoted(text: str) -> str:
    """Text from outside for a sentence in Markdown: its start as code, so that none of it is read as Markdown."""
    shown = shortened(one_line(text.replace("`", "'")), MAX_QUOTE_LENGTH)
    return f"`{shown}`" if shown else "nothing"

"""Text from people, made fit to show."""


def one_line(text: str) -> str:
    """The printable characters of a text, on one line."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


def shortened(text: str, longest: int) -> str:
    """A text that fits."""
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"

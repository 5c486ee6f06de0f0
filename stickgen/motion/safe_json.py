"""Read JSON that may come from anyone: an object of finite numbers, each key once, not too deep.

Messages may be shown anywhere. They repeat a word of the file only where `word` finds nothing in it but a word.
"""

import json
import math
import re
from typing import Any

from stickgen.formatting import exact_count

MAX_BYTES = 5_000_000
MAX_DIGITS = 300
"""Of a whole number: more than that of the largest number with a decimal point, and no work to read."""
MAX_DEPTH = 32
"""Levels of lists and objects. A `.motion` file has two; readers and writers recurse, and could exhaust the stack."""

_WORD = re.compile(r"[A-Za-z0-9]+(_[A-Za-z0-9]+)*")
_MAX_WORD_LENGTH = 40


class UnreadableError(ValueError):
    """The file cannot be read. The message is a sentence that says what is wrong and what is allowed."""


def read_object(text: str | bytes, refusal: str) -> dict[str, Any]:
    """The object that the text holds. Raises `UnreadableError`, with `refusal` where it is no JSON object at all."""
    if len(text) > MAX_BYTES:
        raise UnreadableError(
            f"The file has {exact_count(len(text))} bytes; at most {exact_count(MAX_BYTES)} can be read."
        )
    try:
        content = json.loads(
            text,
            parse_int=_whole_number,
            parse_float=_number,
            parse_constant=_refuse_constant,
            object_pairs_hook=_object,
        )
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise UnreadableError(refusal) from error
    except RecursionError as error:
        raise _too_deep() from error
    if not isinstance(content, dict):
        raise UnreadableError(refusal)
    _check_depth(content)
    return content


def word(value: object) -> str:
    """A word of the file for a message: letters, digits and underscores, not too long; empty for anything else."""
    if isinstance(value, str) and len(value) <= _MAX_WORD_LENGTH and _WORD.fullmatch(value):
        return value
    return ""


def kind(value: object) -> str:
    """What a JSON value is, in words."""
    if isinstance(value, str) and not value:
        return "an empty text"
    kinds = {dict: "an object", list: "a list", str: "text", bool: "true or false", type(None): "null"}
    return kinds.get(type(value), "a number")


def _whole_number(digits: str) -> int:
    if len(digits.lstrip("-")) > MAX_DIGITS:
        raise UnreadableError(
            f"The file holds a number of {exact_count(len(digits.lstrip('-')))} digits; at most {MAX_DIGITS} are read."
        )
    return int(digits)


def _number(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise UnreadableError("The file holds a number too large to be read; numbers may be up to 1e308.")
    return number


def _refuse_constant(name: str) -> float:
    raise UnreadableError(f"The file holds {name}; every number has to be finite.")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise UnreadableError(f"{_named('key', key)} stands twice in one object; each key may stand once.")
        found[key] = value
    return found


def _named(what: str, value: str) -> str:
    return f"The {what} {word(value)}" if word(value) else f"A {what}"


def _check_depth(content: dict[str, Any]) -> None:
    """Raise `UnreadableError` for an object with too many levels, going through it level by level."""
    level: list[Any] = [content]
    for _ in range(MAX_DEPTH):
        level = [
            child
            for value in level
            for child in (value.values() if isinstance(value, dict) else value)
            if isinstance(child, dict | list)
        ]
        if not level:
            return
    raise _too_deep()


def _too_deep() -> UnreadableError:
    return UnreadableError(f"The file has lists or objects more than {MAX_DEPTH} levels deep, which is not allowed.")

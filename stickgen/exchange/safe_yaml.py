"""Read a small YAML file that may come from anyone: keys with their lines and values, nothing executed.

The file is parsed into plain nodes, and only scalars and lists of scalars become values. What a configuration file
does not need (tags, anchors, deep nesting, great length) is refused before anything is built from it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from stickgen.formatting import exact_count

MAX_FILE_BYTES = 32 * 1024
"""Stick-Gen's own configuration files have a few KB, and the parser reads this many in a fraction of a second."""

MAX_NUMBER_LENGTH = 64
"""Characters. A longer scalar stays text: 30,000 hexadecimal digits would be a number too long to print."""

MAX_DEPTH = 6
"""Levels of nesting. A configuration file has three. Composing recurses, so a deeper file could exhaust the stack."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A key of the file with its value."""

    key: str
    """Dotted, `section.key`; one part for a key at the top that is no section."""
    line: int
    """Counted from 1."""
    value: Any
    """None, a bool, int, float, str, date, a list of these, or `...` for a section inside a section."""


class UnreadableError(ValueError):
    """The file cannot be read at all. The message is a sentence; `line` is counted from 1, or None."""

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.line = line


def read_entries(content: str | bytes) -> list[Entry]:
    """Every key of the two upper levels, in the order of the file.

    Raises `UnreadableError`, and nothing else, for a file that cannot be read.
    """
    text = _text(content)
    try:
        _check_events(text)
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        raise UnreadableError(f"this is not YAML: {error.problem or 'it cannot be read'}", line) from None
    except yaml.YAMLError:
        raise UnreadableError("this is not YAML: it has characters that YAML does not allow") from None
    if root is None:
        raise UnreadableError("the file is empty")
    if not isinstance(root, MappingNode):
        raise UnreadableError(
            "this is not a configuration file: it has no sections, such as model or data", _line(root)
        )
    return [entry for key, value in root.value for entry in _entries(key, value)]


def _text(content: str | bytes) -> str:
    encoded = content.encode(errors="replace") if isinstance(content, str) else content
    if len(encoded) > MAX_FILE_BYTES:
        size, limit = exact_count(len(encoded)), exact_count(MAX_FILE_BYTES)
        raise UnreadableError(f"the file has {size} bytes: at most {limit} are allowed")
    try:
        return encoded.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UnreadableError("the file is not text: a configuration file is YAML in UTF-8") from None


def _check_events(text: str) -> None:
    """Refuse what a configuration file does not need. Events come from a parser that does not recurse."""
    level = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        line = _line(event)
        if getattr(event, "anchor", None) is not None:
            raise UnreadableError("anchors and aliases (& and *) are not allowed: write out the value", line)
        if getattr(event, "tag", None) is not None:
            raise UnreadableError("tags (!) are not allowed: write a plain value", line)
        if isinstance(event, yaml.CollectionStartEvent):
            level += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            level -= 1
        if level > MAX_DEPTH:
            raise UnreadableError(f"more than {MAX_DEPTH} levels of nesting are not allowed", line)


def _line(place: yaml.Event | Node) -> int:
    return place.start_mark.line + 1 if place.start_mark else 1


def _entries(key: Node, value: Node) -> Iterator[Entry]:
    if isinstance(value, MappingNode):
        for child, child_value in value.value:
            yield _entry(f"{_name(key)}.{_name(child)}", child, child_value)
    else:
        yield _entry(_name(key), key, value)


def _entry(name: str, key: Node, value: Node) -> Entry:
    return Entry(key=name, line=_line(key), value=_value(value))


def _name(key: Node) -> str:
    return key.value if isinstance(key, ScalarNode) else "?"


def _value(node: Node) -> Any:
    if isinstance(node, SequenceNode):
        return [_value(item) for item in node.value]
    if not isinstance(node, ScalarNode):
        return ...
    if len(node.value) > MAX_NUMBER_LENGTH:
        return node.value
    try:
        return yaml.constructor.SafeConstructor().construct_object(node)
    except (ValueError, OverflowError, yaml.YAMLError):
        # A date that does not exist, a lone "=": it stays text.
        return node.value

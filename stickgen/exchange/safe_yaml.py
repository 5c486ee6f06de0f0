"""Reading a small YAML file from anyone: entries with their line, and nothing executed.

The file is taken apart as plain nodes, and only scalars and lists of scalars become values. What a
configuration file has no use for (tags, anchors, deep nesting, great length) is refused before anything is
built from it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from stickgen.formatting import exact_count

MAX_FILE_BYTES = 32 * 1024
"""Stick-Gen's own configuration files have a few KB; this many take the parser a fraction of a second."""

MAX_NUMBER_LENGTH = 64
"""Characters. A longer scalar is text: 30,000 hexadecimal digits would be a number nothing can print."""

MAX_DEPTH = 6
"""Levels of nesting. A configuration file has three; composing recurses and must not be led thousands
deep."""


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
        raise UnreadableError("this is not YAML: it has characters that text may not have") from None
    if root is None:
        raise UnreadableError("the file is empty")
    if not isinstance(root, MappingNode):
        raise UnreadableError("this is no configuration file: it has no sections", _line(root))
    return [entry for key, value in root.value for entry in _entries(key, value)]


def _text(content: str | bytes) -> str:
    encoded = content.encode(errors="replace") if isinstance(content, str) else content
    if len(encoded) > MAX_FILE_BYTES:
        size, limit = exact_count(len(encoded)), exact_count(MAX_FILE_BYTES)
        raise UnreadableError(f"the file has {size} bytes: at most {limit} are read")
    try:
        return encoded.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UnreadableError("the file is not text: a configuration file is YAML in UTF-8") from None


def _check_events(text: str) -> None:
    """Refuse what a configuration file has no use for. Events come from a parser that does not recurse."""
    level = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        line = _line(event)
        if getattr(event, "anchor", None) is not None:
            raise UnreadableError("anchors and aliases (& and *) are not read: write the value out", line)
        if getattr(event, "tag", None) is not None:
            raise UnreadableError("tags (!) are not read: write a plain value", line)
        if isinstance(event, yaml.CollectionStartEvent):
            level += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            level -= 1
        if level > MAX_DEPTH:
            raise UnreadableError(f"more than {MAX_DEPTH} levels of nesting are not read", line)


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
        # A date that does not exist, a lone "=": it stays the text that it is.
        return node.value

"""Read a small YAML file that may come from anyone: keys with their lines and values, nothing executed.

The file is parsed into plain nodes, and only scalars and lists of scalars become values. What a configuration file
does not need (tags, anchors, merge keys, deep nesting, great length) is refused before anything is built from it, and
so is a key that stands twice, which YAML forbids and its readers merge.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
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

MAX_QUOTE_LENGTH = 40
"""Maximum characters of the file that a message quotes in one place."""

_DECIMAL = re.compile(r"[-+]?(0|[1-9][0-9_]*)")
_LIKE_A_NUMBER = re.compile(r"[-+]?\.?[0-9]")


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A key of the file with its value."""

    path: tuple[str, ...]
    """The section and the key in it; one part for a key at the top that is no section."""
    line: int
    """Counted from 1."""
    value: Any
    """None, a bool, int, float, str, date, a list of these, or `...` for a section inside a section."""
    written: str
    """The value as the file has it, on one line and cut short."""
    reading: str
    """How YAML reads it, where that is not as it looks: `in base 8, as 8` for `010`. Otherwise empty."""

    @property
    def name(self) -> str:
        """The dotted path, on one line and cut short."""
        return quoted(".".join(self.path))


class UnreadableError(ValueError):
    """The file cannot be read at all. The message is a sentence; `line` is counted from 1, or None."""

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.line = line


def quoted(text: str) -> str:
    """Text from the file as a message quotes it: one line of printable characters, cut short."""
    line = " ".join(text.split())
    line = line if line.isprintable() else repr(line)[1:-1]
    return line if len(line) <= MAX_QUOTE_LENGTH else f"{line[:MAX_QUOTE_LENGTH]}..."


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
        raise UnreadableError(f"this is not YAML: {_problem(error)}", line) from None
    except yaml.YAMLError:
        raise UnreadableError("this is not YAML: it has characters that YAML does not allow") from None
    if root is None or root.tag == "tag:yaml.org,2002:null":
        raise UnreadableError("the file is empty")
    if not isinstance(root, MappingNode):
        raise UnreadableError(
            "this is not a configuration file: it has no sections, such as model or data", _line(root)
        )
    _check_keys(root)
    return [entry for key, value in root.value for entry in _entries(text, key, value)]


def _text(content: str | bytes) -> str:
    encoded = content.encode(errors="replace") if isinstance(content, str) else content
    if len(encoded) > MAX_FILE_BYTES:
        size, limit = exact_count(len(encoded)), exact_count(MAX_FILE_BYTES)
        raise UnreadableError(f"the file has {size} bytes: at most {limit} are allowed")
    try:
        return encoded.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UnreadableError("the file is not text: a configuration file is YAML in UTF-8") from None


def _problem(error: yaml.MarkedYAMLError) -> str:
    problem = " ".join((error.problem or "it cannot be read").split())
    return "a tab stands where only spaces may: indent with spaces" if r"'\t'" in problem else problem[:100]


def _check_events(text: str) -> None:
    """Refuse what a configuration file does not need. Events come from a parser that does not recurse."""
    level = documents = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        line = _line(event)
        if getattr(event, "anchor", None) is not None:
            raise UnreadableError("anchors and aliases (& and *) are not allowed: write out the value", line)
        if getattr(event, "tag", None) is not None:
            raise UnreadableError("tags (!) are not allowed: write a plain value", line)
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
        elif isinstance(event, yaml.CollectionStartEvent):
            level += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            level -= 1
        if documents > 1:
            raise UnreadableError("the file holds more than one YAML document (---): keep one", line)
        if level > MAX_DEPTH:
            raise UnreadableError(f"more than {MAX_DEPTH} levels of nesting are not allowed", line)


def _check_keys(node: Node, path: tuple[str, ...] = ()) -> None:
    """Refuse a key that stands twice in one section, or merges another section, at any depth."""
    if isinstance(node, SequenceNode):
        for item in node.value:
            _check_keys(item, path)
    if not isinstance(node, MappingNode):
        return
    lines: dict[str, int] = {}
    for key, value in node.value:
        if key.tag == "tag:yaml.org,2002:merge":
            raise UnreadableError("merge keys (<<) are not allowed: write out the keys", _line(key))
        below = (*path, _name(key))
        if isinstance(key, ScalarNode):
            if key.value in lines:
                raise UnreadableError(_repeated(below, key, value), lines[key.value])
            lines[key.value] = _line(key)
        _check_keys(value, below)


def _repeated(path: tuple[str, ...], key: Node, value: Node) -> str:
    advice = "write one section with all its keys" if isinstance(value, MappingNode) else "keep one of the two"
    return f"{quoted('.'.join(path))} is repeated on line {_line(key)}: {advice}"


def _line(place: yaml.Event | Node) -> int:
    return place.start_mark.line + 1 if place.start_mark else 1


def _entries(text: str, key: Node, value: Node) -> Iterator[Entry]:
    if isinstance(value, MappingNode):
        for child, child_value in value.value:
            yield _entry(text, (_name(key), _name(child)), child, child_value)
    else:
        yield _entry(text, (_name(key),), key, value)


def _entry(text: str, path: tuple[str, ...], key: Node, value: Node) -> Entry:
    return Entry(
        path=path, line=_line(key), value=_value(value), written=_written(text, value), reading=_reading(value)
    )


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


def _written(text: str, node: Node) -> str:
    if isinstance(node, MappingNode):
        return "a section"
    return quoted(text[node.start_mark.index : node.end_mark.index])


def _reading(node: Node) -> str:
    if isinstance(node, SequenceNode):
        return quoted(f"as {_shown(_value(node))}") if any(map(_reading, node.value)) else ""
    if not isinstance(node, ScalarNode) or node.style is not None or len(node.value) > MAX_NUMBER_LENGTH:
        return ""
    value, written = _value(node), node.value
    if isinstance(value, bool):
        return f"as {_shown(value)}" if _shown(value) != written.lower() else ""
    if isinstance(value, int | float):
        return f"in base {_base(written)}, as {value}" if _base(written) != 10 else ""
    if isinstance(value, date):
        return "as a date"
    return "as text" if isinstance(value, str) and _LIKE_A_NUMBER.match(written) else ""


def _shown(value: Any) -> str:
    """A value in words that are no Python."""
    if isinstance(value, list):
        return f"[{', '.join(map(_shown, value))}]"
    if value is ...:
        return "a section"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _base(written: str) -> int:
    """The base in which YAML 1.1 reads a number."""
    digits = written.lstrip("-+")
    if ":" in digits:
        return 60
    if "." in digits or _DECIMAL.fullmatch(digits):
        return 10
    return {"0b": 2, "0x": 16}.get(digits[:2], 8)

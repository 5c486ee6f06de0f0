"""The kinds of control: what each may be, and what a text in an address or a widget's value becomes.

A control's key is its parameter in the address, and its options are the plain names the library takes.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from explorer.plain_text import one_line, quoted

Value = str | int | float | bool | tuple[str, ...]
"""What a control can be set to."""

Style = Literal["bar", "list", "radio"]
"""How options are drawn: side by side in one bar, in a list that opens, or as radio buttons."""

_BAR_LETTERS = 24
"""Letters of all options that fit side by side into the sidebar."""

_DIGITS = 9
"""More digits than any control has use for."""

DECIMALS = 3

_DECIMAL = re.compile(rf"[0-9]{{1,{_DIGITS}}}(\.[0-9]{{1,{DECIMALS}}})?")


@dataclass(frozen=True, kw_only=True)
class OptionControl:
    """A control with a few named options."""

    label: str
    options: tuple[str, ...]
    default: str
    help: str | None = None
    style: Style | None = None
    """None for a bar where the options are short enough, else a list."""
    multimodal_only: bool = False

    @property
    def drawn_as(self) -> Style:
        """How the options are drawn. A bar lacks contrast in the dark outside the sidebar."""
        return self.style or ("bar" if sum(map(len, self.options)) <= _BAR_LETTERS else "list")

    def parse(self, raw: str) -> str:
        """The option of that name. Raises `ValueError` saying what is allowed."""
        if raw not in self.options:
            raise ValueError(f"choose one of {', '.join(self.options)}")
        return raw

    def instead(self, _raw: str) -> tuple[str, str]:
        """The value in place of one that `parse` refuses, and a sentence on it."""
        return self.default, f"{self.label} is set to {self.default}."

    def format(self, value: str) -> str:
        """The text that `parse` reads."""
        return value

    def read(self, value: object) -> str:
        """A widget's value, or the default where the client sent none or a wrong one."""
        return value if isinstance(value, str) and value in self.options else self.default


@dataclass(frozen=True, kw_only=True)
class NumberControl:
    """A control that takes a whole number."""

    label: str
    minimum: int
    maximum: int
    default: int
    help: str | None = None
    step: int = 1
    multimodal_only: bool = False

    def parse(self, raw: str) -> int:
        """The number that these digits write. Raises `ValueError` saying what is allowed."""
        digits = raw.isascii() and raw.isdigit() and len(raw) <= _DIGITS
        if not digits or not self.minimum <= int(raw) <= self.maximum:
            raise ValueError(f"choose a whole number from {self.minimum} to {self.maximum}, in digits only")
        return int(raw)

    def instead(self, _raw: str) -> tuple[int, str]:
        """The value in place of one that `parse` refuses, and a sentence on it."""
        return self.default, f"{self.label} is set to {self.default}."

    def format(self, value: int) -> str:
        """The text that `parse` reads."""
        return str(value)

    def read(self, value: object) -> int:
        """A widget's value, or the default where the client sent none or a wrong one."""
        if isinstance(value, bool) or not isinstance(value, int):
            return self.default
        return value if self.minimum <= value <= self.maximum else self.default


@dataclass(frozen=True, kw_only=True)
class DecimalControl:
    """A control that takes a number with up to `DECIMALS` decimals."""

    label: str
    minimum: float
    maximum: float
    default: float
    step: float
    help: str | None = None
    multimodal_only: bool = False

    def parse(self, raw: str) -> float:
        """The number as written. Raises `ValueError` saying what is allowed."""
        if not _DECIMAL.fullmatch(raw) or not self.minimum <= float(raw) <= self.maximum:
            raise ValueError(
                f"choose a number from {self.minimum:g} to {self.maximum:g}, such as {self.default:g}, "
                f"with at most {DECIMALS} decimals"
            )
        return float(raw)

    def instead(self, _raw: str) -> tuple[float, str]:
        """The value in place of one that `parse` refuses, and a sentence on it."""
        return self.default, f"{self.label} is set to {self.format(self.default)}."

    def format(self, value: float) -> str:
        """The text that `parse` reads."""
        return f"{value:g}"

    def read(self, value: object) -> float:
        """A widget's value, or the default where the client sent none or a wrong one."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            return self.default
        return round(float(value), DECIMALS) if self.minimum <= value <= self.maximum else self.default


@dataclass(frozen=True, kw_only=True)
class TextControl:
    """A control that takes a line of text."""

    label: str
    default: str
    max_length: int
    """Characters."""
    placeholder: str
    """Stands in the empty control."""
    help: str | None = None
    multimodal_only: bool = False

    def parse(self, raw: str) -> str:
        """The text itself. Raises `ValueError` saying what is allowed."""
        if len(one_line(raw)) > self.max_length:
            raise ValueError(f"write at most {self.max_length} characters")
        if raw != one_line(raw) or (not raw and self.default):
            raise ValueError("write printable characters, with single spaces between words")
        return raw

    def instead(self, raw: str) -> tuple[str, str]:
        """The value in place of one that `parse` refuses, and a sentence on it."""
        value = self.read(raw)
        if len(one_line(raw)) > self.max_length:
            return value, f"{self.label} is shortened to {self.max_length} characters."
        return value, f"{self.label} is set to {quoted(value)}."

    def format(self, value: str) -> str:
        """The text that `parse` reads."""
        return value

    def read(self, value: object) -> str:
        """The printable characters of a widget's text on one line, shortened, or the default where there are none."""
        if not isinstance(value, str):
            return self.default
        return one_line(value)[: self.max_length].rstrip() or self.default


@dataclass(frozen=True, kw_only=True)
class SwitchControl:
    """A control that is on or off."""

    label: str
    default: bool
    help: str | None = None
    multimodal_only: bool = False

    def parse(self, raw: str) -> bool:
        """Whether it is on. Raises `ValueError` saying what is allowed."""
        if raw not in ("true", "false"):
            raise ValueError("choose true or false")
        return raw == "true"

    def instead(self, _raw: str) -> tuple[bool, str]:
        """The value in place of one that `parse` refuses, and a sentence on it."""
        return self.default, f"{self.label} is set to {self.format(self.default)}."

    def format(self, value: bool) -> str:
        """The text that `parse` reads."""
        return "true" if value else "false"

    def read(self, value: object) -> bool:
        """A widget's value, or the default where the client sent none or a wrong one."""
        return value if isinstance(value, bool) else self.default


@dataclass(frozen=True, kw_only=True)
class SeveralControl:
    """Named options of which any number can be chosen. An address repeats the parameter for each."""

    label: str
    options: tuple[str, ...]
    default: tuple[str, ...] = ()
    placeholder: str
    """Stands in the empty control, which leaves nothing out."""
    help: str | None = None
    multimodal_only: bool = False

    def parse(self, raw: str) -> tuple[str, ...]:
        """The option of that name; none for an empty text. Raises `ValueError` saying what is allowed."""
        if raw and raw not in self.options:
            raise ValueError(f"choose from {', '.join(self.options)}")
        return (raw,) if raw else ()

    def instead(self, _raw: str) -> tuple[tuple[str, ...], str]:
        """The value in place of one that `parse` refuses, and a sentence on it."""
        return (), "It is left out."

    def read(self, value: object) -> tuple[str, ...]:
        """A widget's value, less whatever else a client may have sent."""
        if not isinstance(value, list | tuple):
            return self.default
        chosen = [option for option in value if isinstance(option, str) and option in self.options]
        return tuple(dict.fromkeys(chosen))


Control = OptionControl | NumberControl | DecimalControl | TextControl | SwitchControl | SeveralControl

Controls = Mapping[str, Control]
"""Key, which is also the parameter in the address, to the control."""

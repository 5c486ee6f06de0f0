"""The kinds of control: what each may be, how it is drawn, and what a value from outside becomes.

A control's key is its parameter in the URL, and its options are the plain names the library takes.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from explorer.plain_text import one_line


@dataclass(frozen=True, kw_only=True)
class OptionControl:
    """A control with a few named options."""

    label: str
    options: tuple[str, ...]
    default: str
    help: str
    multimodal_only: bool = False

    def problem(self, raw: str) -> str | None:
        """What is wrong with a value from the URL, or None."""
        return None if raw in self.options else f"choose one of {', '.join(self.options)}"

    @property
    def is_short(self) -> bool:
        """Whether all options fit side by side into the sidebar."""
        return sum(map(len, self.options)) <= 24

    def draw(self, key: str, disabled: bool = False) -> None:
        if self.is_short:
            st.segmented_control(
                self.label, self.options, default=self.default, required=True, key=key,
                help=self.help, disabled=disabled, width="stretch", bind="query-params",
            )  # fmt: skip
        else:
            st.selectbox(
                self.label, self.options, index=self.options.index(self.default), key=key,
                help=self.help, disabled=disabled, bind="query-params",
            )  # fmt: skip

    def read(self, value: object) -> str:
        """The widget's value, or the default where the client sent none or a wrong one."""
        return value if isinstance(value, str) and value in self.options else self.default


@dataclass(frozen=True, kw_only=True)
class RadioControl(OptionControl):
    """A control with a few named options in the main area, where a segmented control lacks contrast in the dark."""

    def draw(self, key: str, disabled: bool = False) -> None:
        st.radio(
            self.label, self.options, index=self.options.index(self.default), key=key, horizontal=True,
            help=self.help, disabled=disabled, bind="query-params",
        )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class NumberControl:
    """A control that takes a whole number."""

    label: str
    smallest: int
    largest: int
    default: int
    help: str
    step: int = 1
    multimodal_only: bool = False

    def problem(self, raw: str) -> str | None:
        """What is wrong with a value from the URL, or None."""
        if raw.isascii() and raw.isdigit() and len(raw) < 10 and self.smallest <= int(raw) <= self.largest:
            return None
        return f"choose a whole number from {self.smallest} to {self.largest}"

    def draw(self, key: str, disabled: bool = False) -> None:
        st.number_input(
            self.label, self.smallest, self.largest, self.default, self.step, key=key,
            help=self.help, disabled=disabled, bind="query-params",
        )  # fmt: skip

    def read(self, value: object) -> int:
        """The widget's value, or the default where the client sent none or a wrong one."""
        if isinstance(value, bool) or not isinstance(value, int):
            return self.default
        return value if self.smallest <= value <= self.largest else self.default


@dataclass(frozen=True, kw_only=True)
class TextControl:
    """A control that takes a line of text."""

    label: str
    default: str
    longest: int
    help: str
    multimodal_only: bool = False

    def problem(self, raw: str) -> str | None:
        """What is wrong with a value from the URL, or None."""
        return None if len(raw) <= self.longest else f"write at most {self.longest} characters"

    def draw(self, key: str, disabled: bool = False) -> None:
        st.text_input(
            self.label, self.default, max_chars=self.longest, key=key, placeholder=self.default,
            help=self.help, disabled=disabled, bind="query-params",
        )  # fmt: skip

    def read(self, value: object) -> str:
        """The widget's text in printable characters on one line, or the default where there is none."""
        if not isinstance(value, str) or len(value) > self.longest:
            return self.default
        return one_line(value) or self.default


@dataclass(frozen=True, kw_only=True)
class SwitchControl:
    """A control that is on or off."""

    label: str
    default: bool
    help: str
    multimodal_only: bool = False

    def problem(self, raw: str) -> str | None:
        """What is wrong with a value from the URL, or None."""
        return None if raw in ("true", "false") else "choose true or false"

    def draw(self, key: str, disabled: bool = False) -> None:
        st.toggle(self.label, self.default, key=key, help=self.help, disabled=disabled, bind="query-params")

    def read(self, value: object) -> bool:
        """The widget's value, or the default where the client sent none or a wrong one."""
        return value if isinstance(value, bool) else self.default


Control = OptionControl | NumberControl | TextControl | SwitchControl


@dataclass(frozen=True, kw_only=True)
class SeveralControl:
    """Named options of which any number can be chosen. They are the words that a table uses."""

    label: str
    options: tuple[str, ...]
    default: tuple[str, ...] = ()
    placeholder: str
    """What stands in the empty control, which leaves nothing out."""
    help: str | None = None

    def problems(self, key: str, raw: Sequence[str]) -> list[str]:
        """What is wrong with the values that the URL has for `key`, a sentence each."""
        return [
            f"The address asks for {key} “{value[:40]}”, which does not exist: choose from {', '.join(self.options)}. "
            "It is left out."
            for value in raw
            if value and value not in self.options
        ]

    def draw(self, key: str) -> None:
        st.multiselect(
            self.label, self.options, default=self.default, key=key, placeholder=self.placeholder, help=self.help,
            bind="query-params",
        )  # fmt: skip

    def read(self, value: object) -> tuple[str, ...]:
        """The widget's value, less whatever else a client may have sent."""
        if not isinstance(value, list | tuple):
            return self.default
        return tuple(dict.fromkeys(option for option in value if option in self.options))

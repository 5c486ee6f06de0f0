"""A control of which any number of options can be chosen."""

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st


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

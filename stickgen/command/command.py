"""What a command is, and how it refuses a wrong value."""

from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from dataclasses import dataclass

SUCCESS, FAILURE, WRONG_VALUE, INTERRUPTED = 0, 1, 2, 130
"""Exit statuses: done, a check that failed, a value or file that cannot be used, Ctrl-C."""


@dataclass(frozen=True, kw_only=True)
class Command:
    """One command of `stickgen`."""

    summary: str
    """What it does, in one line of the help."""
    examples: tuple[str, ...]
    """Command lines for the help, without the leading `stickgen`."""
    arguments: str = "[options]"
    """What follows the command's name in its usage line."""
    add_options: Callable[[ArgumentParser], None]
    run: Callable[[Namespace], int]
    """Takes the parsed options and returns the exit status. Raises `ValueError` for a wrong value."""

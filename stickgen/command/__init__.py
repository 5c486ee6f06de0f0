"""The command `stickgen`: what the library knows, in a terminal. Nothing else in the library prints."""

from stickgen.command.main import main

__all__ = ["main"]

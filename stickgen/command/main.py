"""From a command line to an exit status."""

import os
import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Iterable, Sequence
from typing import NoReturn

import torch

from stickgen.command.command import FAILURE, INTERRUPTED, SUCCESS, WRONG_VALUE
from stickgen.command.registry import COMMANDS
from stickgen.version import __version__

PROGRAM = "stickgen"


class Parser(ArgumentParser):
    """An argument parser that says what is wrong in one sentence, without the usage above it."""

    def error(self, message: str) -> NoReturn:
        """Print the sentence and exit."""
        self.exit(WRONG_VALUE, f"{self.prog}: {message}\n")


def parser() -> ArgumentParser:
    """The parser of the whole command line, made from the registry."""
    whole = Parser(
        prog=PROGRAM,
        description="How big a Stick-Gen model is, what it takes to train, and how it moves.",
        epilog=_examples(command.examples[0] for command in COMMANDS.values()),
        formatter_class=RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    version = f"{PROGRAM} {__version__}, torch {torch.__version__}"
    whole.add_argument("--version", action="version", version=version)
    commands = whole.add_subparsers(title="commands", metavar="COMMAND", dest="command")
    whole.set_defaults(prog=PROGRAM)
    for name, command in COMMANDS.items():
        single = commands.add_parser(
            name,
            help=command.summary,
            usage=f"%(prog)s {command.arguments}",
            description=f"{command.summary[0].upper()}{command.summary[1:]}.",
            epilog=_examples(command.examples),
            formatter_class=RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        command.add_options(single)
        single.set_defaults(prog=single.prog)
    return whole


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line, by default that of this process, and return its exit status. Never raises."""
    try:
        status = _run(arguments)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read the output, `head` for one, has had enough.
        _drop_output()
        return FAILURE
    except OSError as error:
        print(f"{PROGRAM}: the output cannot be written: {error.strerror}", file=sys.stderr)
        _drop_output()
        return WRONG_VALUE
    return status


def _run(arguments: Sequence[str] | None) -> int:
    try:
        options, unknown = parser().parse_known_args(arguments)
    except SystemExit as end:  # help and version end here too
        return SUCCESS if end.code is None else int(end.code)
    if unknown:
        problem = f"unknown argument {unknown[0]!r}: `{options.prog} --help` lists what can be given"
    elif options.command is None:
        problem = f"choose a command: {', '.join(COMMANDS)}; `{PROGRAM} --help` says what each does"
    else:
        try:
            return COMMANDS[options.command].run(options)
        except ValueError as error:
            problem = str(error)
    for line in problem.splitlines():
        print(f"{options.prog}: {line}", file=sys.stderr)
    return WRONG_VALUE


def _examples(lines: Iterable[str]) -> str:
    return "\n".join(["examples:", *(f"  {PROGRAM} {line}" for line in lines)])


def _drop_output() -> None:
    """Nothing more can be written, so nothing may be flushed when the process ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

"""`stickgen document`: Stick-Gen's model sizes document, with every value computed."""

from argparse import ArgumentParser, Namespace

from stickgen.command.command import SUCCESS, Command
from stickgen.command.output import print_json
from stickgen.documented.document import as_markdown, as_text, size_tables, size_values


def add_options(parser: ArgumentParser) -> None:
    """Options of the command."""
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print one JSON object: parameters, sizes in bytes")
    form.add_argument("--markdown", action="store_true", help="print Markdown")


def run(options: Namespace) -> int:
    """Print the document."""
    if options.json:
        print_json(size_values())
    else:
        print(as_markdown(size_tables()) if options.markdown else as_text(size_tables()), end="")
    return SUCCESS


COMMAND = Command(
    summary="print Stick-Gen's model sizes document, with every value computed",
    examples=("document", "document --markdown"),
    add_options=add_options,
    run=run,
)

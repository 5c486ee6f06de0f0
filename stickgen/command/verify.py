"""`stickgen verify`: every documented total against the built model."""

from argparse import ArgumentParser, Namespace

from stickgen.command.command import FAILURE, SUCCESS, Command
from stickgen.command.options import add_json_option
from stickgen.command.output import print_json
from stickgen.documented.facts import DOCUMENTED_TOTALS
from stickgen.documented.values import SECTIONS
from stickgen.documented.verification import Check, check, tally
from stickgen.formatting import exact_count, signed_exact_count
from stickgen.model import build_model


def add_options(parser: ArgumentParser) -> None:
    """Options of the command."""
    add_json_option(parser)
    parser.add_argument(
        "--all",
        action="store_true",
        help="also compare every other value of the document; the exit status still depends on the totals alone",
    )


def run(options: Namespace) -> int:
    """Print how each documented total compares. Exit status 1 if one is not equal."""
    built = {
        config: sum(parameter.numel() for parameter in build_model(config).parameters()) for config in DOCUMENTED_TOTALS
    }
    if options.json:
        content = {
            "totals": [
                {"config": config.key, "documented": documented, "built": built[config]}
                for config, documented in DOCUMENTED_TOTALS.items()
            ],
            "equal": built == DOCUMENTED_TOTALS,
        }
        print_json(content | ({"sections": _sections_json()} if options.all else {}))
    else:
        for config, documented in DOCUMENTED_TOTALS.items():
            difference = built[config] - documented
            verdict = f"differs by {signed_exact_count(difference)}" if difference else "equal"
            totals = f"documented {exact_count(documented):>10}  built {exact_count(built[config]):>10}"
            print(f"{config.key:30} {totals}  {verdict}")
        equal = sum(built[config] == documented for config, documented in DOCUMENTED_TOTALS.items())
        print(f"{equal} of {len(built)} documented totals equal those of the built models.")
        if options.all:
            _print_sections()
    return SUCCESS if built == DOCUMENTED_TOTALS else FAILURE


def _sections_json() -> dict[str, list[dict[str, object]]]:
    return {
        section.title: [
            {
                "subject": result.value.subject,
                "quantity": result.value.quantity,
                "documented": result.value.written or None,
                "computed": result.computed,
                "difference": result.difference,
                "status": str(result.status),
                "reason": result.reason,
            }
            for result in map(check, section.values)
        ]
        for section in SECTIONS.values()
    }


def _print_sections() -> None:
    checks: list[Check] = []
    for section in SECTIONS.values():
        print(f"\n{section.title}")
        for result in map(check, section.values):
            checks.append(result)
            line = (
                f"  {result.value.subject:16} {result.value.quantity:34} {result.value.documented_text:>15} "
                f"{result.computed_text:>15} {result.difference_text:>12}  {result.status}"
            )
            print(f"{line}: {result.reason}" if result.reason else line)
        if section.note:
            print(f"  {section.note}")
    counts = ", ".join(f"{count} {status}" for status, count in tally(checks).items() if count)
    print(f"\n{len(checks)} values: {counts}.")


COMMAND = Command(
    summary="build the documented models and compare their parameters; exit status 1 if one differs",
    examples=("verify", "verify --all", "verify --json"),
    add_options=add_options,
    run=run,
)

"""Check the documented parameter totals of Stick-Gen against the built models.

Exit status: 0 if all totals are equal, 1 if one is not, 2 for a wrong argument.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

# A script run as a file imports from its own folder only. With the checkout first on the path, nothing but the
# requirements needs to be installed, and the models checked are those of this checkout.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from stickgen.documented.facts import DOCUMENTED_TOTALS
from stickgen.documented.values import SECTIONS
from stickgen.documented.verification import check, tally
from stickgen.formatting import exact_count, signed_exact_count
from stickgen.model import build_model


def print_totals() -> bool:
    """Build the documented models and print a line for each. Returns whether every total is equal."""
    equal = []
    for config, documented in DOCUMENTED_TOTALS.items():
        built = sum(parameter.numel() for parameter in build_model(config).parameters())
        equal.append(built == documented)
        verdict = "equal" if equal[-1] else f"differs by {signed_exact_count(built - documented)}"
        totals = f"documented {exact_count(documented):>10}  built {exact_count(built):>10}"
        print(f"{config.key:30} {totals}  {verdict}")
    print(f"{sum(equal)} of {len(equal)} documented totals equal those of the built models.")
    return all(equal)


def print_values() -> None:
    """Compute every value of the document and print a line for each, section by section."""
    checks = []
    for section in SECTIONS.values():
        print(f"\n{section.title}")
        for value in section.values:
            result = check(value)
            checks.append(result)
            line = (
                f"  {value.subject:16} {value.quantity:34} {value.documented_text:>15} "
                f"{result.computed_text:>15} {result.difference_text:>12}  {result.status}"
            )
            print(f"{line}: {result.reason}" if result.reason else line)
        if section.note:
            print(f"  {section.note}")
    counts = ", ".join(f"{count} {status}" for status, count in tally(checks).items() if count)
    print(f"\n{len(checks)} values: {counts}.")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    parser.add_argument(
        "--all",
        action="store_true",
        help="also compare every other value of the document; the exit status still depends on the totals alone",
    )
    options = parser.parse_args(arguments)
    all_equal = print_totals()
    if options.all:
        print_values()
    return 0 if all_equal else 1


if __name__ == "__main__":
    try:
        status = main()
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader, such as `head`, has closed the pipe. Nothing more can be written, nor flushed at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 1
    sys.exit(status)

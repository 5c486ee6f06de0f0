"""Count, size and trace the documented configurations on the built models, and print the values.

As text, as JSON (counts in parameters, sizes in bytes), or as the Markdown of docs/model_sizes.md:

    python scripts/calculate_model_params.py --markdown > docs/model_sizes.md
"""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

# A script run as a file imports from its own folder only. With the checkout first on the path, nothing but the
# requirements needs to be installed, and the models counted are those of this checkout.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from stickgen.documented.document import as_markdown, as_text, size_tables, size_values


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="write the values as JSON")
    form.add_argument("--markdown", action="store_true", help="write the model sizes document")
    options = parser.parse_args(arguments)
    if options.json:
        print(json.dumps(size_values(), indent=2))
    else:
        print(as_markdown(size_tables()) if options.markdown else as_text(size_tables()), end="")
    return 0


if __name__ == "__main__":
    try:
        status = main()
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader, such as `head`, has closed the pipe. Nothing more can be written, nor flushed at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 1
    sys.exit(status)

"""`python -m stickgen` is the command `stickgen`."""

import sys

from stickgen.command import main

if __name__ == "__main__":
    sys.exit(main())

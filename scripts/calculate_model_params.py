"""Write Stick-Gen's model sizes document with every value computed: `stickgen document`.

python scripts/calculate_model_params.py --markdown > docs/model_sizes.md
"""

import sys
from pathlib import Path

# A script run as a file imports from its own folder only. With the checkout first on the path, nothing but the
# requirements needs to be installed, and the models counted are those of this checkout.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from stickgen.command import main

if __name__ == "__main__":
    sys.exit(main(["document", *sys.argv[1:]]))

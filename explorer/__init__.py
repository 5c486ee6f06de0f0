"""What stands between the model and the screen."""

import os

# Read by GNU OpenMP when PyTorch is imported. By default its threads spin between two products, which on cores that
# have other work, a browser's say, makes a rollout many times slower. So they spin briefly and then sleep.
os.environ.setdefault("GOMP_SPINCOUNT", "2000")

"""What every test shares."""

import pytest
import torch
from hypothesis import settings

# The suite runs in as many processes as there are cores, whose OpenMP threads would only wait for each other.
torch.set_num_threads(1)

# The same examples in every run and no time limit for one: the machine may be busy.
settings.register_profile("repeatable", derandomize=True, deadline=None, database=None, max_examples=60)
settings.load_profile("repeatable")


@pytest.fixture(autouse=True)
def _repeatable() -> None:
    """Tests draw random inputs from the global generator: seed it, so that a failure repeats."""
    torch.manual_seed(0)

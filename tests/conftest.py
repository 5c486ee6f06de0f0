"""What every test shares."""

import pytest
import torch

# The suite runs in as many processes as there are cores, whose OpenMP threads would only wait for each other.
torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def _repeatable() -> None:
    """Tests draw random inputs from the global generator: seed it, so that a failure repeats."""
    torch.manual_seed(0)

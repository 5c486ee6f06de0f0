"""What every test shares."""

import pytest
import torch


@pytest.fixture(autouse=True)
def _repeatable() -> None:
    """Tests draw random inputs from the global generator: seed it, so that a failure repeats."""
    torch.manual_seed(0)

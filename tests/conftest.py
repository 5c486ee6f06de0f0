"""What every test shares."""

import pytest
import torch

# The suite runs in as many processes as there are cores, whose OpenMP threads would only wait for each other.
torch.set_num_threads(1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of a file share a process, and with it what the library keeps; so do all browser tests, and a server."""
    for item in items:
        group = "browser" if item.path.parent.name == "browser" else item.path.stem
        item.add_marker(pytest.mark.xdist_group(group))


@pytest.fixture(autouse=True)
def _repeatable() -> None:
    """Tests draw random inputs from the global generator: seed it, so that a failure repeats."""
    torch.manual_seed(0)

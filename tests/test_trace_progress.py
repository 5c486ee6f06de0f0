"""A trace says how far it is, can be given up there, and is the same afterwards."""

from itertools import count

import pytest

from stickgen.config import configure
from stickgen.plan import PARALLEL_MODES, TrainingPlan
from stickgen.progress import Progress, may_pause
from stickgen.sizing import peak_bytes
from stickgen.sizing.curves import _traced_curves
from stickgen.workloads import TrainingStep


class GivenUpError(Exception):
    """Raised by whoever no longer waits."""


def giving_up_at(last: int) -> Progress:
    """Progress that raises when it is told of for the `last` time, counted from 0."""
    told = count()

    def give_up(_text: str, _share: float) -> None:
        if next(told) == last:
            raise GivenUpError

    return give_up


@pytest.mark.parametrize("parallel", PARALLEL_MODES)
def test_a_trace_can_be_given_up_at_every_report(parallel: str) -> None:
    ranks = 1 if parallel == "none" else 2
    config = configure("small", "lightweight_cnn", "gated", num_layers=1, image_size=64)
    plan = TrainingPlan(batch_size=2, precision="float16_autocast", parallel=parallel, ranks=ranks)
    step, shares, pauses = TrainingStep(config, plan), [], []
    peak = peak_bytes(step)  # the first time, PyTorch fills caches of its own with further operators
    _traced_curves.cache_clear()

    def follow(_text: str, share: float) -> None:
        shares.append(share)
        pauses.append(may_pause())

    assert peak_bytes(step, follow) == peak
    assert shares == sorted(shares)
    assert len(shares) > 20
    assert {True, False} == set(pauses)
    assert shares[-1] < 1
    for last in {0, len(shares) // 2, len(shares) - 1}:
        _traced_curves.cache_clear()
        with pytest.raises(GivenUpError):
            peak_bytes(step, giving_up_at(last))
    assert peak_bytes(step) == peak

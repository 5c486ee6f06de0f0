"""A sample of the benchmark of knob pairs: real steps at odd sizes, two knobs turned, in every precision."""

from random import Random

import numpy as np
import pytest
import torch

from benchmarks.knob_pairs import steps
from stickgen.plan import PRECISIONS
from stickgen.sizing import measure_memory, peak_bytes
from stickgen.sizing.curves import curves_of
from stickgen.sizing.trace import trace
from stickgen.workloads import TrainingStep

SEED = 16
DRAWN = {"float32": 5, "bfloat16_autocast": 2, "float16_autocast": 1, "bfloat16": 2}
SAMPLE = [
    step
    for precision, count in DRAWN.items()
    for step in Random(SEED).sample([step for step in steps() if step.plan.precision == precision], count)
]
NUMBERS_BYTES = 512
"""Numbers that an operator wraps as tensors for a moment, which no operator returns."""


def test_every_precision_is_in_the_sample() -> None:
    assert DRAWN.keys() == PRECISIONS.keys()


@pytest.mark.parametrize("step", SAMPLE, ids=lambda step: f"{step.config.key}-{step.plan}")
def test_the_estimate_is_what_the_real_step_takes(step: TrainingStep) -> None:
    """In FP32 all of it. In 16 bits all tensors: what matrix products take within themselves depends on the CPU."""
    estimated = peak_bytes(step)
    measured = measure_memory(step)
    assert estimated <= measured
    if step.plan.precision == "float32":
        assert measured - estimated < NUMBERS_BYTES
        return
    curves, real = curves_of(step), trace(step, place="cpu")
    traced = curves.accumulate(curves.sizes(step.batch_size, step.positions))
    changes = np.zeros(len(real.operators) + 1, dtype=np.int64)
    np.add.at(changes, real.births, real.sizes)
    np.subtract.at(changes, real.deaths, real.sizes)
    states = (1 + step.plan.activation_checkpointing) * torch.get_rng_state().nbytes
    held = np.cumsum(changes)[:-1].max()
    assert traced.max() == pytest.approx(held, rel=1e-5, abs=states if step.plan.activation_checkpointing else 0)

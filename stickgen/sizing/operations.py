"""Floating-point operations of a workload, counted from its operators."""

from functools import lru_cache

from torch.utils.flop_counter import FlopCounterMode

from stickgen.workloads import Workload


@lru_cache(maxsize=128)
def count_operations(workload: Workload) -> int:
    """Floating-point operations of matrix products, convolutions and attention in one run; a multiply-add is two.

    Counted on the meta device, on each device where there are several. Precision changes how fast an operation is,
    not how many there are.
    """
    once, times = workload.arithmetic()
    with once.prepare("meta") as prepared, FlopCounterMode(display=False) as counter:
        prepared.run()
    return times * counter.get_total_flops()

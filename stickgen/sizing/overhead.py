"""What a device needs beside the tensors. These values are assumed, not traced, so they are kept apart."""

from dataclasses import dataclass

_MIB = 2**20


@dataclass(frozen=True, kw_only=True)
class FixedTerm:
    """Memory that a device takes beside the tensors of a step, as an interval."""

    label: str
    low_bytes: int
    high_bytes: int
    fragmentation_low: float
    """Share of the tensors' peak that the allocator holds beyond it, at least."""
    fragmentation_high: float
    source: str
    measured: bool
    """Whether the interval comes from measurements of this project on such a device."""

    def interval_bytes(self, peak_bytes: int) -> tuple[int, int]:
        """What to add to a peak, at least and at most."""
        return (
            self.low_bytes + round(self.fragmentation_low * peak_bytes),
            self.high_bytes + round(self.fragmentation_high * peak_bytes),
        )


FIXED_TERMS: dict[str, FixedTerm] = {
    "cuda": FixedTerm(
        label="CUDA context, library workspaces and fragmentation",
        low_bytes=135 * _MIB,
        high_bytes=650 * _MIB,
        fragmentation_low=0.0,
        fragmentation_high=0.1,
        source=(
            "Not yet measured on CUDA. Other estimators assume 135 to 650 MiB of context and about 10 % of "
            "fragmentation; in 5,085 public training runs, estimates of tensors alone fell short of the device's "
            "memory by 2.2 to 3.0 GiB at the median."
        ),
        measured=False,
    ),
}
"""Kind of device to what it takes beside the tensors."""

ASSUMPTIONS = (
    "The step is the one PyTorch takes on a CPU. On CUDA, dropout keeps a mask of one byte for each value instead "
    "of four, so the same step holds less there.",
    "Autocast follows PyTorch's list for the CPU. On CUDA, norms and losses run in FP32 as well, which holds more.",
    "The optimizer updates one weight after the other. On CUDA, PyTorch updates all of them at once by default, with "
    "temporaries as large as all trained weights: set “Optimizer step” to `foreach` for it.",
    "Convolution workspaces are those of this machine's CPU. Those of a GPU are part of its overhead.",
    "In 16 bits a CPU's matrix products take working memory of their own, which depends on the processor and the "
    "number of threads. It is not counted.",
    "Fused attention is priced with the kernels CUDA would use, which do not run on a CPU.",
    "With several devices, the buffers of the communication library are not counted.",
)
"""What a reader must know before taking an estimate for the memory of another device."""

"""Memory of a workload: what one run holds at its peak and over its course."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from stickgen.progress import Progress, silent
from stickgen.sizing.curves import curves_of
from stickgen.sizing.trace import CATEGORIES
from stickgen.tables import Column, Table
from stickgen.workloads import Workload

MAX_BATCH_SIZE = 1_000_000
"""Where `largest_batch` stops."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Timeline:
    """Live bytes after each operator of one run."""

    operators: tuple[str, ...]
    """Name of each operator."""
    modules: tuple[str, ...]
    """Path of the module each operator belongs to, empty for the loss and the optimizer."""
    phases: tuple[str, ...]
    """The phase each operator runs in, of the workload's phases."""
    positions: NDArray[np.int64]
    """Number of each operator in the run; consecutive unless the timeline was thinned out."""
    categories: Mapping[str, NDArray[np.int64]]
    """Category to its live bytes after each operator."""

    @property
    def live_bytes(self) -> NDArray[np.int64]:
        """Live bytes of all categories after each operator."""
        return np.sum(list(self.categories.values()), axis=0, dtype=np.int64)

    def thinned(self, limit: int) -> "Timeline":
        """At most about `limit` operators that keep the outline: the highest and lowest of each stretch.

        The first, the last and the peak are always among them.
        """
        live = self.live_bytes
        if len(live) <= limit:
            return self
        edges = np.linspace(0, len(live), max(limit // 2, 1) + 1).astype(int)
        kept = {0, len(live) - 1, int(live.argmax())}
        for start, end in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
            if start < end:
                kept |= {start + int(live[start:end].argmax()), start + int(live[start:end].argmin())}
        chosen = np.array(sorted(kept))
        return Timeline(
            operators=tuple(self.operators[i] for i in chosen),
            modules=tuple(self.modules[i] for i in chosen),
            phases=tuple(self.phases[i] for i in chosen),
            positions=self.positions[chosen],
            categories={name: live_bytes[chosen] for name, live_bytes in self.categories.items()},
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class MemoryEstimate:
    """What one run holds in tensors and convolutions take within themselves, per device. Traced, not assumed.

    In FP32 it is the peak of PyTorch's CPU allocator. In 16 bits a CPU's matrix products take more beside it.
    """

    workload: Workload
    peak_bytes: int
    at_peak: Mapping[str, int]
    """Category to its bytes at the peak; they add up to `peak_bytes` exactly."""
    modules_at_peak: Mapping[str, int]
    """Module path to the bytes it holds at the peak, largest first; they add up to `peak_bytes` exactly.

    The empty path stands for what belongs to no module: inputs, the loss and the optimizer's temporaries.
    """
    peak_operator: str
    peak_module: str
    peak_phase: str
    timeline: Timeline
    """The whole run; of many micro-batches the first two, since all later ones repeat the second."""

    def modules_to_depth(self, depth: int) -> dict[str, int]:
        """`modules_at_peak` with everything deeper than `depth` names counted to the module above it."""
        held: dict[str, int] = {}
        for path, size in self.modules_at_peak.items():
            shortened = ".".join(path.split(".")[:depth])
            held[shortened] = held.get(shortened, 0) + size
        return dict(sorted(held.items(), key=lambda item: -item[1]))

    def table(self) -> Table:
        """What the peak is held for."""
        columns = Column("Held for"), Column("Memory", "memory"), Column("Share", "percent"), Column("Bytes", "count")
        held = {**self.at_peak, "Peak": self.peak_bytes}
        rows = [(category, size, size / self.peak_bytes, size) for category, size in held.items()]
        return Table(f"Memory of {self.workload.config.key}", columns, rows, has_total=True)

    def _repr_html_(self) -> str:
        return self.table()._repr_html_()


def estimate_memory(workload: Workload, progress: Progress = silent) -> MemoryEstimate:
    """Live bytes over one run of `workload`, and what they are held for at the peak.

    It is traced once for a config and the plan's knobs; every batch size and sequence length follows from that,
    to the byte.
    """
    curves = curves_of(workload, progress)
    trace = curves.trace
    rows = curves.by_category(workload.batch_size, workload.positions)
    live = rows.sum(axis=0)
    peak = int(live.argmax())
    return MemoryEstimate(
        workload=workload,
        peak_bytes=int(live[peak]),
        at_peak=MappingProxyType(dict(zip(CATEGORIES, rows[:, peak].tolist(), strict=True))),
        modules_at_peak=MappingProxyType(curves.by_module(workload.batch_size, workload.positions, peak)),
        peak_operator=trace.operators[peak],
        peak_module=trace.operator_modules[peak],
        peak_phase=workload.phases[trace.operator_phases[peak]],
        timeline=Timeline(
            operators=trace.operators,
            modules=trace.operator_modules,
            phases=tuple(workload.phases[phase] for phase in trace.operator_phases),
            positions=np.arange(len(live)),
            categories=MappingProxyType(dict(zip(CATEGORIES, rows, strict=True))),
        ),
    )


def peak_bytes(workload: Workload, progress: Progress = silent) -> int:
    """The peak alone, which is all that a comparison of many plans needs."""
    return int(curves_of(workload, progress).live_bytes(workload.batch_size, workload.positions).max())


def largest_batch(workload: Workload, budget_bytes: int, progress: Progress = silent) -> int:
    """The largest batch size whose peak is at most `budget_bytes`; 0 when not even one sequence fits.

    Exact, since live bytes after every operator are affine in the batch size. The workload's own batch size does not
    matter. Stops at `MAX_BATCH_SIZE`.
    """
    frames = workload.sequence_length
    fixed, slope = curves_of(workload.resized(2, frames), progress).affine(workload.positions)
    growing = slope > 0
    limits = (budget_bytes - fixed[growing].astype(object)) // slope[growing].astype(object)
    batch = min(int(limits.min()), MAX_BATCH_SIZE) if np.all(fixed[~growing] <= budget_bytes) else 0
    if batch >= 2:
        return batch
    try:
        single = workload.resized(1, frames)
    except ValueError:  # batch norm may need at least two
        return 0
    return int(peak_bytes(single, progress) <= budget_bytes)

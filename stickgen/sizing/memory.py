"""Training memory: what one step holds at its peak and over its course."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from stickgen.config import ModelConfig
from stickgen.plan import TrainingPlan, check_plan
from stickgen.sizing.scaling import StepCurves, curve_key, step_curves
from stickgen.sizing.trace import CATEGORIES, PHASES
from stickgen.tables import Column, Table

MAX_BATCH_SIZE = 1_000_000
"""Where `largest_batch` stops counting."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Timeline:
    """Live bytes after each operator of one step."""

    operators: tuple[str, ...]
    """Name of each operator."""
    modules: tuple[str, ...]
    """Path of the module each operator belongs to, empty for the loss and the optimizer."""
    phases: tuple[str, ...]
    """The phase each operator runs in, of `PHASES`."""
    positions: NDArray[np.int64]
    """Number of each operator in the step; consecutive unless the timeline was thinned out."""
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
    """What one training step holds in tensors, per device. Every figure is traced, none is assumed."""

    config: ModelConfig
    plan: TrainingPlan
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
    """The whole step; of many micro-batches the first two, since all later ones repeat the second."""

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
        return Table(f"Training memory of {self.config.key}", columns, rows, has_total=True)

    def _repr_html_(self) -> str:
        return self.table()._repr_html_()


def estimate_training_memory(config: ModelConfig, plan: TrainingPlan) -> MemoryEstimate:
    """Live bytes over one training step, and what they are held for at the peak.

    The step is traced once for a configuration and the plan's knobs; every batch size and sequence length
    follows from that, to the byte. Raises `ValueError` where the plan asks for something this config lacks.
    """
    check_plan(config, plan)
    curves = step_curves(config, curve_key(plan))
    trace = curves.trace
    rows = curves.by_category(plan.batch_size, plan.sequence_length)
    live = rows.sum(axis=0)
    peak = int(live.argmax())
    return MemoryEstimate(
        config=config,
        plan=plan,
        peak_bytes=int(live[peak]),
        at_peak=MappingProxyType(dict(zip(CATEGORIES, rows[:, peak].tolist(), strict=True))),
        modules_at_peak=MappingProxyType(_modules_at(curves, plan, peak)),
        peak_operator=trace.operators[peak],
        peak_module=trace.operator_modules[peak],
        peak_phase=PHASES[trace.operator_phases[peak]],
        timeline=Timeline(
            operators=trace.operators,
            modules=trace.operator_modules,
            phases=tuple(PHASES[phase] for phase in trace.operator_phases),
            positions=np.arange(len(live)),
            categories=MappingProxyType(dict(zip(CATEGORIES, rows, strict=True))),
        ),
    )


def peak_bytes(config: ModelConfig, plan: TrainingPlan) -> int:
    """The peak alone, which is all that a comparison of many plans needs."""
    check_plan(config, plan)
    return int(step_curves(config, curve_key(plan)).live_bytes(plan.batch_size, plan.sequence_length).max())


def largest_batch(config: ModelConfig, plan: TrainingPlan, budget_bytes: int) -> int:
    """The largest batch size whose peak is at most `budget_bytes`; 0 when not even one sequence fits.

    Exact, since live bytes after every operator are affine in the batch size. The plan's own batch size
    does not matter. Stops at `MAX_BATCH_SIZE`.
    """
    single, several = replace(plan, batch_size=1), replace(plan, batch_size=2)
    fixed, slope = step_curves(config, curve_key(several)).affine(plan.sequence_length)
    growing = slope > 0
    limits = (budget_bytes - fixed[growing]) // slope[growing]
    batch = min(int(limits.min()), MAX_BATCH_SIZE) if np.all(fixed[~growing] <= budget_bytes) else 0
    if batch >= 2:
        return batch
    return int(peak_bytes(config, single) <= budget_bytes)


def _modules_at(curves: StepCurves, plan: TrainingPlan, operator: int) -> dict[str, int]:
    trace = curves.trace
    sizes = curves.sizes(plan.batch_size, plan.sequence_length)
    held: dict[str, int] = {}
    for index in np.flatnonzero((trace.births <= operator) & (operator < trace.deaths)).tolist():
        path = trace.allocation_modules[index]
        held[path] = held.get(path, 0) + int(sizes[index])
    for workspace in curves.workspaces:
        if workspace.operator_index == operator:
            path = trace.operator_modules[operator]
            held[path] = held.get(path, 0) + workspace.peak_bytes(plan.batch_size)
    return dict(sorted(held.items(), key=lambda item: -item[1]))

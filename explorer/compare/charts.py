"""Charts of a comparison: data in, Plotly figure out."""

from collections.abc import Callable, Collection, Mapping, Sequence

import plotly.graph_objects as go

from explorer.colors import COMPONENT_COLORS, MEMORY_COLORS, text_color
from explorer.compare.entries import label, short_name
from stickgen.formatting import BYTES_PER_MEBIBYTE, exact_count, memory, percent, short_count
from stickgen.sizing import CATEGORIES, GROUPS, ParameterCounts, Point, StepCosts
from stickgen.workloads import TrainingStep

_BACKGROUND = "#8f939a"
_CHOSEN = "#ac2682"


_LEGEND_HEIGHT = 145
"""Pixels for the axis and, on a phone, six lines of legend."""

_AXIS_HEIGHT = 28
"""Pixels from the bars to the legend."""

_MIN_TEXT = 9
"""Pixels. A value that does not fit into its bar at this size is shown when the pointer is over the bar."""


def stacks_height(names: Sequence[str]) -> int:
    """Pixels of a chart of these bars: each is as high as the longest name has lines."""
    return max(56, max(12 + 15 * len(_name_lines(name)) for name in names)) * len(names) + _LEGEND_HEIGHT


def _name_lines(name: str) -> list[str]:
    return [line for part in name.split(" · ") for line in part.split(", ")]


def component_stacks(names: Sequence[str], counts: Sequence[ParameterCounts]) -> go.Figure:
    """A bar a configuration, stacked by component."""
    parts = {title: [count.groups.get(title, 0) for count in counts] for title in GROUPS}
    return _stacks(names, parts, COMPONENT_COLORS, short_count)


def memory_stacks(names: Sequence[str], costs: Sequence[StepCosts | None]) -> go.Figure:
    """A bar a configuration, stacked by what its training memory is held for at the peak."""
    parts = {title: [cost.at_peak[title] if cost else 0 for cost in costs] for title in CATEGORIES}
    figure = _stacks(names, parts, MEMORY_COLORS, memory, BYTES_PER_MEBIBYTE)
    return figure.update_layout(xaxis={"ticksuffix": " MiB"})


def parameters_against_memory(
    points: Mapping[TrainingStep, Point], names: Mapping[TrainingStep, str], front: Collection[TrainingStep]
) -> go.Figure:
    """All configurations whose peak is known, those of the comparison named, the Pareto front as a line."""
    figure = go.Figure()
    on_front = [step for step in front if step in points]
    figure.add_scatter(
        **_places(points, on_front),
        mode="lines",
        line={"shape": "hv", "dash": "dot", "width": 1.5, "color": _BACKGROUND},
        name="Pareto front",
        hoverinfo="skip",
    )
    for title, symbol, is_on_front in (
        ("on the front", "diamond", True),
        ("not on the front" if front else "other configurations", "circle-open", False),
    ):
        others = [step for step in points if step not in names and (step in on_front) == is_on_front]
        figure.add_scatter(
            **_places(points, others),
            mode="markers",
            marker={"symbol": symbol, "size": 8, "color": _BACKGROUND},
            name=title,
            customdata=[label(step.config) for step in others],
            hovertemplate="%{customdata}<br>%{y:,} parameters<br>%{x:,.0f} MiB<extra></extra>",
        )
    chosen = [step for step in names if step in points]
    figure.add_scatter(
        **_places(points, chosen),
        mode="markers+text",
        marker={"symbol": ["diamond" if step in on_front else "circle" for step in chosen], "size": 14,
                "color": _CHOSEN, "line": {"width": 1.5, "color": "rgba(128, 128, 128, 0.8)"}},
        text=[short_name(names[step]) for step in chosen],
        textposition="top center",
        textfont={"size": 13},
        cliponaxis=False,
        name="in this comparison",
        customdata=[names[step] for step in chosen],
        hovertemplate="<b>%{customdata}</b><br>%{y:,} parameters<br>%{x:,.0f} MiB<extra></extra>",
    )  # fmt: skip
    figure.update_layout(
        height=440,
        margin={"l": 0, "r": 0, "t": 24, "b": 0},
        xaxis={"title": "peak memory of one training step (MiB)", "rangemode": "tozero", "fixedrange": True},
        yaxis={"title": "parameters", "rangemode": "tozero", "fixedrange": True},
        legend={"orientation": "h", "y": -0.2},
    )
    return figure


def describe_components(names: Sequence[str], counts: Sequence[ParameterCounts]) -> str:
    """The stacks in words, for a screen reader."""
    totals = ", ".join(f"{name} {exact_count(count.total)}" for name, count in zip(names, counts, strict=True))
    return f"Parameters by component: {totals}. The table above has every component."


def describe_memory(names: Sequence[str], costs: Sequence[StepCosts | None]) -> str:
    """The stacks in words, for a screen reader."""
    told = []
    for name, cost in zip(names, costs, strict=True):
        if cost:
            parts = ", ".join(f"{title} {memory(size)}" for title, size in cost.at_peak.items())
            told.append(f"{name}: {memory(cost.peak_bytes)}, of which {parts}.")
    return f"Peak training memory by category. {' '.join(told)}"


def _places(points: Mapping[TrainingStep, Point], chosen: Sequence[TrainingStep]) -> dict[str, list[float]]:
    return {
        "x": [points[step].peak_bytes / BYTES_PER_MEBIBYTE for step in chosen],
        "y": [points[step].parameters for step in chosen],
    }


def _stacks(
    names: Sequence[str],
    parts: Mapping[str, Sequence[int]],
    colors: Mapping[str, str],
    text: Callable[[float], str],
    unit: int = 1,
) -> go.Figure:
    totals = [sum(values) for values in zip(*parts.values(), strict=True)]
    widest = max(totals) or 1
    figure = go.Figure()
    for title, values in parts.items():
        if not any(values):
            continue
        figure.add_bar(
            orientation="h",
            y=["<br>".join(_name_lines(name)) for name in names],
            x=[value / unit for value in values],
            name=title,
            marker={"color": colors[title], "line": {"width": 1, "color": "rgba(128, 128, 128, 0.6)"}},
            text=[text(value) if value > 0.08 * widest else "" for value in values],
            textposition="inside",
            insidetextanchor="middle",
            insidetextfont={"color": text_color(colors[title])},
            textangle=0,
            customdata=[
                f"{text(value)}, {percent(value / total)}" if total else ""
                for value, total in zip(values, totals, strict=True)
            ],
            hovertemplate=f"%{{y}}<br>{title}: %{{customdata}}<extra></extra>",
        )
    bars_height = stacks_height(names) - _LEGEND_HEIGHT - 4
    figure.update_layout(
        barmode="stack",
        height=stacks_height(names),
        uniformtext={"minsize": _MIN_TEXT, "mode": "hide"},
        margin={"l": 0, "r": 0, "t": 4, "b": _LEGEND_HEIGHT},
        bargap=0.3,
        xaxis={"fixedrange": True},
        yaxis={"fixedrange": True, "autorange": "reversed", "ticksuffix": "  "},
        legend={"orientation": "h", "traceorder": "normal", "y": -_AXIS_HEIGHT / bars_height, "yanchor": "top"},
    )
    return figure

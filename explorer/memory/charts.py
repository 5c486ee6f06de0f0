"""Charts of training memory: data in, Plotly figure out."""

from collections.abc import Mapping

import plotly.graph_objects as go

from explorer.colors import MEMORY_COLORS, text_color
from stickgen.formatting import BYTES_PER_GIBIBYTE, BYTES_PER_MEBIBYTE, memory, percent
from stickgen.sizing import PHASES, MemoryEstimate, Timeline

TIMELINE_POINTS = 1500
"""Operators drawn of a step: about as many as a wide screen can show."""


def _unit(size_bytes: float) -> tuple[int, str]:
    """The unit of an axis that reaches `size_bytes`: its bytes and its name."""
    if size_bytes >= BYTES_PER_GIBIBYTE:
        return BYTES_PER_GIBIBYTE, "GiB"
    return BYTES_PER_MEBIBYTE, "MiB"


def peak_bar(at_peak: Mapping[str, int], overhead_bytes: tuple[int, int], how_known: str) -> go.Figure:
    """What the peak consists of, one stacked bar; the interval of a device's overhead hatched and apart."""
    low, high = overhead_bytes
    total = sum(at_peak.values())
    unit, unit_name = _unit(max(total, high))
    figure = go.Figure()
    for title, size in at_peak.items():
        share = size / total
        figure.add_bar(
            orientation="h",
            x=[size / unit],
            y=["Tensors"],
            name=title,
            marker={"color": MEMORY_COLORS[title], "line": {"width": 1, "color": "rgba(128, 128, 128, 0.6)"}},
            text=f"{title}<br>{memory(size)}" if share > 0.13 else "",
            textposition="inside",
            insidetextanchor="middle",
            insidetextfont={"color": text_color(MEMORY_COLORS[title])},
            hovertemplate=f"{title}: {memory(size)} ({percent(share)})<extra></extra>",
        )
    figure.add_bar(
        orientation="h",
        x=[high / unit],
        y=["Overhead"],
        showlegend=False,
        marker={
            "color": "rgba(128, 128, 128, 0.25)",
            "pattern": {"shape": "/", "fgcolor": "rgba(128, 128, 128, 0.5)", "fillmode": "replace"},
            "line": {"width": 1, "color": "gray"},
        },
        hovertemplate=f"CUDA context, workspaces, fragmentation: {how_known}<extra></extra>",
    )
    figure.add_annotation(
        x=0, y=1.45, xanchor="left", yanchor="top", showarrow=False,
        text=f"{memory(low)} to {memory(high)}, {how_known}",
    )  # fmt: skip
    figure.update_layout(
        barmode="stack",
        height=280,
        margin={"l": 0, "r": 0, "t": 4, "b": 4},
        xaxis={"title": unit_name, "fixedrange": True},
        yaxis={"fixedrange": True, "range": [1.9, -0.5], "ticksuffix": "  "},
        legend={"orientation": "h", "y": -0.35, "traceorder": "normal"},
    )
    return figure


def timeline_area(timeline: Timeline) -> go.Figure:
    """Live bytes after every operator of one step, stacked by category, phases marked."""
    thin = timeline.thinned(TIMELINE_POINTS)
    positions = thin.positions.tolist()
    live = thin.live_bytes
    unit, unit_name = _unit(int(live.max()))
    figure = go.Figure()
    for title, held in thin.categories.items():
        figure.add_scatter(
            x=positions,
            y=(held / unit).round(4),
            name=title,
            mode="none",
            stackgroup="live",
            fillcolor=MEMORY_COLORS[title],
            line={"shape": "hv"},
            hoverinfo="skip",
        )
    figure.add_scatter(
        x=positions,
        y=(live / unit).round(4),
        mode="lines",
        line={"width": 1, "color": "gray", "shape": "hv"},
        name="all",
        showlegend=False,
        customdata=list(zip(thin.operators, (path or "loss or optimizer" for path in thin.modules), strict=True)),
        hovertemplate=f"%{{y:,.2f}} {unit_name} after operator %{{x}}<br><b>%{{customdata[0]}}</b>"
        "<br>%{customdata[1]}<extra></extra>",
    )
    ends = [timeline.phases.index(phase) for phase in PHASES if phase in timeline.phases]
    ends.append(len(timeline.phases))
    for phase, start, end in zip(PHASES, ends, ends[1:], strict=False):
        figure.add_vline(x=start, line={"width": 1, "dash": "dot", "color": "gray"})
        figure.add_annotation(x=(start + end) / 2, y=1.0, yref="paper", yanchor="bottom", text=phase, showarrow=False)
    peak = int(live.argmax())
    figure.add_annotation(
        x=positions[peak], y=float(live[peak] / unit), text=f"peak {memory(int(live[peak]))}",
        showarrow=True, arrowhead=2, ax=56 if peak < len(live) / 2 else -56, ay=-18,
    )  # fmt: skip
    figure.update_layout(
        height=420,
        margin={"l": 0, "r": 0, "t": 40, "b": 0},
        hovermode="x",
        xaxis={"title": "operators run"},
        yaxis={"title": f"live memory ({unit_name})", "range": [0, 1.15 * float(live.max()) / unit]},
        legend={"orientation": "h", "y": -0.22, "traceorder": "normal"},
    )
    return figure


def describe_peak(estimate: MemoryEstimate) -> str:
    """The peak in words, for a screen reader."""
    parts = ", ".join(f"{title} {memory(size)}" for title, size in estimate.at_peak.items())
    return f"Peak of {memory(estimate.peak_bytes)}: {parts}."


def describe_timeline(estimate: MemoryEstimate) -> str:
    """Memory over a step in words, for a screen reader."""
    return (
        f"Live memory over the {len(estimate.timeline.operators):,} operators of one training step. It peaks at "
        f"{memory(estimate.peak_bytes)} in the {estimate.peak_phase} phase."
    )

"""Charts of training memory: data in, Plotly figure out."""

from collections.abc import Mapping

import plotly.graph_objects as go

from explorer.colors import MEMORY_COLORS
from stickgen.formatting import BYTES_PER_GIBIBYTE, BYTES_PER_MEBIBYTE, gibibytes, mebibytes, percent
from stickgen.sizing import PHASES, MemoryEstimate, Timeline

TIMELINE_POINTS = 1500
"""Operators drawn of a step: about what a wide screen can show apart, with every high and low kept."""


def memory_text(size_bytes: float) -> str:
    """GiB, or MiB where that reads better."""
    return gibibytes(size_bytes) if abs(size_bytes) >= BYTES_PER_GIBIBYTE else mebibytes(size_bytes)


def peak_bar(at_peak: Mapping[str, int], fixed_bytes: tuple[int, int] | None = None) -> go.Figure:
    """What the peak consists of, one stacked bar; the fixed term, if any, hatched and apart."""
    total = sum(at_peak.values())
    figure = go.Figure()
    for title, size in at_peak.items():
        share = size / total
        figure.add_bar(
            orientation="h",
            x=[size / BYTES_PER_MEBIBYTE],
            y=["Tensors"],
            name=title,
            marker={"color": MEMORY_COLORS[title], "line": {"width": 1, "color": "rgba(128, 128, 128, 0.6)"}},
            text=f"{title}<br>{memory_text(size)}" if share > 0.13 else "",
            textposition="inside",
            insidetextanchor="middle",
            hovertemplate=f"{title}: {memory_text(size)} ({percent(share)})<extra></extra>",
        )
    if fixed_bytes is not None:
        low, high = fixed_bytes
        figure.add_bar(
            orientation="h",
            x=[high / BYTES_PER_MEBIBYTE],
            y=["Beside tensors"],
            name="assumed, not traced",
            marker={
                "color": "rgba(128, 128, 128, 0.25)",
                "pattern": {"shape": "/"},
                "line": {"width": 1, "color": "gray"},
            },
            text=f"{memory_text(low)} to {memory_text(high)}, assumed",
            textposition="auto",
            hovertemplate="CUDA context, workspaces, fragmentation: assumed, not traced<extra></extra>",
        )
    figure.update_layout(
        barmode="stack",
        height=150 if fixed_bytes is None else 210,
        margin={"l": 0, "r": 0, "t": 4, "b": 4},
        xaxis={"title": "MiB", "fixedrange": True},
        yaxis={"fixedrange": True, "autorange": "reversed", "ticksuffix": "  "},
        legend={"orientation": "h", "y": -0.6, "traceorder": "normal"},
    )
    return figure


def timeline_area(timeline: Timeline) -> go.Figure:
    """Live bytes after every operator of one step, stacked by category, phases marked."""
    thin = timeline.thinned(TIMELINE_POINTS)
    positions = thin.positions.tolist()
    figure = go.Figure()
    for title, live in thin.categories.items():
        figure.add_scatter(
            x=positions,
            y=(live / BYTES_PER_MEBIBYTE).round(3),
            name=title,
            mode="none",
            stackgroup="live",
            fillcolor=MEMORY_COLORS[title],
            line={"shape": "hv"},
            hoverinfo="skip",
        )
    live = thin.live_bytes
    figure.add_scatter(
        x=positions,
        y=(live / BYTES_PER_MEBIBYTE).round(3),
        mode="lines",
        line={"width": 1, "color": "gray", "shape": "hv"},
        name="all",
        showlegend=False,
        customdata=list(zip(thin.operators, (path or "loss or optimizer" for path in thin.modules), strict=True)),
        hovertemplate="%{y:,.1f} MiB after operator %{x}<br><b>%{customdata[0]}</b><br>%{customdata[1]}<extra></extra>",
    )
    ends = [timeline.phases.index(phase) for phase in PHASES if phase in timeline.phases]
    ends.append(len(timeline.phases))
    for phase, start, end in zip(PHASES, ends, ends[1:], strict=False):
        figure.add_vline(x=start, line={"width": 1, "dash": "dot", "color": "gray"})
        figure.add_annotation(x=(start + end) / 2, y=1.0, yref="paper", yanchor="bottom", text=phase, showarrow=False)
    peak = int(live.argmax())
    figure.add_annotation(
        x=positions[peak], y=float(live[peak] / BYTES_PER_MEBIBYTE), text=f"peak {memory_text(int(live[peak]))}",
        showarrow=True, arrowhead=2, ax=0, ay=-28,
    )  # fmt: skip
    figure.update_layout(
        height=420,
        margin={"l": 0, "r": 0, "t": 40, "b": 0},
        hovermode="x",
        xaxis={"title": "operator of the step"},
        yaxis={"title": "MiB alive", "rangemode": "tozero"},
        legend={"orientation": "h", "y": -0.22},
    )
    return figure


def describe_peak(estimate: MemoryEstimate) -> str:
    """The peak in words, for a screen reader."""
    parts = ", ".join(f"{title} {memory_text(size)}" for title, size in estimate.at_peak.items())
    return f"Peak of {memory_text(estimate.peak_bytes)}: {parts}."


def describe_timeline(estimate: MemoryEstimate) -> str:
    """The course of a step in words, for a screen reader."""
    return (
        f"Live memory over the {len(estimate.timeline.operators):,} operators of one training step. It peaks at "
        f"{memory_text(estimate.peak_bytes)} in the {estimate.peak_phase} phase."
    )

"""Charts: data in, Plotly figure out."""

from collections.abc import Mapping

import plotly.graph_objects as go

from explorer.colors import COMPONENT_COLORS, WHOLE_MODEL_COLOR
from stickgen.formatting import exact_count, percent, short_count
from stickgen.sizing import ModuleNode, group_of

NO_MODEBAR = {"displayModeBar": False}
"""Plotly's `config` for charts whose tool bar would only be in the way."""


def component_bars(groups: Mapping[str, int]) -> go.Figure:
    """One bar a component group, largest on top, labelled with its count and its share of the total."""
    total = sum(groups.values())
    titles = sorted(groups, key=lambda title: groups[title])
    figure = go.Figure(
        go.Bar(
            orientation="h",
            y=titles,
            x=[groups[title] for title in titles],
            marker_color=[COMPONENT_COLORS[title] for title in titles],
            text=[f"{short_count(groups[title])} · {percent(groups[title] / total)}" for title in titles],
            textposition="outside",
            cliponaxis=False,
            customdata=[exact_count(groups[title]) for title in titles],
            hovertemplate="%{y}: %{customdata} parameters<extra></extra>",
        )
    )
    figure.update_layout(
        height=46 * len(titles) + 20,
        margin={"l": 0, "r": 0, "t": 4, "b": 4},
        bargap=0.3,
        xaxis={"visible": False, "range": [0, 2 * max(groups.values())], "fixedrange": True},
        yaxis={"fixedrange": True, "ticksuffix": "  "},
    )
    return figure


def describe_components(groups: Mapping[str, int]) -> str:
    """The bar chart in words, for a screen reader."""
    total = sum(groups.values())
    shares = (f"{title} {percent(count / total)}" for title, count in groups.items())
    return f"Parameters by component, of {exact_count(total)}: {', '.join(shares)}."


def module_icicle(root: ModuleNode, depth: int = 4) -> go.Figure:
    """The module tree, each box as wide as its parameters; a click opens a box."""
    nodes = [node for node in root.walk() if node.parameters]
    figure = go.Figure(
        go.Icicle(
            ids=[node.path or root.name for node in nodes],
            labels=[node.name for node in nodes],
            parents=["" if node is root else node.path.rpartition(".")[0] or root.name for node in nodes],
            values=[node.parameters for node in nodes],
            branchvalues="total",
            maxdepth=depth,
            marker={"colors": [_color(node) for node in nodes], "line": {"width": 1}},
            customdata=[(node.class_name, exact_count(node.parameters)) for node in nodes],
            texttemplate="%{label}<br>%{customdata[1]}",
            hovertemplate="<b>%{id}</b><br>%{customdata[0]}<br>%{customdata[1]} parameters"
            "<br>%{percentRoot:.1%} of the model<extra></extra>",
            tiling={"orientation": "v"},
            pathbar={"thickness": 26},
        )
    )
    figure.update_layout(height=460, margin={"l": 0, "r": 0, "t": 28, "b": 0})
    return figure


def _color(node: ModuleNode) -> str:
    return COMPONENT_COLORS[group_of(node.path)] if node.path else WHOLE_MODEL_COLOR

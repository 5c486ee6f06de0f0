"""What the library's results show as in a notebook: tables with every value."""

from typing import Any, Protocol

import pytest

from stickgen import (
    Forward,
    InferencePlan,
    TrainingPlan,
    TrainingStep,
    configure,
    count_parameters,
    estimate_memory,
    layer_table,
    module_tree,
)

CONFIG = configure("small", "lightweight_cnn", "gated")
STEP = TrainingStep(CONFIG, TrainingPlan(sequence_length=20))
FORWARD = Forward(CONFIG, InferencePlan(sequence_length=20))


class Shown(Protocol):
    def _repr_html_(self) -> str: ...

    def table(self) -> Any: ...


def results() -> list[Shown]:
    return [
        count_parameters(CONFIG),
        module_tree(CONFIG),
        layer_table(FORWARD),
        estimate_memory(STEP),
    ]


@pytest.mark.parametrize("result", results(), ids=lambda result: type(result).__name__)
def test_a_result_shows_as_a_table(result: Shown) -> None:
    html = result._repr_html_()
    assert html.count("<table") == 1
    assert html.count("<tr") == len(result.table().rows) + 1


def test_counts_show_every_group_and_the_total() -> None:
    counts = count_parameters(CONFIG)
    rows = counts.table().rows
    assert dict(row[:2] for row in rows) == {**counts.groups, "Total": counts.total}
    assert sum(row[2] for row in rows[:-1]) == pytest.approx(1)


def test_an_estimate_shows_every_category_and_the_peak() -> None:
    estimate = estimate_memory(STEP)
    assert {row[0]: row[-1] for row in estimate.table().rows} == {**estimate.at_peak, "Peak": estimate.peak_bytes}


def test_the_module_tree_shows_every_module_once() -> None:
    tree = module_tree(CONFIG)
    paths = [node.path for node in tree.walk()]
    assert len(paths) == len(set(paths))
    assert [row[2] for row in tree.table().rows] == [node.parameters for node in tree.walk()]
    assert sum(node.own_parameters for node in tree.walk()) == tree.parameters


def test_the_layer_table_shows_every_layer() -> None:
    layers = layer_table(FORWARD)
    assert layers.table().rows[0][0] == "(the whole model)"
    assert [row[0] for row in layers.table().rows[1:]] == [layer.path for layer in layers[1:]]
    assert [row[3] for row in layers.table().rows] == [layer.parameters for layer in layers]

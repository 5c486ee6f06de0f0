"""Combinations of knob values in which every two values meet."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from itertools import combinations
from random import Random
from typing import Any

Row = dict[str, Any]
Pair = frozenset[tuple[str, Hashable]]


def covering_rows(knobs: Mapping[str, Sequence[Any]], allowed: Callable[[Row], bool]) -> tuple[list[Row], list[Row]]:
    """Rows with a value for every knob in which all pairs of values meet, and rows of pairs that are not allowed.

    The first value of every knob goes with any value of any other.
    Greedy, after Cohen et al., 1997 ("The AETG System").
    """
    random = Random(0)
    start = {knob: values[0] for knob, values in knobs.items()}
    pairs = [{a: x, b: y} for a, b in combinations(knobs, 2) for x in knobs[a] for y in knobs[b]]
    refused = [row for pair in pairs if not allowed(row := start | pair)]
    missing = {pair_of(pair): pair for pair in pairs if allowed(start | pair)}
    rows = []
    while missing:
        row = dict(next(iter(missing.values())))
        for knob in random.sample(list(knobs), len(knobs)):
            if knob not in row:
                row[knob] = max(
                    (value for value in knobs[knob] if allowed(start | row | {knob: value})),
                    key=lambda value: sum(frozenset({(knob, value), given}) in missing for given in row.items()),
                )
        rows.append(row)
        for met in combinations(row.items(), 2):
            missing.pop(frozenset(met), None)
    return rows, refused


def pair_of(values: Row) -> Pair:
    """Two values, in no order."""
    return frozenset(values.items())

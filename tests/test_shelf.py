"""Kept results: within bounds of number and memory, the least recently used going first."""

import sys
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest
import torch

from explorer.shelf import Shelf, size_of

TENSOR = torch.zeros(1000)


@dataclass(frozen=True, slots=True)
class Slotted:
    values: torch.Tensor


@dataclass(frozen=True)
class Plain:
    values: np.ndarray


@pytest.mark.parametrize(
    ("result", "payload"),
    [
        (7, 0),
        (TENSOR, 4000),
        (TENSOR[:10], 4000),  # a view keeps all of it
        ((TENSOR, TENSOR.view(10, 100)), 4000),
        ({"a": [torch.zeros(250), torch.zeros(250)]}, 2000),
        (torch.nn.Linear(10, 99), 11 * 99 * 4),
        (torch.zeros(1000, device="meta"), 0),
        (np.zeros((10, 10)), 800),
        (Slotted(torch.zeros(100)), 400),
        (Plain(np.zeros(100)), 800),
        ([Plain(np.zeros(100)), Slotted(torch.zeros(100))], 1200),
        (pd.DataFrame({"a": np.zeros(1000)}), 8000),
        (b"x" * 5000, 5000),
    ],
)
def test_the_size_of_a_result_is_that_of_its_numbers_and_little_more(result: object, payload: int) -> None:
    assert payload <= size_of(result) <= payload + 40_000 * isinstance(result, torch.nn.Module) + 4000


def test_what_refers_to_itself_has_a_size() -> None:
    ring: list[object] = [TENSOR]
    ring.append(ring)
    assert size_of(ring) == sys.getsizeof(ring) + 4000


def test_the_least_recently_used_go_first_when_there_are_too_many() -> None:
    shelf = Shelf(max_entries=2)
    shelf.put("a", 1)
    shelf.put("b", 2)
    assert shelf.get("a") == 1
    shelf.put("c", 3)
    assert [shelf.get(key) for key in "abc"] == [1, None, 3]


def test_the_least_recently_used_go_first_when_they_are_too_large() -> None:
    shelf = Shelf(max_bytes=100, measure=lambda result: len(str(result)))
    shelf.put("a", "x" * 60)
    shelf.put("b", "x" * 40)
    assert shelf.get("a") is not None
    shelf.put("c", "x" * 30)
    assert [shelf.get(key) is not None for key in "abc"] == [True, False, True]
    shelf.put("a", "x" * 70)
    assert [shelf.get(key) is not None for key in "ac"] == [True, True], "a new result takes the place of the old one"
    shelf.put("d", "x" * 101)
    assert [shelf.get(key) is not None for key in "acd"] == [True, True, False], "what is too large moves nothing"


def test_a_result_that_goes_stays_as_it_is_for_whoever_holds_it() -> None:
    shelf = Shelf(max_entries=1)
    model = torch.nn.Linear(2, 2)
    before = model.weight.detach().clone()
    shelf.put("a", model)
    shelf.put("b", 1)
    assert shelf.get("a") is None
    assert torch.equal(model.weight, before)

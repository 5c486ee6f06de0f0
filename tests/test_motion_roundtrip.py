"""Random `.motion` files: a good one comes back whole, any other is refused with a sentence of the project's own."""

import copy
import json
import math
import random
from dataclasses import fields
from typing import Any

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as some

from explorer.motion import files
from stickgen.config import SKELETONS
from stickgen.motion import Motion, UnreadableError, from_motion_file, to_motion_file
from stickgen.motion.files import MAX_COORDINATE, MAX_FRAME_RATE, MAX_SIGNAL, MIN_FRAME_RATE

MARKUP = "[a](https://b.c) <b> $d$ :red[e] `f` **g** \u202e"
"""Text that a page would draw as something else."""

EPSILON = 2.0**-23

scalars = some.none() | some.booleans() | some.integers() | some.floats() | some.text(max_size=8) | some.just(MARKUP)
values = some.recursive(
    scalars, lambda inner: some.lists(inner, max_size=4) | some.dictionaries(some.text(max_size=8), inner, max_size=4)
)
finite = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats(allow_nan=False, allow_infinity=False) | some.text(),
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.text(), inner, max_size=3),
    max_leaves=5,
)


def numbers(count: int, limit: int) -> some.SearchStrategy[list[Any]]:
    """A flat list, of few numbers and their neighbours in float32, so that long ones are drawn quickly."""

    def filled(few: list[float], draw: random.Random) -> list[Any]:
        return [draw.choice(few) * draw.choice((1, 1, 1 - EPSILON)) for _ in range(count)]

    number = some.floats(-limit, limit) | some.integers(-limit, limit)
    return some.builds(filled, some.lists(number, min_size=1, max_size=6), some.randoms(use_true_random=False))


def unknown(known: set[str]) -> some.SearchStrategy[dict[str, Any]]:
    """Keys that the format does not have."""
    return some.dictionaries(some.text(max_size=6).filter(lambda key: key not in known), finite, max_size=3)


@some.composite
def motion_files(draw: some.DrawFn) -> dict[str, Any]:
    """A good file: all that is required, some of what is optional, and some of what is unknown."""
    skeleton = draw(some.sampled_from(list(SKELETONS.values())))
    count = draw(some.integers(1, 3))
    optional = {
        "total_frames": some.just(count),
        "fps": some.integers(MIN_FRAME_RATE, MAX_FRAME_RATE) | some.floats(MIN_FRAME_RATE, MAX_FRAME_RATE),
        "description": some.text(),
        "duration": some.floats(0, 1e6),
    }
    kept = {"version": finite, "generator": some.text(), "created_at": some.text()}
    form = {
        "joint_format": some.just("xy_lines_flat"),
        "input_dim": some.just(skeleton.pose_dim),
        "segments": some.just([segment.name for segment in skeleton.segments]),
    }
    parts = {
        "actions": some.just([]) | some.lists(some.text(), min_size=count, max_size=count),
        "physics": some.just([]) | numbers(6 * count, MAX_SIGNAL),
        "camera": some.just([]) | numbers(3 * count, MAX_SIGNAL),
    }
    return {
        "meta": draw(some.fixed_dictionaries({}, optional=optional | kept)) | draw(unknown({*optional, *kept})),
        "skeleton": {"type": skeleton.motion_type}
        | draw(some.fixed_dictionaries({}, optional=form))
        | draw(unknown({"type", *form})),
        "motion": draw(numbers(skeleton.pose_dim * count, MAX_COORDINATE)),
        **draw(some.fixed_dictionaries({}, optional=parts)),
        **draw(unknown({"meta", "skeleton", "motion", *parts})),
    }


def as_plain(motion: Motion) -> dict[str, Any]:
    """Every field, to compare; notes are about one reading."""
    found = {field.name: getattr(motion, field.name) for field in fields(motion) if field.name != "notes"}
    return {name: value.tolist() if isinstance(value, torch.Tensor) else value for name, value in found.items()}


@given(motion_files())
def test_a_file_that_is_read_and_saved_and_read_is_the_same(content):
    read = from_motion_file(json.dumps(content))
    saved = to_motion_file(read)
    assert as_plain(from_motion_file(saved)) == as_plain(read)
    assert to_motion_file(from_motion_file(saved)) == saved


@given(motion_files())
def test_nothing_of_a_file_is_lost(content):
    saved = json.loads(to_motion_file(from_motion_file(json.dumps(content))))
    for part in ("meta", "skeleton"):
        for key, value in content[part].items():
            assert saved[part][key] == value or key == "duration"
    for key, value in content.items():
        if key in ("motion", "physics", "camera"):
            given_numbers = np.array(value, dtype=float)
            precision = 1e-6 * np.abs(given_numbers).max(initial=0) + 1e-40  # of float32
            np.testing.assert_allclose(saved.get(key, []), given_numbers, rtol=0, atol=precision)
        elif key not in ("meta", "skeleton"):
            assert saved[key] == value
    assert saved["actions"] == content.get("actions", [])
    assert saved["meta"]["duration"] == round(saved["meta"]["total_frames"] / saved["meta"]["fps"], 4)


def check(text: str | bytes) -> None:
    """The text is read, or refused with a sentence that repeats no markup."""
    try:
        motion = from_motion_file(text)
    except UnreadableError as refusal:
        sentence = str(refusal)
        assert sentence.endswith(".")
        assert sentence.isprintable()
        assert len(sentence) < 300
        assert not set("[]<>$`*\\") & set(sentence)
        assert files.read_motion(text if isinstance(text, bytes) else text.encode("utf-8", "replace"))
    else:
        assert all(math.isfinite(number) for number in motion.frames.flatten().tolist())
        from_motion_file(to_motion_file(motion))


def places(value: Any) -> list[tuple[Any, Any]]:
    """Every object or list inside a JSON value with each of its keys, long lists only at their ends."""
    if not isinstance(value, dict | list):
        return []
    keys = list(value) if isinstance(value, dict) else [*range(len(value))[:2], *range(len(value))[-1:]]
    return [pair for key in keys for pair in [(value, key), *places(value[key])]]


@given(values)
def test_any_json_value_is_refused_with_a_sentence(value):
    check(json.dumps(value))
    check(json.dumps({"meta": {}, "skeleton": {"type": "stick_figure_5_segment"}, "motion": value}))


@given(motion_files(), some.data())
def test_any_change_of_a_good_file_is_read_or_refused_with_a_sentence(content, data):
    changed = copy.deepcopy(content)
    for _ in range(data.draw(some.integers(1, 2))):
        holder, key = data.draw(some.sampled_from(places(changed)))
        change = data.draw(some.sampled_from(["remove", "replace", "rename"]))
        value = holder.pop(key)
        if change == "replace":
            value = data.draw(values)
        if change == "rename" and isinstance(holder, dict):
            holder[MARKUP] = value
        elif change != "remove":
            holder.insert(key, value) if isinstance(holder, list) else holder.update({key: value})
        if not places(changed):
            break
    check(json.dumps(changed))


@given(motion_files(), some.data())
def test_any_damage_to_a_good_file_is_read_or_refused_with_a_sentence(content, data):
    text = json.dumps(content).encode()
    start = data.draw(some.integers(0, len(text)))
    end = data.draw(some.integers(start, min(len(text), start + 20)))
    written = some.binary(max_size=8) | some.sampled_from(
        [
            b"NaN",
            b"-Infinity",
            b"1e999",
            b"-" + b"7" * 5000,
            b"0." + b"3" * 5000,
            b"[" * 2000,
            b'"a":1,"a":2,',
            b"\\ud800",
        ]
    )
    check(text[:start] + data.draw(written) + text[end:])

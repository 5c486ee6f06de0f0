"""The player's Python side: what it sends to the browser, and what it refuses."""

import base64
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest

from explorer import player
from explorer.player import CONTROLS, LAYOUTS, MAX_FIGURES, MAX_LINES, PACES, ROLES, Figure, Track, motion_player
from stickgen.config import SKELETONS
from stickgen.motion.anatomy import BODY
from stickgen.motion.placement import Placement

FILES = Path(player.__file__).parent


@dataclass(frozen=True)
class PlainMotion:
    frames: Any
    skeleton: str = "v1"
    frame_rate: int = 25


def motion(skeleton: str = "v1", frames: int = 120, make: Callable[[Any], Any] = np.asarray) -> PlainMotion:
    """Any motion: the player does not ask what moves."""
    shape = (frames, len(SKELETONS[skeleton].segments), 4)
    return PlainMotion(make(np.random.default_rng(0).uniform(-3, 9, shape).astype(np.float32)), skeleton)


def decoded(data: dict[str, Any]) -> np.ndarray:
    """Coordinates as the browser reads them."""
    content = base64.b64decode(data["frames"])
    steps = np.frombuffer(content, dtype="<i2" if data["scale"] else "<f4")
    return (steps * (data["scale"] or 1)).reshape(-1, len(data["segments"]), 4)


@pytest.mark.parametrize("make", [np.asarray, torch.from_numpy], ids=["array", "tensor"])
@pytest.mark.parametrize("skeleton", SKELETONS)
def test_frames_arrive_within_half_a_step(skeleton: str, make: Callable[[Any], Any]) -> None:
    given = motion(skeleton, make=make)
    data = player.figure_data(Figure(motion=given))
    assert data["segments"] == [segment.name for segment in SKELETONS[skeleton].segments]
    assert np.abs(decoded(data) - np.asarray(given.frames)).max() <= data["scale"] * 0.501
    assert data["scale"] < 0.001 * SKELETONS[skeleton].body_height


def test_a_motion_that_goes_far_arrives_as_exact() -> None:
    given = motion()
    given.frames[60:] += 9000
    data = player.figure_data(Figure(motion=given))
    assert np.abs(decoded(data) - given.frames).max() < 0.001


def test_a_figure_arrives_where_it_is_placed() -> None:
    given = motion()
    placement = Placement(scale=0.5, upside_down=True, ground=3.0, start=-2.0)
    data = player.figure_data(Figure(motion=given, placement=placement))
    placed = placement.apply(torch.from_numpy(given.frames)).numpy()
    assert np.abs(decoded(data) - placed).max() <= data["scale"]


@pytest.mark.parametrize("skeleton", SKELETONS)
def test_a_figure_takes_less_than_three_bytes_a_coordinate(skeleton: str) -> None:
    given = motion(skeleton, frames=120)
    assert len(json.dumps(player.figure_data(Figure(motion=given)))) < 3 * given.frames.size


def test_a_motion_of_zeros_arrives_as_zeros() -> None:
    data = player.figure_data(Figure(motion=PlainMotion(np.zeros((1, 5, 4)))))
    assert not decoded(data).any()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (PlainMotion(np.zeros((10, 20))), r"shape \[frames, 5, 4\].*not \[10, 20\]"),
        (PlainMotion(np.zeros((10, 12, 4))), r"v1 motion.*not \[10, 12, 4\]"),
        (PlainMotion(np.zeros((0, 5, 4))), "at least one frame"),
        (PlainMotion(np.full((2, 5, 4), np.nan)), "NaN or infinity"),
        (PlainMotion(np.zeros((2, 5, 4)), "v2"), "v1, v3"),
        (PlainMotion(np.zeros((2, 5, 4)), frame_rate=0), "frame_rate must be above 0"),
    ],
)
def test_motions_that_cannot_be_drawn_are_refused(given: PlainMotion, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        player.figure_data(Figure(motion=given))


@pytest.mark.parametrize("count", [0, MAX_FIGURES + 1])
def test_the_number_of_figures_is_bounded(count: int) -> None:
    with pytest.raises(ValueError, match=f"1 to {MAX_FIGURES} figures, not {count}"):
        motion_player([Figure(motion=motion())] * count, key="any")


@pytest.mark.parametrize(("name", "allowed"), [("layout", LAYOUTS), ("controls", CONTROLS), ("pace", PACES)])
def test_a_wrong_choice_names_the_allowed_ones(name: str, allowed: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=", ".join(allowed)):
        motion_player([Figure(motion=motion())], key="any", **{name: "wrong"})


def test_a_wrong_role_names_the_allowed_ones() -> None:
    with pytest.raises(ValueError, match=", ".join(ROLES)):
        Figure(motion=motion(), role="hero")


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ({}, f"1 to {MAX_LINES} lines, not 0"),
        ({str(i): np.zeros(4) for i in range(MAX_LINES + 1)}, f"1 to {MAX_LINES} lines"),
        ({"x": np.zeros(3)}, "4 finite values"),
        ({"x": np.full(4, np.inf)}, "4 finite values"),
    ],
)
def test_tracks_that_cannot_be_drawn_are_refused(lines: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        player.track_data(Track(name="Velocity", lines=lines), frame_count=4)


def test_the_figure_is_drawn_in_the_proportions_of_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: dict[str, Any] = {}
    monkeypatch.setattr(player, "_COMPONENT", lambda **given: sent.update(given))
    motion_player([Figure(motion=motion())], key="any")
    assert json.loads(json.dumps(sent["data"]["body"])) == asdict(BODY)


def _names(value: Any) -> set[str]:
    """Names of the fields of a dataclass, and of the dataclasses in it."""
    if isinstance(value, Mapping):
        return set().union(*map(_names, value.values()))
    if not is_dataclass(value):
        return set()
    return set().union(*({field.name} | _names(getattr(value, field.name)) for field in fields(value)))


def test_the_scripts_read_every_proportion() -> None:
    scripts = "\n".join(player.module_sources().values())
    assert {name for name in _names(BODY) if not re.search(rf"\b{name}\b", scripts)} == set()


@pytest.mark.parametrize("script", sorted(FILES.glob("*.js")), ids=lambda path: path.name)
def test_scripts_never_read_text_as_markup(script: Path) -> None:
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", script.read_text())


def test_all_scripts_are_sent_and_imported() -> None:
    """From `component.js` on, imports in the form that the loader knows lead to every other script."""
    sources = player.module_sources()
    assert sorted(path.name for path in FILES.glob("*.js")) == sorted([*sources, player.LOADER])
    found, left = set(), ["component.js"]
    while left:
        name = left.pop()
        if name not in found:
            found.add(name)
            left += re.findall(r' from "\./([\w.]+)";$', sources[name], re.MULTILINE)
    assert found == set(sources)


def test_scripts_import_nothing_but_each_other() -> None:
    for name, text in player.module_sources().items():
        imports = re.findall(r"^import\b|\bimport\(|\bfrom ['\"]", text, re.MULTILINE)
        known = re.findall(r'^import [^;]*? from "\./[\w.]+";$', text, re.MULTILINE)
        assert len(imports) == 2 * len(known), name


def _page() -> None:
    from types import SimpleNamespace

    import numpy

    from explorer.player import Figure, motion_player

    motion = SimpleNamespace(frames=numpy.zeros((3, 5, 4)), skeleton="v1", frame_rate=25)
    motion_player([Figure(motion=motion, label="<b>label</b>")], key="player")


def test_the_player_mounts_in_a_page() -> None:
    app = AppTest.from_function(_page, default_timeout=60).run()
    assert not app.exception

"""The colours can be told apart: from the background, and from each other."""

import tomllib
from itertools import combinations
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from explorer.colors import BACKGROUNDS, COMPONENT_COLORS, MEMORY_COLORS, WHOLE_MODEL_COLOR, text_color
from stickgen.sizing import GROUPS

Vector = npt.NDArray[np.float64]

# Machado, Oliveira and Fernandes (2009), severity 1.0, on linear RGB.
COLOR_VISION: dict[str, npt.ArrayLike] = {
    "normal": np.eye(3),
    "protanopia": [[0.1523, 1.0526, -0.2049], [0.1145, 0.7863, 0.0992], [-0.0039, -0.0481, 1.0520]],
    "deuteranopia": [[0.3673, 0.8606, -0.2280], [0.2801, 0.6725, 0.0474], [-0.0118, 0.0429, 0.9689]],
    "tritanopia": [[1.2555, -0.0767, -0.1788], [-0.0784, 0.9308, 0.1476], [0.0047, 0.6914, 0.3039]],
}


def linear(color: str) -> Vector:
    """sRGB "#rrggbb" to linear RGB in 0..1."""
    encoded = np.array([int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    return np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)


def contrast(first: str, second: str) -> float:
    """Contrast ratio of WCAG 2."""
    dark, light = sorted(float(linear(color) @ [0.2126, 0.7152, 0.0722]) for color in (first, second))
    return (light + 0.05) / (dark + 0.05)


def lab(rgb: Vector) -> Vector:
    """Linear RGB to CIE L*a*b*, white D65."""
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    xyz = to_xyz @ np.clip(rgb, 0, 1) / [0.9505, 1, 1.089]
    x, y, z = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def test_the_backgrounds_are_those_of_the_theme() -> None:
    theme = tomllib.loads((Path(__file__).parents[1] / ".streamlit" / "config.toml").read_text())["theme"]
    assert {scheme: theme[scheme]["backgroundColor"] for scheme in BACKGROUNDS} == BACKGROUNDS


def test_every_component_has_a_colour() -> None:
    assert list(COMPONENT_COLORS) == list(GROUPS)


@pytest.mark.parametrize("background", BACKGROUNDS)
@pytest.mark.parametrize("title", COMPONENT_COLORS)
def test_a_component_stands_out_from_the_background(title: str, background: str) -> None:
    assert contrast(COMPONENT_COLORS[title], BACKGROUNDS[background]) >= 3


@pytest.mark.parametrize("background", BACKGROUNDS)
def test_the_whole_model_stands_out_and_can_be_written_on(background: str) -> None:
    assert contrast(WHOLE_MODEL_COLOR, BACKGROUNDS[background]) >= 3
    assert contrast(WHOLE_MODEL_COLOR, "#ffffff") >= 4.5


@pytest.mark.parametrize("vision", COLOR_VISION)
def test_two_components_are_told_apart(vision: str) -> None:
    """A colour difference (CIE76) of 15 is several times what is just noticeable."""
    seen = {title: lab(np.asarray(COLOR_VISION[vision]) @ linear(color)) for title, color in COMPONENT_COLORS.items()}
    for first, second in combinations(seen, 2):
        assert np.linalg.norm(seen[first] - seen[second]) > 15, (first, second)


@pytest.mark.parametrize("background", [*MEMORY_COLORS.values(), *BACKGROUNDS.values()])
def test_text_on_a_colour_can_be_read(background: str) -> None:
    assert contrast(text_color(background), background) >= 4.5

"""One colour a component, the same in every chart.

Every colour stands out by at least 3:1 from the light and from the dark background, and any two stay apart
for readers with protanopia, deuteranopia or tritanopia; `tests/test_colors.py` measures both.
"""

BACKGROUNDS = {"light": "#ffffff", "dark": "#0e1117"}
"""Of the page in either scheme, as `.streamlit/config.toml` sets them."""

COMPONENT_COLORS: dict[str, str] = {
    "Transformer encoder": "#2384ff",
    "Text projection": "#db7c19",
    "Conditioning inputs": "#8f939a",
    "Decoder heads": "#2d8662",
    "Image encoder": "#ac2682",
    "Fusion module": "#8540c4",
}
"""Group title, a key of `stickgen.sizing.GROUPS`, to its colour."""

WHOLE_MODEL_COLOR = "#6b7280"
"""The model that holds the components. Opaque, because Plotly chooses a label's colour as if its box were."""

MEMORY_COLORS: dict[str, str] = {
    "parameters": "#2384ff",
    "gradients": "#ac2682",
    "optimizer state": "#2d8662",
    "activations": "#db7c19",
    "temporaries": "#8540c4",
    "inputs": "#8f939a",
}
"""What a byte of training memory is held for, of `stickgen.sizing.CATEGORIES`, to its colour."""


def text_color(background: str) -> str:
    """Black or white, whichever stands out more from a background "#rrggbb", by the contrast of WCAG 2."""
    encoded = [int(background[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in encoded)
    luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return "#000000" if (luminance + 0.05) ** 2 > 1.05 * 0.05 else "#ffffff"

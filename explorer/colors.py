"""One colour a component, the same in every chart.

Every colour stands out by at least 3:1 from the light and from the dark background, and any two stay apart
for readers with protanopia, deuteranopia or tritanopia; `tests/test_colors.py` measures both.
"""

COMPONENT_COLORS: dict[str, str] = {
    "Transformer encoder": "#2384ff",
    "Text projection": "#db7c19",
    "Conditioning inputs": "#8f939a",
    "Decoder heads": "#2d8662",
    "Image encoder": "#ac2682",
    "Fusion module": "#8540c4",
}
"""Group title, a key of `stickgen.sizing.GROUPS`, to its colour."""

"""The pages and the shared sidebar. Runs before every page, at every rerun."""

from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from explorer import slots
from explorer.choice import widgets

PRODUCT = "Stick-Gen Model Explorer"

PAGES_FOLDER = Path(__file__).parents[1] / "pages"


@dataclass(frozen=True, kw_only=True)
class Page:
    """A page in the menu."""

    group: str
    """The heading it stands under."""
    title: str
    icon: str


PAGES: dict[str, Page] = {
    "explore": Page(group="Model", title="Explore", icon=":material/explore:"),
    "compare": Page(group="Model", title="Compare", icon=":material/compare:"),
    "sizing_table": Page(group="Model", title="Sizing table", icon=":material/table_view:"),
    "memory": Page(group="Train", title="Memory", icon=":material/memory:"),
    "motion": Page(group="Use", title="Motion", icon=":material/directions_run:"),
    "reference": Page(group="About", title="Reference", icon=":material/fact_check:"),
}
"""File name in `pages/` to the page, in menu order; the first one opens first."""

# Files of our own: Streamlit has the browser fetch the icons it names from another host.
ICON = Path(__file__).with_name("icon.svg").read_text(encoding="utf-8")
LOGO = Path(__file__).with_name("logo.svg").read_text(encoding="utf-8")

STYLE = """<style>
[data-testid="stSidebar"] [data-variant="segmented_control"] { padding-inline: 0.5rem; }
[data-testid="stMain"] h1 { padding-top: 0; }
</style>"""
"""Less room than Streamlit leaves: beside each of four short words in the sidebar, and above a page's title."""


def menu() -> dict[str, list[st.Page]]:
    """The pages under their headings."""
    headings: dict[str, list[st.Page]] = {}
    for name, page in PAGES.items():
        is_first = name == next(iter(PAGES))
        entry = st.Page(PAGES_FOLDER / f"{name}.py", title=page.title, icon=page.icon, default=is_first)
        headings.setdefault(page.group, []).append(entry)
    return headings


# Before the menu, which would have the browser fetch the page's icon from another host.
st.set_page_config(page_title=PRODUCT, page_icon=ICON, layout="wide")
page = st.navigation(menu())
st.set_page_config(page_title=f"{page.title} · {PRODUCT}", page_icon=ICON, layout="wide")
st.logo(LOGO, size="large", icon_image=ICON)
with st.sidebar:
    st.html(STYLE)
    widgets.shared_controls()
widgets.say_problems()
with slots.filling(page.url_path, rerun=widgets.rerun):
    page.run()

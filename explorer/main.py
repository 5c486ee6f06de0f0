"""The pages and the shared sidebar. Runs before every page, at every rerun."""

from pathlib import Path

import streamlit as st

from explorer import slots
from explorer.choice import widgets

PAGES_FOLDER = Path(__file__).parents[1] / "pages"

PAGES = {
    "explore": ("Explore", ":material/explore:"),
    "compare": ("Compare", ":material/compare:"),
    "memory": ("Memory", ":material/memory:"),
    "motion": ("Motion", ":material/directions_run:"),
    "sizing_table": ("Sizing table", ":material/table_view:"),
    "reference": ("Reference", ":material/fact_check:"),
}
"""File name in `pages/` to the page's title and icon, in menu order; the first one opens first."""

# A file of our own: Streamlit has the browser fetch the icons it names from another host.
ICON = Path(__file__).with_name("icon.svg").read_text(encoding="utf-8")

SIDEBAR_STYLE = """<style>
[data-testid="stSidebar"] [data-variant="segmented_control"] { padding-inline: 0.5rem; }
</style>"""
"""Four short words fit side by side into the sidebar, with less room beside each than Streamlit leaves."""

st.set_page_config(page_title="Stick-Gen Model Explorer", page_icon=ICON, layout="wide")
page = st.navigation(
    [
        st.Page(PAGES_FOLDER / f"{name}.py", title=title, icon=icon, default=name == next(iter(PAGES)))
        for name, (title, icon) in PAGES.items()
    ]
)
with st.sidebar:
    st.html(SIDEBAR_STYLE)
    widgets.shared_controls()
widgets.say_problems()
with slots.filling(page.url_path, rerun=widgets.rerun):
    page.run()

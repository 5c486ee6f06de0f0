"""Cards of one value each."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from explorer.explore.cards import Card

_ROW_STYLE = """<style>
.st-key-cards > div { flex: 1 1 10.25rem; min-width: 10.25rem; }
</style>"""
"""Two cards side by side on a phone, four on a desk: as many as can be without cutting a value short."""


def card_row() -> DeltaGenerator:
    """A row for cards; each takes a container of it."""
    st.html(_ROW_STYLE)
    return st.container(horizontal=True, gap="xsmall", key="cards")


def draw_card(card: Card) -> None:
    """One value and how it compares with the documented one, where the caller stands."""
    with st.container(border=True, gap=None, height="stretch"):
        st.metric(card.label, card.value, help=card.help)
        st.caption(card.note)

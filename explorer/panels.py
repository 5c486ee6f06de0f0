"""Pieces that pages draw: cards of one value each, the progress of slow work."""

import time

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from explorer.explore.cards import Card
from explorer.workshop import Report

PROGRESS_SECONDS = 1.5
"""Least time between two showings of the same work."""

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


def progress_in(slot: DeltaGenerator) -> Report:
    """A report that shows slow work in `slot`, as a bar with words. The caller empties the slot afterwards.

    Work tells of itself many times a second. Each telling that is shown has the browser go through the whole page,
    perhaps on the very cores that work, and a page that is opening then has its controls later.
    """
    shown_at = -PROGRESS_SECONDS

    def show(text: str, fraction: float) -> None:
        nonlocal shown_at
        now = time.monotonic()
        if now > shown_at + PROGRESS_SECONDS:
            slot.progress(fraction, text)
            shown_at = now
        else:
            _let_go()

    return show


def steps_in(slot: DeltaGenerator, done: int, of: int, what: str) -> Report:
    """A report of the next of many short pieces of work, behind a page that can be used meanwhile."""
    slot.progress(done / of, f"{what}: {done} of {of}. The page can be used meanwhile.")
    return lambda _text, _fraction: _let_go()


def _let_go() -> None:
    """End this run of the script if the user has done something else: any look at the session's state asks."""
    st.session_state.get("progress")

"""Pieces that pages draw: a figure card, the progress of slow work."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from explorer.cards import Card
from explorer.workshop import Report


def figure_card(slot: DeltaGenerator, card: Card) -> None:
    """One figure with its difference to the documented one."""
    slot.metric(card.label, card.value, card.note, delta_color="off", delta_arrow="off", help=card.help, border=True)


def progress_in(slot: DeltaGenerator) -> Report:
    """A report that shows slow work in `slot`, as a bar with words. The caller empties the slot afterwards."""

    def show(text: str, fraction: float) -> None:
        slot.progress(fraction, text)

    return show


def steps_in(slot: DeltaGenerator, done: int, of: int, what: str) -> Report:
    """A report of the next of many short pieces of work, behind a page that can be used meanwhile."""

    def show(_text: str, _fraction: float) -> None:
        slot.progress(done / of, f"{what}: {done} of {of}. The page can be used meanwhile.")

    return show


def skeleton_in(slot: DeltaGenerator, height: int, key: str) -> None:
    """Hold a place for what this session sees for the first time; afterwards the former figure holds it."""
    if st.session_state.setdefault(f"seen_{key}", False):
        return
    slot.skeleton(height)
    st.session_state[f"seen_{key}"] = True

"""What a fresh server does before, and while, its first user arrives."""

import gc
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import streamlit as st

from explorer import builders
from explorer.controls import CONTROLS
from explorer.selection import selected


@asynccontextmanager
async def warm_up(_app: st.App) -> AsyncIterator[dict[str, Any]]:
    """Prepare the default configuration in the background, so that the first page does not wait for it."""
    threading.Thread(target=_prepare, name="warm-up", daemon=True).start()
    yield {}


def _prepare() -> None:
    choice = selected({key: control.default for key, control in CONTROLS.items()})
    builders.training_memory(choice.config, choice.plan, _silent)
    builders.sample(choice.config, _silent)
    # Streamlit collects garbage after every run of a script. Torch and Plotly leave some 100,000 long-lived
    # objects behind, which every collection would walk while it holds the interpreter: leave them out.
    gc.collect()
    gc.freeze()


def _silent(_text: str, _fraction: float) -> None:
    """Nobody watches the warm-up."""

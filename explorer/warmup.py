"""What a fresh server does before, and while, its first user arrives."""

import gc
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import streamlit as st

from explorer import tasks
from explorer.choice.codec import choice_of, defaults
from explorer.jobs import Priority
from explorer.sizing.table import sizing_table
from stickgen.config import configurations
from stickgen.motion import MotionRequest
from stickgen.progress import silent


@asynccontextmanager
async def warm_up(_app: st.App) -> AsyncIterator[dict[str, Any]]:
    """Prepare the default configuration and the counts of all, so that the first page does not wait for them."""
    threading.Thread(target=_prepare, name="warm-up", daemon=True).start()
    yield {}


def _prepare() -> None:
    choice = choice_of(defaults())
    request = MotionRequest(config=choice.config)
    tasks.memory(choice.step).at(Priority.BACKGROUND).run(silent)
    for stage in tasks.motions(request, last="whole"):  # as the first page asks for them
        stage.at(Priority.BACKGROUND).run(silent)
    sizing_table(configurations())
    # Streamlit collects garbage after every run of a script. Torch and Plotly leave some 100,000 long-lived
    # objects behind, which every collection would walk while it holds the interpreter: leave them out.
    gc.collect()
    gc.freeze()

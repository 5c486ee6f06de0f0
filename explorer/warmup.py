"""What a fresh server does before, and while, its first user arrives."""

import gc
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import streamlit as st

from explorer import builders
from explorer.choice.codec import choice_of, defaults
from explorer.sizing.table import sizing_table
from explorer.workshop import Abandoned
from stickgen.config import configurations
from stickgen.motion import MotionRequest


@asynccontextmanager
async def warm_up(_app: st.App) -> AsyncIterator[dict[str, Any]]:
    """Prepare the default configuration and the counts of all, so that the first page does not wait for them."""
    threading.Thread(target=_prepare, name="warm-up", daemon=True).start()
    yield {}


def _prepare() -> None:
    choice = choice_of(defaults())
    with suppress(Abandoned):
        builders.training_memory(choice.config, choice.plan, builders.give_way)
        request = MotionRequest(config=choice.config)
        while stage := builders.next_stage(request, last="whole"):  # as the first page asks for it
            builders.motion(request, stage, builders.give_way)
    sizing_table(configurations())
    # Streamlit collects garbage after every run of a script. Torch and Plotly leave some 100,000 long-lived
    # objects behind, which every collection would walk while it holds the interpreter: leave them out.
    gc.collect()
    gc.freeze()

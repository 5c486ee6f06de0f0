"""The entry point: `streamlit run streamlit_app.py`.

`st.App` runs `explorer/main.py`, which registers the pages itself. Streamlit's own discovery of a `pages/`
folder would run a deep link without the shared sidebar in a fresh process.
"""

from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware

from explorer.errors import show_error
from explorer.headers import SecurityHeaders
from explorer.warmup import warm_up

app = st.App(
    Path(__file__).parent / "explorer" / "main.py",
    lifespan=warm_up,
    middleware=[Middleware(SecurityHeaders)],
    on_script_error=show_error,
)

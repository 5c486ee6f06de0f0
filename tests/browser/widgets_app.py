"""The page of all widgets with the app's error screen: `streamlit run tests/browser/widgets_app.py`."""

from pathlib import Path

import streamlit as st

from explorer.errors import show_error

app = st.App(Path(__file__).with_name("widgets_page.py"), on_script_error=show_error)

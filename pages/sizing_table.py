"""All configurations in one table, live: sort, filter, search, download."""

from datetime import date
from time import monotonic

import pandas as pd
import streamlit as st

from explorer import panels, peaks
from explorer.choice import widgets
from explorer.sizing import controls, view
from explorer.sizing.downloads import download_buttons
from explorer.sizing.exports import Sheet, provenance
from explorer.sizing.table import sizing_table, table_of
from stickgen.config import configurations
from stickgen.plan import full_plan_text

choice = widgets.current()
plan = choice.plan
shared = {"num_actions": choice.config.num_actions, "image_size": choice.config.image_size}
configs = list(configurations(choice.config.skeleton, **shared))
if choice.config not in configs:
    configs.append(choice.config)

st.title("Sizing table")
st.markdown(view.headline(choice.config, plan))
wanted = controls.draw()


def chosen_rows() -> pd.DataFrame:
    """The rows to show, with the training memory known at this moment."""
    return wanted.rows(sizing_table(configs, peaks.ready(configs, plan)).frame())


def sheet() -> Sheet:
    """The table as it is saved."""
    taken = chosen_rows()
    return Sheet(
        table=table_of(taken[list(wanted.columns)]),
        provenance=provenance(full_plan_text(plan), date.today(), view.custom_size(taken, choice.config)),
    )


def draw(rows: pd.DataFrame) -> None:
    """Show rows in the place of the table."""
    view.draw_frame(frame, rows[list(wanted.columns)])
    if plain.open:
        view.draw_plain(plain_table, rows[list(wanted.columns)])


state, frame = st.empty(), st.empty()
st.caption(
    "Download these rows and columns, with units in the headers. All formats but CSV also state date, versions and "
    "training step."
)
download_buttons(sheet, "stick-gen-sizes", key="download")
plain = st.expander("The same rows as a plain table", on_change="rerun")
plain_table = plain.empty()

st.header("The reference document", divider="gray")
st.markdown(
    "Stick-Gen's model sizes document, with every value counted, sized and traced again: the same text that "
    "`python scripts/calculate_model_params.py --markdown` writes. It is for the v1 skeleton and 60 actions."
)
asked = st.button("Regenerate the reference document", icon=":material/refresh:")
document_progress, document = st.empty(), st.container()

rows = chosen_rows()
state.caption(view.note(rows, wanted, len(configs), view.custom_size(rows, choice.config)))
draw(rows)
if asked:
    st.session_state["document"] = peaks.size_document(panels.progress_in(document_progress))
    document_progress.empty()
if text := st.session_state.get("document"):
    document.download_button(
        "Save as Markdown", text, "model_sizes.md", "text/markdown", on_click="ignore", icon=":material/download:"
    )
    with document.expander("The document", expanded=True):
        st.markdown(text)
    with document.expander("Its Markdown"):
        st.code(text, language=None)

# Traced one after the other, each soon in the table. If the user changes something, this run of the page ends, but
# what has been traced is kept.
waiting = [configs[position] for position in rows.index] if wanted.needs_memory else []
drawn = monotonic()
for done, config in enumerate(waiting):
    if config not in peaks.ready([config], plan):
        peaks.peak(config, plan, panels.steps_in(state, done, len(waiting), "Training memory"))
        if monotonic() - drawn > view.REDRAW_SECONDS:
            draw(chosen_rows())
            drawn = monotonic()
draw(chosen_rows())
state.caption(view.note(rows, wanted, len(configs), view.custom_size(rows, choice.config)))

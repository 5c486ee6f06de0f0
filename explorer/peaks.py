"""Values that need one training step traced for each of many configurations: a short piece of work each.

They wait in a line of their own, so that a table which fills in does not hold up a page that waits for one trace.
"""

from collections.abc import Iterable
from itertools import product

import streamlit as st

from explorer.workshop import Report, Workshop
from stickgen.config import VARIANTS, ModelConfig
from stickgen.documented.document import as_markdown, size_tables
from stickgen.documented.facts import TRAINING_MEMORY_COLUMNS
from stickgen.documented.values import DocumentedValue, training_peak
from stickgen.documented.verification import Check
from stickgen.documented.verification import check as compare
from stickgen.plan import TrainingPlan, adapt_plan
from stickgen.sizing import peak_bytes
from stickgen.workloads import TrainingStep


@st.cache_resource(show_spinner=False)
def _workshop() -> Workshop:
    return Workshop("peak", keep=4096)


def peak(config: ModelConfig, plan: TrainingPlan, show: Report) -> int:
    """The peak of a training step in bytes; knobs that this configuration lacks are left out of the plan."""
    adapted = adapt_plan(config, plan)
    return _workshop().run((config, adapted), lambda _: peak_bytes(TrainingStep(config, adapted)), show)


def ready(configs: Iterable[ModelConfig], plan: TrainingPlan) -> dict[ModelConfig, int]:
    """The peaks that are known."""
    found = {config: _workshop().ready((config, adapt_plan(config, plan))) for config in configs}
    return {config: size for config, size in found.items() if size is not None}


def check(value: DocumentedValue, show: Report) -> Check:
    """A documented value beside the computed one."""
    return _workshop().run(value, lambda _: compare(value), show)


def ready_check(value: DocumentedValue) -> Check | None:
    """The same, if it is known or can be had without a trace."""
    return compare(value) if not value.is_traced else _workshop().ready(value)


def size_document(show: Report) -> str:
    """The Markdown of the model sizes document, from computed values."""

    def write(report: Report) -> str:
        cells = list(product(VARIANTS, TRAINING_MEMORY_COLUMNS))
        for done, cell in enumerate(cells):
            report(f"Tracing training step {done + 1} of {len(cells)}", done / len(cells))
            training_peak(*cell)
        return as_markdown(size_tables())

    return _workshop().run("document", write, show)

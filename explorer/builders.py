"""The slow calls into `stickgen`: cached, bounded, one at a time, with progress.

Counts and sizes are read off the meta device in milliseconds and kept by the library itself. What is built
with real weights, fitted or traced comes from here.
"""

import streamlit as st

from explorer.workshop import Report, Workshop
from stickgen import ModelConfig
from stickgen.plan import TrainingPlan
from stickgen.sizing import MemoryEstimate, estimate_training_memory

SEED = 0
"""Seed of the initial weights of every model the app builds."""


@st.cache_resource
def _builds() -> Workshop:
    return Workshop("build", keep=32)


@st.cache_resource
def _traces() -> Workshop:
    return Workshop("trace", keep=256)


def training_memory(config: ModelConfig, plan: TrainingPlan, show: Report) -> MemoryEstimate:
    """The memory of one training step of the real model, traced the first time."""

    def trace(report: Report) -> MemoryEstimate:
        report("Tracing one training step", 0.1)
        return estimate_training_memory(config, plan)

    return _traces().run((config, plan), trace, show)

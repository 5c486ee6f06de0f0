"""The slow calls into `stickgen`: cached, bounded, one at a time, with progress.

Counts and sizes are read off the meta device in milliseconds. What is built with real weights, fitted or traced
comes from here.
"""

from dataclasses import dataclass

import streamlit as st

from explorer.workshop import Abandoned, Report, Workshop
from stickgen import ModelConfig, StickFigureTransformer, build_model
from stickgen.motion import FitReport, Motion, fit_pose_head, generate
from stickgen.plan import TrainingPlan
from stickgen.sizing import LayerRow, MemoryEstimate, estimate_training_memory, layer_table

SEED = 0
"""Seed of the initial weights of every model the app builds."""

SAMPLE_FRAMES = 150
SAMPLE_PROMPT = "a person walking"
SAMPLE_CLIP = "walk"


@dataclass(frozen=True, kw_only=True)
class FittedModel:
    """A real model with seeded initial weights, its pose head fitted to one clip."""

    model: StickFigureTransformer
    report: FitReport


@st.cache_resource(show_spinner=False)
def _builds() -> Workshop:
    return Workshop("build", keep=32)


@st.cache_resource(show_spinner=False)
def _traces() -> Workshop:
    return Workshop("trace", keep=32)


def training_memory(config: ModelConfig, plan: TrainingPlan, show: Report) -> MemoryEstimate:
    """The memory of one training step of the real model, traced the first time."""

    def trace(report: Report) -> MemoryEstimate:
        report("Tracing one training step of the real model", 0.1)
        return estimate_training_memory(config, plan)

    return _traces().run((config, plan), trace, show)


def layers(config: ModelConfig, plan: TrainingPlan, show: Report) -> tuple[LayerRow, ...]:
    """The layer table of the real model for the plan's batch size and sequence length."""

    def list_layers(report: Report) -> tuple[LayerRow, ...]:
        report("Running the model's layers", 0.1)
        return layer_table(config, plan.batch_size, plan.sequence_length)

    return _traces().run(("layers", config, plan.batch_size, plan.sequence_length), list_layers, show)


def sample(config: ModelConfig, show: Report) -> Motion:
    """The model walking: built, fitted and run the first time."""

    def build_and_run(report: Report) -> Motion:
        fitted = _fitted_model(config, SAMPLE_CLIP, report)
        return generate(
            fitted.model,
            SAMPLE_PROMPT,
            SAMPLE_FRAMES,
            clip=SAMPLE_CLIP,
            report=fitted.report,
            progress=lambda text, share: report(text, 0.8 + 0.2 * share),
        )

    return _builds().run(config, build_and_run, show)


def ready_sample(config: ModelConfig) -> Motion | None:
    """The model walking, if it has been run before."""
    return _builds().ready(config)


def give_way(_text: str, _fraction: float) -> None:
    """A report for work nobody has asked for: it ends as soon as a user waits for something else."""
    if max(_builds().jobs, _traces().jobs) > 1:
        raise Abandoned


def _release(fitted: FittedModel) -> None:
    """Give the weights back at once, without waiting for the garbage collector."""
    fitted.model.to("meta")


@st.cache_resource(max_entries=2, show_spinner=False, on_release=_release)
def _fitted_model(config: ModelConfig, clip: str, _report: Report) -> FittedModel:
    """A model for reading only. It is used, and released, in the thread of the workshop alone."""
    _report("Building the model", 0.0)
    model = build_model(config, seed=SEED).eval().requires_grad_(False)
    report = fit_pose_head(model, clip, progress=lambda text, share: _report(text, 0.1 + 0.7 * share))
    return FittedModel(model=model, report=report)

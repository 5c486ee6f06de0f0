"""The slow calls into `stickgen`: cached, bounded, one at a time, with progress.

Counts and sizes are read off the meta device in milliseconds. What is built with real weights, fitted or traced
comes from here.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st
import torch

from explorer.motion.language import embedder
from explorer.workshop import Abandoned, Report, Workshop
from stickgen import ModelConfig, StickFigureTransformer, build_model, sizing
from stickgen.documented.values import SECTIONS
from stickgen.documented.verification import Check, check
from stickgen.motion import STAGES as MOTION_STAGES
from stickgen.motion import Motion, MotionRequest, raw_motion, sample_motion_stages
from stickgen.plan import InferencePlan, TrainingPlan, adapt_plan
from stickgen.sizing import LayerRow, MemoryEstimate, Suggestion, estimate_memory, layer_table
from stickgen.sizing.costs import StepCosts, StepTimes, step_costs, step_times
from stickgen.workloads import Forward, TrainingStep


@st.cache_resource(show_spinner=False)
def _builds() -> Workshop:
    return Workshop("build", keep=64)


@st.cache_resource(show_spinner=False)
def _traces() -> Workshop:
    return Workshop("trace", keep=32)


def training_memory(config: ModelConfig, plan: TrainingPlan, show: Report) -> MemoryEstimate:
    """The memory of one training step of the real model, traced the first time."""

    def trace(report: Report) -> MemoryEstimate:
        report("Tracing one training step of the real model", 0.1)
        return estimate_memory(TrainingStep(config, plan))

    return _traces().run((config, plan), trace, show)


def what_would_fit(
    config: ModelConfig, plan: TrainingPlan, budget_bytes: int, pairs: bool, show: Report
) -> list[Suggestion]:
    """What would make a step smaller, single changes or pairs as well, each of them traced the first time."""

    def try_changes(report: Report) -> list[Suggestion]:
        return sizing.what_would_fit(
            TrainingStep(config, plan), budget_bytes, pairs, lambda tried, share: report(f"Tracing: {tried}", share)
        )

    return _traces().run(("changes", config, plan, budget_bytes, pairs), try_changes, show)


def ready_changes(config: ModelConfig, plan: TrainingPlan, budget_bytes: int, pairs: bool) -> list[Suggestion] | None:
    """The same, if it has been traced before."""
    return _traces().ready(("changes", config, plan, budget_bytes, pairs))


def documented_checks(show: Report) -> list[Check]:
    """The document's training memory beside the traced, one trace a value."""
    values = SECTIONS["training_memory"].values

    def compare(report: Report) -> list[Check]:
        checks = []
        for index, value in enumerate(values):
            report(f"Tracing {value.subject.lower()}, {value.quantity.lower()}", index / len(values))
            checks.append(check(value))
        return checks

    return _traces().run("documented", compare, show)


def ready_documented_checks() -> list[Check] | None:
    """The same, if they have been traced before."""
    return _traces().ready("documented")


def costs(config: ModelConfig, plan: TrainingPlan, show: Report) -> StepCosts:
    """What the plan's step costs this configuration; knobs that it lacks are left out of the plan."""
    adapted = adapt_plan(config, plan)
    return _traces().run(
        ("costs", config, adapted), lambda report: step_costs(TrainingStep(config, adapted), report), show
    )


def ready_costs(config: ModelConfig, plan: TrainingPlan) -> StepCosts | None:
    """The same, if they have been traced before."""
    return _traces().ready(("costs", config, adapt_plan(config, plan)))


def times(config: ModelConfig, plan: TrainingPlan, show: Report) -> StepTimes:
    """How long forward pass and step take on this machine. Raises `NotMeasurableError`, saying why not."""
    adapted = adapt_plan(config, plan)
    return _measurements().run(
        ("times", config, adapted), lambda report: step_times(TrainingStep(config, adapted), report), show
    )


def ready_times(config: ModelConfig, plan: TrainingPlan) -> StepTimes | None:
    """The same, if they have been measured before."""
    return _measurements().ready(("times", config, adapt_plan(config, plan)))


@st.cache_resource(show_spinner=False)
def _measurements() -> Workshop:
    return Workshop("measure", keep=64)


def measured_memory(config: ModelConfig, plan: TrainingPlan, show: Report) -> int:
    """The allocator's peak of the real step, run in a process of its own that ends when nobody waits for it.

    Raises `NotMeasurableError`, with the reason, and `RuntimeError` or `TimeoutError` when the process fails.
    """

    def measure(report: Report) -> int:
        stages = ("starting a process of its own", *sizing.STAGES)
        stage = stages[0]

        def enter(next_stage: str) -> None:
            nonlocal stage
            stage = next_stage

        def nobody_waits() -> bool:
            try:
                report(stage.capitalize(), stages.index(stage) / len(stages))
            except Abandoned:
                return True
            return False

        return sizing.measure_in_process(TrainingStep(config, plan), enter, nobody_waits)

    return _measurements().run((config, plan), measure, show)


def ready_measurement(config: ModelConfig, plan: TrainingPlan) -> int | None:
    """The measured peak, if this step has been measured before."""
    return _measurements().ready((config, plan))


def layers(config: ModelConfig, plan: TrainingPlan, show: Report) -> tuple[LayerRow, ...]:
    """The layer table of the real model for the plan's batch size and sequence length."""

    def list_layers(report: Report) -> tuple[LayerRow, ...]:
        report("Running the model's layers", 0.1)
        forward = InferencePlan(batch_size=plan.batch_size, sequence_length=plan.sequence_length)
        return layer_table(Forward(config, forward))

    return _traces().run(("layers", config, plan.batch_size, plan.sequence_length), list_layers, show)


def _release(model: StickFigureTransformer) -> None:
    """Give the weights back at once, without waiting for the garbage collector."""
    model.to("meta")


@st.cache_resource(max_entries=2, show_spinner=False, on_release=_release)
def _model(config: ModelConfig, seed: int) -> StickFigureTransformer:
    """The real model with its seeded initial weights, for reading only. Used in the thread of the builds alone."""
    return build_model(config, seed=seed).eval().requires_grad_(False)


NARROW = 512
"""Models of fewer channels run free in one thread."""


@contextmanager
def _threads_for(config: ModelConfig) -> Iterator[None]:
    """Run a narrow model in one thread: its products are over before a second one joins, and that waits for a core.

    With a browser on the same two cores, a first motion of the small variant took 2.9 s instead of 3.9.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1 if config.d_model < NARROW else threads)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


STAGES = tuple(MOTION_STAGES)
"""What a request's motion comes as, soon and then better."""


class _Making:
    """The motions of one request in the making."""

    def __init__(self, request: MotionRequest) -> None:
        self.done: list[str] = []
        """Stages that are done."""
        self._config = request.config
        self._report: Report
        self._motions = sample_motion_stages(
            request,
            embed=embedder(request.config.embedding_dim)[0],
            progress=lambda text, share: self._report(text, share),
            model=_model(request.config, request.seed),
        )

    def advance(self, report: Report) -> Motion:
        """Make the next stage, its progress told to whoever waits for it."""
        self._report = report
        with _threads_for(self._config):
            stage, motion = next(self._motions)
        self.done.append(stage)
        return motion


@st.cache_resource(show_spinner=False)
def _begun() -> dict[MotionRequest, _Making]:
    """What has been begun and can go on, the latest last. Used in the thread of the builds alone."""
    return {}


MOST_BEGUN = 2
"""Each holds a model's weights."""


def motion(request: MotionRequest, stage: str, show: Report) -> Motion:
    """The model's motion as it is at one of the `STAGES`; the last, of many rounds, gives way to other work."""

    def make(report: Report) -> Motion:
        making = _begun().pop(request, None)
        if making is None or stage in making.done:
            making = _Making(request)
        while stage not in making.done:
            made = making.advance(report)
        if stage != STAGES[-1]:
            _begun()[request] = making
        for oldest in list(_begun())[:-MOST_BEGUN]:
            del _begun()[oldest]
        return made

    return _builds().run((stage, request), make, show, gives_way=stage == STAGES[-1])


def ready_motion(request: MotionRequest, least: str = STAGES[0]) -> Motion | None:
    """The best motion of the model that has been made before, if it is at the stage `least` or better."""
    stages = reversed(STAGES[STAGES.index(least) :])
    return next((made for stage in stages if (made := _builds().ready((stage, request)))), None)


def next_stage(request: MotionRequest, last: str = STAGES[-1]) -> str | None:
    """The stage that comes after the best that has been made before; None once `last` has been made."""
    done = max((index for index, stage in enumerate(STAGES, 1) if _builds().ready((stage, request))), default=0)
    return STAGES[done] if done <= STAGES.index(last) else None


def initial_weights_motion(request: MotionRequest, show: Report) -> Motion:
    """What the seeded initial weights make of the prompt, nothing fitted."""

    def run(report: Report) -> Motion:
        report("Running the initial weights", 0.1)
        embed = embedder(request.config.embedding_dim)[0]
        return raw_motion(request.config, request.prompt, request.frames, request.seed, embed=embed)

    return _builds().run(("initial weights", request.config, request.prompt, request.frames, request.seed), run, show)


def ready_initial_weights_motion(request: MotionRequest) -> Motion | None:
    """The same, if it has been run before."""
    return _builds().ready(("initial weights", request.config, request.prompt, request.frames, request.seed))


def give_way(_text: str, _fraction: float) -> None:
    """A report for work nobody has asked for: it ends as soon as a user waits for something else."""
    if max(_builds().jobs, _traces().jobs) > 1:
        raise Abandoned

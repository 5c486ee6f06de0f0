"""The slow calls into `stickgen`, each as a task."""

from collections.abc import Mapping
from functools import lru_cache, partial

from explorer.jobs import Abandoned, Priority, Task
from explorer.motion.language import embedder
from stickgen import ModelConfig, StickFigureTransformer, build_model, sizing
from stickgen.config import VARIANTS
from stickgen.documented.document import as_markdown, size_tables
from stickgen.documented.facts import TRAINING_MEMORY_COLUMNS
from stickgen.documented.values import DocumentedValue, training_step
from stickgen.documented.verification import Check, check
from stickgen.motion import STAGES, Motion, MotionRequest, raw_motion, sample_motion_stages
from stickgen.progress import Progress, standing
from stickgen.sizing import Device, LayerTable, MemoryEstimate, StepCosts, StepTimes, Suggestion
from stickgen.tables import Table
from stickgen.workloads import Forward, TrainingStep


def memory(step: TrainingStep) -> Task[MemoryEstimate]:
    """The memory of a training step."""
    return Task(("memory", step), partial(sizing.estimate_memory, step))


def peak(step: TrainingStep) -> Task[int]:
    """The peak of a training step in bytes, one of many."""
    return Task(("peak", step), partial(sizing.peak_bytes, step), Priority.TABLE)


def costs(step: TrainingStep) -> Task[StepCosts]:
    """Everything about a training step that has to be traced."""
    return Task(("costs", step), partial(sizing.step_costs, step))


def fits(step: TrainingStep, devices: Mapping[str, Device]) -> Task[Table]:
    """The devices that a training step fits, and the largest batch for each, which takes a trace of its own."""

    def find(report: Progress) -> Table:
        estimate = memory(step).run(report)
        again = standing(report, "Tracing the same step with a batch", 0.5)
        return sizing.fit_table(estimate, devices, again)

    return Task(("fits", step, tuple(devices.items())), find)


def changes(step: TrainingStep, budget_bytes: int, pairs: bool) -> Task[list[Suggestion]]:
    """What would make a step smaller: single changes, or pairs of them as well."""

    def try_changes(report: Progress) -> list[Suggestion]:
        return sizing.what_would_fit(step, budget_bytes, pairs, lambda tried, share: report(f"Tracing: {tried}", share))

    return Task(("changes", step, budget_bytes, pairs), try_changes, Priority.TABLE)


def layers(forward: Forward) -> Task[LayerTable]:
    """The layer table of a forward pass."""

    def list_layers(report: Progress) -> LayerTable:
        report("Running the model's layers", 0.1)
        return sizing.layer_table(forward)

    return Task(("layers", forward), list_layers)


def check_value(value: DocumentedValue) -> Task[Check]:
    """A documented value beside the computed one."""
    return Task(("check", value), lambda _report: check(value), Priority.TABLE)


def size_document() -> Task[str]:
    """The Markdown of the model sizes document, from live values."""

    def write(report: Progress) -> str:
        cells = [(variant, column) for variant in VARIANTS for column in TRAINING_MEMORY_COLUMNS]
        for done, cell in enumerate(cells):
            report(f"Tracing training step {done + 1} of {len(cells)}", done / len(cells))
            peak(training_step(*cell)).run(report)
        return as_markdown(size_tables())

    return Task("document", write)


def times(step: TrainingStep) -> Task[StepTimes]:
    """How long step and forward pass take on this machine. Its work raises `NotMeasurableError`, saying why not."""
    return Task(("times", step), partial(sizing.step_times, step), Priority.MEASUREMENT)


def measured_memory(step: TrainingStep) -> Task[int]:
    """The allocator's peak of the real step, run in a process of its own that ends when nobody waits for it.

    Its work raises `NotMeasurableError`, with the reason, and `RuntimeError` or `TimeoutError` when the process fails.
    """

    def measure(report: Progress) -> int:
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

        return sizing.measure_in_process(step, enter, nobody_waits)

    return Task(("measured memory", step), measure, Priority.MEASUREMENT)


@lru_cache(maxsize=2)
def _model(config: ModelConfig, seed: int) -> StickFigureTransformer:
    """The real model with its seeded initial weights, for reading only."""
    return build_model(config, seed=seed).eval().requires_grad_(False)


NARROW = 512
"""Models of fewer channels run in one thread: their products are over before a second one joins, and that waits for a
core. With a browser on the same two cores, a first motion of the small variant took 2.9 s instead of 3.9."""

STAGE_PRIORITIES: dict[str, Priority] = {"opening": Priority.OPENING, "whole": Priority.WHOLE}
"""Of the stages of a motion; all others are made in the background."""


class _Making:
    """The motions of one request in the making."""

    def __init__(self, request: MotionRequest) -> None:
        self.done: list[str] = []
        """Stages that are done."""
        self._report: Progress
        self._motions = sample_motion_stages(
            request,
            embed=embedder(request.config.embedding_dim)[0],
            progress=lambda text, share: self._report(text, share),
            model=_model(request.config, request.seed),
        )

    def advance(self, report: Progress) -> Motion:
        """Make the next stage, its progress told to whoever waits for it."""
        self._report = report
        stage, motion = next(self._motions)
        self.done.append(stage)
        return motion


_begun: dict[MotionRequest, _Making] = {}
"""What has been begun and can go on, the latest last. Touched only by the thread that works."""

MAX_BEGUN = 2
"""Each holds a model's weights."""


def motion(request: MotionRequest, stage: str) -> Task[Motion]:
    """The model's motion as it is at one of the `STAGES`."""

    def make(report: Progress) -> Motion:
        making = _begun.pop(request, None)
        if making is None or stage in making.done:
            making = _Making(request)
        while stage not in making.done:
            made = making.advance(report)
        if stage != list(STAGES)[-1]:
            _begun[request] = making
        for oldest in list(_begun)[:-MAX_BEGUN]:
            del _begun[oldest]
        return made

    return Task(
        ("motion", request, stage),
        make,
        STAGE_PRIORITIES.get(stage, Priority.BACKGROUND),
        threads=_threads(request.config),
    )


def motions(request: MotionRequest, last: str) -> list[Task[Motion]]:
    """The motion at every stage up to `last`, each better than the one before: for `slots.fill_best`."""
    names = list(STAGES)
    return [motion(request, stage) for stage in names[: names.index(last) + 1]]


def best_motion(request: MotionRequest, least: str = "opening") -> Motion | None:
    """The best motion of the model that is there, if it is at the stage `least` or better."""
    names = list(STAGES)
    stages = reversed(names[names.index(least) :])
    return next((made for stage in stages if (made := motion(request, stage).ready())), None)


def whole_motion(request: MotionRequest) -> Task[Motion]:
    """The whole motion, or the refined one where that is already there."""
    refined = motion(request, "refined")
    return motion(request, "whole") if refined.ready() is None else refined


def next_motion(request: MotionRequest, last: str) -> Task[Motion] | None:
    """The stage that comes after the best that is there; None once `last` is."""
    remaining: list[Task[Motion]] = []
    for task in reversed(motions(request, last="refined")):
        if task.ready() is not None:
            break
        remaining.insert(0, task)
    wanted = {task.key for task in motions(request, last)}
    return next((task for task in remaining if task.key in wanted), None)


def initial_weights_motion(request: MotionRequest) -> Task[Motion]:
    """What the seeded initial weights make of the prompt, nothing fitted."""

    def run(report: Progress) -> Motion:
        report("Running the initial weights", 0.1)
        embed = embedder(request.config.embedding_dim)[0]
        return raw_motion(request.config, request.prompt, request.frames, request.seed, embed=embed)

    key = ("initial weights", request.config, request.prompt, request.frames, request.seed)
    return Task(key, run, Priority.WHOLE, threads=_threads(request.config))


def _threads(config: ModelConfig) -> int | None:
    return 1 if config.d_model < NARROW else None

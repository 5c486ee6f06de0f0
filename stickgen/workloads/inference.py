"""Running a model, not training it: one forward pass, or a rollout frame by frame."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import ClassVar, Self

import torch

from stickgen.config import ModelConfig
from stickgen.model import MotionOutput, StickFigureTransformer, build_model
from stickgen.model.rollout import START_FRAMES, Trajectory, roll_out
from stickgen.plan import InferencePlan
from stickgen.workloads.batch import Tensors, cast, example_inputs
from stickgen.workloads.precision import autocast
from stickgen.workloads.workload import CPU, FAKE, EnterPhase, Held, held_as_inputs, held_by_model, placed


@dataclass(frozen=True)
class _Inference:
    """What the ways to run a model have in common."""

    config: ModelConfig
    plan: InferencePlan = InferencePlan()

    @property
    def batch_size(self) -> int:
        """Sequences at a time."""
        return self.plan.batch_size

    @property
    def sequence_length(self) -> int:
        """Frames in a sequence."""
        return self.plan.sequence_length

    @property
    def place(self) -> str:
        """Where it is traced: without dropout a CPU has an attention kernel of its own, which the meta device lacks."""
        return FAKE

    def resized(self, batch_size: int, sequence_length: int) -> Self:
        """The same at another batch size and sequence length."""
        return replace(self, plan=replace(self.plan, batch_size=batch_size, sequence_length=sequence_length))

    def shortened(self) -> Self:
        """The same: nothing in it only repeats."""
        return self

    def arithmetic(self) -> tuple[Self, int]:
        """The same in FP32: precision does not change the products."""
        return replace(self, plan=replace(self.plan, precision="float32")), 1

    def problem_on_cpu(self) -> str:
        """Nothing: a CPU has every kernel of it."""
        return ""

    def _model(self, device: str, seed: int) -> StickFigureTransformer:
        model = build_model(self.config, device, seed).eval().requires_grad_(False)
        return model.to(torch.bfloat16) if self.plan.precision == "bfloat16" else model

    def _cast(self, inputs: Tensors) -> Tensors:
        return cast(inputs, torch.bfloat16) if self.plan.precision == "bfloat16" else inputs


@dataclass(frozen=True)
class Forward(_Inference):
    """One pass of a batch of sequences through the model, with every input given."""

    phases: ClassVar[tuple[str, ...]] = ("forward",)
    unrolls: ClassVar[bool] = False

    @property
    def positions(self) -> int:
        """The text token and all frames."""
        return 1 + self.plan.sequence_length

    @contextmanager
    def prepare(self, place: str = CPU, seed: int = 0) -> Iterator["PreparedForward"]:
        """The pass at one of `PLACES`: its model and an example batch."""
        with placed(place, partial(self._model, seed=seed), self._inputs) as (model, inputs):
            yield PreparedForward(model, inputs, self.plan)

    def _inputs(self, device: str) -> Tensors:
        return self._cast(example_inputs(self.config, self.plan.batch_size, self.plan.sequence_length, device))


class PreparedForward:
    """A forward pass on a device."""

    def __init__(self, model: StickFigureTransformer, inputs: Tensors, plan: InferencePlan) -> None:
        self.model = model
        self.inputs = inputs
        self.plan = plan

    def first_run(self) -> None:
        """Nothing: every pass is like the first."""

    def run(self, enter_phase: EnterPhase = lambda _: None) -> MotionOutput:
        """One forward pass."""
        enter_phase("forward")
        # Not inference mode: in it a tracer gets composite operators whole and misses what they allocate within.
        with torch.no_grad(), autocast(self.plan.precision, self.inputs["motion"].device):
            output: MotionOutput = self.model(**self.inputs)
        return output

    def held(self) -> Iterator[Held]:
        """Parameters, buffers and inputs."""
        yield from held_by_model(self.model)
        yield from held_as_inputs(self.inputs)


@dataclass(frozen=True)
class Generation(_Inference):
    """A rollout: the model running on its own output, frame by frame on a key-value cache, from a few given frames.

    The plan's sequence length is the number of frames that are generated.
    """

    phases: ClassVar[tuple[str, ...]] = ("condition", "rollout")
    unrolls: ClassVar[bool] = True

    @property
    def positions(self) -> int:
        """Positions in the key-value cache: the text token, the given frames and the generated ones."""
        return 1 + START_FRAMES + self.plan.sequence_length

    @contextmanager
    def prepare(self, place: str = CPU, seed: int = 0) -> Iterator["PreparedGeneration"]:
        """The rollout at one of `PLACES`: its model, the frames it starts from, text and image."""
        with placed(place, partial(self._model, seed=seed), self._inputs) as (model, inputs):
            yield PreparedGeneration(model, inputs, self.plan)

    def _inputs(self, device: str) -> Tensors:
        inputs = example_inputs(self.config, self.plan.batch_size, START_FRAMES, device)
        return self._cast({name: value for name, value in inputs.items() if name in _GENERATION_INPUTS})


_GENERATION_INPUTS = ("motion", "text_embedding", "image_tensor", "image_camera_pose")


class PreparedGeneration:
    """A rollout on a device."""

    def __init__(self, model: StickFigureTransformer, inputs: Tensors, plan: InferencePlan) -> None:
        self.model = model
        self.inputs = inputs
        self.plan = plan

    def first_run(self) -> None:
        """Nothing: every rollout is like the first."""

    def run(self, enter_phase: EnterPhase = lambda _: None) -> Trajectory:
        """One rollout."""
        inputs = self.inputs
        with torch.no_grad(), autocast(self.plan.precision, inputs["motion"].device):
            enter_phase("condition")
            token = self.model.condition(
                inputs["text_embedding"], inputs.get("image_tensor"), inputs.get("image_camera_pose")
            )
            enter_phase("rollout")
            return roll_out(self.model, token, inputs["motion"], self.plan.sequence_length)

    def held(self) -> Iterator[Held]:
        """Parameters, buffers and inputs."""
        yield from held_by_model(self.model)
        yield from held_as_inputs(self.inputs)

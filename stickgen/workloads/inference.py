"""Running a model, not training it: one forward pass, or a rollout frame by frame."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import ClassVar

import torch

from stickgen.config import ModelConfig
from stickgen.model import MotionOutput, StickFigureTransformer, build_model
from stickgen.model.rollout import START_FRAMES, Trajectory, roll_out
from stickgen.plan import InferencePlan
from stickgen.workloads.batch import Tensors, cast, example_inputs
from stickgen.workloads.precision import autocast
from stickgen.workloads.workload import CPU, FAKE, EnterPhase, Held, held_as_inputs, held_by_model, placed


@dataclass(frozen=True)
class Forward:
    """One pass of a batch of sequences through the model, with every input given."""

    config: ModelConfig
    plan: InferencePlan = InferencePlan()
    phases: ClassVar[tuple[str, ...]] = ("forward",)
    unrolls: ClassVar[bool] = False

    @property
    def batch_size(self) -> int:
        """Sequences in the pass."""
        return self.plan.batch_size

    @property
    def sequence_length(self) -> int:
        """Frames in a sequence."""
        return self.plan.sequence_length

    @property
    def positions(self) -> int:
        """The text token and all frames."""
        return 1 + self.plan.sequence_length

    @property
    def place(self) -> str:
        """Where it is traced: without dropout a CPU has an attention kernel of its own, which the meta device lacks."""
        return FAKE

    def resized(self, batch_size: int, sequence_length: int) -> "Forward":
        """The same pass over another batch."""
        return replace(self, plan=replace(self.plan, batch_size=batch_size, sequence_length=sequence_length))

    def shortened(self) -> "Forward":
        """The pass itself: nothing in it only repeats."""
        return self

    def arithmetic(self) -> tuple["Forward", int]:
        """The pass in FP32: precision does not change the products."""
        return replace(self, plan=replace(self.plan, precision="float32")), 1

    def problem_on_cpu(self) -> str:
        """Nothing: a CPU has every kernel of it."""
        return ""

    @contextmanager
    def prepare(self, place: str = CPU, seed: int = 0) -> Iterator["PreparedForward"]:
        """The pass at one of `PLACES`: its model and an example batch."""
        with placed(place, partial(_model, self.config, self.plan, seed=seed), self._inputs) as (model, inputs):
            yield PreparedForward(model, inputs, self.plan)

    def _inputs(self, device: str) -> Tensors:
        inputs = example_inputs(self.config, self.plan.batch_size, self.plan.sequence_length, device)
        return cast(inputs, torch.bfloat16) if self.plan.precision == "bfloat16" else inputs


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
class Generation:
    """A rollout: the model running on its own output, frame by frame on a key-value cache, from a few given frames."""

    config: ModelConfig
    plan: InferencePlan = InferencePlan()
    phases: ClassVar[tuple[str, ...]] = ("condition", "rollout")
    unrolls: ClassVar[bool] = True

    @property
    def batch_size(self) -> int:
        """Sequences at a time."""
        return self.plan.batch_size

    @property
    def sequence_length(self) -> int:
        """Frames that are generated."""
        return self.plan.sequence_length

    @property
    def positions(self) -> int:
        """Positions in the key-value cache: the text token, the given frames and the generated ones."""
        return 1 + START_FRAMES + self.plan.sequence_length

    @property
    def place(self) -> str:
        """Where it is traced: as for `Forward`."""
        return FAKE

    def resized(self, batch_size: int, sequence_length: int) -> "Generation":
        """Another number of sequences, of another length."""
        return replace(self, plan=replace(self.plan, batch_size=batch_size, sequence_length=sequence_length))

    def shortened(self) -> "Generation":
        """The rollout itself: every frame attends over more positions than the one before."""
        return self

    def arithmetic(self) -> tuple["Generation", int]:
        """The rollout in FP32: precision does not change the products."""
        return replace(self, plan=replace(self.plan, precision="float32")), 1

    def problem_on_cpu(self) -> str:
        """Nothing: a CPU has every kernel of it."""
        return ""

    @contextmanager
    def prepare(self, place: str = CPU, seed: int = 0) -> Iterator["PreparedGeneration"]:
        """The rollout at one of `PLACES`: its model, the frames it starts from, text and image."""
        with placed(place, partial(_model, self.config, self.plan, seed=seed), self._inputs) as (model, inputs):
            yield PreparedGeneration(model, inputs, self.plan)

    def _inputs(self, device: str) -> Tensors:
        inputs = example_inputs(self.config, self.plan.batch_size, START_FRAMES, device)
        kept = {name: value for name, value in inputs.items() if name in _GENERATION_INPUTS}
        return cast(kept, torch.bfloat16) if self.plan.precision == "bfloat16" else kept


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


def _model(config: ModelConfig, plan: InferencePlan, device: str, seed: int) -> StickFigureTransformer:
    model = build_model(config, device, seed).eval().requires_grad_(False)
    return model.to(torch.bfloat16) if plan.precision == "bfloat16" else model

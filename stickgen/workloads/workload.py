"""What every workload has in common: a config and a plan that can be prepared on a device and run."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, ClassVar, NamedTuple, Protocol, Self

import torch
from torch import Tensor
from torch._subclasses import FakeTensor, FakeTensorMode

from stickgen.config import ModelConfig
from stickgen.model import StickFigureTransformer
from stickgen.workloads.batch import Tensors

META, FAKE, CPU, CUDA = "meta", "fake", "cpu", "cuda"

PLACES: dict[str, str] = {
    META: "PyTorch's meta device: shapes without data",
    FAKE: "tensors without data that claim to be on the CPU, for what the meta device cannot do, such as autocast",
    CPU: "this machine's CPU",
    CUDA: "this machine's GPU",
}
"""Where a workload can be prepared."""

EnterPhase = Callable[[str], None]
"""Called with the name of each phase of a run as it begins."""


class Held(NamedTuple):
    """A tensor that exists before a run begins."""

    tensor: Tensor
    category: str
    """What it is held for: "parameters" (buffers too), "optimizer state" or "inputs"."""
    module: str
    """Path of the module it belongs to; empty for inputs."""


class Prepared(Protocol):
    """A workload on a device, ready to run as often as wanted."""

    model: StickFigureTransformer

    def first_run(self) -> None:
        """Do what only the first run does, such as creating the optimizer's state, on tensors with or without data."""

    def run(self, enter_phase: EnterPhase = ...) -> object:
        """Run once."""

    def held(self) -> Iterator[Held]:
        """Every tensor that exists before a run after the first."""


class Workload(Protocol):
    """A config and a plan. Frozen and hashable, so it serves as a cache key."""

    phases: ClassVar[tuple[str, ...]]
    """The phases of a run, in order."""
    unrolls: ClassVar[bool]
    """Whether every frame runs operators of its own, so that every sequence length needs a trace of its own."""

    def __hash__(self) -> int: ...

    @property
    def config(self) -> ModelConfig:
        """The model that runs."""

    @property
    def plan(self) -> Any:
        """How it is used."""

    @property
    def batch_size(self) -> int:
        """Sequences in one run."""

    @property
    def sequence_length(self) -> int:
        """Frames in a sequence."""

    @property
    def positions(self) -> int:
        """Positions the encoder attends over: the text token and the frames it reads."""

    @property
    def place(self) -> str:
        """The key of `PLACES` where a run can be traced: `META` or `FAKE`."""

    def resized(self, batch_size: int, sequence_length: int) -> Self:
        """The same at another batch size and sequence length."""

    def shortened(self) -> Self:
        """The same without what only repeats, so that its trace is short and its peak the same."""

    def arithmetic(self) -> tuple["Workload", int]:
        """A workload with all the products of this one to count, and how often it is done."""

    def problem_on_cpu(self) -> str:
        """Why it cannot run on a CPU, in a sentence; empty if it can."""

    def prepare(self, place: str = CPU, seed: int = 0) -> AbstractContextManager[Prepared]:
        """The workload at one of `PLACES`, for as long as the context lasts; `seed` draws the weights."""


@contextmanager
def placed(
    place: str,
    build: Callable[[str], StickFigureTransformer],
    fill: Callable[[str], Tensors],
) -> Iterator[tuple[StickFigureTransformer, Tensors]]:
    """A model and what it runs on at one of `PLACES`, from functions that make them on a device of PyTorch's."""
    if place != FAKE:
        yield build(place), fill(place)
        return
    model, tensors = build(META), fill(META)
    with FakeTensorMode(allow_non_fake_inputs=True):
        model.to_empty(device=CPU)
        yield model, {name: torch.empty_like(tensor, device=CPU) for name, tensor in tensors.items()}


def held_by_model(model: StickFigureTransformer) -> Iterator[Held]:
    """Every parameter and buffer."""
    for name, tensor in (*model.named_parameters(), *model.named_buffers()):
        yield Held(tensor, "parameters", name.rpartition(".")[0])


def held_as_inputs(tensors: Tensors) -> Iterator[Held]:
    """Every input and target."""
    for tensor in tensors.values():
        yield Held(tensor, "inputs", "")


def has_data(model: StickFigureTransformer) -> bool:
    """Whether the weights have values, not shapes alone."""
    weight = next(model.parameters())
    return not (weight.is_meta or isinstance(weight, FakeTensor))

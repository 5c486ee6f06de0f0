"""How a model is trained: the knobs of one training step, what each is called and what it costs.

Like `stickgen/config.py`, this module imports no torch. What a name makes happen stands under the same key in
`stickgen/workloads/training.py`, so the step that is traced, measured and run is one and the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

from stickgen.config import FULL_SEQUENCE_LENGTH, MAX_LAYERS, ModelConfig, check_choice


@dataclass(frozen=True, kw_only=True)
class Choice:
    """One value of a knob."""

    label: str
    cost: str
    """What choosing it costs, in one sentence."""


OPTIMIZERS: dict[str, Choice] = {
    "adamw": Choice(label="AdamW", cost="Two extra values are kept for every trained weight."),
    "sgd": Choice(
        label="SGD with momentum",
        cost="One step size for all weights: transformers usually need more tuning than with AdamW.",
    ),
    "adafactor": Choice(
        label="Adafactor",
        cost="Second moments are kept as row and column sums, without momentum: noisier than AdamW.",
    ),
}

OPTIMIZER_LOOPS: dict[str, Choice] = {
    "for_loop": Choice(label="One tensor at a time", cost="More kernel launches: a slower optimizer step on a GPU."),
    "foreach": Choice(
        label="All tensors at once (foreach)",
        cost="PyTorch's default on CUDA: faster steps, with temporaries as large as all trained weights.",
    ),
}

PRECISIONS: dict[str, Choice] = {
    "float32": Choice(label="FP32", cost="The reference: no rounding beyond FP32, and the most memory."),
    "bfloat16_autocast": Choice(
        label="BF16 autocast",
        cost="Matrix products are rounded to 8 bits of mantissa; weights and optimizer state stay FP32.",
    ),
    "float16_autocast": Choice(
        label="FP16 autocast",
        cost="Matrix products have a narrow range, so the loss must be scaled and some steps are skipped.",
    ),
    "bfloat16": Choice(
        label="Pure BF16",
        cost="Weights and optimizer state are BF16 too: small updates round away, and training may stall.",
    ),
}

ATTENTION_PATHS: dict[str, Choice] = {
    "math": Choice(
        label="Math",
        cost="The attention matrices are stored for the backward pass, quadratic in the sequence length.",
    ),
    "fused": Choice(
        label="Fused",
        cost="Needs a CUDA kernel, and recomputes the attention matrix in the backward pass.",
    ),
}

FROZEN_PARTS: dict[str, Choice] = {
    "none": Choice(label="Nothing", cost="Every weight is trained."),
    "image_encoder": Choice(
        label="Image encoder",
        cost="The image encoder stays as it was loaded; useful only if it was trained before.",
    ),
    "all_but_heads": Choice(
        label="Everything but the decoder heads",
        cost="Only the six heads learn: enough to adapt an output, not to teach a motion.",
    ),
}

PARALLEL_MODES: dict[str, Choice] = {
    "none": Choice(label="One device", cost="No communication."),
    "ddp": Choice(
        label="Data parallel (DDP)",
        cost="Every rank holds the whole model, and a bucket copy of the gradients that are averaged.",
    ),
    "fsdp2": Choice(
        label="Fully sharded (FSDP2)",
        cost="Weights are gathered layer by layer in forward and backward: more communication than DDP.",
    ),
}

MAX_RANKS = 64

KNOB_NUMBERS: dict[str, Sequence[int]] = {
    "batch_size": range(1, 512 + 1),
    "sequence_length": range(2, 1000 + 1),
    "activation_checkpointing": range(MAX_LAYERS + 1),
    "gradient_accumulation": range(1, 64 + 1),
    "lora_rank": range(64 + 1),
    "ranks": range(1, MAX_RANKS + 1),
}
"""Values a shared server offers of every knob that is a number, smallest first. A `TrainingPlan` takes more."""

KNOB_DECIMALS: dict[str, tuple[float, float, float]] = {"lora_dropout": (0.0, 0.9, 0.05)}
"""Every knob that is a decimal number: the least and the most a shared server offers, and the step of its control."""

LORA_TARGETS = "transformer_encoder pose_decoder"
"""What Stick-Gen's presets adapt: every linear layer of the encoder and of the pose head."""

KNOB_TEXTS: dict[str, int] = {"lora_targets": 300}
"""Every knob that is a text, to the most characters a shared server takes."""

KNOB_HELP: dict[str, str] = {
    "batch_size": "Sequences in one training step.",
    "sequence_length": "Frames in one training sequence: 250 are 10 seconds.",
    "activation_checkpointing": (
        "Encoder layers that keep only their input and are computed again in the backward pass."
    ),
    "gradient_accumulation": "Micro-batches whose gradients are summed before the optimizer steps.",
    "lora_rank": (
        "Rank of the LoRA adapters. They alone are trained, and every other weight is frozen. "
        "0 trains the weights themselves; Stick-Gen uses 8 and 16."
    ),
    "lora_dropout": "Share of the adapters' input that is dropped. Stick-Gen uses 0.05; 0 takes less memory.",
    "lora_targets": (
        "Linear layers that get an adapter: regular expressions, separated by spaces, each searched for in the layers' "
        f"names. Stick-Gen's presets have `{LORA_TARGETS}`."
    ),
    "ranks": "Devices that train together, with `ddp` or `fsdp2`.",
}
"""What every knob that is a number or a text is for, in a sentence or two."""

_BATCH_NORM_ENCODERS = ("lightweight_cnn", "resnet")
_MIN_IMAGE_SIZE = 32

_MINIMUM = {
    "batch_size": 1,
    "sequence_length": 2,
    "activation_checkpointing": 0,
    "gradient_accumulation": 1,
    "lora_rank": 0,
    "ranks": 1,
}


@dataclass(frozen=True, kw_only=True)
class TrainingPlan:
    """The knobs of one training step. Frozen and hashable, so it serves as a cache key.

    Raises `ValueError`, naming what is allowed, for a value that has no meaning.
    """

    batch_size: int = 1
    """Sequences in a micro-batch, on each device."""
    sequence_length: int = FULL_SEQUENCE_LENGTH
    """Frames in a sequence. The model reads all but the last and predicts all but the first."""
    optimizer: str = "adamw"
    """A key of `OPTIMIZERS`."""
    optimizer_loop: str = "for_loop"
    """A key of `OPTIMIZER_LOOPS`."""
    precision: str = "float32"
    """A key of `PRECISIONS`."""
    attention: str = "math"
    """A key of `ATTENTION_PATHS`."""
    activation_checkpointing: int = 0
    """Encoder layers, counted from the first, that keep only their input and are recomputed in backward."""
    gradient_accumulation: int = 1
    """Micro-batches whose gradients are summed before the optimizer steps."""
    frozen: str = "none"
    """A key of `FROZEN_PARTS`: the weights that are not trained."""
    lora_rank: int = 0
    """Rank of the adapters, which alone are trained; 0 trains the weights."""
    lora_dropout: float = 0.05
    """Share of the adapters' input that is dropped."""
    lora_targets: str = LORA_TARGETS
    """Regular expressions, separated by spaces: the linear layers whose names they are found in have adapters."""
    parallel: str = "none"
    """A key of `PARALLEL_MODES`."""
    ranks: int = 1
    """Devices that train together."""

    def __post_init__(self) -> None:
        for name, minimum in _MINIMUM.items():
            _check_whole_number(name, getattr(self, name), minimum)
        for name, choices in CHOICES.items():
            check_choice(name, getattr(self, name), choices)
        if not isinstance(self.lora_dropout, int | float) or not 0 <= self.lora_dropout < 1:
            raise ValueError(
                f"lora_dropout must be a number from 0 up to, but not including, 1, not {self.lora_dropout!r}"
            )
        if not isinstance(self.lora_targets, str) or not self.lora_targets.split():
            raise ValueError(
                f"lora_targets must be one or more patterns, separated by spaces, not {self.lora_targets!r}"
            )
        if self.lora_rank and self.frozen != "none":
            raise ValueError(
                f"lora_rank {self.lora_rank} freezes every weight already: leave frozen at none, not {self.frozen}"
            )
        if self.parallel == "fsdp2" and self.optimizer == "adafactor":
            raise ValueError(
                "adafactor does not run on the shards of fsdp2: choose optimizer from "
                f"{', '.join(name for name in OPTIMIZERS if name != 'adafactor')}, or parallel ddp"
            )
        if self.ranks > MAX_RANKS:
            raise ValueError(f"ranks must be from 1 to {MAX_RANKS}, not {self.ranks}")
        if (self.parallel == "none") != (self.ranks == 1):
            raise ValueError(
                "parallel and ranks go together: one device is parallel='none' with ranks=1, several are "
                f"ddp or fsdp2 with 2 to {MAX_RANKS}; "
                f"got parallel={self.parallel!r} and ranks={self.ranks}"
            )


@dataclass(frozen=True, kw_only=True)
class InferencePlan:
    """How a trained model is run. Frozen and hashable, so it serves as a cache key.

    Raises `ValueError`, naming what is allowed, for a value that has no meaning.
    """

    batch_size: int = 1
    """Sequences at a time."""
    sequence_length: int = FULL_SEQUENCE_LENGTH
    """Frames in a sequence."""
    precision: str = "float32"
    """A key of `PRECISIONS`."""

    def __post_init__(self) -> None:
        for name in ("batch_size", "sequence_length"):
            _check_whole_number(name, getattr(self, name), 1)
        check_choice("precision", self.precision, PRECISIONS)


def _check_whole_number(name: str, value: object, minimum: int) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or value < minimum:
        raise ValueError(f"{name} must be a whole number of at least {minimum}, not {value!r}")


CHOICES: dict[str, dict[str, Choice]] = {
    "optimizer": OPTIMIZERS,
    "optimizer_loop": OPTIMIZER_LOOPS,
    "precision": PRECISIONS,
    "attention": ATTENTION_PATHS,
    "frozen": FROZEN_PARTS,
    "parallel": PARALLEL_MODES,
}
"""Every knob that is a choice of names, to its registry."""

KNOB_LABELS: dict[str, str] = {
    "batch_size": "Batch size",
    "sequence_length": "Frames per sequence",
    "optimizer": "Optimizer",
    "optimizer_loop": "Optimizer step",
    "precision": "Precision",
    "attention": "Attention path",
    "activation_checkpointing": "Recomputed encoder layers",
    "gradient_accumulation": "Micro-batches per step",
    "frozen": "Frozen",
    "lora_rank": "LoRA rank",
    "lora_dropout": "LoRA dropout",
    "lora_targets": "LoRA layer patterns",
    "parallel": "Parallel training",
    "ranks": "Devices",
}
"""Every knob to what people call it."""


def check_plan(config: ModelConfig, plan: TrainingPlan) -> None:
    """Raise `ValueError`, naming what is allowed, where `plan` asks for something `config` does not have."""
    if plan.activation_checkpointing > config.num_layers:
        raise ValueError(
            f"activation_checkpointing must be 0 to {config.num_layers}, the encoder layers of this config, "
            f"not {plan.activation_checkpointing}"
        )
    if plan.frozen == "image_encoder" and not config.is_multimodal:
        raise ValueError("a motion-only config has no image encoder to freeze: choose frozen from none, all_but_heads")
    if plan.batch_size < _min_batch_size(config):
        raise ValueError(
            f"{config.image_encoder} trains with batch norm, which needs more than one value a channel: "
            f"with images of {config.image_size} pixels choose a batch_size of at least 2, or images of at least "
            f"{2 * config.image_size} pixels"
        )


def adapt_plan(config: ModelConfig, plan: TrainingPlan) -> TrainingPlan:
    """`plan` with the knobs that `config` lacks at their nearest value: `check_plan` accepts it."""
    return replace(
        plan,
        batch_size=max(plan.batch_size, _min_batch_size(config)),
        activation_checkpointing=min(plan.activation_checkpointing, config.num_layers),
        frozen="none" if plan.frozen == "image_encoder" and not config.is_multimodal else plan.frozen,
    )


def _min_batch_size(config: ModelConfig) -> int:
    """The convolutional encoders end in one value a channel for an image of 32 pixels, too few for batch norm."""
    return 2 if config.image_encoder in _BATCH_NORM_ENCODERS and config.image_size == _MIN_IMAGE_SIZE else 1


def changed_knobs(plan: TrainingPlan) -> dict[str, object]:
    """The knobs of `plan` that are not at their default."""
    return {
        field.name: getattr(plan, field.name) for field in fields(plan) if getattr(plan, field.name) != field.default
    }


def plan_text(plan: TrainingPlan) -> str:
    """The knobs that decide the memory of a plan at every batch size, as people read them."""
    labels = PRECISIONS[plan.precision].label, OPTIMIZERS[plan.optimizer].label
    attention = ATTENTION_PATHS[plan.attention].label.lower()
    return f"{plan.sequence_length} frames, {', '.join(labels)}, {attention} attention"


def full_plan_text(plan: TrainingPlan) -> str:
    """All of a plan as people read it; of the knobs that seldom change, those that did."""
    said = ("batch_size", "sequence_length", "precision", "optimizer", "attention")
    changed = {name: value for name, value in changed_knobs(plan).items() if name not in said}
    parts = [f"batch size {plan.batch_size}", plan_text(plan)]
    return ", ".join([*parts, *(f"{KNOB_LABELS[name].lower()}: {value}" for name, value in changed.items())])

"""How a model is trained: the knobs of one training step, what each is called and what it costs.

Like `stickgen/config.py`, this module imports no torch. What a name makes happen stands under the same key in
`stickgen/training.py`, so the step that is traced, measured and run is one and the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

from stickgen.config import FULL_SEQUENCE_LENGTH, MOST_LAYERS, ModelConfig, check_choice


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

LARGEST_RANK_COUNT = 64

KNOB_NUMBERS: dict[str, Sequence[int]] = {
    "batch_size": range(1, 512 + 1),
    "sequence_length": range(2, 1000 + 1),
    "activation_checkpointing": range(MOST_LAYERS + 1),
    "gradient_accumulation": range(1, 64 + 1),
    "lora_rank": range(64 + 1),
    "image_size": (128, 192, 256, 320, 384, 512),
    "ranks": range(1, LARGEST_RANK_COUNT + 1),
}
"""Values a shared server offers of every knob that is a number, smallest first. A `TrainingPlan` takes more."""

_BATCH_NORM_ENCODERS = ("lightweight_cnn", "resnet")

_SMALLEST = {
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
    image_size: int | None = None
    """Side of the square image in pixels, or None for that of the config."""
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
    """Rank of the adapters on attention and pose decoder, which alone are trained; 0 trains the weights."""
    parallel: str = "none"
    """A key of `PARALLEL_MODES`."""
    ranks: int = 1
    """Devices that train together."""

    def __post_init__(self) -> None:
        for name, smallest in _SMALLEST.items():
            value = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool) or value < smallest:
                raise ValueError(f"{name} must be a whole number of at least {smallest}, not {value!r}")
        for name, choices in CHOICES.items():
            check_choice(name, getattr(self, name), choices)
        if self.image_size is not None:
            _check_image_size(self.image_size)
        if self.lora_rank and self.frozen != "none":
            raise ValueError(
                f"lora_rank {self.lora_rank} freezes every weight already: leave frozen at none, not {self.frozen}"
            )
        if self.ranks > LARGEST_RANK_COUNT:
            raise ValueError(f"ranks must be from 1 to {LARGEST_RANK_COUNT}, not {self.ranks}")
        if (self.parallel == "none") != (self.ranks == 1):
            raise ValueError(
                "parallel and ranks go together: one device is parallel='none' with ranks=1, several are "
                f"ddp or fsdp2 with 2 to {LARGEST_RANK_COUNT}; "
                f"got parallel={self.parallel!r} and ranks={self.ranks}"
            )


def _check_image_size(size: object) -> None:
    if not isinstance(size, int) or isinstance(size, bool) or size < 32 or size % 32:
        raise ValueError(f"image_size must be a multiple of 32 of at least 32, not {size!r}")


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
    "sequence_length": "Frames a sequence",
    "image_size": "Image side in pixels",
    "optimizer": "Optimizer",
    "optimizer_loop": "Optimizer step",
    "precision": "Precision",
    "attention": "Attention path",
    "activation_checkpointing": "Recomputed encoder layers",
    "gradient_accumulation": "Micro-batches a step",
    "frozen": "Frozen",
    "lora_rank": "LoRA rank",
    "parallel": "Several devices",
    "ranks": "Devices",
}
"""Every knob to what people call it."""


def planned_config(config: ModelConfig, plan: TrainingPlan) -> ModelConfig:
    """The config that `plan` trains: `config` at the plan's image size.

    Raises `ValueError`, naming what is allowed, where the plan asks for something this config does not have.
    """
    if plan.activation_checkpointing > config.num_layers:
        raise ValueError(
            f"activation_checkpointing must be 0 to {config.num_layers}, the encoder layers of this config, "
            f"not {plan.activation_checkpointing}"
        )
    if plan.frozen == "image_encoder" and not config.is_multimodal:
        raise ValueError("a motion-only config has no image encoder to freeze: choose frozen from none, all_but_heads")
    planned = config if plan.image_size is None else replace(config, image_size=plan.image_size)
    if planned.image_encoder in _BATCH_NORM_ENCODERS and planned.image_size == 32 and plan.batch_size == 1:
        raise ValueError(
            f"{planned.image_encoder} trains with batch norm, which needs more than one value a channel: "
            "with images of 32 pixels choose a batch_size of at least 2, or images of at least 64 pixels"
        )
    return planned


def adapt_plan(config: ModelConfig, plan: TrainingPlan) -> TrainingPlan:
    """`plan` with knobs that this config lacks at their nearest value: `planned_config` accepts it."""
    frozen = "none" if plan.frozen == "image_encoder" and not config.is_multimodal else plan.frozen
    layers = min(plan.activation_checkpointing, config.num_layers)
    image_size = plan.image_size if config.is_multimodal else None
    adapted = replace(plan, frozen=frozen, activation_checkpointing=layers, image_size=image_size)
    if config.image_encoder in _BATCH_NORM_ENCODERS and plan.batch_size == 1 and plan.image_size == 32:
        adapted = replace(adapted, image_size=64)
    return adapted


def changed_knobs(plan: TrainingPlan) -> dict[str, object]:
    """The knobs of `plan` that are not at their default."""
    return {
        field.name: getattr(plan, field.name) for field in fields(plan) if getattr(plan, field.name) != field.default
    }

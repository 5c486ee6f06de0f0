"""What the explorer offers of a training step: the range of every knob that is a number.

The library takes more. These are what a control in the sidebar and an entry in an address may ask a shared server for.
"""

from collections.abc import Sequence

from stickgen.custom_sizes import SIZE_LIMITS
from stickgen.plan import LARGEST_RANK_COUNT

PLAN_NUMBERS: dict[str, Sequence[int]] = {
    "batch_size": range(1, 512 + 1),
    "sequence_length": range(2, 1000 + 1),
    "activation_checkpointing": range(SIZE_LIMITS["num_layers"].high + 1),
    "gradient_accumulation": range(1, 64 + 1),
    "lora_rank": range(64 + 1),
    "image_size": (128, 192, 256, 320, 384, 512),
    "ranks": range(1, LARGEST_RANK_COUNT + 1),
}
"""Field of `TrainingPlan` to its values, from the smallest to the largest."""

"""What a configuration costs: parameters, files, layers, training memory."""

from stickgen.sizing.files import FILE_DTYPES, file_size
from stickgen.sizing.layers import LayerRow, layer_table
from stickgen.sizing.memory import (
    MemoryEstimate,
    Timeline,
    estimate_training_memory,
    largest_batch,
    peak_bytes,
)
from stickgen.sizing.parameters import (
    GROUPS,
    ModuleNode,
    ParameterCounts,
    count_parameters,
    group_of,
    module_tree,
)
from stickgen.sizing.trace import CATEGORIES, PHASES

__all__ = [
    "CATEGORIES",
    "FILE_DTYPES",
    "GROUPS",
    "PHASES",
    "LayerRow",
    "MemoryEstimate",
    "ModuleNode",
    "ParameterCounts",
    "Timeline",
    "count_parameters",
    "estimate_training_memory",
    "file_size",
    "group_of",
    "largest_batch",
    "layer_table",
    "module_tree",
    "peak_bytes",
]

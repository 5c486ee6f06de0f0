"""What a configuration costs: parameters, files, layers, training memory."""

from stickgen.sizing.files import FILE_DTYPES, file_size
from stickgen.sizing.layers import LayerRow, layer_table
from stickgen.sizing.measure import (
    STAGES,
    MeasurementCancelledError,
    NotMeasurableError,
    check_measurable,
    measure_in_process,
    measure_training_memory,
)
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
    "STAGES",
    "LayerRow",
    "MeasurementCancelledError",
    "MemoryEstimate",
    "ModuleNode",
    "NotMeasurableError",
    "ParameterCounts",
    "Timeline",
    "check_measurable",
    "count_parameters",
    "estimate_training_memory",
    "file_size",
    "group_of",
    "largest_batch",
    "layer_table",
    "measure_in_process",
    "measure_training_memory",
    "module_tree",
    "peak_bytes",
]

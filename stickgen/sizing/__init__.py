"""What a configuration costs: parameters, files, layers, training memory."""

from stickgen.sizing.advice import CHANGES, Change, Suggestion, what_would_fit
from stickgen.sizing.files import FILE_DTYPES, file_size
from stickgen.sizing.layers import LayerRow, layer_table
from stickgen.sizing.measure import (
    STAGES,
    NotMeasurableError,
    check_measurable,
    measure_training_memory,
)
from stickgen.sizing.measure_process import MeasurementCancelledError, measure_in_process
from stickgen.sizing.memory import (
    MemoryEstimate,
    Timeline,
    estimate_training_memory,
    largest_batch,
    peak_bytes,
)
from stickgen.sizing.operations import OperationCounts, count_operations
from stickgen.sizing.overhead import ASSUMPTIONS, FIXED_TERMS, FixedTerm
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
    "ASSUMPTIONS",
    "CATEGORIES",
    "CHANGES",
    "FILE_DTYPES",
    "FIXED_TERMS",
    "GROUPS",
    "PHASES",
    "STAGES",
    "Change",
    "FixedTerm",
    "LayerRow",
    "MeasurementCancelledError",
    "MemoryEstimate",
    "ModuleNode",
    "NotMeasurableError",
    "OperationCounts",
    "ParameterCounts",
    "Suggestion",
    "Timeline",
    "check_measurable",
    "count_operations",
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
    "what_would_fit",
]

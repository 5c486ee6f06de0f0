"""What a configuration costs: parameters, files, layers, memory, operations, time."""

from stickgen.sizing.adapters import AdapterCounts, count_adapters
from stickgen.sizing.advice import CHANGES, Change, Suggestion, what_would_fit
from stickgen.sizing.costs import Point, StepCosts, StepTimes, one_sequence, pareto_front, step_costs, step_times
from stickgen.sizing.devices import DEVICES, Device
from stickgen.sizing.files import FILE_DTYPES, file_size, file_table
from stickgen.sizing.fits import fit_table
from stickgen.sizing.layers import LayerRow, LayerTable, layer_table
from stickgen.sizing.measurement import STAGES, NotMeasurableError, check_measurable, measure_memory
from stickgen.sizing.measurement_process import MeasurementCancelledError, measure_in_process
from stickgen.sizing.memory import MemoryEstimate, Timeline, estimate_memory, largest_batch, peak_bytes
from stickgen.sizing.operations import count_operations
from stickgen.sizing.overhead import ASSUMPTIONS, FIXED_TERMS, FixedTerm
from stickgen.sizing.parameters import GROUPS, ModuleNode, ParameterCounts, count_parameters, group_of, module_tree
from stickgen.sizing.timing import RunTime, check_timeable, machine, measure_time
from stickgen.sizing.trace import CATEGORIES, PHASES

__all__ = [
    "ASSUMPTIONS",
    "CATEGORIES",
    "CHANGES",
    "DEVICES",
    "FILE_DTYPES",
    "FIXED_TERMS",
    "GROUPS",
    "PHASES",
    "STAGES",
    "AdapterCounts",
    "Change",
    "Device",
    "FixedTerm",
    "LayerRow",
    "LayerTable",
    "MeasurementCancelledError",
    "MemoryEstimate",
    "ModuleNode",
    "NotMeasurableError",
    "ParameterCounts",
    "Point",
    "RunTime",
    "StepCosts",
    "StepTimes",
    "Suggestion",
    "Timeline",
    "check_measurable",
    "check_timeable",
    "count_adapters",
    "count_operations",
    "count_parameters",
    "estimate_memory",
    "file_size",
    "file_table",
    "fit_table",
    "group_of",
    "largest_batch",
    "layer_table",
    "machine",
    "measure_in_process",
    "measure_memory",
    "measure_time",
    "module_tree",
    "one_sequence",
    "pareto_front",
    "peak_bytes",
    "step_costs",
    "step_times",
    "what_would_fit",
]

"""What a configuration costs: parameters, files, layers, training memory."""

from stickgen.sizing.files import FILE_DTYPES, file_size
from stickgen.sizing.parameters import (
    GROUPS,
    ModuleNode,
    ParameterCounts,
    count_parameters,
    group_of,
    module_tree,
)

__all__ = [
    "FILE_DTYPES",
    "GROUPS",
    "ModuleNode",
    "ParameterCounts",
    "count_parameters",
    "file_size",
    "group_of",
    "module_tree",
]

"""What the commands print."""

import json
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

from stickgen.config import ModelConfig
from stickgen.progress import Progress
from stickgen.sizing import FILE_DTYPES, count_parameters, file_size

_CLEAR_LINE = "\r\033[K"


def print_json(content: Mapping[str, Any]) -> None:
    """One object on standard output."""
    print(json.dumps(content, indent=2, allow_nan=False))


def config_json(config: ModelConfig) -> dict[str, Any]:
    """A model as plain data: its name, its fields, its parameters, and the bytes of its file by dtype."""
    return {
        "config": {"key": config.key, **asdict(config)},
        "parameters": count_parameters(config).total,
        "file_bytes": {dtype: file_size(config, dtype) for dtype in FILE_DTYPES},
    }


@contextmanager
def progress() -> Iterator[Progress]:
    """How far slow work is, in one line of standard error that is gone at the end; nothing where no one watches."""
    if not sys.stderr.isatty():
        yield lambda _text, _share: None
        return
    width = shutil.get_terminal_size().columns

    def show(text: str, share: float) -> None:
        line = f"{share:4.0%}  {text}"[: width - 1]
        print(f"{_CLEAR_LINE}{line}", end="", file=sys.stderr, flush=True)

    try:
        yield show
    finally:
        print(_CLEAR_LINE, end="", file=sys.stderr, flush=True)

"""Measuring memory in a process of its own, which can be cancelled and cannot take the caller down.

Run as a module it is that process: it reads a workload as JSON from standard input and writes
one JSON line for each stage, then one with the result. A plain command is used because `multiprocessing` would
import the caller's main script again, which under Streamlit is a page.
"""

import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO

from stickgen.sizing.measurement import NotMeasurableError, check_measurable, measure_memory
from stickgen.workloads import Workload, from_json, to_json

_POLL_SECONDS = 0.1


class MeasurementCancelledError(Exception):
    """The measurement was cancelled before it had a result."""


def measure_in_process(
    workload: Workload,
    progress: Callable[[str], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
    timeout_seconds: float = 600.0,
) -> int:
    """`measure_memory` in a child process, which gives all its memory back when it ends.

    Whatever happens to the child, this process lives on. `progress` is called here with each stage, and
    `cancelled` is asked several times a second; the child ends when it says yes. Raises `NotMeasurableError`,
    `MeasurementCancelledError`, `TimeoutError` after `timeout_seconds`, and `RuntimeError` if the child dies,
    for example because the system took its memory away.
    """
    check_measurable(workload)
    deadline = time.monotonic() + timeout_seconds
    child = _start(workload)
    messages: queue.Queue[tuple[str, str | int]] = queue.Queue()
    collector = threading.Thread(target=_collect, args=(child.stdout, messages), daemon=True)
    collector.start()
    try:
        while True:
            if cancelled is not None and cancelled():
                raise MeasurementCancelledError("the measurement was cancelled")
            if time.monotonic() > deadline:
                raise TimeoutError(f"the measurement took longer than {timeout_seconds:.0f} seconds")
            try:
                kind, value = messages.get(timeout=_POLL_SECONDS)
            except queue.Empty:
                continue
            if kind == "peak":
                return int(value)
            if kind == "refused":
                raise NotMeasurableError(str(value))
            if kind == "ended":
                raise RuntimeError("the measurement ended without a result: the system may be out of memory")
            if progress is not None:
                progress(str(value))
    finally:
        child.kill()
        child.wait()
        collector.join()
        if child.stdout is not None:
            child.stdout.close()


def _start(workload: Workload) -> "subprocess.Popen[str]":
    root = str(Path(__file__).resolve().parents[2])
    paths = [root, *filter(None, [os.environ.get("PYTHONPATH")])]
    child = subprocess.Popen(
        [sys.executable, "-m", __name__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
    )
    if child.stdin is not None:
        child.stdin.write(to_json(workload))
        child.stdin.close()
    return child


def _collect(lines: IO[str] | None, messages: "queue.Queue[tuple[str, str | int]]") -> None:
    for line in lines or ():
        if line.endswith("\n"):  # the last line of a child that was killed may be half a line
            kind, value = json.loads(line)
            messages.put((kind, value))
    messages.put(("ended", ""))


def _send(kind: str, value: str | int) -> None:
    sys.stdout.write(json.dumps([kind, value]) + "\n")
    sys.stdout.flush()


def _main() -> None:
    # Where the system runs out of memory it ends this process first, not the one that asked.
    first_to_go = Path("/proc/self/oom_score_adj")
    if first_to_go.exists():
        first_to_go.write_text("1000")
    workload = from_json(sys.stdin.read())
    try:
        _send("peak", measure_memory(workload, lambda stage: _send("stage", stage)))
    except NotMeasurableError as error:
        _send("refused", str(error))


if __name__ == "__main__":
    _main()

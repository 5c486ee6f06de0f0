"""Results that are kept: the latest used, within bounds of number and of memory."""

import sys
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import fields, is_dataclass
from types import FunctionType, ModuleType
from typing import Any

import numpy as np
import torch

MAX_ENTRIES = 4096
MAX_BYTES = 256 * 2**20


def size_of(result: object) -> int:
    """Bytes that a result holds in memory: its tensors and arrays exactly, all else as Python states it.

    Looks into containers and objects, and counts what is in them twice once. Classes, functions and modules are
    the program's, not the result's.
    """
    total = 0
    seen: set[object] = set()
    waiting: list[Any] = [result]
    while waiting:
        item = waiting.pop()
        storage = item.untyped_storage() if isinstance(item, torch.Tensor) else None
        identity: object = id(item) if storage is None else ("storage", storage.data_ptr(), storage.device)
        if identity in seen or isinstance(item, type | FunctionType | ModuleType):
            continue
        seen.add(identity)
        if storage is not None:
            total += 0 if storage.device.type == "meta" else storage.nbytes()
        elif isinstance(item, np.ndarray):
            total += item.nbytes
        else:
            total += sys.getsizeof(item)
            waiting.extend(_parts(item))
    return total


def _parts(item: Any) -> Iterable[Any]:
    if isinstance(item, Mapping):
        return (*item.keys(), *item.values())
    if isinstance(item, list | tuple | set | frozenset):
        return item
    if hasattr(item, "__dict__"):
        return vars(item).values()
    if is_dataclass(item):
        return [getattr(item, field.name) for field in fields(item)]
    return ()


class Shelf:
    """Results by key. The least recently used go first; one larger than the whole shelf is not kept."""

    def __init__(
        self,
        max_entries: int = MAX_ENTRIES,
        max_bytes: int = MAX_BYTES,
        measure: Callable[[object], int] = size_of,
    ) -> None:
        self._max_entries, self._max_bytes, self._measure = max_entries, max_bytes, measure
        self._lock = threading.Lock()
        self._results: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()
        self._bytes = 0

    def get(self, key: Hashable) -> Any | None:
        """The result for `key`, which counts as used now; None where there is none."""
        with self._lock:
            if key not in self._results:
                return None
            self._results.move_to_end(key)
            return self._results[key][0]

    def put(self, key: Hashable, result: Any) -> None:
        """Keep a result, in place of a former one. Never alters what it drops: somebody may still use it."""
        size = self._measure(result)
        with self._lock:
            self._drop(key)
            if size > self._max_bytes:
                return
            self._results[key] = result, size
            self._bytes += size
            while len(self._results) > self._max_entries or self._bytes > self._max_bytes:
                self._drop(next(iter(self._results)))

    def _drop(self, key: Hashable) -> None:
        _, size = self._results.pop(key, (None, 0))
        self._bytes -= size

"""Opened keys, kept for at most a minute in this process and never anywhere else."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class KeyCache(Generic[T]):
    """Keyed by place and wrapped bytes: a rotated, moved or shredded key simply misses."""

    def __init__(self, *, seconds: float, size: int) -> None:
        self._seconds, self._size = seconds, size
        self._kept: OrderedDict[bytes, tuple[T, float]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, blob: bytes, open_it: Callable[[], T]) -> T:
        """The opened key, from the cache while it is fresh."""
        moment = time.monotonic()
        with self._lock:
            kept = self._kept.get(blob)
            if kept is not None and kept[1] > moment:
                self._kept.move_to_end(blob)
                return kept[0]
        opened = open_it()
        with self._lock:
            self._kept[blob] = (opened, moment + self._seconds)
            while len(self._kept) > self._size:
                self._kept.popitem(last=False)
        return opened

    def clear(self) -> None:
        """Forget everything, as a process that has just started."""
        with self._lock:
            self._kept.clear()

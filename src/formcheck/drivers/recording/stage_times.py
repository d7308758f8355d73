"""Measure a worker's time in each stage: decode, pose, contour, measure, write."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any, Protocol, TypeVar

T = TypeVar("T")


class StageTimer(Protocol):
    """Wraps iterators and functions."""

    def each(self, stage: str, items: Iterator[T]) -> Iterator[T]:
        """Yield the items, timing how long each takes."""
        ...

    def calls(self, stage: str, function: Callable[..., T]) -> Callable[..., T]:
        """Return the function, timed."""
        ...


STAGES = ("decode", "pose", "contour", "measure", "write")


class StageTimes:
    """Total processor time of each stage, in the thread that works on it.

    Processor time, not time on the clock: the stages run at the same time, and a stage that waits costs nothing. If one
    stage calls another, the time of the inner one counts for the inner one alone. Some pose models work in threads of
    their own: the processor time of the process beyond all measured time counts for the pose.
    """

    def __init__(self) -> None:
        self._seconds: dict[str, float] = defaultdict(float)
        self._lock = threading.Lock()
        self._inner = threading.local()
        self._began_s = time.process_time()

    def each(self, stage: str, items: Iterator[T]) -> Iterator[T]:
        """Yield the items, timing how long each takes in this thread."""
        following = self.calls(stage, lambda: next(items, None))
        while (item := following()) is not None:
            yield item

    def calls(self, stage: str, function: Callable[..., T]) -> Callable[..., T]:
        """Return the function, timed."""

        def timed(*args: Any, **options: Any) -> T:
            outer, self._inner.seconds = getattr(self._inner, "seconds", 0.0), 0.0
            start_s = time.thread_time()
            try:
                return function(*args, **options)
            finally:
                taken_s = time.thread_time() - start_s
                with self._lock:
                    self._seconds[stage] += taken_s - self._inner.seconds
                self._inner.seconds = outer + taken_s

        return timed

    def taken(self) -> dict[str, float]:
        """Return the seconds of each stage since the last call."""
        now_s = time.process_time()
        with self._lock:
            taken = {stage: self._seconds.get(stage, 0.0) for stage in STAGES}
            self._seconds.clear()
        taken["pose"] += max(0.0, now_s - self._began_s - sum(taken.values()))
        self._began_s = now_s
        return taken

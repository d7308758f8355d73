"""Workers on a cluster: Dask's, wherever its scheduler stands.

No disk is shared: a recording is read where the worker is, by its address, and its row comes back to this process.
"""

from __future__ import annotations

import os
import threading
import time
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError
from queue import Empty, SimpleQueue
from typing import Any

from formcheck.core.errors import BackendError

from .job import Job, Outcome
from .lost import TRIES, Attempts
from .worker import score

TOPIC = "formcheck-began"
_CONNECT_S = 30
_LOOK_EVERY_S = 1.0
_AHEAD = 2
"""So many recordings for each thread of a worker: one is seen, one waits, and a lost worker loses no more."""


class Cluster:
    """Scores recordings on the workers of a Dask scheduler.

    Parameters
    ----------
    address : of the scheduler, such as tcp://10.0.0.1:8786.

    Raises
    ------
    BackendError
        Dask is missing, or the scheduler does not answer.
    """

    def __init__(self, address: str) -> None:
        try:
            from distributed import Client
        except ImportError:
            todo = "pip install 'formcheck[cluster]'"
            raise BackendError(f"--scheduler: expected Dask to be installed, got none; {todo}") from None
        self.address = address
        try:
            self._client = Client(address, timeout=_CONNECT_S, set_as_default=False)
        except (OSError, TimeoutError, ValueError) as error:
            told = str(error).splitlines()[0] if str(error) else "no answer"
            raise BackendError(f"{address}: expected a Dask scheduler, got: {told}; check the address") from None
        self._begun: Counter[str] = Counter()
        self._client.subscribe_topic(TOPIC, self._on_begin)
        self.watched: list[Any] = []

    @property
    def count(self) -> int:
        """How many worker processes there are now."""
        return len(self._workers())

    def _workers(self) -> dict[str, Any]:
        return dict(self._client.scheduler_info(n_workers=-1)["workers"])

    def _room(self) -> int:
        """How many recordings may be on their way."""
        return max(1, _AHEAD * sum(int(worker["nthreads"]) for worker in self._workers().values()))

    def run(self, jobs: Sequence[Job]) -> Iterator[tuple[Job, Outcome]]:
        """Yield what came of each job, in the order in which they finish."""
        waiting, attempts = deque(jobs), Attempts()
        under_way: dict[str, tuple[Job, Any]] = {}
        finished: SimpleQueue[str] = SimpleQueue()
        numbers = iter(range(len(jobs) * TRIES + 1))
        try:
            while waiting or attempts.again or under_way:
                room = self._room() if len(under_way) < len(jobs) else 0
                while (waiting or attempts.again) and len(under_way) < room:
                    job = waiting.popleft() if waiting else attempts.again.popleft()
                    key = f"formcheck-{os.getpid()}-{time.time_ns()}-{next(numbers)}"
                    future = self._client.submit(score_there, job, key, key=key, pure=False)
                    under_way[key] = (job, future)
                    future.add_done_callback(lambda done: finished.put(done.key))
                for key in self._ended(finished, under_way):
                    job, future = under_way.pop(key)
                    came = self._came(future, key)
                    failed = came if isinstance(came, Outcome) else attempts.lost(job, came)
                    if failed is not None:
                        yield job, failed
        finally:
            for _, future in under_way.values():
                future.cancel()

    def _ended(self, finished: SimpleQueue[str], under_way: dict[str, tuple[Job, Any]]) -> list[str]:
        """Those that are done, or were begun too often; a scheduler that went away ends the run."""
        try:
            keys = {finished.get(timeout=_LOOK_EVERY_S)}
            while not finished.empty():
                keys.add(finished.get())
        except Empty:
            keys = set()
        if self._client.status not in ("running", "connecting"):
            raise BackendError(f"{self.address}: expected the scheduler to stay, got none; run again when it is back")
        keys |= {key for key in under_way if self._begun[key] > 1}
        return [key for key in keys if key in under_way]

    def _came(self, future: Any, key: str) -> Outcome | str:
        """The outcome, or why there is none."""
        if not future.done() and self._begun[key] > 1:
            future.cancel()
            return _LOST
        try:
            outcome: Outcome = future.result(timeout=_CONNECT_S)
        except MemoryError:
            return "the worker ran out of memory"
        except (CancelledError, TimeoutError, OSError):
            raise BackendError(
                f"{self.address}: expected the scheduler to stay, got none; run again when it is back"
            ) from None
        except Exception as error:  # noqa: BLE001 - KilledWorker, or what a worker of another version raises
            return _LOST if type(error).__name__ == "KilledWorker" else f"{type(error).__name__}: {error}"
        return outcome

    def _on_begin(self, event: tuple[float, str]) -> None:
        self._begun[event[1]] += 1

    def close(self) -> None:
        """Leave the scheduler; it and its workers go on."""
        self._client.close(timeout=5)


_LOST = "the worker was lost: it crashed, was killed, or ran out of memory or time"


def score_there(job: Job, key: str) -> Outcome:
    """Score one recording in a worker of Dask, which may take no longer than it may."""
    from distributed import get_worker

    get_worker().log_event(TOPIC, key)
    # Nothing else ends a decoder that hangs. The nanny starts a new worker.
    alarm = threading.Timer(job.settings.timeout_s, os._exit, args=(1,))
    alarm.daemon = True
    alarm.start()
    try:
        return score(job)
    finally:
        alarm.cancel()


__all__ = ["Cluster", "score_there"]

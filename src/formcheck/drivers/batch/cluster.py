"""Score recordings on the workers of a Dask cluster.

No disk is shared: a worker reads a recording by its address, and its row comes back to this process.

Each recording is given to one named worker, as many at once as the worker has threads. Dask alone would start a
recording that was lost with its worker four times, and does not report how often. Here it is tried once more, on
another worker.
"""

from __future__ import annotations

import logging
import math
import os
import socket
import sys
import threading
import time
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from queue import Empty, SimpleQueue
from typing import Any

from formcheck.core.errors import BackendError
from formcheck.sources.files.heartbeat import count_steps

from .files import find_local_file
from .job import LOST, MEMORY, STALL_S, Attempts, Job, Outcome, explain_overdue, make_error_row
from .worker import prepare, score

_FETCH_S = 60
_POLL_EVERY_S = 0.5
_ANSWER_S = 5
_SILENT_S = 60
_SETTLE_S = 5.0
"""A worker that was lost gets nothing for so long: the scheduler may name it although it is gone."""


@dataclass(frozen=True, slots=True)
class _Given:
    """A recording that a worker has; if `alone`, the worker has no other."""

    job: Job
    worker: str
    future: Any
    since_s: float
    alone: bool


class Cluster:
    """Scores recordings on the workers of a Dask scheduler. Workers may come and go.

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
            from distributed.comm import get_address_host_port
        except ImportError:
            todo = "pip install 'formcheck[cluster]'"
            raise BackendError(f"--scheduler: expected Dask to be installed, got none; {todo}") from None
        for name in [name for name in logging.root.manager.loggerDict if name.partition(".")[0] == "distributed"]:
            logging.getLogger(name).setLevel(logging.CRITICAL)  # errors are reported in one line, below
        self.address = address
        try:
            get_address_host_port(address)
            self._client = Client(address, set_as_default=False)
        except (OSError, TimeoutError, ValueError) as error:
            reason = str(error).splitlines()[0] if str(error) else "no answer"
            raise BackendError(f"{address}: expected a Dask scheduler, got: {reason}; check the address") from None
        self.watched: list[Any] = []
        self._threads: dict[str, int] = {}
        self._ready: list[str] = []
        self._looked_s = -_POLL_EVERY_S
        self._answered_s = time.monotonic()
        self._is_wait_reported = False
        self._given: dict[str, _Given] = {}
        self._lost_at: dict[tuple[str, str, str], str] = {}
        self._lost_workers: dict[str, float] = {}
        self._finished: SimpleQueue[str] = SimpleQueue()

    @property
    def count(self) -> int:
        """Return the number of worker processes now."""
        return len(self._threads)

    def run(self, jobs: Sequence[Job]) -> Iterator[tuple[Job, Outcome]]:
        """Yield the outcome of each job, in the order in which they finish.

        Raises
        ------
        BackendError
            The scheduler went away.
        """
        waiting, attempts = deque(jobs), Attempts()
        while waiting or attempts.again or self._given:
            self._look()
            self._hand_out(waiting, attempts.again)
            for given, came in self._ended():
                outcome = came if isinstance(came, Outcome) else attempts.record_loss(given.job, came)
                if outcome is not None:
                    yield given.job, outcome

    def _look(self) -> None:
        """Ask from time to time which workers there are.

        A call waits for a lost scheduler as long as Dask tries to connect again, 30 s. A new connection would not help:
        the futures of the old one are cancelled. So a lost connection ends the batch, and a busy scheduler has time.
        """
        if time.monotonic() - self._looked_s < _POLL_EVERY_S:
            return
        if self._client.status != "running":
            raise self._gone()
        ask = self._client.sync
        try:
            threads = ask(self._client.scheduler.ncores, callback_timeout=_ANSWER_S)
            # a worker whose memory is nearly full takes nothing new for a while
            ready = ask(self._client.scheduler.ncores_running, callback_timeout=_ANSWER_S)
        except (OSError, TimeoutError, CancelledError):
            if self._client.status != "running" or time.monotonic() - self._answered_s >= _SILENT_S:
                raise self._gone() from None
            return
        self._threads, self._ready = dict(threads), list(ready)
        self._looked_s = self._answered_s = time.monotonic()
        if not self._threads and not self._is_wait_reported:
            self._is_wait_reported = True
            print(f"formcheck: {self.address} has no workers yet; waiting for the first", file=sys.stderr)

    def _gone(self) -> BackendError:
        return BackendError(f"{self.address}: expected a running scheduler, got no answer; run again when it is back")

    def _hand_out(self, waiting: deque[Job], again: deque[Job]) -> None:
        """Give every free thread a recording.

        A recording that was lost with a worker comes last, and has a worker to itself.
        """
        settled_s = time.monotonic() - _SETTLE_S
        ready = [worker for worker in self._ready if self._lost_workers.get(worker, -math.inf) < settled_s]
        busy = Counter(given.worker for given in self._given.values())
        taken = {given.worker for given in self._given.values() if given.alone}
        for worker in ready:
            while waiting and worker not in taken and busy[worker] < self._threads.get(worker, 0):
                self._give(waiting.popleft(), worker, alone=False)
                busy[worker] += 1
        idle = [worker for worker in ready if not busy[worker]]
        while again and idle:
            job = again.popleft()
            elsewhere = [worker for worker in idle if worker != self._lost_at.get(job.key)]
            worker = (elsewhere or idle)[0]
            idle.remove(worker)
            self._give(job, worker, alone=True)

    def _give(self, job: Job, worker: str, *, alone: bool) -> None:
        key = f"formcheck-{os.getpid()}-{time.time_ns()}"
        file = find_local_file(job.place)
        is_here = file is not None and file.exists()
        future = self._client.submit(
            score_remotely, job, _get_own_version(), is_here, key=key, pure=False, workers=[worker]
        )
        self._given[key] = _Given(job, worker, future, time.monotonic(), alone)
        future.add_done_callback(lambda done: self._finished.put(done.key))

    def _ended(self) -> Iterator[tuple[_Given, Outcome | str]]:
        """Yield the recordings that are done, and those whose worker is gone."""
        keys = self._done()
        gone = [key for key, given in self._given.items() if given.worker not in self._threads]
        for key in dict.fromkeys((*gone, *keys)):
            given = self._given.pop(key, None)
            if given is None:
                continue
            came = self._came(given) if given.worker in self._threads else LOST
            given.future.release()
            if not isinstance(came, Outcome):
                self._lost_at[given.job.key] = given.worker
            if came is LOST:
                self._lost_workers[given.worker] = time.monotonic()
            late = came is LOST and time.monotonic() - given.since_s >= given.job.settings.timeout_s
            yield given, explain_overdue(given.job) if late else came

    def _done(self) -> list[str]:
        keys = []
        try:
            keys.append(self._finished.get(timeout=_POLL_EVERY_S))
            while True:
                keys.append(self._finished.get_nowait())
        except Empty:
            return keys

    def _came(self, given: _Given) -> Outcome | str:
        """Return the outcome, or why there is none."""
        try:
            outcome: Outcome = given.future.result(timeout=_FETCH_S)
        except MemoryError:
            return MEMORY
        except (CancelledError, TimeoutError, OSError):
            if self._client.status != "running":
                raise self._gone() from None
            return LOST
        except Exception as error:  # noqa: BLE001 - any error of a worker that is not set up as this machine is
            if type(error).__name__ == "KilledWorker":  # started over and over at the same address
                return LOST
            return f"{type(error).__name__}: {str(error).strip().splitlines()[0] if str(error) else 'no details'}"
        return outcome

    def close(self) -> None:
        """Leave the scheduler; it and its workers go on."""
        self._client.close(timeout=5)


def score_remotely(job: Job, asked_version: str, is_here: bool) -> Outcome:
    """Score one recording in a worker of Dask.

    Parameters
    ----------
    asked_version : of the formcheck that asks; rows of two versions do not go into one table.
    is_here : the recording is a file where the command runs. A worker that cannot find it says nothing about the file.
    """
    from distributed import get_worker

    if _get_own_version() != asked_version:
        came = f"expected a worker with formcheck {asked_version}, got {_get_own_version()}; install the same version"
        return Outcome(make_error_row(came, "machine"))
    file = find_local_file(job.place)
    if is_here and file is not None and not file.exists():
        came = f"expected a file that the worker can read, got no such file on {socket.gethostname()}"
        todo = "put it on a shared disk, or give its address"
        return Outcome(make_error_row(f"{file.name}: {came}; {todo}", "machine"))
    prepare()
    # Nothing else ends a decoder that hangs. The nanny starts a new worker. The recordings of a worker's threads wait
    # for each other at the pose model.
    is_done = threading.Event()
    limit_s = job.settings.timeout_s * get_worker().state.nthreads
    threading.Thread(target=_end_when_stuck, args=(is_done, limit_s), daemon=True).start()
    try:
        return score(job)
    finally:
        is_done.set()


def _end_when_stuck(is_done: threading.Event, limit_s: float, stall_s: float = STALL_S) -> None:
    """End this process if its work takes too long, or makes no more steps."""
    began_s = step_s = time.monotonic()
    steps = count_steps()
    while not is_done.wait(_POLL_EVERY_S):
        now_s = time.monotonic()
        if count_steps() != steps:
            steps, step_s = count_steps(), now_s
        if now_s - began_s >= limit_s or now_s - step_s >= stall_s:
            os._exit(1)


@cache
def _get_own_version() -> str:
    return version("formcheck")

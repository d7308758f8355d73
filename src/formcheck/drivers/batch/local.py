"""Score in processes of this machine, each with its own pose model and next recording."""

from __future__ import annotations

import ctypes
import math
import multiprocessing
import os
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from types import ModuleType
from typing import Any, cast

from formcheck.sources.files.heartbeat import count_steps

from .job import LOST, MEMORY, STALL_S, Attempts, Job, Outcome, explain_overdue, explain_stall
from .worker import prepare, score

MB_PER_WORKER = 500
"""A worker takes 250 MB with a named movement and 330 MB with auto; the rest is for what it decodes."""
MOST_WORKER_BYTES = 4 << 30
"""A worker gets no more memory: a recording that wants it all must not take it from the other workers."""
_CHECK_EVERY_S = 0.5
_NOT_BEGUN = -1
_ONE_THREAD = {
    # Workers share the cores; threads of their own would only disturb each other. One thread also adds numbers in the
    # same order everywhere.
    "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1",
    "MALLOC_ARENA_MAX": "2",    # glibc keeps a heap for each thread otherwise
}  # fmt: skip


def list_cores() -> list[int]:
    """Return the processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return sorted(os.sched_getaffinity(0))
    return list(range(os.cpu_count() or 1))


def choose_worker_count() -> int:
    """Return the best number of workers: one for each core, if the free memory allows."""
    import psutil

    free_mb = int(psutil.virtual_memory().available) >> 20
    return max(1, min(len(list_cores()), free_mb // MB_PER_WORKER))


class LocalWorkers:
    """Scores recordings in processes of this machine.

    A process that dies, hangs, or takes too long over a recording, is replaced. Its recording is tried once more, alone
    and in another process.

    Parameters
    ----------
    count : how many processes.
    stall_s : a process that makes no step for this long hangs.
    """

    def __init__(self, count: int, *, stall_s: float = STALL_S) -> None:
        self.count, self._stall_s = count, stall_s
        self.watched: list[WorkerProcess] = []

    def run(self, jobs: Sequence[Job]) -> Iterator[tuple[Job, Outcome]]:
        """Yield the outcome of each job, in the order in which they finish."""
        waiting, attempts = deque(jobs), Attempts()
        self.watched = workers = [
            WorkerProcess(self._processors(k), self._stall_s) for k in range(min(self.count, len(jobs)))
        ]
        for worker in workers:  # each has a recording to score before any has a second to open
            worker.next = waiting.popleft()
        self._feed(waiting, attempts.again)
        while busy := [worker for worker in workers if worker.future is not None]:
            wait([worker.future for worker in busy if worker.future], _CHECK_EVERY_S, FIRST_COMPLETED)
            for worker in busy:
                came = worker.came()
                if came is None:
                    continue
                job = worker.finished()
                outcome = came if isinstance(came, Outcome) else attempts.record_loss(job, came)
                if outcome is not None:
                    yield job, outcome
            self._feed(waiting, attempts.again)

    def _feed(self, waiting: deque[Job], again: deque[Job]) -> None:
        for worker in self.watched:
            if worker.is_free and not waiting:
                # take the next recording of a worker that is still busy: its present recording may take an hour
                busy = next((other for other in self.watched if other.next is not None and not other.is_idle), worker)
                waiting.extend([] if busy.next is None else [busy.next])
                busy.next = None
            worker.feed(waiting, again)

    def close(self) -> None:
        """End the running processes."""
        for worker in self.watched:
            worker.close()

    def _processors(self, k: int) -> list[int]:
        """Return a worker's own core or cores.

        With more workers than cores, workers share cores.
        """
        mine = list_cores()
        return mine[k :: self.count] if self.count <= len(mine) else [mine[k % len(mine)]]


class WorkerProcess:
    """One process, its present recording, and the next one."""

    def __init__(self, processors: list[int], stall_s: float) -> None:
        self._processors, self._stall_s = processors, stall_s
        self._done = _share_number()
        self._expected = _share_number()
        self._steps = _share_number()
        self._seen_steps, self._step_s = 0, 0.0
        self._pool: ProcessPoolExecutor | None = None
        self.next: Job | None = None
        self._overdue_s = 0.0
        self.job: Job | None = None
        self.future: Future[Outcome] | None = None

    @property
    def is_idle(self) -> bool:
        """Return whether it has no recording at the moment."""
        return self.future is None

    @property
    def is_free(self) -> bool:
        """Return whether it has neither a present nor a next recording."""
        return self.is_idle and self.next is None

    def feed(self, waiting: deque[Job], again: deque[Job]) -> None:
        """Give the process its next recording, if it has none."""
        if self.future is not None:
            return
        if self.next is None and not waiting and again:  # a recording that crashed a process is tried alone
            self._start(again.popleft(), None)
            return
        job = self.next or (waiting.popleft() if waiting else None)
        self.next = waiting.popleft() if job is not None and waiting else None
        if job is not None:
            self._start(job, self.next)

    def _start(self, job: Job, then: Job | None) -> None:
        self.job, self._overdue_s = job, math.inf
        self._done.value, self._expected.value = _NOT_BEGUN, 0
        if self._pool is None:
            with _set_environment(_ONE_THREAD), _hide_main_module():
                arguments = (self._processors, self._done, self._expected, self._steps)
                self._pool = ProcessPoolExecutor(1, _spawn, initializer=_begin, initargs=arguments)
                self.future = self._pool.submit(_score_here, job, then)
        else:
            self.future = self._pool.submit(_score_here, job, then)

    def came(self) -> Outcome | str | None:
        """Return the outcome, or why there is none; None while it is under way."""
        if self.future is None:
            return None
        if not self.future.done():
            return self._late()
        try:
            return self.future.result()
        except BrokenProcessPool:
            self._kill()
            return LOST
        except MemoryError:
            self._kill()
            return MEMORY

    def _late(self) -> str | None:
        """End the process if its recording takes too long, or does not get on.

        The time counts from the moment when the process has started.
        """
        if self.job is None or self._done.value == _NOT_BEGUN:
            return None
        now_s, steps = time.monotonic(), self._steps.value
        if self._overdue_s == math.inf:
            self._overdue_s, self._step_s = now_s + self.job.settings.timeout_s, now_s
        if steps != self._seen_steps:
            self._seen_steps, self._step_s = steps, now_s
        if now_s < self._overdue_s and now_s - self._step_s < self._stall_s:
            return None
        self._kill()
        return explain_overdue(self.job) if now_s >= self._overdue_s else explain_stall(self._stall_s)

    def finished(self) -> Job:
        """Return the finished recording and forget it."""
        job, self.job, self.future = self.job, None, None
        if job is None:
            raise RuntimeError("expected a worker with a recording, got an idle one")
        return job

    @property
    def progress(self) -> tuple[int, int]:
        """Return frames done and frames expected of the present recording."""
        return max(0, self._done.value), self._expected.value

    def _kill(self) -> None:
        """End the process, whatever it is doing."""
        if self._pool is not None:
            for process in list((self._pool._processes or {}).values()):  # no public way before Python 3.14
                process.kill()
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None

    def close(self) -> None:
        """End the process, at once if its recording is no longer needed."""
        if self.future is not None and not self.future.done():
            self._kill()
        elif self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None


# in the process -------------------------------------------------------------------------------------------------------

_spawn = multiprocessing.get_context("spawn")
SharedNumber = ctypes.c_longlong
_shared_progress: dict[str, Any] = {}


def _share_number() -> SharedNumber:
    """Return a number that a worker writes and this process reads.

    It has no lock: a worker that is killed while it holds one would stop this process for ever.
    """
    number: Any = _spawn.Value(SharedNumber, 0, lock=False)
    return cast("SharedNumber", number)


def _begin(processors: list[int], done: SharedNumber, expected: SharedNumber, steps: SharedNumber) -> None:
    """Set up a new worker process."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the command, which ends its workers
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, processors)
    limit_worker_memory()
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _shared_progress.update(done=done, expected=expected)
    threading.Thread(target=_share_steps, args=(steps,), daemon=True).start()
    prepare()


def _share_steps(steps: SharedNumber) -> None:
    while True:
        steps.value = count_steps()
        time.sleep(_CHECK_EVERY_S)


def limit_worker_memory() -> None:
    """Limit the data of this process, on Linux; other systems do not limit it."""
    if sys.platform == "linux":
        import resource

        _, hard = resource.getrlimit(resource.RLIMIT_DATA)
        most = MOST_WORKER_BYTES if hard == resource.RLIM_INFINITY else min(MOST_WORKER_BYTES, hard)
        resource.setrlimit(resource.RLIMIT_DATA, (most, hard))


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _score_here(job: Job, then: Job | None) -> Outcome:
    def show(done: int, expected: int) -> None:
        _shared_progress["done"].value, _shared_progress["expected"].value = done, expected

    show(0, 0)
    return score(job, then, show)


@contextmanager
def _hide_main_module() -> Iterator[None]:
    """Start processes meanwhile that do not run the caller's script again.

    A spawned process runs the file of ``__main__`` before its work. That may be a script without a guard, or a page.
    """
    caller = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = caller


@contextmanager
def _set_environment(values: dict[str, str]) -> Iterator[None]:
    """Set variables for processes that start meanwhile; values set by the user stay."""
    new = {name: value for name, value in values.items() if name not in os.environ}
    os.environ.update(new)
    try:
        yield
    finally:
        for name in new:
            os.environ.pop(name, None)

"""Run checks in the background: one job per result, shared by all visitors.

A job belongs to no page. A person who leaves the page loses nothing: the job goes on and its result is stored. Two
pages with the same question share one job; if one of them gives up, the job goes on for the other.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, field
from typing import Literal

from formcheck.core.errors import FormCheckError
from formcheck.drivers.recording.judge import Progress

log = logging.getLogger(__name__)

JobState = Literal["waiting", "running", "finished", "failed", "stopped"]
Work = Callable[[Progress], object]

_GONE_AFTER_S = 5.0
"""A page asks every second; a page that is silent for this long counts as closed."""


class StoppedError(Exception):
    """Raised inside the work to end it."""


@dataclass(slots=True)
class CheckJob:
    """One running check.

    Parameters
    ----------
    key : name of its result.
    label : its name on the page.
    state : its stage.
    done, total : frames; total is 0 while it is unknown.
    again : the frames are read a second time, to draw on them.
    error : the error that ended it, if state is "failed".
    started_s : on the monotonic clock, None while it waits.
    """

    key: str
    label: str
    state: JobState = "waiting"
    done: int = 0
    total: int = 0
    again: bool = False
    error: Exception | None = None
    started_s: float | None = None
    _stop: threading.Event = field(default_factory=threading.Event)
    _seen_s: dict[str, float] = field(default_factory=dict)

    @property
    def over(self) -> bool:
        """Return whether the job has ended."""
        return self.state in {"finished", "failed", "stopped"}

    @property
    def left_s(self) -> float | None:
        """Return the approximate seconds left; None while unknown."""
        if self.started_s is None or self.total <= 0 or self.done < 5:
            return None
        return (time.monotonic() - self.started_s) / self.done * max(self.total - self.done, 0)


class JobBook:
    """All jobs of this process.

    Parameters
    ----------
    workers : number of jobs at a time; the pose model keeps about two cores busy.
    """

    def __init__(self, workers: int | None = None) -> None:
        self._jobs: dict[str, CheckJob] = {}
        self._lock = threading.Lock()
        self.when_finished: Callable[[str], None] = _ignore
        """Called with the key of a result that is there now, for the person who asked for it."""
        self._workers = workers or max(1, (os.cpu_count() or 2) // 2)
        self._pool: ThreadPoolExecutor | None = None

    def start(self, key: str, label: str, work: Work, *, after: Callable[[], None] | None = None) -> CheckJob:
        """Return the job of this result; begin it unless it is already running.

        Parameters
        ----------
        after : called when the work has ended, or is not needed.
        """
        tidy = after or _do_nothing
        with self._lock:
            job = self._jobs.get(key)
            if job is not None and not job.over and not job._stop.is_set():
                tidy()
                return job
            job = self._jobs[key] = CheckJob(key, label)
            if self._pool is None:
                self._pool = ThreadPoolExecutor(self._workers, thread_name_prefix="check")
            # also called if the job is cancelled before its turn
            self._pool.submit(copy_context().run, _run, job, work, self.when_finished).add_done_callback(
                lambda _: tidy()
            )
            return job

    def find(self, key: str, visitor: str) -> CheckJob | None:
        """Return the job of that result and note that this visitor waits for it.

        None if there is no such job.
        """
        with self._lock:
            job = self._jobs.get(key)
            if job is not None:
                job._seen_s[visitor] = time.monotonic()
            return job

    def leave(self, key: str, visitor: str) -> None:
        """Stop the job, unless another visitor waits for it."""
        with self._lock:
            job = self._jobs.get(key)
            if job is None:
                return
            job._seen_s.pop(visitor, None)
            now = time.monotonic()
            if all(now - seen_s > _GONE_AFTER_S for seen_s in job._seen_s.values()):
                job._stop.set()

    def forget(self, key: str) -> None:
        """Drop a finished job, so that the same question may be asked again."""
        with self._lock:
            if key in self._jobs and self._jobs[key].over:
                del self._jobs[key]

    def stop_all(self) -> None:
        """Stop every job, when the app closes."""
        with self._lock:
            for job in self._jobs.values():
                job._stop.set()
            if self._pool is not None:
                self._pool.shutdown(wait=False, cancel_futures=True)
                self._pool = None


def _do_nothing() -> None:
    pass


def _ignore(_key: str) -> None:
    pass


def _run(job: CheckJob, work: Work, when_finished: Callable[[str], None]) -> None:
    def progress(done: int, total: int) -> None:
        if job._stop.is_set():
            raise StoppedError
        if done < job.done:
            job.again, job.started_s = True, time.monotonic()
        job.done, job.total = done, total

    try:
        progress(0, 0)
        job.started_s, job.state = time.monotonic(), "running"
        work(progress)
        when_finished(job.key)
        job.state = "finished"
    except StoppedError:
        job.state = "stopped"
    except Exception as error:  # the page must report any error; a thread would hide it
        ours = not isinstance(error, FormCheckError)
        log.warning("%s could not be checked: %s", job.label, error, exc_info=error if ours else None)
        job.error, job.state = error, "failed"


BOOK = JobBook()
"""The jobs of this app."""

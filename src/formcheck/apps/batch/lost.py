"""Recordings that were lost with their worker: one more try, then an error in their row."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from .job import Job, Outcome, error_row

TRIES = 2
LOST = "the worker was lost: it crashed, was killed, or ran out of memory"
MEMORY = "the worker ran out of memory"


def overdue(job: Job) -> str:
    """Return why a recording was given up that took too long."""
    return f"it took longer than {job.settings.timeout_s:g} s"


@dataclass(slots=True)
class Attempts:
    """Counts how often each recording was lost.

    Attributes
    ----------
    again : those that are to be tried once more.
    """

    again: deque[Job] = field(default_factory=deque)
    _lost: dict[tuple[str, str, str], list[str]] = field(default_factory=dict)

    def lost(self, job: Job, why: str) -> Outcome | None:
        """Return the row of a recording that was lost too often, None where it is tried again."""
        told = self._lost.setdefault(job.key, [])
        told.append(why)
        if len(told) < TRIES:
            self.again.append(job)
            return None
        when = "each time" if len(set(told)) == 1 else "the last time"
        return Outcome(error_row(f"tried {TRIES} times, {when} {why}; run again to try it anew", "machine"))

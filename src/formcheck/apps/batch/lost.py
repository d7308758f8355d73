"""Recordings that were lost with their worker: one more try, then an error in their row."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field

from .job import Job, Outcome, error_row

TRIES = 2


@dataclass(slots=True)
class Attempts:
    """Counts how often each recording was lost.

    Attributes
    ----------
    again : those that are to be tried once more.
    """

    again: deque[Job] = field(default_factory=deque)
    _lost: Counter[tuple[str, str, str]] = field(default_factory=Counter)

    def lost(self, job: Job, why: str) -> Outcome | None:
        """Return the row of a recording that was lost too often, None where it is tried again."""
        self._lost[job.key] += 1
        if self._lost[job.key] < TRIES:
            self.again.append(job)
            return None
        return Outcome(error_row(f"tried {TRIES} times, each time {why}; run again to try it anew", "machine"))

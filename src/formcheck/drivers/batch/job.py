"""Define a worker's input and output: small, and the same for near and remote workers."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Any, Literal

from formcheck.drivers.recording.look_rate import Fps

ErrorKind = Literal["input", "machine"]
"""input: the recording cannot be read, now or later. machine: a worker was lost, or formcheck failed."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings that are the same for all recordings of a run.

    Parameters
    ----------
    pose_model, fps : as for `check_recording`.
    engine : direct, openvino or mediapipe; "auto" only until the run has chosen one.
    files : which files of a result are wanted besides the row: poses.parquet, frames.parquet.
    files_to : folder or address that the workers write these to; empty = they come back with the row.
    timeout_s : how long one recording may take.
    profile : whether each row reports the time of each stage.
    """

    pose_model: str = "full"
    engine: str = "auto"
    fps: Fps = "auto"
    files: tuple[str, ...] = ()
    files_to: str = ""
    timeout_s: float = 3600.0
    profile: bool = False


@dataclass(frozen=True, slots=True)
class Job:
    """One recording to score.

    Parameters
    ----------
    place : path or address.
    movement : id, or "auto".
    toml : the bytes of the movement file; empty for "auto". A worker elsewhere does not have the user's files.
    side : working side: left, right or auto.
    identity : a hash of everything but the recording that the result depends on.
    known_sha256 : the hash of the recording scored before, if only reading it can show whether it changed.
    """

    place: str
    movement: str
    toml: bytes
    side: str
    identity: str
    settings: Settings
    known_sha256: str = ""

    @property
    def key(self) -> tuple[str, str, str]:
        """Return the key of its row in the table."""
        return (self.place, self.movement, self.side)


@dataclass(slots=True)
class Outcome:
    """The result of a job.

    Parameters
    ----------
    row : the columns of the result, or of the error.
    files : name -> content of the requested files that are not at their final place yet.
    unchanged : the recording is the one that was scored before, so the old row is still valid.
    stages_s : stage -> seconds, if a profile was requested.
    """

    row: dict[str, Any] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    unchanged: bool = False
    stages_s: dict[str, float] = field(default_factory=dict)


def make_error_row(error: str, kind: ErrorKind) -> dict[str, Any]:
    """Return the row of a recording that could not be scored."""
    return {"error": error, "error_kind": kind}


MAX_ATTEMPTS = 2
LOST = "the worker was lost: it crashed, was killed, or ran out of memory"
MEMORY = "the worker ran out of memory"
STALL_S = 300.0
"""After this time without a step (a picture, a look, a megabyte read), the decoder or the pose model hangs.

It does not depend on the length of a recording. The slowest steps are a network drive's, which may take a minute.
"""


def explain_overdue(job: Job) -> str:
    """Return the reason for giving up a recording that took too long."""
    return f"it took longer than {job.settings.timeout_s:g} s"


def explain_stall(stall_s: float) -> str:
    """Return the reason for giving up a recording that did not get on."""
    return f"it did not get on for {stall_s:g} s"


@dataclass(slots=True)
class Attempts:
    """Counts how often each recording was lost.

    Attributes
    ----------
    again : those that are to be tried once more.
    """

    again: deque[Job] = field(default_factory=deque)
    _lost: dict[tuple[str, str, str], list[str]] = field(default_factory=dict)

    def record_loss(self, job: Job, why: str) -> Outcome | None:
        """Return the row of a recording lost too often, None to try again."""
        reasons = self._lost.setdefault(job.key, [])
        reasons.append(why)
        if len(reasons) < MAX_ATTEMPTS:
            self.again.append(job)
            return None
        when = "each time" if len(set(reasons)) == 1 else "the last time"
        return Outcome(make_error_row(f"tried {MAX_ATTEMPTS} times, {when} {why}; run again to retry", "machine"))

"""The values that flow: Frame → PoseFrame → Measurements → Assessment → Feedback.

All are frozen; arrays are made read-only. Missing is NaN, never zero. Times are seconds from the
start of the recording.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .poses import BACK_T, N_BACK, Frame, Landmarks, PoseFrame
from .skeleton import Side, other

Severity = Literal["info", "adjust", "fix", "stop"]
SEVERITIES: tuple[Severity, ...] = ("info", "adjust", "fix", "stop")
Status = Literal["ok", "warn", "fix", "cannot_tell"]


@dataclass(frozen=True, slots=True, eq=False)
class Measurements:
    """What one frame measures.

    Parameters
    ----------
    time_s : seconds from the start of the recording.
    values : name -> value; NaN where it cannot be told. The unit is in the name.
    uncertainty : name -> half-width of the interval that should hold the truth 95 times in 100, same unit.
    reason : name -> why the value is NaN; only for those that are.
    rough : name -> value before the view was asked whether it can be trusted. Good enough to follow the
        phases (that a person bows, not how far), never to judge or to show.
    joints_px : (33, 2) where the joints were taken to be, px; None where nobody is seen.
    contour : (33,) descriptor of the back's contour, trunk lengths; None where it cannot be read.
    """

    time_s: float
    values: Mapping[str, float]
    uncertainty: Mapping[str, float]
    reason: Mapping[str, str]
    rough: Mapping[str, float] = field(default_factory=dict)
    joints_px: NDArray[np.float64] | None = None
    contour: NDArray[np.float64] | None = None


@dataclass(frozen=True, slots=True)
class Repetition:
    """One repetition, as far as it has come.

    Parameters
    ----------
    index : 1-based.
    side : working side, None where the movement has none or it is not known.
    start_s, end_s : when the person left and regained the start posture; end_s is None while it runs.
    hold_start_s, hold_end_s : first and last moment of the hold; None where there was none.
    counts : far enough to be counted.
    hesitations : stops and steps back on the way into the hold and out of it; NaN where they cannot be told.
    extremes : signal -> (least, time, greatest, time) within this repetition.
    """

    index: int
    side: Side | None
    start_s: float
    hold_start_s: float | None = None
    hold_end_s: float | None = None
    end_s: float | None = None
    counts: bool = False
    hesitations: float = math.nan
    extremes: Mapping[str, tuple[float, float, float, float]] = field(default_factory=dict)


class Told(NamedTuple):
    """One number that is told, or why it is not.

    Parameters
    ----------
    value, uncertainty : NaN where it cannot be told; half-width of the interval that should hold the truth 95 times in
        100.
    reason : why it cannot be told; empty where it can.
    """

    value: float
    uncertainty: float
    reason: str = ""


@dataclass(frozen=True, slots=True)
class PhaseState:
    """Where in the movement the person is.

    Parameters
    ----------
    name : phase of the movement file, or "absent" where nobody can be followed.
    since_s : when this phase began.
    side : the working side, None while it is not known or where the movement has none.
    near : the body side next to the camera, None while it is not known.
    just_entered : this frame began the phase.
    motion : what the course of the drive signal says: see `movement.MOTION_SIGNALS`.
    motion_uncertainty : half-widths of those whose noise was measured.
    motion_reason : why it says nothing, for those that are missing.
    repetition : the repetition that runs, None between two.
    ended : the repetition that this frame ended, None mostly.
    still : the whole recording is one picture: postures can be judged, time cannot.
    """

    name: str
    since_s: float
    side: Side | None
    near: Side | None
    just_entered: bool = False
    motion: Mapping[str, float] = field(default_factory=dict)
    motion_uncertainty: Mapping[str, float] = field(default_factory=dict)
    motion_reason: Mapping[str, str] = field(default_factory=dict)
    repetition: Repetition | None = None
    ended: Repetition | None = None
    still: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """One check of one frame.

    Parameters
    ----------
    check : id of the measure or fault in the movement file.
    status : ok, warn, fix or cannot_tell.
    value, low, high : the value and the target band it was held against; None = open end.
    uncertainty : half-width, same unit as value.
    reason : why it cannot be told; empty otherwise.
    """

    check: str
    status: Status
    value: float
    low: float | None
    high: float | None
    uncertainty: float
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Assessment:
    """All checks of one frame.

    Parameters
    ----------
    findings : measure checks, for display and for the shares in the summary.
    faults : fault id -> True present, False absent, None cannot be told.
    """

    time_s: float
    phase: str
    findings: tuple[Finding, ...]
    faults: Mapping[str, bool | None]
    reasons: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ActiveFault:
    """A fault that has lasted long enough to be said.

    `from_s` is when it began to show, `said_s` when it had lasted long enough. The value is the
    worst one so far; `limit` is what it was held against.
    """

    id: str
    severity: Severity
    from_s: float
    said_s: float
    value: float
    limit: float
    unit: str
    uncertainty: float


@dataclass(frozen=True, slots=True)
class HoldState:
    """The hold clock: it counts only valid time.

    Parameters
    ----------
    valid_s : valid seconds of this hold so far.
    target_s : seconds asked for; None where the movement has no hold.
    paused_by : id of the fault or view problem that stops the clock; empty while it runs.
    """

    valid_s: float
    target_s: float | None
    paused_by: str = ""


@dataclass(frozen=True, slots=True)
class Feedback:
    """What to say now: one cue at most, and everything that is active behind it."""

    cue: str | None
    text: str
    severity: Severity | None
    since_s: float
    active: tuple[ActiveFault, ...] = ()
    hold: HoldState | None = None


@dataclass(frozen=True, slots=True, eq=False)
class StepResult:
    """Everything one frame gave; what every sink takes."""

    pose: PoseFrame
    measurements: Measurements
    phase: PhaseState
    assessment: Assessment
    feedback: Feedback


__all__ = [
    "BACK_T", "N_BACK", "SEVERITIES", "ActiveFault", "Assessment", "Feedback", "Finding", "Frame", "HoldState",
    "Landmarks", "Measurements", "PhaseState", "PoseFrame", "Repetition", "Severity", "Side", "Status", "StepResult",
    "Told",
    "other",
]  # fmt: skip

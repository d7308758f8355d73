"""The records of the pipeline: Frame → PoseFrame → Measurements → Assessment → Feedback.

All are frozen; arrays are made read-only. A missing value is NaN, never zero. Times are seconds from the start of the
recording.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .reasons import Reason
from .skeleton import MIRROR, N_LANDMARKS, SKELETON, Side

BACK_T: NDArray[np.float64] = np.round(np.arange(-0.20, 1.2001, 0.02), 2)
"""Positions of the back contour samples (71,).

Along the hip-shoulder axis, in trunk lengths from the hip.
"""
BACK_T.flags.writeable = False
N_BACK = len(BACK_T)


def _freeze(array: Any, dtype: type, shape: tuple[int, ...], what: str) -> NDArray[Any]:
    frozen = isinstance(array, np.ndarray) and array.base is None and not array.flags.writeable
    out: NDArray[Any] = array if frozen and array.dtype == dtype else np.array(array, dtype=dtype)
    if out.shape != shape:
        raise ValueError(f"{what}: expected shape {shape}, got {out.shape}")
    out.flags.writeable = False
    return out


_LANDMARK_SHAPES: dict[str, tuple[int, ...]] = {
    "xy_px": (N_LANDMARKS, 2),
    "xyz_m": (N_LANDMARKS, 3),
    "visibility": (N_LANDMARKS,),
}
_POSE_SHAPES: dict[str, tuple[int, ...]] = {**_LANDMARK_SHAPES, "back_xy_px": (N_BACK, 2)}


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One picture of a recording.

    Parameters
    ----------
    index : 0-based number of the frame in the source.
    time_s : seconds from the start of the recording; strictly rising.
    image : (H, W, 3) uint8, RGB, upright.

    Examples
    --------
    >>> import formcheck as fc, numpy as np
    >>> frame = fc.Frame(index=0, time_s=0.0, image=np.zeros((480, 640, 3), np.uint8))
    >>> frame.image.shape
    (480, 640, 3)
    """

    index: int
    time_s: float
    image: NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class Landmarks:
    """Landmarks of one person in one frame, units and axes as in `PoseFrame`.

    Parameters
    ----------
    xy_px : (33, 2) float32.
    xyz_m : (33, 3) float32.
    visibility : (33,) float32.
    """

    xy_px: NDArray[np.float32]
    xyz_m: NDArray[np.float32]
    visibility: NDArray[np.float32]

    def __post_init__(self) -> None:
        for name, shape in _LANDMARK_SHAPES.items():
            object.__setattr__(self, name, _freeze(getattr(self, name), np.float32, shape, name))

    def mirrored(self, width_px: int) -> Landmarks:
        """Return the landmarks as a mirrored picture would show them.

        x is flipped, left and right are exchanged.
        """
        flip, shift = np.array([-1, 1], np.float32), np.array([width_px, 0], np.float32)
        return Landmarks(
            self.xy_px[MIRROR] * flip + shift,
            self.xyz_m[MIRROR] * np.array([-1, 1, 1], np.float32),
            self.visibility[MIRROR],
        )


@dataclass(frozen=True, slots=True, eq=False)
class PoseFrame:
    """One person in one frame, in pixels of the upright source picture.

    Parameters
    ----------
    time_s : seconds from the start of the recording.
    size_px : (width, height) of the source picture.
    xy_px : (33, 2) float32, origin top left, y down; NaN if no person is seen.
    xyz_m : (33, 3) float32, metres, origin between the hips, z away from the camera.
    visibility : (33,) float32, 0..1.
    back_xy_px : (71, 2) float32, the traced back contour at `BACK_T`; NaN if it is not seen.
    people : how many people were last seen in the picture.
    skeleton : name of the landmark vocabulary.
    mirror : the same person's landmarks in the mirrored picture, left and right exchanged back; None in most frames.

    Raises
    ------
    ValueError
        An array has another shape.

    Notes
    -----
    Arrays are copied and made read-only; those of another pose, which are read-only already, are shared. The 33
    landmarks are those of BlazePose, by `formcheck.core.skeleton.INDEX`; left and right are the person's own.

    Examples
    --------
    >>> import formcheck as fc
    >>> from formcheck.core.skeleton import INDEX
    >>> first = next(iter(fc.open_track("examples/tracks/hinge_good.parquet")))
    >>> first.seen, first.size_px, first.xy_px.shape, first.back_xy_px.shape
    (True, (640, 480), (33, 2), (71, 2))
    >>> bool(first.xy_px[INDEX["nose"], 1] < first.xy_px[INDEX["left_hip"], 1])  # y points down
    True
    >>> fc.PoseFrame.nobody(0.5, (640, 480)).seen
    False
    """

    time_s: float
    size_px: tuple[int, int]
    xy_px: NDArray[np.float32]
    xyz_m: NDArray[np.float32]
    visibility: NDArray[np.float32]
    back_xy_px: NDArray[np.float32]
    people: int = 1
    skeleton: str = SKELETON
    mirror: Landmarks | None = None

    def __post_init__(self) -> None:
        for name, shape in _POSE_SHAPES.items():
            object.__setattr__(self, name, _freeze(getattr(self, name), np.float32, shape, name))

    @classmethod
    def nobody(cls, time_s: float, size_px: tuple[int, int], *, people: int = 0) -> PoseFrame:
        """Return the PoseFrame of a picture without a person."""
        nan = np.float32(np.nan)
        return cls(
            time_s,
            size_px,
            np.full((N_LANDMARKS, 2), nan),
            np.full((N_LANDMARKS, 3), nan),
            np.zeros(N_LANDMARKS, np.float32),
            np.full((N_BACK, 2), nan),
            people,
        )

    @property
    def seen(self) -> bool:
        """Return whether a person was found."""
        return bool(np.count_nonzero(np.isfinite(self.xy_px)))

    def mirrored(self) -> PoseFrame:
        """Return the pose as a mirrored picture would show it.

        x is flipped, left and right are exchanged.
        """
        width_px = self.size_px[0]
        flipped = Landmarks(self.xy_px, self.xyz_m, self.visibility).mirrored(width_px)
        return PoseFrame(
            self.time_s,
            self.size_px,
            flipped.xy_px,
            flipped.xyz_m,
            flipped.visibility,
            self.back_xy_px * np.array([-1, 1], np.float32) + np.array([width_px, 0], np.float32),
            self.people,
            self.skeleton,
            None if self.mirror is None else self.mirror.mirrored(width_px),
        )


Severity = Literal["info", "adjust", "fix", "stop"]
SEVERITIES: tuple[Severity, ...] = ("info", "adjust", "fix", "stop")
Status = Literal["ok", "warn", "fix", "cannot_tell"]


class Value(NamedTuple):
    """One measured number, or the reason why it is missing.

    Parameters
    ----------
    value : NaN if it is missing.
    uncertainty : half-width of the interval that should hold the truth 95 times in 100. It may be known without a
        value.
    reason : why it is missing; None if it is not.
    """

    value: float
    uncertainty: float
    reason: Reason | None = None


class CameraView(NamedTuple):
    """How the camera sees the person, smoothed over time.

    Parameters
    ----------
    yaw_deg : camera's angle from an exact side view, 0..90; NaN while it is unknown.
    near : side next to the camera, None while it is unknown.
    front_votes : signed votes for the direction of the front (`contour.TrunkAxis.signed_votes`), None while there are
        none.
    """

    yaw_deg: float = math.nan
    near: Side | None = None
    front_votes: float | None = None


UNKNOWN_VIEW = CameraView()


@dataclass(frozen=True, slots=True, eq=False)
class Measurements:
    """The measurements of one frame.

    Parameters
    ----------
    time_s : seconds from the start of the recording.
    values : name -> what was measured. The unit is in the name.
    unchecked : name -> value before the check whether the view can be trusted. Good enough to follow the phases (that a
        person bows, not how far), never to judge or to show.
    view : how the camera saw the person.
    joints_px : (33, 2) joint positions used, px; None if no person is seen.
    contour : (33,) descriptor of the back's contour, trunk lengths; None if it cannot be read.
    cuts : how often the film was cut up to here, or another person was seen.
    """

    time_s: float
    values: Mapping[str, Value]
    unchecked: Mapping[str, float] = field(default_factory=dict)
    view: CameraView = UNKNOWN_VIEW
    joints_px: NDArray[np.float64] | None = None
    contour: NDArray[np.float64] | None = None
    cuts: int = 0


@dataclass(frozen=True, slots=True)
class Repetition:
    """One repetition, up to now.

    Parameters
    ----------
    index : 1-based.
    side : working side, None if the movement has none or it is unknown.
    start_s, end_s : when the person left and regained the start posture; end_s is None while it runs.
    hold_start_s, hold_end_s : first and last moment of the hold; None without one.
    counts : far enough to be counted.
    is_cut_off : the recording ended or was cut in the hold or before it, so how far and how long it would have gone is
        unknown.
    hesitations : stops and steps back on the way into the hold and out of it; NaN if they are unknown.
    extremes : signal -> (least, time, greatest, time) within this repetition.
    """

    index: int
    side: Side | None
    start_s: float
    hold_start_s: float | None = None
    hold_end_s: float | None = None
    end_s: float | None = None
    counts: bool = False
    is_cut_off: bool = False
    hesitations: float = math.nan
    extremes: Mapping[str, tuple[float, float, float, float]] = field(default_factory=dict)


NOT_JUDGED = "not_judged"
"""Name of the phase before and after the part of a recording that shows the movement."""


@dataclass(frozen=True, slots=True)
class PhaseState:
    """The person's place in the movement.

    Parameters
    ----------
    name : phase of the movement file, "absent" if no person can be followed, or `NOT_JUDGED`.
    since_s : when this phase began.
    side : the working side, None while it is unknown or if the movement has none.
    near : the body side next to the camera, None while it is unknown.
    just_entered : this frame began the phase.
    motion : motion signal (`signals.MOTION_SIGNALS`) -> its value; a signal that is left out was not measured.
    repetition : the repetition that runs, None between two.
    ended : the repetition that this frame ended, None mostly.
    still : the whole recording is one picture: postures can be judged, time cannot.
    """

    name: str
    since_s: float
    side: Side | None
    near: Side | None
    just_entered: bool = False
    motion: Mapping[str, Value] = field(default_factory=dict)
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
    value, low, high : the value and the target band it was compared with; None = open end.
    uncertainty : half-width, same unit as value.
    reason : why the status is cannot_tell; None otherwise.
    """

    check: str
    status: Status
    value: float
    low: float | None
    high: float | None
    uncertainty: float
    reason: Reason | None = None


class FaultFinding(NamedTuple):
    """One fault in one frame.

    Parameters
    ----------
    present : whether it shows, None where that is unknown.
    value, uncertainty : of the condition that it is reported with; NaN unless it shows.
    limit, unit : what that value is compared with, and its unit.
    is_above : the fault begins above the limit, not below it.
    reason : why it is unknown; None otherwise.
    """

    present: bool | None
    value: float = math.nan
    uncertainty: float = math.nan
    limit: float = math.nan
    unit: str = ""
    is_above: bool = True
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class Assessment:
    """All checks of one frame.

    Parameters
    ----------
    findings : measure checks, for display and for the shares in the summary.
    faults : fault id -> what was found; only the faults that are looked for in this phase.
    """

    time_s: float
    phase: str
    findings: tuple[Finding, ...]
    faults: Mapping[str, FaultFinding]


@dataclass(frozen=True, slots=True)
class ActiveFault:
    """A fault that has lasted long enough to be reported.

    `from_s` is when it began to show, `said_s` when it had lasted long enough. The value is the worst one so far;
    `limit` is what it was compared with.
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
    target_s : seconds asked for; None if the movement has no hold.
    paused_by : id of the fault or view problem that stops the clock; empty while it runs.
    """

    valid_s: float
    target_s: float | None
    paused_by: str = ""


@dataclass(frozen=True, slots=True)
class Feedback:
    """The words for now: at most one cue, and every active fault behind it."""

    cue: str | None
    text: str
    severity: Severity | None
    since_s: float
    active: tuple[ActiveFault, ...] = ()
    hold: HoldState | None = None


@dataclass(frozen=True, slots=True, eq=False)
class StepResult:
    """All results of one frame; the input of every sink."""

    pose: PoseFrame
    measurements: Measurements
    phase: PhaseState
    assessment: Assessment
    feedback: Feedback

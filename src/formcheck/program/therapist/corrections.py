"""Corrections of a result by a person.

They are a layer over what was measured, never in it. Each correction says who made it and when. Nothing is removed
from the list: taking one back is an entry, too. The poses are corrected before they are judged again
(`correct_poses`), faults and holds afterwards (`correct_summary`).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from formcheck.core.movement.schema import FaultSpec, Identifier, Movement
from formcheck.core.records import PoseFrame
from formcheck.core.skeleton import INDEX, PAIRS, Side

REACH_S = 0.4
"""A joint that is put right takes its neighbours in time along, less and less up to this far."""
SAME_START_S = 0.05
"""A fault is the corrected one if it begins within this of it."""
MOST_CORRECTIONS = 5000
PLACED_VISIBILITY = 0.99
"""A person placed the joint, so it is seen."""

Seconds = Annotated[float, Field(ge=0, le=1e6)]
Pixels = Annotated[float, Field(ge=-1e5, le=1e5)]


def _require_landmark(name: str) -> str:
    if name not in INDEX:
        raise ValueError(f"expected a landmark such as left_knee, got {name!r}")
    return name


Landmark = Annotated[str, AfterValidator(_require_landmark)]


class _CorrectionRecord(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    id: Annotated[str, Field(pattern=r"^[0-9a-f]{8,32}$")]
    by: Annotated[str, Field(min_length=1, max_length=200)]
    at_utc: AwareDatetime


class FaultJudged(_CorrectionRecord):
    """A fault that formcheck reported, accepted or rejected."""

    kind: Literal["accept_fault", "reject_fault"]
    fault: Identifier
    from_s: Seconds


class FaultAdded(_CorrectionRecord):
    """A fault that formcheck did not report."""

    kind: Literal["add_fault"]
    fault: Identifier
    from_s: Seconds
    to_s: Seconds
    side: Side | None = None


class HoldMoved(_CorrectionRecord):
    """The start or the end of a repetition's hold, put elsewhere."""

    kind: Literal["move_hold"]
    repetition: Annotated[int, Field(ge=1, le=100_000)]
    edge: Literal["start", "end"]
    to_s: Seconds


class SpanCut(_CorrectionRecord):
    """A part of the recording that is not to be judged."""

    kind: Literal["cut_span"]
    from_s: Seconds
    to_s: Seconds


class NeutralSet(_CorrectionRecord):
    """The moment that shows the person's own long back."""

    kind: Literal["set_neutral"]
    at_s: Seconds


class JointMoved(_CorrectionRecord):
    """A joint put right in one picture, px of the recording."""

    kind: Literal["move_joint"]
    landmark: Landmark
    at_s: Seconds
    x_px: Pixels
    y_px: Pixels


class NoteDrawn(_CorrectionRecord):
    """Words, a line or an angle on one picture; it judges nothing.

    Parameters
    ----------
    points_px : none for words only, two for a line, three for an angle.
    """

    kind: Literal["note"]
    at_s: Seconds
    text: Annotated[str, Field(max_length=300)] = ""
    points_px: Annotated[list[tuple[Pixels, Pixels]], Field(max_length=3)] = []


class TakenBack(_CorrectionRecord):
    """An earlier correction, taken back."""

    kind: Literal["take_back"]
    of: Annotated[str, Field(pattern=r"^[0-9a-f]{8,32}$")]


Correction = Annotated[
    FaultJudged | FaultAdded | HoldMoved | SpanCut | NeutralSet | JointMoved | NoteDrawn | TakenBack,
    Field(discriminator="kind"),
]
_ONE: TypeAdapter[Correction] = TypeAdapter(Correction)


class Corrections(BaseModel):
    """The corrections of one result, in the order in which they were made.

    Parameters
    ----------
    recording_sha256 : of the recording that they are about.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_version: Literal[1] = 1
    recording_sha256: Annotated[str, Field(max_length=64)]
    entries: Annotated[list[Correction], Field(max_length=MOST_CORRECTIONS)] = []

    def list_active(self) -> list[Correction]:
        """Return the corrections that hold now: those that were not taken back."""
        taken_back = {one.of for one in self.entries if isinstance(one, TakenBack)}
        return [one for one in self.entries if not isinstance(one, TakenBack) and one.id not in taken_back]

    def find_last(self) -> Correction | None:
        """Return the newest correction that holds, which "undo" takes back."""
        active = self.list_active()
        return active[-1] if active else None

    def find_conflict(self, correction: Correction) -> str:
        """Return why a correction cannot follow those that were made; empty if it can."""
        if len(self.entries) >= MOST_CORRECTIONS:
            return f"expected at most {MOST_CORRECTIONS} corrections, got one more; take the result to a new check"
        if isinstance(correction, TakenBack) and correction.of not in {one.id for one in self.list_active()}:
            return f"of: expected a correction that holds, got {correction.of!r}; load the page again"
        return ""

    def add(self, correction: Correction) -> Corrections:
        """Return the list with one entry more."""
        return self.model_copy(update={"entries": [*self.entries, correction]})


def make_correction(kind: str, *, entry_id: str, by: str, at_utc: datetime, **about: object) -> Correction:
    """Return a checked correction.

    Parameters
    ----------
    kind : accept_fault, reject_fault, add_fault, move_hold, cut_span, set_neutral, move_joint, note or take_back.
    about : the keys of that kind.

    Raises
    ------
    ValueError
        A value is missing or not allowed, in one line.
    """
    try:
        return _ONE.validate_python({"kind": kind, "id": entry_id, "by": by, "at_utc": at_utc, **about})
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"][1:]) or "kind"
        raise ValueError(f"{place}: {first['msg']}") from None


def find_contradiction(correction: Correction, movement: Movement, duration_s: float) -> str:
    """Return why a correction cannot be about this result; empty if it can.

    Parameters
    ----------
    duration_s : length of the recording.
    """
    known = {fault.id for fault in movement.faults}
    if isinstance(correction, FaultJudged | FaultAdded) and correction.fault not in known:
        return f"fault: expected one of {', '.join(sorted(known))}, got {correction.fault!r}"
    if isinstance(correction, FaultAdded | SpanCut) and correction.to_s <= correction.from_s:
        return f"to_s: expected a time after {correction.from_s:g} s, got {correction.to_s:g} s"
    first_s = min(value for value in _list_times(correction)) if _list_times(correction) else 0.0
    if first_s > duration_s:
        return f"expected a time within the recording (up to {duration_s:.1f} s), got {first_s:g} s"
    return ""


def _list_times(correction: Correction) -> list[float]:
    fields = ("from_s", "at_s", "to_s")
    return [float(getattr(correction, name)) for name in fields if hasattr(correction, name)]


# The poses ------------------------------------------------------------------------------------------------------------


def list_judged_spans(
    active: Sequence[Correction], spans_s: Sequence[tuple[float, float]]
) -> list[tuple[float, float]]:
    """Return the spans to judge: those given, without what was cut out.

    Examples
    --------
    >>> cut = make_correction("cut_span", entry_id="0" * 8, by="A", at_utc="2026-01-01T00:00:00Z", from_s=2, to_s=3)
    >>> list_judged_spans([cut], [(0.0, 10.0)])
    [(0.0, 2.0), (3.0, 10.0)]
    """
    left = [(float(from_s), float(to_s)) for from_s, to_s in spans_s]
    for cut in active:
        if not isinstance(cut, SpanCut):
            continue
        pieces = [part for one in left for part in ((one[0], min(one[1], cut.from_s)), (max(one[0], cut.to_s), one[1]))]
        left = [(from_s, to_s) for from_s, to_s in pieces if to_s > from_s]
    return left


def list_moved_joints(active: Iterable[Correction]) -> list[JointMoved]:
    """Return the joints that a person put right."""
    return [one for one in active if isinstance(one, JointMoved)]


def correct_poses(poses: Iterable[PoseFrame], active: Sequence[Correction]) -> Iterator[PoseFrame]:
    """Yield the poses with every joint where a person put it.

    The neighbours in time follow, less and less up to `REACH_S`; between two corrections of one joint that are near
    each other it goes straight from one to the other.
    """
    moves = list_moved_joints(active)
    every = list(poses) if moves else poses
    shifts = {name: _plan_shift(name, moves, every) for name in {one.landmark for one in moves}}  # type: ignore[arg-type]
    for pose in every:
        yield _move_joints(pose, {name: find(pose.time_s) for name, find in shifts.items()}) if shifts else pose


def _plan_shift(landmark: str, moves: Sequence[JointMoved], poses: Sequence[PoseFrame]) -> _Shift:
    """Return how far a joint is moved at each time, px."""
    times_s = np.array([pose.time_s for pose in poses])
    keys: dict[float, tuple[float, float]] = {}
    for move in moves:
        if move.landmark != landmark or not len(times_s):
            continue
        pose = poses[int(np.argmin(np.abs(times_s - move.at_s)))]
        x, y = pose.xy_px[INDEX[landmark]]
        if math.isfinite(x) and math.isfinite(y):
            keys[pose.time_s] = (move.x_px - float(x), move.y_px - float(y))
    at = sorted(keys)
    around = [
        t for key in at for t in (key - REACH_S, key + REACH_S) if min(abs(t - other) for other in at) >= REACH_S - 1e-9
    ]
    keys.update(dict.fromkeys(around, (0.0, 0.0)))
    return _Shift(keys)


class _Shift:
    """A shift over time, px, straight between its corner points and 0 beyond them."""

    def __init__(self, keys: dict[float, tuple[float, float]]) -> None:
        self._times_s = sorted(keys)
        self._x, self._y = ([keys[t][axis] for t in self._times_s] for axis in (0, 1))

    def __call__(self, time_s: float) -> tuple[float, float]:
        if not self._times_s or not self._times_s[0] < time_s < self._times_s[-1]:
            return 0.0, 0.0
        return (float(np.interp(time_s, self._times_s, self._x)), float(np.interp(time_s, self._times_s, self._y)))


def _move_joints(pose: PoseFrame, shifts: dict[str, tuple[float, float]]) -> PoseFrame:
    moved = {INDEX[name]: shift for name, shift in shifts.items() if shift != (0.0, 0.0)}
    if not moved or not pose.seen:
        return pose
    xy, xyz, seen = pose.xy_px.copy(), pose.xyz_m.copy(), pose.visibility.copy()
    m_per_px = _find_scale(pose)
    for index, (dx, dy) in moved.items():
        xy[index] += (dx, dy)
        if math.isfinite(m_per_px):
            xyz[index, :2] += np.float32(m_per_px) * np.array([dx, dy], np.float32)
        seen[index] = max(float(seen[index]), PLACED_VISIBILITY)
    return replace(pose, xy_px=xy, xyz_m=xyz, visibility=seen, mirror=None)


def _find_scale(pose: PoseFrame) -> float:
    """Return metres of one pixel, by the trunk; NaN if it is not known."""

    def measure(points: NDArray[np.float32]) -> float:
        ends = [np.mean([points[i, :2] for i in PAIRS[part]], axis=0) for part in ("shoulder", "hip")]
        return float(np.linalg.norm(ends[0] - ends[1]))

    px, metres = measure(pose.xy_px), measure(pose.xyz_m)
    return metres / px if px > 0 and math.isfinite(metres) else math.nan


def find_neutral_time_s(active: Sequence[Correction]) -> float | None:
    """Return the moment of the person's own long back; None if none was named."""
    chosen = [one.at_s for one in active if isinstance(one, NeutralSet)]
    return chosen[-1] if chosen else None


def list_moved_measures(fault: FaultSpec, movement: Movement) -> frozenset[str]:
    """Return the measures that a fault is about."""
    conditions = [one for group in fault.groups for one in group]
    return frozenset(
        measure_id
        for measure_id, spec in movement.measures.items()
        if any(one.signal in (spec.signal, spec.strong_signal) for one in conditions)
    )

"""One person followed through a recording: smoothed, joints corrected, measured."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from formcheck.core.reasons import Reason, ReasonCode
from formcheck.core.records import CameraView, Measurements, PoseFrame, Value
from formcheck.core.skeleton import PAIRS

from .joint_angles import Reference
from .joint_correction import Corrected, Corrector
from .measure import BACK_NAMES, measure_pose
from .networks import DEFAULT_NETWORK
from .smoothing import Smoother

JUMPED, COVERED = Reason(ReasonCode.BACK_EDGE_JUMPED), Reason(ReasonCode.BACK_EDGE_COVERED)
_EDGE_UNSEEN = (COVERED, Reason(ReasonCode.BACK_EDGE_HIDDEN))
JUMP_S = 0.5
JUMP_DEG = 30.0
"""A bend that changes by more within `JUMP_S` needs a body that moves.

Real people who rounded or hollowed fast reached 27 degrees while ears, shoulders and hips moved by 0.05 trunk lengths.
"""
JUMP_STILL_TL = 0.05
LEAP_DEG = 70.0
"""No back bends by more than this within `JUMP_S`, even while the body moves: then the trunk was not found."""
LEAP_FORGET_S = 1.0
"""After such a leap, nothing is believed for this long, unless the bend comes back."""
COVERED_S, UNCOVERED_S = 0.5, 2.0
"""An edge that was covered for this long is not believed for this long afterwards, while the body stays still.

A hand that moves on the back hides its edge, then lies on it or holds the shirt.
"""
BACK_AGAIN_DEG = 15.0
"""After a jump, the bend is believed again this near to the last one before it ..."""
MOVED_ON_TL = 0.1
"""... or once the body has moved by this much."""
_WATCHED = np.array([PAIRS[part] for part in ("ear", "shoulder", "hip")])


class _SeenBend(NamedTuple):
    """The bend of the back in one picture.

    `middles` are those of ears, shoulders and hips, (3, 2), px.
    """

    time_s: float
    bend_deg: float
    middles: NDArray[np.float64]

    def is_near(self, other: _SeenBend, most_tl: float) -> bool:
        """Return whether no middle moved further than `most_tl` trunk lengths."""
        trunk_px = float(np.hypot(*(self.middles[1] - self.middles[2])))
        moved_px = float(np.hypot(*(self.middles - other.middles).T).max())
        return moved_px <= most_tl * trunk_px


class JumpWatch:
    """Finds readings of the back that jump as no back can.

    They jump while the body does not move, or faster than a back bends. A hand that comes to lie on the back, a sleeve
    or a bar changes the edge, not the back. It remembers the bends of the last `JUMP_S`; after a jump the last one
    before it and until when it counts; and the first and the last picture in which the edge was covered.
    """

    def __init__(self) -> None:
        self._recent: deque[_SeenBend] = deque()
        self._before: _SeenBend | None = None
        self._until_s = math.nan
        self._covered: tuple[_SeenBend, _SeenBend] | None = None

    def step(self, measurements: Measurements) -> Reason | None:
        """Add one picture; return why its back cannot be believed.

        None if it can. Time must not fall.
        """
        if measurements.joints_px is None:
            return None
        bend_deg = measurements.unchecked.get("back_bend_no_neutral_deg", math.nan)
        now = _SeenBend(measurements.time_s, bend_deg, measurements.joints_px[_WATCHED].mean(axis=1))
        if not math.isfinite(bend_deg):
            if measurements.values["back_bend_no_neutral_deg"].reason in _EDGE_UNSEEN:
                self._note_covered(now)
            return None
        if self._was_covered(now):
            return COVERED
        if self._before is not None and not self._is_over(self._before, now):
            return JUMPED
        self._before = None
        while self._recent and self._recent[0].time_s < now.time_s - JUMP_S - 1e-6:
            self._recent.popleft()
        self._find_jump(now)
        if self._before is not None:
            self._recent.clear()
            return JUMPED
        self._recent.append(now)
        return None

    def _find_jump(self, now: _SeenBend) -> None:
        for old in self._recent:
            change_deg = abs(now.bend_deg - old.bend_deg)
            if change_deg > LEAP_DEG or (change_deg > JUMP_DEG and now.is_near(old, JUMP_STILL_TL)):
                self._before = old
                self._until_s = now.time_s + LEAP_FORGET_S if change_deg > LEAP_DEG else math.inf
                return

    def _note_covered(self, now: _SeenBend) -> None:
        first, last = self._covered or (now, now)
        goes_on = now.time_s - last.time_s <= COVERED_S and now.is_near(first, MOVED_ON_TL)
        self._covered = (first if goes_on else now), now

    def _was_covered(self, now: _SeenBend) -> bool:
        """Return whether the edge was covered just now, in a body that is still.

        It counts if it was covered for `COVERED_S`.
        """
        if self._covered is None:
            return False
        first, last = self._covered
        if now.time_s - last.time_s > UNCOVERED_S or not now.is_near(last, MOVED_ON_TL):
            self._covered = None
            return False
        return last.time_s - first.time_s >= COVERED_S

    def _is_over(self, before: _SeenBend, now: _SeenBend) -> bool:
        """Return whether the bend came back, or the body moved on since the jump."""
        if abs(now.bend_deg - before.bend_deg) <= BACK_AGAIN_DEG or now.time_s > self._until_s:
            return True
        return math.isinf(self._until_s) and not now.is_near(before, MOVED_ON_TL)


def _distrust_back(measurements: Measurements, why: Reason) -> Measurements:
    """Return the measurements without those of the back."""
    values = dict(measurements.values)
    for name in BACK_NAMES:
        _, width, missing = values[name]
        values[name] = Value(math.nan, width, missing or why)
    return replace(measurements, values=values, contour=None)


class SeenPerson(NamedTuple):
    """The followed person in one picture.

    Parameters
    ----------
    pose : smoothed.
    joints : corrected.
    view : how the camera sees the person.
    cuts : how often the film was cut up to here, or another person was seen.
    """

    pose: PoseFrame
    joints: Corrected
    view: CameraView
    cuts: int


class PersonTracker:
    """Follows one person; `measured` gives the measurements of the last pose.

    Parameters
    ----------
    pose_model : name of the model that sees the person, see `Corrector`.
    earlier : what another tracker returned for the same poses, from the first one on: they are not smoothed and
        corrected again.

    Attributes
    ----------
    seen : the person in the last picture; None before the first.
    """

    def __init__(self, pose_model: str = DEFAULT_NETWORK, *, earlier: Iterable[SeenPerson] | None = None) -> None:
        self._smoother, self._corrector, self._jumps = Smoother(), Corrector(pose_model), JumpWatch()
        self._earlier = None if earlier is None else iter(earlier)
        self.seen: SeenPerson | None = None

    def step(self, pose: PoseFrame) -> SeenPerson:
        """Add one pose; return the person in it. Time must rise from call to call."""
        self.seen = self._follow(pose) if self._earlier is None else next(self._earlier)
        if self.seen.pose.time_s != pose.time_s:
            raise ValueError(f"expected the pose of {self.seen.pose.time_s} s, as before, got that of {pose.time_s} s")
        return self.seen

    def _follow(self, pose: PoseFrame) -> SeenPerson:
        steady, view = self._smoother.step(pose), self._smoother.view
        joints = self._corrector.step(steady, view)
        return SeenPerson(steady, joints, view._replace(yaw_deg=joints.yaw_deg), self._smoother.cuts)

    def measured(self, reference: Reference | None = None, *, unsure: bool = True) -> Measurements:
        """Measure the last pose, against the person's own start posture if it is known.

        Parameters
        ----------
        unsure : also return the uncertainty of each value.
        """
        if self.seen is None:
            raise ValueError("expected a pose before the first measurement, got none; call step first")
        pose, joints, view, cuts = self.seen
        measurements = measure_pose(pose, view=view, joints=joints, reference=reference, unsure=unsure)
        if cuts:
            measurements = replace(measurements, cuts=cuts)
        why = self._jumps.step(measurements)
        return _distrust_back(measurements, why) if why else measurements

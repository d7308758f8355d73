"""The start posture: kept quietly, it is the person's reference."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from formcheck.core.geometry import Point, mid
from formcheck.core.measure import back
from formcheck.core.measure.camera_view import TRUNK_PER_SHOULDERS
from formcheck.core.measure.joint_angles import NO_ROUNDED, Reference
from formcheck.core.measure.measure import find_stance
from formcheck.core.movement.schema import Condition, Movement
from formcheck.core.movement.signals import MOTION_SIGNALS, Roles, find_measured, look_up_value
from formcheck.core.reasons import Reason, ReasonCode
from formcheck.core.records import Measurements, Value
from formcheck.core.skeleton import N_LANDMARKS, PAIRS, Side

from .timeseries import Noise, TimeWindow

QUIET_S = 0.8
"""The start posture must be kept this long to become the reference."""
QUIET_TL = 0.06
"""... and no joint may move further than this during that time."""
UNREST_SPREADS = 4.0
"""Range of pure noise within `QUIET_S`, in standard deviations.

It is not larger 95 times in 100.
"""
LEAVE_AGAIN_S = 1.0
"""The reference is updated this often until the first repetition begins."""

LEAST_ROUNDED_DEG = 10.0
"""A rounded back that bends less can hardly be distinguished from the tall one.

Bends are known within 8 degrees.
"""

LYING = ("prone", "supine")
"""People who lie on their forearms are hollow at the start of a good plank."""

_SPARE_S = 0.1
"""Extra time beyond `QUIET_S` for which pictures are kept.

So one of them is old enough.
"""

_REST_JOINTS = {
    "side": np.array([*PAIRS["shoulder"], *PAIRS["hip"]]),
    "front": np.array([*PAIRS["shoulder"], *PAIRS["wrist"]]),
}
"""Joints that show rest, by camera position.

From the front the hips of a folded person are a guess.
"""


def is_posture_condition_met(
    condition: Condition, values: Mapping[str, float], *, working: Side | None, near: Side | None
) -> bool:
    """Return whether the plain value meets a posture condition.

    Uncertainty matters for verdicts, not for phases.
    """
    value = look_up_value(condition.signal, values, Roles(working, near))
    return value > condition.limit if condition.above is not None else value < condition.limit


def is_posture_met(conditions: Iterable[Condition], measurements: Measurements, roles: Roles) -> bool:
    """Return whether all conditions of a posture are met."""
    unchecked = measurements.unchecked
    return all(is_posture_condition_met(c, unchecked, working=roles.working, near=roles.near) for c in conditions)


def is_posture_outside(conditions: Iterable[Condition], measurements: Measurements, roles: Roles) -> bool:
    """Return whether all that would show a posture is outside the picture, as in close-ups."""
    found = [find_measured(condition.signal, measurements.values, roles) for condition in conditions]
    if any(one is not None and math.isfinite(one.value) for one in found):
        return False
    return any(one.reason.code == ReasonCode.LANDMARK_OUTSIDE for one in found if one is not None and one.reason)


class Rest:
    """Watches how still a body is.

    Several movements may watch one body: each picture is added once.

    Parameters
    ----------
    camera : camera position of the movement; it decides which joints are watched.
    longest_step_s : the longest step between two pictures with which rest can still be seen.

    Attributes
    ----------
    unrest_tl : how far shoulders and hips moved within the last `QUIET_S`, trunk lengths; NaN while the time is too
        short.
    """

    def __init__(self, camera: str, *, longest_step_s: float = _SPARE_S) -> None:
        self.unrest_tl = math.nan
        self._watched = _REST_JOINTS["front" if camera == "front" else "side"]
        self._memory_s = QUIET_S + longest_step_s
        self._cuts = 0
        self._joints = TimeWindow(self._memory_s, (len(self._watched), 2))
        self._noise_px = Noise(2 * len(self._watched))
        self._trunk_px = math.nan
        self._last_s = -math.inf

    @property
    def pictures(self) -> int:
        """Return how many pictures are remembered."""
        return len(self._joints.times_s)

    def step(self, measurements: Measurements) -> None:
        """Add one picture in which a person is seen."""
        if measurements.time_s <= self._last_s:
            return
        self._last_s = measurements.time_s
        if measurements.cuts > self._cuts:
            self._cuts, self._joints = measurements.cuts, TimeWindow(self._memory_s, (len(self._watched), 2))
        joints = _read_joints(measurements)
        self._joints.add(self._last_s, joints[self._watched])
        self.unrest_tl = self._unrest_tl(joints)

    def note_noise(self) -> None:
        """Measure the noise of the joints in the last picture.

        Only `measure_unrest` needs it.
        """
        self._noise_px.add(self._last_s, self._joints.values[-1].ravel())

    def _unrest_tl(self, joints: NDArray[np.float64]) -> float:
        times_s, xy = self._joints.times_s, self._joints.values
        if len(times_s) < 3 or times_s[-1] - times_s[0] < QUIET_S - 1e-6:
            return math.nan
        first = 0
        while times_s[first] < times_s[-1] - QUIET_S - _SPARE_S - 1e-6 and times_s[first + 1] <= times_s[-1] - QUIET_S:
            first += 1  # an old picture counts only if pictures are so rare that no younger one is old enough
        left_shoulder, right_shoulder, left_hip, right_hip = joints[_REST_JOINTS["side"]].tolist()
        trunk_px = math.dist(mid(left_shoulder, right_shoulder), mid(left_hip, right_hip))
        # the shoulder width gives the size of a person who folds towards the camera
        trunk_px = max(trunk_px, TRUNK_PER_SHOULDERS * math.dist(left_shoulder, right_shoulder))
        self._trunk_px = trunk_px
        spread = (xy[first:].max(axis=0) - xy[first:].min(axis=0)).tolist()
        return max(math.hypot(*s) for s in spread) / trunk_px if trunk_px > 0 else math.nan

    def measure_unrest(self) -> Value:
        """Return the unrest.

        Its uncertainty is the unrest that landmark noise shows for a person who is still.
        """
        if not math.isfinite(self.unrest_tl):
            return Value(math.nan, math.nan, Reason(ReasonCode.NOT_STEADY))
        spread_px = self._noise_px.std if math.isfinite(self._noise_px.std) else 0.0
        doubt = UNREST_SPREADS * spread_px / self._trunk_px
        return Value(self.unrest_tl, math.hypot(MOTION_SIGNALS["unrest_tl"], doubt))


class StartPosture:
    """Watches for a quiet start posture and keeps it as the reference.

    Parameters
    ----------
    neutral, rounded : the own back from a calibration.
    rest : how still the body is, if other movements watch it too; None = one of its own.

    Attributes
    ----------
    reference : the start posture, empty until it was seen.
    rest : knows how still the body is.
    """

    def __init__(
        self,
        movement: Movement,
        neutral: NDArray[np.float64] | None,
        rounded: NDArray[np.float64] | None = None,
        *,
        rest: Rest | None = None,
    ) -> None:
        self.movement = movement
        self.rest = Rest(movement.view.camera) if rest is None else rest
        self._own_neutral, self._own_rounded = neutral, rounded
        self._seen: deque[Measurements] = deque()
        self.forget()

    @property
    def unrest_tl(self) -> float:
        """Return how far the body moved lately, as `Rest` measures it."""
        return self.rest.unrest_tl

    def remember(self, measurements: Measurements) -> None:
        """Add one frame in which a person is seen."""
        self.rest.step(measurements)
        self._seen.append(measurements)
        while len(self._seen) > self.rest.pictures:
            self._seen.popleft()

    def forget(self) -> None:
        """Forget the start posture: the film was cut."""
        rounded_reason = NO_ROUNDED if self._own_rounded is None else Reason(ReasonCode.NO_START)
        self.reference = Reference(neutral=self._own_neutral, rounded_reason=rounded_reason)
        self._seen.clear()
        self._taken_s = -math.inf

    def take(self, time_s: float, roles: Roles) -> None:
        """Make the last `QUIET_S` the reference if the person kept the start posture quietly."""
        if not self._is_kept(time_s, roles):
            return
        names = self._seen[-1].values
        rows = [[m.unchecked.get(name, math.nan) for name in names] for m in self._seen]
        values = dict(zip(names, _take_medians(rows), strict=True))
        xy = np.median(np.stack([_read_joints(m) for m in self._seen]), axis=0).tolist()
        points: list[Point] = [(x, y) for x, y in xy]
        trunk_px = math.dist(_find_mid(points, "shoulder"), _find_mid(points, "hip"))
        shoulders_px = math.dist(*(points[i] for i in PAIRS["shoulder"]))
        neutral, reason = self._neutral()
        rounded, why = self._rounded(neutral, reason, find_stance(values, roles.near or "left"))
        self.reference = Reference(values, neutral, reason, trunk_px, shoulders_px, points, rounded, why)

    def take_neutral(self, time_s: float, roles: Roles) -> None:
        """Take only the own neutral back, from a later quiet start posture.

        It does nothing if there is a neutral already.
        """
        if self.reference.neutral is not None or not self._is_kept(time_s, roles):
            return
        neutral, reason = self._neutral()
        if neutral is not None:
            rounded, why = self._rounded(neutral, reason, find_stance(self.reference.values, roles.near or "left"))
            self.reference = replace(
                self.reference, neutral=neutral, neutral_reason=None, rounded=rounded, rounded_reason=why
            )

    def _is_kept(self, time_s: float, roles: Roles) -> bool:
        """Return whether the start posture was kept quietly and is due to be taken."""
        if time_s - self._taken_s < LEAVE_AGAIN_S or not self.unrest_tl <= QUIET_TL:
            return False
        if not all(is_posture_met(self.movement.start.when, m, roles) for m in self._seen):
            return False
        self._taken_s = time_s
        return True

    def _neutral(self) -> tuple[NDArray[np.float64] | None, Reason | None]:
        """Return the own neutral back.

        From the calibration, else from this start posture if it is plausible.
        """
        if self._own_neutral is not None:
            return self._own_neutral, None
        contours = [m.contour for m in self._seen if m.contour is not None]
        if len(contours) < max(3, len(self._seen) // 2):
            return None, Reason(ReasonCode.NEUTRAL_NOT_CLEAR)
        contour = np.median(np.stack(contours), axis=0)
        bend_deg = back.estimate_bend_no_neutral(contour).value_deg
        if bend_deg > back.PLAUSIBLE_NEUTRAL_DEG:
            return None, Reason(ReasonCode.START_ALREADY_ROUND)
        if bend_deg < back.HOLLOW_NEUTRAL_DEG and self.movement.posture not in LYING:
            return None, Reason(ReasonCode.START_ALREADY_HOLLOW)
        return contour, None

    def _rounded(
        self, neutral: NDArray[np.float64] | None, reason: Reason | None, then: back.Stance
    ) -> tuple[back.Bend | None, Reason | None]:
        """Return how far the calibrated rounded back bends in this posture.

        The stance changes it by 1-2 degrees.
        """
        if self._own_rounded is None:
            return None, Reason(ReasonCode.NO_ROUNDED)
        if neutral is None:
            return None, reason
        bend = back.estimate_bend(self._own_rounded, neutral, then, then)
        return (bend, None) if bend.value_deg >= LEAST_ROUNDED_DEG else (None, Reason(ReasonCode.TALL_AND_ROUND_ALIKE))


def _read_joints(measurements: Measurements) -> NDArray[np.float64]:
    """Return the joints; NaN if no person is seen."""
    joints = measurements.joints_px
    return np.full((N_LANDMARKS, 2), np.nan) if joints is None else joints


def _find_mid(xy: list[Point], part: str) -> Point:
    left, right = PAIRS[part]
    return mid(xy[left], xy[right])


def _take_medians(rows: list[list[float]]) -> list[float]:
    """Return the median of the known values of each column.

    NaN if a column has none.
    """
    table = np.array(rows)
    table[~np.isfinite(table)] = np.nan
    known, column = np.count_nonzero(np.isfinite(table), axis=0), np.arange(table.shape[1])
    ordered = np.sort(table, axis=0)  # missing values sort to the end
    lower, upper = ordered[np.maximum(known - 1, 0) // 2, column], ordered[known // 2, column]
    medians: list[float] = ((lower + upper) / 2).tolist()
    return medians


STRONG_DEG = 45.0
"""Least bend that shows one end of a cycle in a single picture.

It applies without the person's own neutral.
"""


def find_phase_of_picture(movement: Movement, measurements: Measurements, roles: Roles, drive: float) -> str:
    """Return the phase: ``setup`` if the picture shows only the start posture.

    Parameters
    ----------
    drive : the movement's drive signal in this picture.
    """
    spec = movement.drive
    if spec.kind == "pose":
        held = is_posture_met(spec.hold_when, measurements, roles)
    elif spec.kind == "reach":
        held = (drive - movement.start.nominal) * math.copysign(1, spec.least) >= abs(spec.least)
    else:
        return "setup" if not abs(drive) > STRONG_DEG else "high" if drive > 0 else "low"
    starts = is_posture_met(movement.start.when, measurements, roles)
    only_starts = starts and not is_posture_met(movement.recognise, measurements, roles)
    return "hold" if held and not only_starts else "setup"

"""What one pose measures: angles, the back's curve, distances, each with uncertainty and reason.

All angles lie in the picture plane, so they hold for a side view only; beyond `view.MAX_YAW_DEG`
they are NaN with that reason. Names carry their unit; `_tl` = trunk lengths.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from . import back, view
from .contour import TrunkAxis, trunk_axis
from .geometry import Point, elevation_deg, inclination_deg, interior_angle_deg, mid, turn_deg, wrap_deg
from .records import Measurements, PoseFrame
from .skeleton import INDEX, SIDES, Side, other

FRONT_UNKNOWN = "front and back cannot be told apart"

DECIMALS = 4
"""Values are rounded to this many decimals, so that the last bit of a machine's arithmetic decides nothing."""


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """The person's own start posture, against which change is measured.

    Parameters
    ----------
    values : name -> median value in the start posture.
    neutral : (33,) contour descriptor of the own neutral back, or None where there is none.
    neutral_reason : why there is no neutral; empty where there is one.
    trunk_px : trunk length in the start posture, px.
    xy_px : (33, 2) landmarks of the start posture.
    """

    values: dict[str, float] = field(default_factory=dict)
    neutral: NDArray[np.float64] | None = None
    neutral_reason: str = "your own neutral back was not seen"
    trunk_px: float = math.nan
    xy_px: NDArray[np.float64] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class _Body:
    """One pose made ready for measuring."""

    pose: PoseFrame
    xy: NDArray[np.float64]
    seen: NDArray[np.float64]
    axis: TrunkAxis
    reference: Reference

    def at(self, name: str) -> Point:
        return self.xy[INDEX[name]]

    def tl(self, px: float) -> float:
        scale = self.reference.trunk_px if math.isfinite(self.reference.trunk_px) else self.axis.length_px
        return px / scale

    @property
    def forward(self) -> float:
        """+1 where the toes point right in the picture, -1 left."""
        toes = (
            self.at("left_foot_index")[0] + self.at("right_foot_index")[0] - self.at("left_heel")[0] - self.at("right_heel")[0]
        )
        return 1.0 if toes >= 0 else -1.0


Formula = Callable[[_Body], float]


@dataclass(frozen=True, slots=True)
class Measure:
    """One row of the table below: how a measurement is made, from which landmarks, how sure it is.

    `uncertainty` is the half-width that held the truth 95 times in 100 on rendered people seen from
    the side (yaw up to 15 degrees); it is widened with yaw and with poor visibility.
    """

    formula: Formula
    landmarks: tuple[str, ...]
    uncertainty: float
    sagittal: bool = True


def _sided(table: dict[str, Measure], name: str, parts: tuple[str, ...], u: float, formula: Callable[..., float]) -> None:
    for side in SIDES:
        names = tuple(f"{side}_{part}" for part in parts)
        table[name.format(side=side)] = Measure(
            lambda b, n=names: formula(b, *(b.at(x) for x in n)),  # type: ignore[misc]
            names,
            u,
        )


def _build_table() -> dict[str, Measure]:
    t: dict[str, Measure] = {}
    _sided(t, "knee_{side}_deg", ("hip", "knee", "ankle"), 9, lambda _b, h, k, a: interior_angle_deg(h, k, a))
    _sided(t, "trunk_thigh_{side}_deg", ("shoulder", "hip", "knee"), 12, lambda b, s, h, k: turn_deg(s, h, k, front=b.axis.front))
    _sided(t, "elbow_{side}_deg", ("shoulder", "elbow", "wrist"), 16, lambda _b, s, e, w: interior_angle_deg(s, e, w))
    _sided(t, "arm_elevation_{side}_deg", ("hip", "shoulder", "elbow"), 12, lambda _b, h, s, e: interior_angle_deg(h, s, e))
    _sided(t, "body_line_{side}_deg", ("shoulder", "hip", "ankle"), 9, lambda b, s, h, a: 360 - turn_deg(s, h, a, front=b.axis.front))
    _sided(t, "shank_inclination_{side}_deg", ("ankle", "knee"), 8, lambda b, a, k: inclination_deg(a, k, front=int(b.forward)))
    _sided(t, "thigh_elevation_{side}_deg", ("hip", "knee"), 8, lambda _b, h, k: elevation_deg(h, k))
    _sided(t, "leg_elevation_{side}_deg", ("hip", "ankle"), 6, lambda _b, h, a: elevation_deg(h, a))
    _sided(t, "wrist_below_knee_{side}_tl", ("wrist", "knee"), 0.1, lambda b, w, k: b.tl(w[1] - k[1]))
    _sided(t, "wrist_ahead_of_shoulder_{side}_tl", ("wrist", "shoulder"), 0.12, lambda b, w, s: abs(b.tl(w[0] - s[0])))
    _sided(t, "elbow_ahead_of_shoulder_{side}_tl", ("elbow", "shoulder"), 0.12, lambda b, e, s: abs(b.tl(e[0] - s[0])))
    _sided(t, "knee_ahead_of_hip_{side}_tl", ("knee", "hip"), 0.1, lambda b, k, h: abs(b.tl(k[0] - h[0])))
    _sided(t, "knee_above_toes_{side}_tl", ("knee", "foot_index"), 0.08, lambda b, k, f: b.tl(f[1] - k[1]))
    _sided(t, "hip_above_toes_{side}_tl", ("hip", "foot_index"), 0.08, lambda b, h, f: b.tl(f[1] - h[1]))
    trunk = ("left_shoulder", "right_shoulder", "left_hip", "right_hip")
    head = (*trunk, "left_ear", "right_ear")
    t["trunk_inclination_deg"] = Measure(
        lambda b: inclination_deg(b.axis.hip, b.axis.shoulder, front=b.axis.front), trunk, 7
    )
    t["head_trunk_deg"] = Measure(_head_trunk, head, 12)
    t["face_trunk_deg"] = Measure(_face_trunk, (*head, "nose"), 18)
    t["hip_shift_tl"] = Measure(_hip_shift, trunk[2:], 0.12)
    t["hip_drift_tl"] = Measure(_hip_drift, trunk[2:], 0.06)
    t["trunk_length_tl"] = Measure(lambda b: b.tl(b.axis.length_px), trunk, 0.06)
    return t


def _head_trunk(b: _Body) -> float:
    """Head against the trunk line, 0 = in line, + = chin towards the chest."""
    ear = mid(b.at("left_ear"), b.at("right_ear"))
    return wrap_deg(
        inclination_deg(b.axis.shoulder, ear, front=b.axis.front)
        - inclination_deg(b.axis.hip, b.axis.shoulder, front=b.axis.front)
    )


def _face_trunk(b: _Body) -> float:
    """Ear-nose line against the trunk's own level, 0 = looking straight out from the chest, + = down."""
    ear = mid(b.at("left_ear"), b.at("right_ear"))
    return wrap_deg(
        inclination_deg(ear, b.at("nose"), front=b.axis.front)
        - inclination_deg(b.axis.hip, b.axis.shoulder, front=b.axis.front)
        - 90.0
    )


def _hip_shift(b: _Body) -> float:
    """Hips behind the feet against the start posture, + = further back."""
    if b.reference.xy_px is None:
        return math.nan
    behind = lambda xy: (xy[INDEX["left_ankle"]] + xy[INDEX["right_ankle"]] - xy[INDEX["left_hip"]] - xy[INDEX["right_hip"]])[0]  # noqa: E731
    return b.tl(float(behind(b.xy) - behind(b.reference.xy_px)) / 2 * b.forward)


def _hip_drift(b: _Body) -> float:
    """How far the hips have moved sideways in the picture since the start posture, + = forward."""
    if b.reference.xy_px is None:
        return math.nan
    start = mid(b.reference.xy_px[INDEX["left_hip"]], b.reference.xy_px[INDEX["right_hip"]])
    ahead = np.sign(b.axis.shoulder[0] - b.axis.hip[0])
    return b.tl(float(b.axis.hip[0] - start[0]) * float(ahead))


TABLE: dict[str, Measure] = _build_table()
BACK_NAMES = (
    "back_curve_pct", "back_curve_low_pct", "back_curve_up_pct", "back_bend_deg", "back_bend_no_neutral_deg", "back_round_pct",
)  # fmt: skip
NAMES: tuple[str, ...] = (*TABLE, *BACK_NAMES, "yaw_deg")
"""Every measurement a frame has, in the order of the tables."""


def measure(pose: PoseFrame, *, reference: Reference | None = None, yaw_deg: float | None = None) -> Measurements:
    """Measure one pose.

    Parameters
    ----------
    pose : the pose, usually smoothed.
    reference : the person's own start posture; without it, changes are NaN.
    yaw_deg : camera yaw, steadied over time; default: this frame's own.

    Returns
    -------
    Every name of `NAMES` with value, uncertainty and, where the value is NaN, the reason.
    """
    reference = reference or Reference()
    axis = trunk_axis(pose.xy_px, pose.xyz_m) if pose.seen else None
    if axis is None:
        return _nothing(pose.time_s, view.NOBODY)
    yaw = view.camera_yaw_deg(pose.xyz_m) if yaw_deg is None else yaw_deg
    body = _Body(pose, np.asarray(pose.xy_px, np.float64), view.seen_share(pose), axis, reference)
    values: dict[str, float] = {}
    uncertainty: dict[str, float] = {}
    reason: dict[str, str] = {}
    rough = {name: round(row.formula(body), DECIMALS) for name, row in TABLE.items()}
    inside = view.in_picture(pose)
    for name, row in TABLE.items():
        why = _why_not(row, body, yaw, inside)
        if not why and not math.isfinite(rough[name]):
            why = "your start posture was not seen"
        values[name], uncertainty[name] = (math.nan if why else rough[name]), _widened(row, body, yaw)
        if why:
            reason[name] = why
    _measure_back(body, yaw, values, uncertainty, reason, rough)
    values["yaw_deg"], uncertainty["yaw_deg"] = round(yaw, DECIMALS), view.YAW_UNCERTAINTY_DEG
    return Measurements(pose.time_s, values, uncertainty, reason, rough)


def _nothing(time_s: float, why: str) -> Measurements:
    nan = dict.fromkeys(NAMES, math.nan)
    return Measurements(time_s, nan, dict(nan), dict.fromkeys(NAMES, why))


def _why_not(row: Measure, body: _Body, yaw_deg: float, inside: NDArray[np.bool_]) -> str:
    """Why this row cannot be measured; empty where it can."""
    if row.sagittal and not yaw_deg <= view.MAX_YAW_DEG:
        return view.NOT_SIDE_ON
    if row.sagittal and not body.axis.sure:
        return FRONT_UNKNOWN
    for name in row.landmarks:
        if not inside[INDEX[name]]:
            return f"{name.replace('_', ' ')} {view.OUTSIDE}"
        if body.seen[INDEX[name]] < view.MIN_VISIBILITY and name not in _MID_PARTS:
            return f"{name.replace('_', ' ')} {view.HIDDEN}"
    return ""


_MID_PARTS = frozenset(f"{side}_{part}" for side in SIDES for part in ("shoulder", "hip", "ear"))
"""The far one of these is always hidden in a side view, and only enters through a mid point."""


def _widened(row: Measure, body: _Body, yaw_deg: float) -> float:
    """The row's uncertainty, wider with yaw and with doubtful visibility (movements.md 0.3)."""
    u = row.uncertainty
    if yaw_deg > view.GOOD_YAW_DEG:
        u *= 5 / 3
    near = [body.seen[INDEX[n]] for n in row.landmarks if n not in _MID_PARTS]
    if near and min(near) < view.GOOD_VISIBILITY:
        u *= 1.5
    return round(u, DECIMALS)


def _measure_back(
    body: _Body,
    yaw_deg: float,
    values: dict[str, float],
    uncertainty: dict[str, float],
    reason: dict[str, str],
    rough: dict[str, float],
) -> None:
    offsets = back.contour_offsets(body.pose.back_xy_px, body.axis)
    why = back.spoilt_reason(offsets)
    wide = 5 / 3 if yaw_deg > view.GOOD_YAW_DEG else 1.0
    for name in BACK_NAMES:
        values[name], uncertainty[name] = math.nan, math.nan
    if not why:
        for name, (value, u) in _back_values(body, offsets, rough, reason).items():
            rough[name], uncertainty[name] = round(value, DECIMALS), round(u * wide, DECIMALS)
    if not yaw_deg <= view.MAX_YAW_DEG:
        why = view.NOT_SIDE_ON
    elif not body.axis.sure:
        why = FRONT_UNKNOWN
    if why:
        reason.update(dict.fromkeys(BACK_NAMES, why))
    else:
        values.update({name: rough[name] for name in BACK_NAMES if name in rough})


def _back_values(
    body: _Body, offsets: NDArray[np.float64], rough: dict[str, float], reason: dict[str, str]
) -> dict[str, tuple[float, float]]:
    """Value and uncertainty of everything that the contour tells."""
    contour, curve_u = back.descriptor(offsets), back.CURVE_UNCERTAINTY_PCT
    out = {
        "back_curve_pct": (back.curve_pct(offsets), curve_u),
        "back_curve_low_pct": (back.curve_pct(offsets, 0.0, 0.54), curve_u),
        "back_curve_up_pct": (back.curve_pct(offsets, 0.36, 0.9), curve_u),
        "back_bend_no_neutral_deg": (back.bend_no_neutral_deg(contour), back.BEND_NO_NEUTRAL_UNCERTAINTY_DEG),
    }
    reason["back_round_pct"] = "tall and round back have not been calibrated"
    if body.reference.neutral is None:
        reason["back_bend_deg"] = body.reference.neutral_reason
    else:
        bend = back.bend_deg(contour, body.reference.neutral, _hip_change(body, rough))
        out["back_bend_deg"] = (bend, back.BEND_UNCERTAINTY_DEG)
    return out


def _hip_change(body: _Body, values: dict[str, float]) -> float:
    """Trunk-thigh angle of the nearer leg against the start posture, NaN where it is not seen."""
    near: Side = view.near_side(view.near_vote(body.pose.xyz_m)) or "left"
    for side in (near, other(near)):
        name = f"trunk_thigh_{side}_deg"
        change = values[name] - body.reference.values.get(name, math.nan)
        if math.isfinite(change):
            return change
    return math.nan


def contour_of(pose: PoseFrame) -> NDArray[np.float64] | None:
    """Return the contour descriptor (33,) of a pose, or None where its back cannot be read."""
    axis = trunk_axis(pose.xy_px, pose.xyz_m) if pose.seen else None
    if axis is None or not axis.sure:
        return None
    offsets = back.contour_offsets(pose.back_xy_px, axis)
    return None if back.spoilt_reason(offsets) else back.descriptor(offsets)

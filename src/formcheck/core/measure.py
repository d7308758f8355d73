"""What one pose measures: angles, the back's curve, distances, each with uncertainty and reason.

All angles lie in the picture plane, so they hold for a side view only; beyond `view.MAX_YAW_DEG`
they are NaN with that reason. Names carry their unit; `_tl` = trunk lengths.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from . import back, view
from .body import FRONT_UNKNOWN, Body, Reference
from .contour import trunk_axis
from .joints import DECIMALS, TABLE, Measure
from .records import Measurements, PoseFrame
from .skeleton import INDEX, LANDMARKS, SIDES, Side, other

NO_START = "your start posture was not seen"
NO_ANGLE = "two joints lie on top of each other"
NOT_CALIBRATED = "tall and round back have not been calibrated"

AGAINST_START = frozenset(
    name
    for name in TABLE
    if name.startswith(("hip_shift", "hip_drift", "hips_sideways", "hands_sideways"))
    or "_rise_" in name
    or "_travel_" in name
)
CURVE_NAMES = ("back_curve_pct", "back_curve_low_pct", "back_curve_up_pct")
BACK_NAMES = (*CURVE_NAMES, "back_bend_deg", "back_bend_no_neutral_deg", "back_round_pct")
NAMES: tuple[str, ...] = (*TABLE, *BACK_NAMES, "yaw_deg")
"""Every measurement a frame has, in the order of the tables."""


@dataclass(slots=True)
class _Draft:
    """Measurements while they are made."""

    values: dict[str, float] = field(default_factory=dict)
    uncertainty: dict[str, float] = field(default_factory=dict)
    reason: dict[str, str] = field(default_factory=dict)
    rough: dict[str, float] = field(default_factory=dict)


def measure(
    pose: PoseFrame,
    *,
    reference: Reference | None = None,
    yaw_deg: float | None = None,
    front_votes: float | None = None,
) -> Measurements:
    """Measure one pose.

    Parameters
    ----------
    pose : the pose, usually smoothed.
    reference : the person's own start posture; without it, changes are NaN.
    yaw_deg : camera yaw, steadied over time; default: this frame's own.
    front_votes : where the front is, steadied over time; default: this frame's own.

    Returns
    -------
    Every name of `NAMES` with value, uncertainty and, where the value is NaN, the reason.
    """
    axis = trunk_axis(pose.xy_px, pose.xyz_m, steady_votes=front_votes) if pose.seen else None
    if axis is None:
        nan = dict.fromkeys(NAMES, math.nan)
        return Measurements(pose.time_s, nan, dict(nan), dict.fromkeys(NAMES, view.NOBODY))
    reference = reference or Reference()
    yaw = view.camera_yaw_deg(pose.xyz_m) if yaw_deg is None else yaw_deg
    scale_px = reference.trunk_px if math.isfinite(reference.trunk_px) else axis.length_px
    body = Body(pose, pose.xy_px.tolist(), axis, yaw, reference, scale_px)
    out = _Draft()
    _measure_joints(body, out)
    _measure_back(body, out)
    out.rough["yaw_deg"] = round(yaw, DECIMALS)
    out.values["yaw_deg"], out.uncertainty["yaw_deg"] = round(yaw, DECIMALS), view.YAW_UNCERTAINTY_DEG
    return Measurements(pose.time_s, out.values, out.uncertainty, out.reason, out.rough)


# Joints ---------------------------------------------------------------------------------------------------------------

_MID_PARTS = frozenset(INDEX[f"{side}_{part}"] for side in SIDES for part in ("shoulder", "hip", "ear"))
"""The far one of these is always hidden in a side view, and only enters through a mid point."""
_OUTSIDE = [f"{name.replace('_', ' ')} {view.OUTSIDE}" for name in LANDMARKS]
_HIDDEN = [f"{name.replace('_', ' ')} {view.HIDDEN}" for name in LANDMARKS]


def _measure_joints(body: Body, out: _Draft) -> None:
    blocked_from, widening = body.blocked, body.widening
    unseen, doubtful = _unseen_and_doubtful(body.pose)
    for name, row in TABLE.items():
        rough = out.rough[name] = row.value(body)
        why = blocked_from[row.seen]
        if not why and not row.parts.isdisjoint(unseen):
            why = next(unseen[i] for i in row.index if i in unseen)
        elif not why and not math.isfinite(rough):
            why = NO_START if name in AGAINST_START else NO_ANGLE
        out.values[name] = math.nan if why else rough
        doubt = 1.0 if row.parts.isdisjoint(doubtful) else 1.5
        out.uncertainty[name] = round(row.uncertainty * widening[row.seen] * doubt, DECIMALS)
        if why:
            out.reason[name] = why


def _unseen_and_doubtful(pose: PoseFrame) -> tuple[dict[int, str], set[int]]:
    """Which landmarks cannot be used, with the reason, and which are badly seen."""
    unseen: dict[int, str] = {}
    doubtful: set[int] = set()
    for i, (inside, visible) in enumerate(zip(view.in_picture(pose).tolist(), pose.visibility.tolist(), strict=True)):
        if not inside:
            unseen[i] = _OUTSIDE[i]
        elif visible < view.MIN_VISIBILITY and i not in _MID_PARTS:
            unseen[i] = _HIDDEN[i]
        if (visible < view.GOOD_VISIBILITY or not inside) and i not in _MID_PARTS:
            doubtful.add(i)
    return unseen, doubtful


# The back -------------------------------------------------------------------------------------------------------------


def _measure_back(body: Body, out: _Draft) -> None:
    offsets = back.contour_offsets(body.pose.back_xy_px, body.axis)
    spoilt = back.spoilt_reason(offsets)
    out.values.update(dict.fromkeys(BACK_NAMES, math.nan))
    out.uncertainty.update(dict.fromkeys(BACK_NAMES, math.nan))
    if not spoilt:
        for name, (value, u) in _back_values(body, back.smoothed(offsets), out.rough).items():
            out.rough[name], out.uncertainty[name] = round(value, DECIMALS), round(u * body.widening["side"], DECIMALS)
    why = body.blocked["side"] or spoilt
    for name in BACK_NAMES:
        if not why and name in out.rough:
            out.values[name] = out.rough[name]
        else:
            out.reason[name] = why or (NOT_CALIBRATED if name == "back_round_pct" else body.reference.neutral_reason)


def _back_values(body: Body, smooth: NDArray[np.float64], rough: Mapping[str, float]) -> dict[str, tuple[float, float]]:
    """Value and uncertainty of everything that the contour tells."""
    contour, curve_u = back.descriptor(smooth), back.CURVE_UNCERTAINTY_PCT
    out = {
        "back_curve_pct": (back.curve_pct(smooth), curve_u),
        "back_curve_low_pct": (back.curve_pct(smooth, 0.0, 0.54), curve_u),
        "back_curve_up_pct": (back.curve_pct(smooth, 0.36, 0.9), curve_u),
        "back_bend_no_neutral_deg": (back.bend_no_neutral_deg(contour), back.BEND_NO_NEUTRAL_UNCERTAINTY_DEG),
    }
    if body.reference.neutral is not None:
        bend = back.bend_deg(contour, body.reference.neutral, _hip_change(body, rough))
        out["back_bend_deg"] = (bend, back.BEND_UNCERTAINTY_DEG)
    return out


def _hip_change(body: Body, values: Mapping[str, float]) -> float:
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
    return None if back.spoilt_reason(offsets) else back.descriptor(back.smoothed(offsets))


__all__ = ["FRONT_UNKNOWN", "NAMES", "NO_ANGLE", "NO_START", "TABLE", "Measure", "Reference", "contour_of", "measure"]

"""Measurements of one pose: angles, the back's curve, distances.

Each has an uncertainty, and a reason if it is missing. All angles lie in the picture plane, so they hold for a side
view only; beyond `camera_view.MAX_YAW_DEG` they are NaN with that reason. Names carry their unit; `_tl` is trunk
lengths.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from formcheck.core.geometry import wrap_deg
from formcheck.core.reasons import Reason, ReasonCode
from formcheck.core.records import CameraView, Measurements, PoseFrame, Value
from formcheck.core.skeleton import LANDMARKS, Side, find_other_side

from . import back, camera_view
from .contour import TrunkAxis, find_trunk_axis
from .joint_angles import DECIMALS, MEASUREMENTS, Body, Reference
from .joint_correction import Corrected
from .uncertainty import MID_PARTS, compute_back_causes, compute_back_half_width, compute_half_widths

AGAINST_START = frozenset(
    name
    for name in MEASUREMENTS
    if name.startswith(("hip_shift", "hip_drift", "hips_sideways", "hands_sideways"))
    or "_rise_" in name
    or "_travel_" in name
)
CURVE_NAMES = ("back_curve_pct", "back_curve_low_pct", "back_curve_up_pct")
AGREED = "back_bend_agreed_deg"
BACK_NAMES = (*CURVE_NAMES, "back_bend_deg", "back_bend_no_neutral_deg", AGREED, "back_round_pct")
MEASUREMENT_NAMES: tuple[str, ...] = (*MEASUREMENTS, *BACK_NAMES, "yaw_deg")
"""Every measurement a frame has, in the order of the tables."""


NOBODY: Mapping[str, Value] = dict.fromkeys(
    MEASUREMENT_NAMES, Value(math.nan, math.nan, Reason(ReasonCode.NOBODY_SEEN))
)
"""The measurements of a frame without a person."""


def measure_pose(
    pose: PoseFrame,
    *,
    view: CameraView | None = None,
    joints: Corrected | None = None,
    reference: Reference | None = None,
    unsure: bool = True,
) -> Measurements:
    """Measure one pose.

    Parameters
    ----------
    pose : the pose, usually smoothed.
    view : how the camera sees the person, smoothed over time; default: this frame's own.
    joints : corrected joints; default: the pose model's landmarks.
    reference : the person's own start posture; without it, changes are NaN.
    unsure : also return the uncertainties of the joint measurements; they take as long as measuring.

    Returns
    -------
    Every name of `MEASUREMENT_NAMES` with value, uncertainty and, if the value is NaN, the reason.
    """
    view = camera_view.find_view_of_pose(pose) if view is None else view
    axis = find_trunk_axis(pose.xy_px, pose.xyz_m, steady_votes=view.front_votes) if pose.seen else None
    if axis is None:
        return Measurements(pose.time_s, NOBODY, view=view)
    if joints is None:
        joints = Corrected(pose.xy_px.astype(np.float64), np.zeros(len(pose.xy_px)))
    seen_axis, axis = axis, find_trunk_axis(joints.xy_px, pose.xyz_m, steady_votes=axis.signed_votes) or axis
    reference = reference or Reference()
    scale_px = reference.trunk_px if math.isfinite(reference.trunk_px) else axis.length_px
    near = (
        view.near
        or camera_view.find_near_side(camera_view.near_vote(pose.xyz_m))
        or camera_view.find_near_in_profile(axis.signed_votes)
        or "left"
    )
    share = camera_view.person_share(pose)
    body = Body(pose, joints.xy_px.tolist(), axis, view.yaw_deg, reference, scale_px, near, share, joints.network)
    values, unchecked = _measure_joints(body, joints, unsure=unsure)
    back_values, contour = _measure_back(body, seen_axis, unchecked)
    values |= back_values
    unchecked["yaw_deg"] = yaw_deg = round(view.yaw_deg, DECIMALS)
    values["yaw_deg"] = Value(yaw_deg, camera_view.yaw_uncertainty_deg(pose))
    return Measurements(pose.time_s, values, unchecked, view, joints.xy_px, contour)


# Joints ---------------------------------------------------------------------------------------------------------------

_OUTSIDE = [Reason(ReasonCode.LANDMARK_OUTSIDE, name) for name in LANDMARKS]
_HIDDEN = [Reason(ReasonCode.LANDMARK_HIDDEN, name) for name in LANDMARKS]
_NOT_FOUND = [Reason(ReasonCode.LANDMARK_NOT_FOUND, name) for name in LANDMARKS]
_NEEDS_DEPTH = frozenset({"trunk_lean_deg"})
_TOWARDS_TOES = ("shank_inclination", "hip_shift")
_UNKNOWN_WIDTHS = [math.nan] * len(MEASUREMENTS)

AS_FOUND = 1.5
"""Uncertainty multiplier for joints that were not corrected.

At this width, at least 94 of 100 angles of the near side (92 of the far one) held the truth, for BlazePose's landmarks
without depth and contour on 59 rendered clips.
"""


def _measure_joints(body: Body, joints: Corrected, *, unsure: bool) -> tuple[dict[str, Value], dict[str, float]]:
    """Return every measurement of `MEASUREMENTS`, and its value before the view is checked."""
    unchecked = _round_values([row.value(body) for row in MEASUREMENTS.values()])
    unseen, doubtful = _find_unseen_and_doubtful(body.pose, joints.network)
    widths = _round_values(_compute_joint_widths(body, joints, doubtful)) if unsure else _UNKNOWN_WIDTHS
    blocked_from = body.blocked
    values = {}
    for (name, row), value, width in zip(MEASUREMENTS.items(), unchecked, widths, strict=True):
        why = blocked_from[row.seen]
        if not why and unseen and not row.parts.isdisjoint(unseen):
            why = next(unseen[i] for i in row.index if i in unseen)
        elif not why and not math.isfinite(value):
            why = _explain_nothing(name, body)
        values[name] = Value(math.nan, width, why) if why else Value(value, width)
    return values, dict(zip(MEASUREMENTS, unchecked, strict=True))


def _compute_joint_widths(body: Body, joints: Corrected, doubtful: set[int]) -> list[float]:
    """Return the half-width of every measurement of `MEASUREMENTS`.

    A measurement without a fit takes the one of its own row.
    """
    fitted = compute_half_widths(
        body.pose.visibility,
        joints.doubt_tl,
        near=body.near,
        yaw_deg=body.yaw_deg,
        share=body.person_share,
        level=abs(body.axis.along[0]),
        network=body.network,
    )
    wider = {"side": body.widening, "front": 1.0, "any": 1.0}
    widths = [
        fitted[name]
        if name in fitted
        else row.uncertainty * wider[row.seen] * (1.0 if row.parts.isdisjoint(doubtful) else 1.5)
        for name, row in MEASUREMENTS.items()
    ]
    if not joints.uncorrected:
        return widths
    return [max(AS_FOUND * row.uncertainty, width) for row, width in zip(MEASUREMENTS.values(), widths, strict=True)]


def _round_values(values: list[float]) -> list[float]:
    """Return all values rounded.

    All at once: one by one takes as long as measuring them.
    """
    rounded: list[float] = np.array(values).round(DECIMALS).tolist()
    return rounded


def _explain_nothing(name: str, body: Body) -> Reason:
    """Return why a formula gave no value although its own landmarks are there."""
    if name in _NEEDS_DEPTH and not math.isfinite(camera_view.near_vote(body.pose.xyz_m)):
        return Reason(ReasonCode.NO_DEPTH)
    if not math.isfinite(body.forward) and name.startswith(_TOWARDS_TOES):
        return Reason(ReasonCode.NO_FEET)
    return Reason(ReasonCode.NO_START) if name in AGAINST_START else Reason(ReasonCode.NO_ANGLE)


def _find_unseen_and_doubtful(pose: PoseFrame, network: str) -> tuple[dict[int, Reason], set[int]]:
    """Return the landmarks that cannot be used, and those that are badly seen.

    The first come with the reason.
    """
    unseen: dict[int, Reason] = {}
    doubtful: set[int] = set()
    inside, visible = camera_view.find_in_picture(pose), pose.visibility.astype(np.float64)
    least = camera_view.LEAST_VISIBILITY.get(network, camera_view.MIN_VISIBILITY)
    for i in np.flatnonzero(~inside | (visible < camera_view.GOOD_VISIBILITY)).tolist():
        if not inside[i]:
            unseen[i] = _NOT_FOUND[i] if math.isnan(pose.xy_px[i, 0]) else _OUTSIDE[i]
        elif visible[i] < least and i not in MID_PARTS:
            unseen[i] = _HIDDEN[i]
        if i not in MID_PARTS:
            doubtful.add(i)
    return unseen, doubtful


# The back -------------------------------------------------------------------------------------------------------------


def _measure_back(
    body: Body, seen_axis: TrunkAxis, unchecked: dict[str, float]
) -> tuple[dict[str, Value], NDArray[np.float64] | None]:
    """Return every measurement of the back, and its contour descriptor (33,).

    The descriptor is None if the contour cannot be read. Values before the view is checked are added to `unchecked`.
    """
    offsets = back.contour_offsets(body.pose.back_xy_px, seen_axis)
    spoilt = back.explain_spoilt(offsets)
    if spoilt and not np.isfinite(body.pose.back_xy_px).any():
        spoilt = Reason(ReasonCode.NO_SILHOUETTE)
    contour = None
    widths: dict[str, float] = {}
    if not spoilt:
        smooth = back.smooth_offsets(back.contour_from(body.pose.back_xy_px, body.axis))
        seen = back.sample_contour(smooth)
        contour = seen if body.axis.sure else None
        for name, (value, width) in _compute_back_values(body, smooth, seen, unchecked).items():
            unchecked[name], widths[name] = round(value, DECIMALS), round(width, DECIMALS)
        # the witness reads the edge from the landmarks as seen, so that it shares no learned correction
        turn_deg = back.turn_of_edge_deg(back.smooth_offsets(offsets))
        widths[AGREED] = widths["back_bend_no_neutral_deg"]
        bend_deg = unchecked["back_bend_no_neutral_deg"]
        start_deg = body.reference.values.get("back_bend_no_neutral_deg", math.nan)
        if back.is_agreed(bend_deg, turn_deg, start_deg):
            unchecked[AGREED] = bend_deg
    why = body.blocked["side"] or spoilt
    own = {"back_round_pct": body.reference.rounded_reason, AGREED: Reason(ReasonCode.READINGS_DISAGREE)}
    values = {}
    for name in BACK_NAMES:
        width = widths.get(name, math.nan)
        if not why and name in unchecked:
            values[name] = Value(unchecked[name], width)
        else:
            missing = why or own.get(name, body.reference.neutral_reason)
            values[name] = Value(math.nan, width, missing or Reason(ReasonCode.NOT_SEEN))
    return values, contour


def _compute_back_values(
    body: Body, smooth: NDArray[np.float64], contour: NDArray[np.float64], unchecked: Mapping[str, float]
) -> dict[str, tuple[float, float]]:
    """Return value and uncertainty of everything that the contour gives."""
    now, then = find_stance(unchecked, body.near), find_stance(body.reference.values, body.near)
    found = {
        "back_curve_pct": back.Bend(back.curve_pct(smooth), 0.0),
        "back_curve_low_pct": back.Bend(back.curve_pct(smooth, 0.0, 0.54), 0.0),
        "back_curve_up_pct": back.Bend(back.curve_pct(smooth, 0.36, 0.9), 0.0),
        "back_bend_no_neutral_deg": back.estimate_bend_no_neutral(contour),
    }
    if body.reference.neutral is not None:
        alone, own = found["back_bend_no_neutral_deg"], back.estimate_bend(contour, body.reference.neutral, now, then)
        found["back_bend_deg"] = back.widen_by_second_reading(own, alone, body.reference.neutral)
    folded_deg = wrap_deg(now.trunk_thigh_deg - then.trunk_thigh_deg)
    out = {}
    for name, (value, doubt) in found.items():
        harder = compute_back_causes(
            yaw_deg=body.yaw_deg, share=body.person_share, folded_deg=folded_deg, bent=value, doubt_deg=doubt
        )
        out[name] = value, compute_back_half_width(name, harder, body.network)
    if body.reference.rounded is not None and "back_bend_deg" in out:
        out["back_round_pct"] = _round_pct(*out["back_bend_deg"], body, body.reference.rounded)
    return out


def _round_pct(bend_deg: float, u_deg: float, body: Body, rounded: back.Bend) -> tuple[float, float]:
    """Return the bend in % of the person's own rounded back, and its uncertainty.

    Both bends are estimated in the same way and share part of their error, so treating their uncertainties as
    independent makes the result rather too wide.
    """
    whole, doubt = rounded
    harder = compute_back_causes(
        yaw_deg=body.yaw_deg, share=body.person_share, folded_deg=0.0, bent=whole, doubt_deg=doubt
    )
    value = bend_deg / whole
    unsure_deg = compute_back_half_width("back_bend_deg", harder, body.network)
    return 100 * value, 100 * math.hypot(u_deg, value * unsure_deg) / whole


def find_stance(values: Mapping[str, float], near: Side) -> back.Stance:
    """Return the stance of the trunk, with the nearer leg if it is seen.

    Otherwise it uses the other leg.
    """
    angles = [values.get(f"trunk_thigh_{side}_deg", math.nan) for side in (near, find_other_side(near))]
    hip = next((a for a in angles if math.isfinite(a)), math.nan)
    return back.Stance(values.get("trunk_inclination_deg", math.nan), hip)

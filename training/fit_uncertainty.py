"""Fit how sure each measurement is, on people that no network has seen."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from formcheck.core.geometry import mid, wrap_deg
from formcheck.core.measure import back, camera_view
from formcheck.core.measure.contour import find_trunk_axis
from formcheck.core.measure.joint_angles import MEASUREMENTS, Reference
from formcheck.core.measure.joint_correction import Corrected, Corrector
from formcheck.core.measure.measure import BACK_NAMES, find_stance, measure_pose
from formcheck.core.measure.uncertainty import CAUSES, compute_back_causes, compute_causes, name_role
from formcheck.core.records import CameraView, Landmarks, Measurements
from formcheck.core.skeleton import INDEX, PAIRS, Side
from formcheck.sources.pose.people import is_same_trunk

from .samples import JOINT_NAMES, Sample

Array = NDArray[np.float64]
LEVEL = 0.95
MARGIN = 0.01
"""The fit aims so much higher, because people it has not seen lie further out than those it has."""
NO_COMMON_TRUTH = ("toes", "shank_inclination", "hip_shift")
"""Parts of names of measurements that take landmarks without a counterpart in the skeleton: their table stays."""
LEAST = 200
"""A measurement with fewer samples is not fitted."""
_SUFFIX = {"L": "left_", "R": "right_"}
LANDMARK_OF = {
    name: INDEX["nose"] if name == "nose" else INDEX[_SUFFIX[name[-1]] + name[:-1].replace("toe", "foot_index")]
    for name in JOINT_NAMES
}


RECORDINGS = {
    "knee_near_deg": 0.57, "knee_far_deg": 0.6, "trunk_thigh": 0.87, "elbow_near_deg": 0.51, "elbow_far_deg": 0.63,
    "arm_elevation": 1.9, "body_line_near": 0.4, "body_line_far": 0.75, "leg_elevation_near": 0.3,
    "leg_elevation_far": 0.6, "thigh_elevation": 0.7, "thigh_inclination": 0.7, "head_trunk": 0.85,
    "trunk_inclination": 1.08, "trunk_slope": 1.08, "back_curve_pct": 0.9, "back_curve_low": 1.0,
    "back_curve_up": 0.75, "back_bend_deg": 0.7, "back_bend_no_neutral": 0.88,
}  # fmt: skip
"""Begin of a name -> by how much the half-widths of single pictures are changed to hold in recordings, where the pose
model follows a movement and errs less; measured on 113 recordings of other people (`recordings.py`), those of the near
knee and elbow on the 62 clips of the bench and 24 fresh ones together."""


DISTANCES = 0.8
"""The same for distances, of which recordings carry no truth: about what the angles show."""


def _reference(m: Measurements, *, spine: bool) -> Reference:
    points = [tuple(p) for p in m.joints_px.tolist()]  # type: ignore[union-attr]
    middle = [mid(points[a], points[b]) for a, b in (PAIRS["shoulder"], PAIRS["hip"])]
    shoulders_px = math.dist(*(points[i] for i in PAIRS["shoulder"]))
    return Reference(dict(m.unchecked), m.contour if spine else None, "", math.dist(*middle), shoulders_px, points)  # type: ignore[arg-type]


ROLL_SHARE = 0.5
"""The cameras are rolled by 2 degrees on average (standard deviation); half of that is what people's tables and phones
are taken to be off level, and enters the uncertainty of everything that is measured against the vertical."""


def _true_joints(sample: Sample) -> Corrected:
    xy = sample.pose.xy_px.astype(float)
    hips = sample.flat_px[[JOINT_NAMES.index("hipL"), JOINT_NAMES.index("hipR")]].mean(axis=0)
    a = math.radians(ROLL_SHARE * sample.roll_deg)
    turn = np.array([[math.cos(a), -math.sin(a)], [math.sin(a), math.cos(a)]])
    upright = (sample.flat_px - hips) @ turn.T + hips
    for name, point in zip(JOINT_NAMES, upright, strict=True):
        xy[LANDMARK_OF[name]] = point
    return Corrected(xy, np.zeros(len(xy)))


@dataclass(frozen=True, slots=True)
class Judged:
    """How samples are measured.

    Parameters
    ----------
    corrections : the pose network whose corrections are used; None = landmarks as seen, and bands of "full".
    with_mirror : what was seen in the mirror counts, as in recordings.
    """

    corrections: str | None = "full"
    with_mirror: bool = False


def _measured(
    sample: Sample, reference: Reference | None, judged: Judged, *, true: bool
) -> tuple[Measurements, Corrected] | None:
    pose, mirror = sample.pose, sample.mirror
    if judged.with_mirror and mirror is not None and is_same_trunk(pose.xy_px, mirror.xy_px):
        pose = replace(pose, mirror=Landmarks(mirror.xy_px, mirror.xyz_m, mirror.visibility))
    near = camera_view.find_near_side(camera_view.near_vote(pose.xyz_m))
    axis = find_trunk_axis(pose.xy_px, pose.xyz_m)
    if near is None or axis is None or not axis.sure:
        return None
    yaw = camera_view.camera_yaw_deg(pose.xyz_m)
    view = CameraView(yaw, near, axis.signed_votes)
    if true:
        joints = _true_joints(sample)
    elif judged.corrections is None:
        joints = Corrected(pose.xy_px.astype(float), np.zeros(len(pose.xy_px)))
    else:
        joints = Corrector(judged.corrections).step(pose, view)
    return measure_pose(pose, view=view, joints=joints, reference=reference), joints


class ErrorRow(NamedTuple):
    """One measurement in one picture.

    Parameters
    ----------
    error : value less truth.
    causes : what made it hard, see `formcheck.core.measure.uncertainty`.
    half_width : the stated uncertainty.
    person, picture : which picture it was.
    """

    error: float
    causes: Array
    yaw_deg: float
    half_width: float
    person: str
    picture: float


def errors_of(samples: Sequence[Sample], judged: Judged = Judged()) -> dict[str, list[ErrorRow]]:
    """Return measurement, by role -> its error in every picture in which it was measured."""
    of_person: dict[str, list[Sample]] = defaultdict(list)
    for s in samples:
        of_person[s.person].append(s)
    out: dict[str, list[ErrorRow]] = defaultdict(list)
    for rows in of_person.values():
        start = next((s for s in rows if s.kind == "start"), None)
        found = start and (_measured(start, None, judged, true=False), _measured(start, None, judged, true=True))
        if not found or found[0] is None or found[1] is None or start is None:
            continue
        seen_ref, true_ref = _reference(found[0][0], spine=True), _reference(found[1][0], spine=False)
        for s in rows:
            if s is not start:
                for name, row in _errors(s, start, seen_ref, true_ref, found[0][0], judged):
                    out[name].append(row)
    return out


def _errors(
    s: Sample, start: Sample, seen_ref: Reference, true_ref: Reference, first: Measurements, judged: Judged
) -> Iterator[tuple[str, ErrorRow]]:
    ours, true = _measured(s, seen_ref, judged, true=False), _measured(s, true_ref, judged, true=True)
    if ours is None or true is None or s.yaw_deg > 45:
        return
    m, joints = ours
    share, yaw = camera_view.person_share(s.pose), m.values["yaw_deg"].value
    near: Side = camera_view.find_near_side(camera_view.near_vote(s.pose.xyz_m)) or "left"
    axis = find_trunk_axis(joints.xy_px, s.pose.xyz_m)
    level = abs(axis.along[0]) if axis else 0.0
    rows = compute_causes(s.pose.visibility, joints.doubt_tl, yaw_deg=yaw, share=share, level=level)
    for name, row in zip(MEASUREMENTS, rows, strict=True):
        off = m.values[name].value - true[0].unchecked[name]
        off = wrap_deg(off) if name.endswith("_deg") else off
        if math.isfinite(off) and MEASUREMENTS[name].seen != "front":
            yield (
                name_role(name, near),
                ErrorRow(off, row, s.yaw_deg, m.values[name].uncertainty, s.person, s.pose.time_s),
            )
    for name in BACK_NAMES:
        truth = _true_back(name, s, start)
        if name in m.unchecked and math.isfinite(m.values[name].value) and math.isfinite(truth):
            before = first.unchecked.get(name, math.nan) if name.startswith("back_curve") else 0.0
            if math.isfinite(before):
                harder = _back_causes(name, m, seen_ref, near, share)
                value, width, _ = m.values[name]
                yield name, ErrorRow(value - before - truth, harder, s.yaw_deg, width, s.person, s.pose.time_s)


def _back_causes(name: str, m: Measurements, reference: Reference, near: Side, share: float) -> Array:
    now, then = find_stance(m.unchecked, near), find_stance(reference.values, near)
    doubt = 0.0
    if name == "back_bend_deg" and m.contour is not None and reference.neutral is not None:
        doubt = back.estimate_bend(m.contour, reference.neutral, now, then).doubt_deg
    elif name == "back_bend_no_neutral_deg" and m.contour is not None:
        doubt = back.estimate_bend_no_neutral(m.contour).doubt_deg
    folded_deg, yaw_deg = wrap_deg(now.trunk_thigh_deg - then.trunk_thigh_deg), m.values["yaw_deg"].value
    return np.array(
        compute_back_causes(
            yaw_deg=yaw_deg, share=share, folded_deg=folded_deg, bent=m.unchecked[name], doubt_deg=doubt
        )
    )


def _true_back(name: str, s: Sample, start: Sample) -> float:
    if name == "back_bend_deg":
        return s.spine_deg - start.spine_deg
    if name == "back_bend_no_neutral_deg":
        return s.spine_deg
    key = name.replace("_pct", "_sag_pct")
    a, b = s.truth.get(key), start.truth.get(key)
    return math.nan if a is None or b is None else a - b


def fit(rows: Sequence[ErrorRow], *, may_shrink: Sequence[int] = ()) -> list[float]:
    """Return log base and growths of a half-width that holds the truth at `LEVEL`.

    Growths are not negative (but those of `may_shrink`): nothing that makes seeing harder narrows a band.
    """
    error = np.abs([r.error for r in rows])
    x = np.array([r.causes for r in rows])
    start = np.r_[math.log(max(np.quantile(error, LEVEL), 1e-3)), np.zeros(x.shape[1])]

    def loss(w: Array) -> float:
        width = np.exp(w[0] + np.clip(x @ w[1:], -math.log(4), math.log(4)))
        scaled = error / width
        pinball = np.where(scaled > 1, LEVEL * (scaled - 1), (1 - LEVEL) * (1 - scaled))
        # the quantile's loss relative to the width, plus what a wide band costs
        return float(np.mean(pinball * width) / start_width + 0.002 * (w[1:] ** 2).sum())

    start_width = math.exp(start[0])
    bounds = [(None, None), *((-1.5, 1.5) if i in may_shrink else (0.0, 1.5) for i in range(x.shape[1]))]
    best = minimize(loss, start, method="L-BFGS-B", bounds=bounds)
    w = np.asarray(best.x)
    width = np.exp(w[0] + np.clip(x @ w[1:], -math.log(4), math.log(4)))
    w[0] += math.log(max(np.quantile(error / width, LEVEL + MARGIN), 1e-3))
    return [round(float(v), 4) for v in w]


def recordings_factor(name: str) -> float:
    """Return by how much the half-width of single pictures is changed to hold in recordings."""
    usual = DISTANCES if name.endswith("_tl") else 1.0
    return next((f for begin, f in RECORDINGS.items() if name.startswith(begin)), usual)


def _for_recordings(name: str, row: list[float]) -> list[float]:
    return [round(row[0] + math.log(recordings_factor(name)), 4), *row[1:]]


def table(samples: Sequence[Sample]) -> dict[str, Any]:
    """Return the table that `formcheck.core.measure.uncertainty` reads."""
    found = errors_of(samples)
    may_shrink = (CAUSES.index("level"),)
    rows = {
        name: _for_recordings(name, fit(rows, may_shrink=may_shrink if name not in BACK_NAMES else ()))
        for name, rows in sorted(found.items())
        if len(rows) >= LEAST and np.any([r.error for r in rows]) and not any(part in name for part in NO_COMMON_TRUTH)
    }
    about = "measurement, by role -> log of the base, growth with each cause; joints: " + ", ".join(CAUSES)
    return {"about": about + "; back: oblique, small, folded, bent, doubt", **rows}


# Another pose network, from few people --------------------------------------------------------------------------------

LEVELS = (0.8, 0.9, LEVEL)
SHRINK = 200
"""So many pictures count as much as the guess that a band is as wide as that of "full"."""
MOST = math.log(2.0)


def table_beside_full(
    full: Sequence[Sample], samples: Sequence[Sample], network: str, old: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the table of another network: that of "full", each band as much wider or narrower as its errors are.

    Errors of the same pictures are compared, so few people are enough; what makes seeing harder is taken to widen the
    bands of both networks alike, and so is what recordings change.

    Parameters
    ----------
    full, samples : the same pictures as "full" and as the other network saw them.
    network : whose corrections are used for `samples`.
    old : the table of "full".
    """
    before, after = errors_of(full), errors_of(samples, Judged(network))
    out: dict[str, Any] = {"about": old["about"]}
    for name, row in old.items():
        if name != "about":
            base = row[0] + _wider(before.get(name, []), after.get(name, []), row)
            out[name] = [round(base, 4), *row[1:]]
    return out


def _wider(before: Sequence[ErrorRow], after: Sequence[ErrorRow], row: Sequence[float]) -> float:
    """Return the log of how much wider a band must be."""
    n = min(len(before), len(after))
    if n == 0:
        return 0.0
    old, new = (np.quantile(_scaled(rows, row), LEVELS) for rows in (before, after))
    ratio = float(np.mean(np.log(np.maximum(new, 1e-6) / np.maximum(old, 1e-6))))
    return min(MOST, max(-MOST, ratio)) * n / (n + SHRINK)


def _scaled(rows: Sequence[ErrorRow], row: Sequence[float]) -> Array:
    """Return the errors in half-widths."""
    grown = np.clip(np.array([r.causes for r in rows]) @ np.array(row[1:]), -math.log(4), math.log(4))
    return np.abs([r.error for r in rows]) / np.exp(row[0] + grown)

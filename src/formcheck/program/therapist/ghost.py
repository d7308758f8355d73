"""Lay the body of one recording over that of another, phase by phase.

A repetition is cut at its phase marks, as for the curves, so a slow one and a fast one meet in each phase. The other
body takes the size of this one's trunk, and its hips lie on this one's hips. It is not turned: a difference in lean
stays to be seen.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from formcheck.core.records import PoseFrame
from formcheck.core.skeleton import INDEX

from .alignment import MOST_GAP_S

Times = NDArray[np.float64]
LEAST_GHOST_PX = 4.0
"""A shorter trunk gives no scale."""
_HIPS = [INDEX["left_hip"], INDEX["right_hip"]]
_SHOULDERS = [INDEX["left_shoulder"], INDEX["right_shoulder"]]


def match_times_s(time_s: Times, marks_s: Sequence[Sequence[float]], other_marks_s: Sequence[Sequence[float]]) -> Times:
    """Return the times at which the other recording shows the same phases.

    Repetitions meet in their order; if the other one has fewer, its last one serves the rest.

    Parameters
    ----------
    time_s : (N,) of this recording.
    marks_s, other_marks_s : the phase marks of each repetition, all with the same number of sections.

    Returns
    -------
    (N,); NaN outside the repetitions.
    """
    found = np.full(len(time_s), np.nan)
    if not other_marks_s:
        return found
    for number, marks in enumerate(marks_s):
        theirs = other_marks_s[min(number, len(other_marks_s) - 1)]
        inside = (time_s >= marks[0]) & (time_s <= marks[-1])
        place = np.interp(time_s[inside], marks, np.arange(len(marks)))
        found[inside] = np.interp(place, np.arange(len(theirs)), theirs)
    return found


def lay_over(
    poses: Sequence[PoseFrame], others: Sequence[PoseFrame], at_s: Times, *, mirrored: bool = False
) -> list[PoseFrame]:
    """Return for each pose the other body at the matched time, in this picture.

    Parameters
    ----------
    poses : (N,) of this recording.
    others : of the other one, in order of time.
    at_s : (N,) of the other recording; NaN = no body.
    mirrored : the two look in opposite directions, so the other one is turned around.

    Returns
    -------
    (N,) with the times of `poses`; nobody where one of the two is not seen. World coordinates are NaN.
    """
    scale = _measure_scale(poses, others, at_s)
    times_s = np.array([other.time_s for other in others])
    laid = []
    for pose, time_s in zip(poses, at_s, strict=True):
        nearest = int(np.abs(times_s - time_s).argmin()) if np.isfinite(time_s) and len(others) else None
        if nearest is None or scale is None or abs(times_s[nearest] - time_s) > MOST_GAP_S:
            laid.append(PoseFrame.nobody(pose.time_s, pose.size_px))
            continue
        laid.append(_place(others[nearest], pose, scale * np.array([-1.0 if mirrored else 1.0, 1.0])))
    return laid


def _place(other: PoseFrame, pose: PoseFrame, scale: NDArray[np.float64]) -> PoseFrame:
    from_px, to_px = _find_midpoint_px(other, _HIPS), _find_midpoint_px(pose, _HIPS)
    if not np.isfinite([from_px, to_px]).all():
        return PoseFrame.nobody(pose.time_s, pose.size_px)
    return PoseFrame(
        time_s=pose.time_s,
        size_px=pose.size_px,
        xy_px=((other.xy_px - from_px) * scale + to_px).astype(np.float32),
        xyz_m=np.full_like(other.xyz_m, np.nan),
        visibility=other.visibility,
        back_xy_px=((other.back_xy_px - from_px) * scale + to_px).astype(np.float32),
    )


def _measure_scale(poses: Sequence[PoseFrame], others: Sequence[PoseFrame], at_s: Times) -> float | None:
    """Return how many times the other trunk this one is long; None if unknown."""
    known = np.isfinite(at_s)
    if not known.any():
        return None
    first_s, last_s = np.nanmin(at_s), np.nanmax(at_s)
    own_px = _measure_median_trunk_px([pose for pose, is_known in zip(poses, known, strict=True) if is_known])
    other_px = _measure_median_trunk_px([other for other in others if first_s <= other.time_s <= last_s])
    return own_px / other_px if min(own_px, other_px) >= LEAST_GHOST_PX else None


def _measure_median_trunk_px(poses: Sequence[PoseFrame]) -> float:
    """Return the median length from hips to shoulders; 0 if none is seen."""
    ends = [_find_midpoint_px(pose, _SHOULDERS) - _find_midpoint_px(pose, _HIPS) for pose in poses]
    lengths = [length for end in ends if np.isfinite(length := float(np.hypot(*end)))]
    return float(np.median(lengths)) if lengths else 0.0


def _find_midpoint_px(pose: PoseFrame, landmarks: list[int]) -> NDArray[np.float64]:
    middle: NDArray[np.float64] = pose.xy_px[landmarks].astype(np.float64).mean(axis=0)
    return middle

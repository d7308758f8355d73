"""Find the face of the followed person, so that pictures can hide it."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

import numpy as np

from formcheck.core.records import PoseFrame
from formcheck.core.skeleton import INDEX, LANDMARKS, PAIRS

FACE_POINTS = tuple(INDEX[name] for name in LANDMARKS[: INDEX["mouth_right"] + 1])
"""Nose, eyes, ears and mouth."""
LAST_SEEN_S = 1.0
"""For this long a face that is not seen is looked for around its last place."""
SAME_PICTURE_S = 0.1
"""A pose further away in time is not of this picture."""
LEAST_SEEN = 0.3
"""Visibility from which a point of the face counts as seen."""
_HEAD_OF_TRUNK, _ROUND_POINTS = 0.45, 1.6
_LEAST_RADIUS_SHARE = 0.03


class Hidden(StrEnum):
    """How the face of a picture was hidden."""

    FACE = "face"
    LAST_PLACE = "last_place"
    WHOLE = "whole_picture"


class FaceCircle(NamedTuple):
    """Where the face is, px of the recording."""

    x_px: float
    y_px: float
    radius_px: float


class FaceFinder:
    """Knows where a face is at any time of a recording.

    Parameters
    ----------
    poses : of the recording, in order of time.
    height_px : of its pictures.
    """

    def __init__(self, poses: Sequence[PoseFrame], height_px: int) -> None:
        trunks = [size for pose in poses if math.isfinite(size := _measure_trunk_px(pose))]
        # a trunk that leans towards the camera looks short, and the head does not
        trunk_px = float(np.percentile(trunks, 90)) if trunks else 0.0
        least = max(_HEAD_OF_TRUNK * trunk_px, _LEAST_RADIUS_SHARE * height_px)
        self._times_s = [pose.time_s for pose in poses]
        self._circles = [_find_circle(pose, least) for pose in poses]

    def find(self, time_s: float) -> tuple[Hidden, FaceCircle | None]:
        """Return how to hide the face at a time, and where it is.

        Without a face now, it is looked for around its last place, wider the longer ago that is. Without one within
        `LAST_SEEN_S`, or without a person, the whole picture is hidden: there may be a face that was not found.
        """
        at = self._find_nearest(time_s)
        if at is None:
            return Hidden.WHOLE, None
        if (circle := self._circles[at]) is not None:
            return Hidden.FACE, circle
        for before in range(at, -1, -1):
            gone_s = self._times_s[at] - self._times_s[before]
            if gone_s > LAST_SEEN_S:
                break
            if (last := self._circles[before]) is not None:
                return Hidden.LAST_PLACE, last._replace(radius_px=last.radius_px * (1.5 + 1.5 * gone_s / LAST_SEEN_S))
        return Hidden.WHOLE, None

    def _find_nearest(self, time_s: float) -> int | None:
        place = bisect_left(self._times_s, time_s)
        near = [at for at in (place - 1, place) if 0 <= at < len(self._times_s)]
        best = min(near, key=lambda at: abs(self._times_s[at] - time_s), default=None)
        return None if best is None or abs(self._times_s[best] - time_s) > SAME_PICTURE_S else best


def _measure_trunk_px(pose: PoseFrame) -> float:
    if not pose.seen:
        return math.nan
    shoulder, hip = (pose.xy_px[list(PAIRS[part])].mean(axis=0) for part in ("shoulder", "hip"))
    return float(np.hypot(*(shoulder - hip)))


def _find_circle(pose: PoseFrame, least_px: float) -> FaceCircle | None:
    if not pose.seen:
        return None
    points, seen = pose.xy_px[list(FACE_POINTS)], pose.visibility[list(FACE_POINTS)]
    points = points[np.isfinite(points).all(axis=1) & (seen >= LEAST_SEEN)]
    if not len(points):
        return None
    centre = points.mean(axis=0)
    reach = float(np.hypot(*(points - centre).T).max())
    return FaceCircle(float(centre[0]), float(centre[1]), max(least_px, _ROUND_POINTS * reach))

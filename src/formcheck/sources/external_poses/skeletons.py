"""Skeletons of other programs that are recognised by their number of points.

A number alone proves no order: BODY_25B has as many points as BODY_25, and Human3.6M as many as COCO-17. `has_order`
checks what can be checked: the neck is near the middle of the shoulders, and the points of the face are together.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from formcheck.core.skeleton import INDEX, LANDMARKS

PointNames = tuple[str | None, ...]

BODY_25: PointNames = (
    "nose", None, "right_shoulder", "right_elbow", "right_wrist", "left_shoulder", "left_elbow", "left_wrist", None,
    "right_hip", "right_knee", "right_ankle", "left_hip", "left_knee", "left_ankle", "right_eye", "left_eye",
    "right_ear", "left_ear", "left_foot_index", None, "left_heel", "right_foot_index", None, "right_heel",
)  # fmt: skip
"""OpenPose's 25 points; None = neck, mid hip and small toes."""
COCO_18: PointNames = (
    "nose", None, "right_shoulder", "right_elbow", "right_wrist", "left_shoulder", "left_elbow", "left_wrist",
    "right_hip", "right_knee", "right_ankle", "left_hip", "left_knee", "left_ankle", "right_eye", "left_eye",
    "right_ear", "left_ear",
)  # fmt: skip
"""OpenPose's 18 points; None = neck."""
COCO_17: PointNames = (
    "nose", "left_eye", "right_eye", "left_ear", "right_ear", "left_shoulder", "right_shoulder", "left_elbow",
    "right_elbow", "left_wrist", "right_wrist", "left_hip", "right_hip", "left_knee", "right_knee", "left_ankle",
    "right_ankle",
)  # fmt: skip
"""The points of COCO: no neck, no feet."""
HALPE_26: PointNames = (
    *COCO_17, None, None, None, "left_foot_index", "right_foot_index", None, None, "left_heel", "right_heel",
)  # fmt: skip
"""COCO, then head, neck, mid hip, big toes, small toes and heels; RTMPose and AlphaPose give it."""
COCO_133: PointNames = (
    *COCO_17, "left_foot_index", None, "left_heel", "right_foot_index", None, "right_heel", *[None] * 110,
)  # fmt: skip
"""COCO, then feet, face and hands."""
HALPE_136: PointNames = (*HALPE_26, *[None] * 110)
"""HALPE_26, then face and hands."""


@dataclass(frozen=True, slots=True)
class NumberedSkeleton:
    """A skeleton whose points are known by their place in a list.

    Parameters
    ----------
    names : landmark of each point, None for one that formcheck does not use.
    neck : index of the neck, or None.
    """

    names: PointNames
    neck: int | None = None

    def has_order(self, points: NDArray[np.float64]) -> bool:
        """Return whether the points of one person can be in this order.

        Parameters
        ----------
        points : (n, 2) or (n, 3), NaN for a missing point. What is missing is not checked.
        """
        place = {name: points[k, :2] for k, name in enumerate(self.names) if name}
        shoulders = (place["left_shoulder"] + place["right_shoulder"]) / 2
        hips = (place["left_hip"] + place["right_hip"]) / 2
        trunk = math.dist(shoulders, hips)
        if not trunk > 0:
            return True
        width = math.dist(place["left_shoulder"], place["right_shoulder"])
        near = MOST_OFF_SHARE * max(trunk, width)
        if self.neck is not None and math.dist(points[self.neck, :2], shoulders) > near:
            return False
        face = np.array([place[name] for name in FACE if name in place])
        face = face[np.isfinite(face[:, 0])]
        return len(face) < 2 or float(np.ptp(face, axis=0).max()) <= max(trunk, width)


MOST_OFF_SHARE = 0.6
"""Largest distance of a neck from the middle of the shoulders, in trunk lengths."""
FACE = ("nose", "left_eye", "right_eye", "left_ear", "right_ear")
_KNOWN = (
    NumberedSkeleton(BODY_25, neck=1), NumberedSkeleton(COCO_18, neck=1), NumberedSkeleton(COCO_17),
    NumberedSkeleton(HALPE_26, neck=18), NumberedSkeleton(COCO_133), NumberedSkeleton(HALPE_136, neck=18),
    NumberedSkeleton(LANDMARKS),
)  # fmt: skip
SKELETONS = {len(one.names): one for one in _KNOWN}
"""Number of points -> skeleton; 33 = BlazePose."""


def place_points(points: NDArray[np.float64], skeleton: NumberedSkeleton) -> NDArray[np.float64]:
    """Return the points in formcheck's order, (33, n); NaN for what the skeleton lacks."""
    out = np.full((len(LANDMARKS), points.shape[1]), math.nan)
    for point, name in zip(points, skeleton.names, strict=True):
        if name is not None:
            out[INDEX[name]] = point
    return out

"""Match the points of other programs to formcheck's landmarks, by name or place.

A number of points alone proves no order: BODY_25B has as many as BODY_25, and Human3.6M as many as COCO-17.
`NumberedSkeleton.has_order` checks what can be checked.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from formcheck.core.errors import SourceError
from formcheck.core.skeleton import INDEX, LANDMARKS

_OTHER_WORDS = {"foot_index": ("bigtoe", "toe")}
"""Names that others use for a part, besides BlazePose's own name.

Small toes, necks, heads and mid hips are not used.
"""
_TRUNK_NAMES = ("left_shoulder", "right_shoulder", "left_hip", "right_hip")
NEEDED_LANDMARKS = frozenset(range(INDEX["left_shoulder"], len(LANDMARKS)))
"""Landmarks below the head. Those of the face may be missing or doubtful: no joint is measured with them."""


def _list_spellings(name: str) -> set[str]:
    words = name.split("_")
    side = next((word for word in words if word in ("left", "right")), "")
    part = "_".join(word for word in words if word != side)
    parts = [part.replace("_", ""), *_OTHER_WORDS.get(part, ())]
    if not side:
        return set(parts)
    return {spelt for p in parts for spelt in (side + p, p + side, side[0] + p)}


_INDEX = {spelt: INDEX[name] for name in LANDMARKS for spelt in _list_spellings(name)}


def find_landmark_index(name: str) -> int | None:
    """Return the index of a landmark, or None for points that formcheck does not use.

    Parameters
    ----------
    name : as COCO, HALPE, OpenPose or BlazePose spell it, in any case and with any separators; a subject before a
        colon or point is left out.

    Examples
    --------
    >>> [find_landmark_index(name) for name in ("RBigToe", "LEFT_SHOULDER", "runner:Nose", "Neck")]
    [32, 11, 0, None]
    """
    return _INDEX.get(re.sub(r"[^a-z0-9]", "", re.split(r"[:.]", name)[-1].lower()))


def require_trunk(found: set[int], where: str, what: str) -> None:
    """Raise an error for a skeleton without shoulders and hips.

    Without a trunk nothing can be measured.
    """
    missing = [name.replace("_", " ") for name in _TRUNK_NAMES if INDEX[name] not in found]
    if missing:
        raise SourceError(
            f"{where}: expected {what} for both shoulders and hips, got none for {', '.join(missing)}; "
            "name them as COCO, OpenPose or BlazePose do"
        )


# By place in a list --------------------------------------------------------------------------------------------------

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
        points = points / 4.0  # a stranger's numbers may be so large that their sum is none
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
        return len(face) < 2 or float(np.ptp(face, axis=0).max()) <= near


MOST_OFF_SHARE = 0.6
"""Largest distance of a neck from the middle of the shoulders, and largest face, in trunk lengths."""
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

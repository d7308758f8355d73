"""Match the points of other programs' skeletons to formcheck's landmarks."""

from __future__ import annotations

import re

from formcheck.core.errors import SourceError
from formcheck.core.skeleton import INDEX, LANDMARKS

_OTHER_WORDS = {"foot_index": ("bigtoe", "toe")}
"""Names that others use for a part, besides BlazePose's own name.

Small toes, necks, heads and mid hips are not used.
"""
_NEEDED = ("left_shoulder", "right_shoulder", "left_hip", "right_hip")

BODY_25: tuple[str | None, ...] = (
    "nose", None, "right_shoulder", "right_elbow", "right_wrist", "left_shoulder", "left_elbow", "left_wrist", None,
    "right_hip", "right_knee", "right_ankle", "left_hip", "left_knee", "left_ankle", "right_eye", "left_eye",
    "right_ear", "left_ear", "left_foot_index", None, "left_heel", "right_foot_index", None, "right_heel",
)  # fmt: skip
"""OpenPose's 25 points; None = neck, mid hip and small toes."""
COCO_18: tuple[str | None, ...] = (
    "nose", None, "right_shoulder", "right_elbow", "right_wrist", "left_shoulder", "left_elbow", "left_wrist",
    "right_hip", "right_knee", "right_ankle", "left_hip", "left_knee", "left_ankle", "right_eye", "left_eye",
    "right_ear", "left_ear",
)  # fmt: skip
"""OpenPose's 18 points; None = neck."""


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
        colon is left out.

    Examples
    --------
    >>> [find_landmark_index(name) for name in ("RBigToe", "LEFT_SHOULDER", "runner:Nose", "Neck")]
    [32, 11, 0, None]
    """
    return _INDEX.get(re.sub(r"[^a-z0-9]", "", name.rsplit(":", 1)[-1].lower()))


def require_trunk(found: set[int], where: str, what: str) -> None:
    """Raise an error for a skeleton without shoulders and hips.

    Without a trunk nothing can be measured.
    """
    missing = [name.replace("_", " ") for name in _NEEDED if INDEX[name] not in found]
    if missing:
        raise SourceError(
            f"{where}: expected {what} for both shoulders and hips, got none for {', '.join(missing)}; "
            "name them as COCO, OpenPose or BlazePose do"
        )

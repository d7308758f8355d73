"""Match the points of other programs' skeletons to formcheck's landmarks."""

from __future__ import annotations

import re

from formcheck.core.errors import SourceError
from formcheck.core.skeleton import INDEX, LANDMARKS

_OTHER_WORDS = {"foot_index": ("bigtoe", "toe")}
"""Names that others use for a part, besides BlazePose's own name.

Small toes, necks, heads and mid hips are not used.
"""
_TRUNK = ("left_shoulder", "right_shoulder", "left_hip", "right_hip")
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
    missing = [name.replace("_", " ") for name in _TRUNK if INDEX[name] not in found]
    if missing:
        raise SourceError(
            f"{where}: expected {what} for both shoulders and hips, got none for {', '.join(missing)}; "
            "name them as COCO, OpenPose or BlazePose do"
        )

"""A raised hand: the one gesture that starts things from three metres away."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from formcheck.core.records import PoseFrame
from formcheck.core.skeleton import INDEX
from formcheck.core.view import MIN_VISIBILITY

RAISED_S = 0.6
_ABOVE_TL = 0.15
_HANDS = (INDEX["left_wrist"], INDEX["right_wrist"])
_BODY = [INDEX[name] for name in ("nose", "left_shoulder", "right_shoulder", "left_hip", "right_hip")]


def raises_a_hand(pose: PoseFrame) -> bool:
    """Return whether a hand that is seen is clearly above head, shoulders and hips, whatever the posture."""
    xy = np.asarray(pose.xy_px, np.float64)
    if not np.isfinite(xy[_BODY]).all():
        return False
    shoulders, hips = xy[_BODY[1:3]].mean(axis=0), xy[_BODY[3:]].mean(axis=0)
    trunk_px = float(np.hypot(*(shoulders - hips)))
    top = xy[_BODY, 1].min() - _ABOVE_TL * trunk_px
    return any(pose.visibility[hand] >= MIN_VISIBILITY and xy[hand, 1] < top for hand in _HANDS)


def who_raises_a_hand(otherwise: Callable[[Sequence[PoseFrame]], int]) -> Callable[[Sequence[PoseFrame]], int]:
    """Return a rule that picks the one person who raises a hand, and asks another rule where nobody, or more, do."""

    def choose(people: Sequence[PoseFrame]) -> int:
        raised = [i for i, pose in enumerate(people) if raises_a_hand(pose)]
        return raised[0] if len(raised) == 1 else otherwise(people)

    return choose

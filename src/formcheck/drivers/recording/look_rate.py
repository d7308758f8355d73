"""Choose how often to analyse: ten times a second, and thirty during fast movement."""

from __future__ import annotations

import math
from collections import deque
from typing import Literal

import numpy as np

from formcheck.core.records import PoseFrame
from formcheck.core.skeleton import INDEX, PAIRS

Fps = float | Literal["auto"] | None
"""Frames to analyse in a second: a number, as many as the movement needs, or (None) all."""
SLOW_FPS, FAST_FPS = 10.0, 30.0
"""Speed and stillness need ten looks a second (`MIN_FPS`); more than thirty give nothing new."""
FAST_TL_PER_S = 0.8
"""If a part of the body moves by this many trunk lengths a second, the body moves fast."""
CALM_AFTER_S = 0.4
"""The rate stays high this long after the last fast movement: a bounce turns round three times a second."""
_MOVING_PARTS = ("shoulder", "hip", "knee", "ankle", "heel", "foot_index", "elbow", "wrist", "index", "ear")
_TRACKED_POINTS = [INDEX["nose"], *(i for part in _MOVING_PARTS for i in PAIRS[part])]
_LEAST_VISIBILITY = 0.5
_MOVING_POINTS = 3
"""A limb or the head that moves takes at least this many points along; one or two are errors of the pose model."""
_SPAN_S = 0.09
"""Speeds are measured over at least this long: from frame to frame, the landmarks' own noise looks fast."""


class LookRate:
    """Decides from the last looks which frames of a recording are analysed.

    Parameters
    ----------
    period_s : average time between two frames of the source.

    Notes
    -----
    It remembers the poses of the last tenth of a second, when the next look is due, and the last fast movement.
    """

    def __init__(self, period_s: float) -> None:
        self._period_s = period_s
        self._recent: deque[PoseFrame] = deque()
        self._due_s = -math.inf
        self._fast_s = -math.inf

    def wants(self, time_s: float) -> bool:
        """Return whether to analyse the frame of this time: the next would be too late.

        Times must rise. A tenth of a frame is allowed for clocks that are not exact.
        """
        return time_s + 0.9 * self._period_s > self._due_s

    def note(self, pose: PoseFrame) -> None:
        """Take in the result of a look."""
        now_s = pose.time_s
        if self._speed(pose) > FAST_TL_PER_S:
            self._fast_s = now_s
        self._recent.append(pose)
        while len(self._recent) > 1 and self._recent[1].time_s <= now_s - _SPAN_S:
            self._recent.popleft()
        self._due_s = now_s + 1 / (FAST_FPS if now_s - self._fast_s < CALM_AFTER_S else SLOW_FPS)

    def _speed(self, pose: PoseFrame) -> float:
        """Return how fast the body moves, trunk lengths a second.

        Infinite if a person has just come or gone.
        """
        last = next((one for one in reversed(self._recent) if one.time_s <= pose.time_s - _SPAN_S), None)
        last = last or (self._recent[0] if self._recent else None)
        if last is None or pose.seen != last.seen:
            return math.inf
        if not pose.seen:
            return 0.0
        xy = pose.xy_px.astype(np.float64)
        trunk = xy[list(PAIRS["shoulder"])].mean(axis=0) - xy[list(PAIRS["hip"])].mean(axis=0)
        clear = np.minimum(pose.visibility, last.visibility)[_TRACKED_POINTS] > _LEAST_VISIBILITY
        moved_px = np.hypot(*(xy - last.xy_px)[_TRACKED_POINTS].T)
        slowest_px = np.sort(np.where(clear, moved_px, 0.0))[-_MOVING_POINTS]
        return float(slowest_px) / max(1.0, float(np.hypot(*trunk))) / (pose.time_s - last.time_s)

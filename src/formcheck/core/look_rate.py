"""How often a person must be looked at: ten times a second at rest, at every frame while something is fast."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np

from .records import PoseFrame
from .skeleton import INDEX, PAIRS

Fps = float | Literal["auto"] | None
"""Frames to analyse in a second: a number, as many as the movement needs, or (None) all."""
RESTING_FPS, MOVING_FPS = 10.0, 15.0
"""Below ten looks a second neither speed nor stillness can be told (motion.MIN_FPS)."""
MOVING_TL_PER_S, FAST_TL_PER_S = 0.15, 0.6
"""A joint that moves so many trunk lengths a second: the body moves; it moves fast."""
CALM_AFTER_S = 0.6
"""The rate stays up this long after the last fast movement: a bounce turns round three times a second."""
_JOINTS = [i for part in ("shoulder", "hip", "knee", "ankle", "elbow", "wrist") for i in PAIRS[part]] + [INDEX["nose"]]
_LEAST_VISIBILITY = 0.5


class LookRate:
    """Decides which frames of a recording are looked at, from what the last looks have shown.

    Parameters
    ----------
    period_s : average time between two frames of the source; half of it is allowed as jitter.

    Notes
    -----
    It remembers the last pose, when the next look is due, and when something was last fast.
    """

    def __init__(self, period_s: float) -> None:
        self._jitter_s = period_s / 2
        self._last: PoseFrame | None = None
        self._due_s = -math.inf
        self._moved_s = self._fast_s = -math.inf

    def wants(self, time_s: float) -> bool:
        """Return whether the frame of this time should be looked at. Times must rise."""
        return time_s >= self._due_s - self._jitter_s

    def note(self, pose: PoseFrame) -> None:
        """Take in what a look has shown."""
        now_s, speed = pose.time_s, self._speed(pose)
        if speed > FAST_TL_PER_S:
            self._fast_s = now_s
        if speed > MOVING_TL_PER_S:
            self._moved_s = now_s
        self._last = pose
        if now_s - self._fast_s < CALM_AFTER_S:
            self._due_s = -math.inf
            return
        fps = MOVING_FPS if now_s - self._moved_s < CALM_AFTER_S else RESTING_FPS
        late_s = now_s - self._due_s
        # keep to the beat, so that the rate is the one that was meant and not the next one below it
        self._due_s = (self._due_s if late_s < 1 / fps else now_s) + 1 / fps

    def _speed(self, pose: PoseFrame) -> float:
        """Return how fast the fastest joint moved since the last look, trunk lengths a second; infinite if unknown."""
        last = self._last
        if last is None or not (pose.seen and last.seen):
            return math.inf if pose.seen or last is None else 0.0
        xy = pose.xy_px.astype(np.float64)
        trunk = (xy[list(PAIRS["shoulder"])].mean(axis=0) - xy[list(PAIRS["hip"])].mean(axis=0)).tolist()
        clear = [i for i in _JOINTS if min(pose.visibility[i], last.visibility[i]) > _LEAST_VISIBILITY]
        moved = np.hypot(*(xy[clear] - last.xy_px[clear]).T)
        largest = float(np.max(moved, initial=0.0))
        return largest / max(1.0, math.hypot(*trunk)) / (pose.time_s - last.time_s)

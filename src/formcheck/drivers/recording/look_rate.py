"""Choose how often to analyse: more in fast movement, less in a still picture."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import replace
from typing import Literal, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

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
STILL_TL_PER_S = 0.2
"""Only a body that moves less than this is compared with its picture of the last look."""
LONGEST_STILL_S = 0.5
"""A pose counts for this long at most, while the picture stays the same."""
_SAME_LEVELS, _CHANGED_PIXELS = 4, 3
"""[E] A picture has changed if so many pixels of its thumbnail differ by more grey levels than this.

The edge of a limb that moves by one pixel of 640 changes them by five. Noise of a webcam, averaged, gives three.
"""


class DecodedFrame(Protocol):
    """A decoded picture that is not analysed yet."""

    @property
    def time_s(self) -> float:
        """Return its time, s."""
        ...

    def make_thumbnail(self) -> NDArray[np.uint8]:
        """Return a small picture, (60, 80)."""
        ...


class LookRate:
    """Decides from the last looks which frames of a recording are analysed.

    Parameters
    ----------
    period_s : average time between two frames of the source.

    Notes
    -----
    It remembers the poses of the last tenth of a second, when the next look is due, the last fast movement, and the
    thumbnail of the last look if the body was still.
    """

    def __init__(self, period_s: float) -> None:
        self._period_s = period_s
        self._recent: deque[PoseFrame] = deque()
        self._due_s = -math.inf
        self._fast_s = self._looked_s = -math.inf
        self._is_still = False
        self._thumbnail: NDArray[np.uint8] | None = None

    def wants(self, time_s: float) -> bool:
        """Return whether to analyse the frame of this time: the next would be too late.

        Times must rise. A tenth of a frame is allowed for clocks that are not exact.
        """
        return time_s + 0.9 * self._period_s > self._due_s

    def repeat(self, frame: DecodedFrame) -> PoseFrame | None:
        """Return the last pose, for this frame, if the picture is still the same.

        None = the frame has to be analysed. It is called for wanted frames only.
        """
        if not self._is_still:
            self._thumbnail = None
            return None
        now = frame.make_thumbnail()
        if (
            self._thumbnail is None
            or frame.time_s - self._looked_s >= LONGEST_STILL_S
            or has_changed(self._thumbnail, now)
        ):
            self._thumbnail = now
            return None
        self._due_s = frame.time_s + 1 / SLOW_FPS
        return replace(self._recent[-1], time_s=frame.time_s, mirror=None)

    def note(self, pose: PoseFrame) -> None:
        """Take in the result of a look."""
        now_s = self._looked_s = pose.time_s
        speed = self._speed(pose)
        self._is_still = speed < STILL_TL_PER_S
        if speed > FAST_TL_PER_S:
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


def has_changed(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> bool:
    """Return whether something has moved between two thumbnails (60, 80).

    Examples
    --------
    >>> still = np.full((60, 80), 100, np.uint8)
    >>> noisy, moved = still + 3, still.copy()
    >>> moved[20:24, 30] = 140
    >>> has_changed(still, noisy), has_changed(still, moved)
    (False, True)
    """
    return int(np.count_nonzero(cv2.absdiff(one, other) > _SAME_LEVELS)) >= _CHANGED_PIXELS

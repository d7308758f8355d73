"""The measured noise of a signal: what no smooth movement explains.

Every sample is held against the smooth curve through two samples before it and two after it. They are taken at
least `LEAST_STEP_S` apart, so that rates from 30 pictures a second on see the same noise; what pulses
fewer than four times a second (fewer than 2.5 at 15 pictures, 1.7 at 10) is still a movement.
"""

from __future__ import annotations

import math
from collections import deque
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from .motion import Course, Series, steps
from .smoothing import MIN_CUTOFF_HZ

LEAST_STEP_S = 0.03
"""Closer neighbours share their noise."""
MOST_STEP_S = 0.2
"""Neighbours further apart than this say nothing about each other."""
AGAIN_S = 0.06
"""The noise need not be looked at more often than this."""
MEMORY_S = 3.0
LEAST_COUNT = 8
"""Before so many looks there is no noise yet."""
_POINTS = 5
_MEDIAN_OF_NORMAL = 0.6745
"""The median size of normally distributed numbers whose spread is 1."""


class Noise:
    """Measures the noise of a signal, sample by sample.

    Parameters
    ----------
    count : how many numbers one sample has.

    Attributes
    ----------
    spread : standard deviation of the noise over the last `MEMORY_S`, in the signal's own unit; NaN before enough was
        seen. Of several numbers that of the noisiest.
    """

    def __init__(self, count: int = 1) -> None:
        self.spread = math.nan
        self._recent: deque[tuple[float, list[float]]] = deque()
        self._off = Course(MEMORY_S, (count,))
        self._looked_s = -math.inf

    def add(self, time_s: float, value: float | Series) -> None:
        """Take one sample in; one that is missing is left out. Time must rise."""
        sample: list[float] = np.ravel(value).tolist()
        if not all(map(math.isfinite, sample)):
            return
        recent = self._recent
        if recent and time_s - recent[-1][0] < LEAST_STEP_S:
            return
        if recent and time_s - recent[-1][0] > MOST_STEP_S:
            recent.clear()
        recent.append((time_s, sample))
        if len(recent) > _POINTS:
            recent.popleft()
        if len(recent) == _POINTS and time_s - self._looked_s >= AGAIN_S:
            self._looked_s = time_s
            self._look(time_s)

    def _look(self, time_s: float) -> None:
        """Hold the middle sample against the curve through the other four."""
        middle_s = self._recent[2][0]
        weights, size = _weights(tuple(round(t - middle_s, 6) for t, _ in self._recent))
        a, b, c, d, e = weights
        samples = zip(*(sample for _, sample in self._recent), strict=True)
        off = [abs(a * v + b * w + c * x + d * y + e * z) / size for v, w, x, y, z in samples]
        self._off.add(time_s, np.array(off))
        if len(self._off.times_s) >= LEAST_COUNT:
            self.spread = float(_medians(self._off.values).max()) / _MEDIAN_OF_NORMAL


def _medians(rows: Series) -> Series:
    """The median of each column."""
    half, odd = divmod(len(rows), 2)
    ordered = np.sort(rows, axis=0)
    return np.asarray(ordered[half] if odd else (ordered[half - 1] + ordered[half]) / 2)


@lru_cache(maxsize=256)
def _weights(steps_s: tuple[float, ...]) -> tuple[tuple[float, ...], float]:
    """Weights whose sum over five samples is the distance of the middle one from the curve, and its spread."""
    at = [t for i, t in enumerate(steps_s) if i != 2]
    a, b, c, d = (-math.prod(other / (other - t) for other in at if other != t) for t in at)
    weights = np.array([a, b, 1.0, c, d])
    return (a, b, 1.0, c, d), math.sqrt(float(weights @ shared(steps_s) @ weights))


def shared(times_s: tuple[float, ...] | Series) -> NDArray[np.float64]:
    """Return how much of their noise smoothed samples share, (n, n): 1 with itself, less the further apart."""
    t = np.asarray(times_s, np.float64)
    return np.asarray(np.exp(-2 * math.pi * MIN_CUTOFF_HZ * np.abs(t[:, None] - t[None, :])))


def slope_spread(times_s: Series) -> float:
    """Return the spread of a least-squares slope through samples whose noise has the spread 1, per second.

    Examples
    --------
    >>> round(slope_spread(np.array([0.0, 100.0])), 6)  # far apart: the root of two, over 100 seconds
    0.014142
    """
    return _slope_spread(steps(times_s))


@lru_cache(maxsize=256)
def _slope_spread(steps_s: tuple[float, ...]) -> float:
    t = np.array(steps_s) - sum(steps_s) / len(steps_s)
    weights = t / (t * t).sum()
    return math.sqrt(float(weights @ shared(t) @ weights))

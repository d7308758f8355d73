"""Slope, bounce, turning points and noise of the recent samples of one signal.

Windows are in seconds, so the frame rate does not matter.
"""

from __future__ import annotations

import math
from collections import deque
from functools import lru_cache
from operator import sub

import numpy as np
from numpy.typing import NDArray

from formcheck.core.measure.smoothing import MIN_CUTOFF_HZ

Series = NDArray[np.float64]

MIN_FPS = 10.0
"""Below 10 pictures a second speed, bounce and stillness are unknown (catalogue 0.4)."""
RATE_SLACK = 0.95
"""Camera clocks are not exact: 9.99 counts as ten."""
BOUNCE_WINDOW_S = 3.0
BOUNCE_LEAST_DEG = 3.0
BOUNCE_MOST_SWING_S = 0.85
"""[E] From turn to turn: the catalogue's slowest bounce has 1 s, but people who settle in a stretch need as little."""
BOUNCE_LEAST_SHARE = 0.5
"""[E] Of two swings in a row, the smaller is at least this share of the larger."""
BOUNCE_NOISES = 3.0

_EPS_S = 1e-9
_CAPACITY = 256


class TimeWindow:
    """The last seconds of a signal, in arrays that are reused for many frames.

    Parameters
    ----------
    memory_s : samples older than this before the newest are forgotten.
    shape : of one sample.
    """

    def __init__(self, memory_s: float, shape: tuple[int, ...] = ()) -> None:
        self._memory_s = memory_s
        self._t, self._y = np.empty(_CAPACITY), np.empty((_CAPACITY, *shape))
        self._first = self._end = 0

    def add(self, time_s: float, value: float | Series) -> None:
        """Append one sample. Time must rise."""
        if self._end == len(self._t):
            self._make_room()
        self._t[self._end], self._y[self._end] = time_s, value
        self._end += 1
        while self._t[self._first] < time_s - self._memory_s - _EPS_S:
            self._first += 1

    def _make_room(self) -> None:
        """Move the kept samples to the front of arrays twice their size."""
        t, y = self.times_s, self.values
        room = max(_CAPACITY, 2 * len(t))
        self._t, self._y = np.empty(room), np.empty((room, *y.shape[1:]))
        self._t[: len(t)], self._y[: len(t)] = t, y
        self._first, self._end = 0, len(t)

    @property
    def times_s(self) -> Series:
        """Return the times of the kept samples, (n,), rising."""
        return self._t[self._first : self._end]

    @property
    def values(self) -> Series:
        """Return the kept samples, (n, *shape)."""
        return self._y[self._first : self._end]

    def since(self, start_s: float) -> tuple[Series, Series]:
        """Return times and values from `start_s` on, without missing ones."""
        first = self._first + int(self.times_s.searchsorted(start_s))
        return drop_missing(self._t[first : self._end], self._y[first : self._end])

    def recent(self, window_s: float) -> tuple[Series, Series]:
        """Return the finite samples of the last `window_s` seconds."""
        return self.since(float(self._t[self._end - 1]) - window_s - _EPS_S)


class Duration:
    """How long a condition has been true."""

    def __init__(self) -> None:
        self._from_s = math.nan

    def step(self, time_s: float, *, active: bool) -> float:
        """Return for how many seconds the condition has been true; NaN if it is false."""
        if not active:
            self._from_s = math.nan
        elif math.isnan(self._from_s):
            self._from_s = time_s
        return time_s - self._from_s


class TurnDetector:
    """Follows a signal to and fro, and detects its turns.

    People rest at the ends of a swing. A turn is dated to the middle of that rest; otherwise the smallest noise would
    decide.

    Parameters
    ----------
    least : a way back shorter than this is no turn.

    Attributes
    ----------
    extreme : value at the last turn; NaN before the first.
    """

    def __init__(self, least: float) -> None:
        self._least = least
        self._direction = 0
        self.extreme = math.nan
        self._low = _TurningPoint(-1, least / 4)
        self._high = _TurningPoint(1, least / 4)

    def step(self, time_s: float, value: float) -> tuple[int, float] | None:
        """Add one sample; return the turn, if there was one.

        A turn is the new direction (+1 rising, -1 falling) and its time.
        """
        self._low.note(time_s, value)
        self._high.note(time_s, value)
        if self._direction <= 0 and value - self._low.value >= self._least:
            self.extreme = self._low.value
            self._direction, self._high = 1, _TurningPoint(1, self._least / 4)
            self._high.note(time_s, value)
            return 1, self._low.middle_s
        if self._direction >= 0 and self._high.value - value >= self._least:
            self.extreme = self._high.value
            self._direction, self._low = -1, _TurningPoint(-1, self._least / 4)
            self._low.note(time_s, value)
            return -1, self._high.middle_s
        return None


class _TurningPoint:
    """One end of a swing: its extreme value, and when the signal stayed near it."""

    def __init__(self, sign: int, near: float) -> None:
        self._sign, self._near = sign, near
        self.value = math.nan
        self._entered = math.nan
        self._first_s = self._last_s = 0.0

    def note(self, time_s: float, value: float) -> None:
        if not (value - self.value) * self._sign <= 0:
            self.value = value
        if not (value - self._entered) * self._sign <= self._near:
            self._entered, self._first_s = value, time_s
        if (self.value - value) * self._sign <= self._near:
            self._last_s = time_s

    @property
    def middle_s(self) -> float:
        return (self._first_s + self._last_s) / 2


def drop_missing(times_s: Series, values: Series) -> tuple[Series, Series]:
    """Return the samples that are not NaN."""
    finite = np.isfinite(values)
    return (times_s, values) if np.count_nonzero(finite) == finite.size else (times_s[finite], values[finite])


def is_often_enough(times_s: Series, least_fps: float = MIN_FPS) -> bool:
    """Return whether samples come at 10 a second or more, on average.

    False of fewer than three.

    Parameters
    ----------
    least_fps : the required rate, if it is not 10.

    Examples
    --------
    >>> is_often_enough(np.array([0.0, 0.07, 0.2, 0.27, 0.4])), is_often_enough(np.array([0.0, 0.13, 0.26, 0.39]))
    (True, False)
    """
    count = len(times_s)
    return count >= 3 and count - 1 >= RATE_SLACK * least_fps * float(times_s[-1] - times_s[0])


def slope_per_s(times_s: Series, values: Series, window_s: float, *, max_step_s: float = math.inf) -> float:
    """Return the least-squares slope over a window of `window_s` seconds.

    NaN for too few samples.

    Parameters
    ----------
    max_step_s : the longest step between two samples that is still accepted.

    Examples
    --------
    >>> slope_per_s(np.array([0.0, 0.1, 0.2]), np.array([0.0, 1.0, 2.0]), 0.3)
    10.0
    """
    t, y = _list_numbers(times_s), _list_numbers(values)
    count = len(t)
    if count < 3 or max(map(sub, t[1:], t)) > max_step_s or t[-1] - t[0] < window_s / 2:
        return math.nan
    mean_t, mean_y = sum(t) / count, sum(y) / count
    t = [one - mean_t for one in t]
    slope = sum([one * (there - mean_y) for one, there in zip(t, y, strict=True)]) / sum([one * one for one in t])
    return round(slope, 6)


def _list_numbers(series: Series) -> list[float]:
    """Return plain numbers: for a few samples arrays cost more than they save."""
    numbers: list[float] = series.tolist()
    return numbers


def measure_flicker(times_s: Series, values: Series) -> float:
    """Return the RMS distance of a short series from its own parabola.

    0 for too few samples.

    Examples
    --------
    >>> t = np.arange(5) / 10
    >>> round(measure_flicker(t, 3 * t * t), 6), measure_flicker(t, np.array([0.0, 9.0, 0.0, 9.0, 0.0])) > 3
    (0.0, True)
    """
    if len(values) < 4:
        return 0.0
    off = _make_parabola_matrix(round_steps(times_s)) @ values
    return math.sqrt(float(off @ off) / len(off))


def round_steps(times_s: Series) -> tuple[float, ...]:
    """Return times from the first one on, rounded so that equal steps are equal."""
    t = _list_numbers(times_s)
    return tuple([round(one - t[0], 9) for one in t])


@lru_cache(maxsize=256)
def _make_parabola_matrix(steps_s: tuple[float, ...]) -> NDArray[np.float64]:
    """Return the matrix that maps values at these times to distances from their parabola."""
    powers = np.vander(np.array(steps_s), 3)
    return np.eye(len(steps_s)) - powers @ np.linalg.pinv(powers)


def take_median(values: Series) -> float:
    """Return the median, NaN of nothing.

    The same as NumPy's, at a quarter of its cost for short series.

    Examples
    --------
    >>> take_median(np.array([3.0, 1.0, 2.0, 4.0]))
    2.5
    """
    half, odd = divmod(len(values), 2)
    if not half and not odd:
        return math.nan
    ordered = np.sort(values)
    return float(ordered[half]) if odd else float(ordered[half - 1] + ordered[half]) / 2


def find_turning_points(values: Series, least: float) -> list[int]:
    """Return the indices of the extremes between which the signal travels at least `least`.

    Examples
    --------
    >>> find_turning_points(np.array([0.0, 5.0, 1.0, 6.0, 0.0]), 3.0)
    [1, 2, 3]
    """
    course: list[float] = values.tolist()
    turns: list[int] = []
    low = high = 0
    direction = 0
    for i, value in enumerate(course):
        low = i if value < course[low] else low
        high = i if value > course[high] else high
        if direction >= 0 and course[high] - value >= least:
            if direction > 0 or high > 0:
                turns.append(high)
            direction, low = -1, i
        elif direction <= 0 and value - course[low] >= least:
            if direction < 0 or low > 0:
                turns.append(low)
            direction, high = 1, i
    return turns


def bounce_deg(times_s: Series, values: Series, *, noise_deg: float = 0.0) -> float:
    """Return the size of a bounce within `BOUNCE_WINDOW_S`.

    0 without a bounce, NaN for too few samples.

    Two swings in a row, each of at least 3 degrees and three times the noise (catalogue 0.2), quick and about equal.
    Breathing is slower; who sinks, comes up and settles again swings slowly and unevenly.

    Parameters
    ----------
    noise_deg : standard deviation of the noise; noise alone swings over two of them.
    """
    if len(times_s) < 5 or not is_often_enough(times_s):
        return math.nan
    turns = find_turning_points(values, max(BOUNCE_LEAST_DEG, BOUNCE_NOISES * 2 * noise_deg))
    sizes, quick = np.abs(np.diff(values[turns])), np.diff(times_s[turns]) <= BOUNCE_MOST_SWING_S
    pairs = [
        k
        for k in range(len(sizes) - 1)
        if quick[k] and quick[k + 1] and min(sizes[k : k + 2]) >= BOUNCE_LEAST_SHARE * max(sizes[k : k + 2])
    ]
    if not pairs:
        return 0.0
    return take_median(sizes[sorted({k + step for k in pairs for step in (0, 1)})])


LEAST_STEP_S = 0.03
"""Closer neighbours share their noise."""
MOST_STEP_S = 0.2
"""Neighbours further apart than this give no information about each other."""
MIN_REPEAT_S = 0.06
"""The noise is measured at most this often."""
WINDOW_MEMORY_S = 3.0
LEAST_COUNT = 8
"""With fewer measurements the noise is unknown."""
_FILTER_POINTS = 5
_MEDIAN_OF_NORMAL = 0.6745
"""The median size of normally distributed numbers with standard deviation 1."""


class Noise:
    """Measures the noise of a signal, sample by sample.

    Parameters
    ----------
    count : how many numbers one sample has.

    Attributes
    ----------
    std : standard deviation of the noise over the last `WINDOW_MEMORY_S`, in the signal's own unit; NaN before
        enough samples. If a sample has several numbers, the one of the noisiest.
    """

    def __init__(self, count: int = 1) -> None:
        self.std = math.nan
        self._recent: deque[tuple[float, list[float]]] = deque()
        self._off = TimeWindow(WINDOW_MEMORY_S, (count,))
        self._looked_s = -math.inf

    def add(self, time_s: float, value: float | Series) -> None:
        """Add one sample; a missing one is left out. Time must rise."""
        sample: list[float] = np.ravel(value).tolist()
        if not all(map(math.isfinite, sample)):
            return
        recent = self._recent
        if recent and time_s - recent[-1][0] < LEAST_STEP_S:
            return
        if recent and time_s - recent[-1][0] > MOST_STEP_S:
            recent.clear()
        recent.append((time_s, sample))
        if len(recent) > _FILTER_POINTS:
            recent.popleft()
        if len(recent) == _FILTER_POINTS and time_s - self._looked_s >= MIN_REPEAT_S:
            self._looked_s = time_s
            self._look(time_s)

    def _look(self, time_s: float) -> None:
        """Compare the middle sample with the curve through the other four."""
        middle_s = self._recent[2][0]
        weights, size = _compute_weights(tuple(round(t - middle_s, 6) for t, _ in self._recent))
        a, b, c, d, e = weights
        samples = zip(*(sample for _, sample in self._recent), strict=True)
        off = [abs(a * v + b * w + c * x + d * y + e * z) / size for v, w, x, y, z in samples]
        self._off.add(time_s, np.array(off))
        if len(self._off.times_s) >= LEAST_COUNT:
            self.std = float(_take_column_medians(self._off.values).max()) / _MEDIAN_OF_NORMAL


def _take_column_medians(rows: Series) -> Series:
    """Return the median of each column."""
    half, odd = divmod(len(rows), 2)
    ordered = np.sort(rows, axis=0)
    return np.asarray(ordered[half] if odd else (ordered[half - 1] + ordered[half]) / 2)


@lru_cache(maxsize=256)
def _compute_weights(steps_s: tuple[float, ...]) -> tuple[tuple[float, ...], float]:
    """Return the weights that give the middle sample's distance from the curve.

    They apply to five samples; the second result is the standard deviation of that distance.
    """
    at = [t for i, t in enumerate(steps_s) if i != 2]
    a, b, c, d = (-math.prod(other / (other - t) for other in at if other != t) for t in at)
    weights = np.array([a, b, 1.0, c, d])
    return (a, b, 1.0, c, d), math.sqrt(float(weights @ compute_shared_noise(steps_s) @ weights))


def compute_shared_noise(times_s: tuple[float, ...] | Series) -> NDArray[np.float64]:
    """Return the correlation of the noise of smoothed samples, (n, n).

    1 with itself, less the further apart.
    """
    t = np.asarray(times_s, np.float64)
    return np.asarray(np.exp(-2 * math.pi * MIN_CUTOFF_HZ * np.abs(t[:, None] - t[None, :])))


def slope_std(times_s: Series) -> float:
    """Return the standard deviation of a least-squares slope, per second.

    The noise of the samples has standard deviation 1.

    Examples
    --------
    >>> round(slope_std(np.array([0.0, 100.0])), 6)  # far apart: the root of two, over 100 seconds
    0.014142
    """
    return _slope_std(round_steps(times_s))


@lru_cache(maxsize=256)
def _slope_std(steps_s: tuple[float, ...]) -> float:
    t = np.array(steps_s) - sum(steps_s) / len(steps_s)
    weights = t / (t * t).sum()
    return math.sqrt(float(weights @ compute_shared_noise(t) @ weights))

"""What the recent course of one signal says: slope, bounce, turning points.

Pure functions of times and values; windows are in seconds, so the frame rate does not matter.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Series = NDArray[np.float64]

MAX_STEP_S = 0.12
"""Below about 10 frames per second neither speed nor bounce can be told (movements.md 0.4)."""
BOUNCE_WINDOW_S = 3.0
BOUNCE_LEAST_DEG = 3.0
BOUNCE_LEAST_TURNS = 3


def recent(times_s: Series, values: Series, window_s: float) -> tuple[Series, Series]:
    """Return the finite samples of the last `window_s` seconds."""
    part = (times_s >= times_s[-1] - window_s - 1e-9) & np.isfinite(values)
    return times_s[part], values[part]


def slope_per_s(times_s: Series, values: Series, window_s: float) -> float:
    """Return the least-squares slope over the last `window_s` seconds; NaN for too few samples.

    Examples
    --------
    >>> slope_per_s(np.array([0.0, 0.1, 0.2]), np.array([0.0, 1.0, 2.0]), 0.3)
    10.0
    """
    t, y = recent(times_s, values, window_s)
    if len(t) < 3 or np.diff(t).max() > MAX_STEP_S or t[-1] - t[0] < window_s / 2:
        return math.nan
    t = t - t.mean()
    return round(float((t * (y - y.mean())).sum() / (t * t).sum()), 6)


def turning_points(values: Series, least: float) -> list[int]:
    """Return the indices of the extremes between which the signal travels at least `least`.

    Examples
    --------
    >>> turning_points(np.array([0.0, 5.0, 1.0, 6.0, 0.0]), 3.0)
    [1, 2, 3]
    """
    turns: list[int] = []
    low = high = 0
    direction = 0
    for i, value in enumerate(values):
        low = i if value < values[low] else low
        high = i if value > values[high] else high
        if direction >= 0 and values[high] - value >= least:
            if direction > 0 or high > 0:
                turns.append(high)
            direction, low = -1, i
        elif direction <= 0 and value - values[low] >= least:
            if direction < 0 or low > 0:
                turns.append(low)
            direction, high = 1, i
    return turns


def bounce_deg(times_s: Series, values: Series) -> float:
    """Return the size of a bounce in the last three seconds, 0 where there is none.

    At least three turns of at least 3 degrees (movements.md 0.2): pulsing at 0.5 Hz or faster;
    breathing is slower.
    """
    t, y = recent(times_s, values, BOUNCE_WINDOW_S)
    if len(t) < 5 or np.median(np.diff(t)) > MAX_STEP_S:
        return math.nan
    turns = turning_points(y, BOUNCE_LEAST_DEG)
    if len(turns) < BOUNCE_LEAST_TURNS:
        return 0.0
    return float(np.median(np.abs(np.diff(y[turns]))))

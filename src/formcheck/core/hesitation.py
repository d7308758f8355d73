"""Stops and steps back on the way into a hold and out of it.

A way is cut into equal steps of the drive signal. Whoever moves on without a stop takes about as long for each; a stop,
or a step back that has to be made good, shows as a step that took much longer. Nobody is told that hesitating is
wrong: it is measured, so that a change can be seen (catalogue 4.1, T12).
"""

from __future__ import annotations

import math

import numpy as np

from .motion import Course, Series, known, often_enough

STOP_S = 0.4
"""A step that took longer than this ..."""
TIMES_TYPICAL = 4.0
"""... and so many times as long as the typical one is a hesitation."""
ENDS_SHARE = 0.1
"""The first and the last tenth of a way are slow for everybody."""
MOST_STEPS, FEWEST_STEPS = 16, 4
NOISES = 3.0
"""A step is at least so many times what the noise swings over, two spreads."""
LEAST_STEP = {"deg": 1.5, "tl": 0.02, "pct": 2.0}
"""No step is smaller than this, by the unit of the drive signal."""
MEMORY_S = 120.0
MOST_GAP_S = 0.3
"""Who was not seen for longer than this may have waited or not."""


class Ways:
    """The ways into and out of the hold of the repetition that runs.

    Parameters
    ----------
    unit : of the drive signal.
    """

    def __init__(self, unit: str) -> None:
        self._least_step = LEAST_STEP[unit]
        self.begin()

    def begin(self) -> None:
        """Forget the ways before: a repetition begins."""
        self._course = Course(MEMORY_S)
        self._left_s = math.nan

    def add(self, time_s: float, value: float) -> None:
        """Take one sample in. Time must rise."""
        self._course.add(time_s, value)

    def left_hold(self, time_s: float) -> None:
        """Note when the hold was left; a rest on the way out does not begin it anew."""
        self._left_s = time_s if math.isnan(self._left_s) else self._left_s

    def was_no_hold(self) -> None:
        """Forget the hold: it was a rest on the way in."""
        self._left_s = math.nan

    def hesitations(self, arrived_s: float, *, noise: float) -> float:
        """Return how often the person hesitated on both ways; NaN where neither can be told.

        Parameters
        ----------
        arrived_s : when the hold began. noise : spread of the signal's noise.
        """
        times_s, values = self._course.times_s, self._course.values
        ways = [times_s <= arrived_s, times_s >= self._left_s]
        told = [hesitations(times_s[way], values[way], least_step=self._least_step, noise=noise) for way in ways]
        sure = [count for count in told if math.isfinite(count)]
        return sum(sure) if sure else math.nan


def hesitations(times_s: Series, values: Series, *, least_step: float, noise: float = 0.0) -> float:
    """Return how often a way from the first sample to the last one was interrupted.

    Parameters
    ----------
    times_s, values : samples of one way, up or down; missing ones are left out.
    least_step : in the unit of the values.
    noise : spread of the values' noise.

    Returns
    -------
    NaN where the way is too short for its noise, or the pictures are too few.

    Examples
    --------
    >>> t = np.arange(41) / 10
    >>> there, waiting = 30 * t, 30 * np.minimum(t, np.maximum(2.0, t - 1.0))
    >>> hesitations(t, there, least_step=1.5), hesitations(t, waiting, least_step=1.5)
    (0.0, 1.0)
    """
    times_s, values = known(times_s, values)
    if not often_enough(times_s) or np.diff(times_s).max() > MOST_GAP_S:
        return math.nan
    first, last = float(values[0]), float(np.median(values[-3:]))
    way = abs(last - first)
    furthest = np.maximum.accumulate((values - first) * math.copysign(1.0, last - first))
    middle = way * (1 - 2 * ENDS_SHARE)
    steps = min(MOST_STEPS, int(middle / max(least_step, NOISES * 2 * noise, 1e-9)))
    if steps < FEWEST_STEPS:
        return math.nan
    levels = way * ENDS_SHARE + middle * np.arange(steps + 1) / steps
    passed = times_s[np.minimum(np.searchsorted(furthest, levels), len(times_s) - 1)]
    took = np.diff(passed)
    long = took > max(STOP_S, TIMES_TYPICAL * float(np.median(took)))
    # a stop between two steps makes both of them long
    return float(long[0]) + float((long[1:] & ~long[:-1]).sum())

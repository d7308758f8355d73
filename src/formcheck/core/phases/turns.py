"""Stops and steps back on the way into a hold and out of it.

A way is divided into equal steps of the drive signal. A person who moves without a stop takes about the same time for
each. A stop, or a step back that must be repeated, shows as a step that took much longer. Hesitating is never reported
as wrong: it is measured, so that a change can be seen (catalogue 4.1, T12).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from .timeseries import Series, TimeWindow, TurnDetector, drop_missing, is_often_enough

STOP_S = 0.4
"""A step that took longer than this ..."""
TIMES_TYPICAL = 4.0
"""... and this many times as long as the typical one is a hesitation."""
ENDS_SHARE = 0.1
"""The first and the last tenth of a way are slow for all people."""
MOST_STEPS, FEWEST_STEPS = 16, 4
NOISES = 3.0
"""A step is at least this many times the range of the noise.

That range is two standard deviations.
"""
LEAST_STEP = {"deg": 1.5, "tl": 0.02, "pct": 2.0}
"""No step is smaller than this, by the unit of the drive signal."""
BACK_SHARE = 0.25
"""A person who is this near to the start, as a share of the furthest distance, has come back."""
TURNS_MEMORY_S = 120.0
MOST_TURN_GAP_S = 0.3
"""After a longer gap in view it is unknown whether the person waited."""


class ApproachAndReturn:
    """The ways into and out of the hold of the current repetition.

    Parameters
    ----------
    unit : of the drive signal.
    """

    def __init__(self, unit: str) -> None:
        self._least_step = LEAST_STEP[unit]
        self.begin()

    def begin(self) -> None:
        """Forget the earlier ways: a repetition begins."""
        self._course = TimeWindow(TURNS_MEMORY_S)
        self._left_s = math.nan

    def add(self, time_s: float, value: float) -> None:
        """Add one sample. Time must rise."""
        self._course.add(time_s, value)

    def left_hold(self, time_s: float) -> None:
        """Store when the hold was left.

        A rest on the way out does not change it.
        """
        self._left_s = time_s if math.isnan(self._left_s) else self._left_s

    def was_no_hold(self) -> None:
        """Forget the hold: it was a rest on the way in."""
        self._left_s = math.nan

    def hesitations(self, arrived_s: float, *, noise: float) -> float:
        """Return how often the person hesitated on both ways.

        NaN if neither is known.

        Parameters
        ----------
        arrived_s : when the hold began. noise : standard deviation of the signal's noise.
        """
        times_s, values = self._course.times_s, self._course.values
        ways = [times_s <= arrived_s, times_s >= self._left_s]
        counts = [
            count_hesitations(times_s[way], values[way], least_step=self._least_step, noise=noise) for way in ways
        ]
        sure = [count for count in counts if math.isfinite(count)]
        return sum(sure) if sure else math.nan


def count_hesitations(times_s: Series, values: Series, *, least_step: float, noise: float = 0.0) -> float:
    """Return how often a way from the first sample to the last one was interrupted.

    Parameters
    ----------
    times_s, values : samples of one way, up or down; missing ones are left out.
    least_step : in the unit of the values.
    noise : standard deviation of the values' noise.

    Returns
    -------
    NaN if the way is too short for its noise, or the pictures are too few.

    Examples
    --------
    >>> t = np.arange(41) / 10
    >>> there, waiting = 30 * t, 30 * np.minimum(t, np.maximum(2.0, t - 1.0))
    >>> count_hesitations(t, there, least_step=1.5), count_hesitations(t, waiting, least_step=1.5)
    (0.0, 1.0)
    """
    times_s, values = drop_missing(times_s, values)
    if not is_often_enough(times_s) or np.diff(times_s).max() > MOST_TURN_GAP_S:
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


STEPS_SEEN = 3
"""Steps form a rhythm from this number on."""
OTHER_SIDE_SHARE = 0.25
"""A step goes beyond the middle by at least this share of the least step."""
STEPS_TOLD = 9
"""The cadence is computed over this number of steps."""


class Steps:
    """Counts the steps of one person.

    Parameters
    ----------
    least : the signal must come back by this much for a step.
    least_per_min : slower than this is no rhythm.

    Attributes
    ----------
    slowest_s : steps further apart than this do not belong together.
    """

    def __init__(self, least: float, least_per_min: float) -> None:
        self.slowest_s = 60.0 / least_per_min
        self._least, self._turn_detector = least, TurnDetector(least)
        self._left_rest = False
        self._times_s: list[float] = []
        self._noticed_s, self._last_s = -math.inf, math.nan

    def step(self, time_s: float, value: float) -> None:
        """Add one sample. Time must rise."""
        turn = self._turn_detector.step(time_s, value)
        if turn is not None and not -turn[0] * self._turn_detector.extreme >= OTHER_SIDE_SHARE * self._least:
            # both ends lie on one side: not left and right in turn, but a knee that bends again and again
            self._times_s, self._left_rest = [], True
            return
        if turn is None:
            if self.rest(time_s):
                self._times_s = self._times_s[-1:]
        elif not self._left_rest:
            # the first movement after the rest is dated to the middle of the rest, and is no step yet
            self._left_rest = True
        else:
            follows = bool(self._times_s) and turn[1] - self._times_s[-1] <= self.slowest_s
            self._times_s = [*(self._times_s[1 - STEPS_TOLD :] if follows else []), turn[1]]
            # a single step is no rhythm: one knee that bends again and again does not keep it up
            if follows:
                self._noticed_s, self._last_s = time_s, turn[1]

    def rest(self, time_s: float) -> bool:
        """Return whether the next step is overdue.

        A step is noticed only when the knee is on its way back.
        """
        return time_s - self._noticed_s > self.slowest_s

    @property
    def begun_s(self) -> float:
        """Return when the steps of the rhythm began, or NaN without a rhythm."""
        return self._times_s[-STEPS_SEEN] if len(self._times_s) >= STEPS_SEEN else math.nan

    @property
    def last_s(self) -> float:
        """Return when the last step was that followed another, or NaN before it."""
        return self._last_s

    @property
    def per_min(self) -> float:
        """Return the steps a minute, or NaN without a rhythm."""
        if math.isnan(self.begun_s):
            return math.nan
        return 60.0 * (len(self._times_s) - 1) / (self._times_s[-1] - self._times_s[0])


class Valley:
    """Watches for a way back that is not complete before the next way out begins.

    People who repeat a movement without a rest often stop a little before the start posture. The repetition ends where
    they turned, if they had come back most of the way.
    """

    def __init__(self) -> None:
        self._furthest, self._nearest, self._nearest_s = 0.0, math.inf, math.nan

    def step(self, time_s: float, away: float, least: float) -> float:
        """Add one sample; return when the person turned, or NaN if they did not.

        Parameters
        ----------
        away : distance from the start posture, in the unit of the drive signal.
        least : smallest distance that is a repetition; the new way out must be as long.
        """
        if away > self._furthest:
            self._furthest, self._nearest = away, math.inf
        elif away < self._nearest:
            self._nearest, self._nearest_s = away, time_s
        is_back = self._nearest <= BACK_SHARE * self._furthest
        return self._nearest_s if is_back and away - self._nearest >= least else math.nan


class Half(NamedTuple):
    """The beginning of one half of a cycle.

    Parameters
    ----------
    name : phase that begins with it: low or high.
    turned_s : when the signal turned.
    begins : it begins a repetition; this is true for every other half.
    is_first : it is the very first half.
    """

    name: str
    turned_s: float
    begins: bool
    is_first: bool


class Cycle:
    """Follows the turns of the drive signal.

    Parameters
    ----------
    least : a turn counts after this much way back.
    """

    def __init__(self, least: float) -> None:
        self._turn_detector = TurnDetector(least)
        self._turns_s: list[float] = []

    def step(self, time_s: float, drive: float) -> Half | None:
        """Add one value; return the half that begins with it, usually None."""
        turn = self._turn_detector.step(time_s, drive)
        if turn is None:
            return None
        direction, turned_s = turn
        self._turns_s.append(turned_s)
        turns = len(self._turns_s)
        return Half("high" if direction > 0 else "low", turned_s, turns % 2 == 1, turns == 1)

    @property
    def first_s(self) -> float:
        """Return how long the first cycle took, right after it ended.

        NaN at any other time.

        It began at the start posture instead of the other end: from end to end is half a cycle.
        """
        turns_s = self._turns_s
        return 2 * (turns_s[2] - turns_s[1]) if len(turns_s) == 3 else math.nan

"""The steps of a rhythm: turns of a signal that follow each other closely enough."""

from __future__ import annotations

import math

from .motion import Swing

STEPS_SEEN = 3
"""A rhythm is one after so many steps."""
STEPS_TOLD = 9
"""The cadence is that of so many steps."""


class Steps:
    """Counts the steps of one person.

    Parameters
    ----------
    least : the signal must come back by this much for a step.
    least_per_min : slower than this is standing still.

    Attributes
    ----------
    slowest_s : steps further apart than this do not belong together.
    """

    def __init__(self, least: float, least_per_min: float) -> None:
        self.slowest_s = 60.0 / least_per_min
        self._swing = Swing(least)
        self._left_rest = False
        self._times_s: list[float] = []
        self._noticed_s = -math.inf

    def step(self, time_s: float, value: float) -> None:
        """Take one sample in. Time must rise."""
        turn = self._swing.step(time_s, value)
        if turn is None:
            if self.rest(time_s):
                self._times_s = self._times_s[-1:]
        elif not self._left_rest:
            # the way out of the rest is dated to the middle of it, and is no step yet
            self._left_rest = True
        else:
            follows = bool(self._times_s) and turn[1] - self._times_s[-1] <= self.slowest_s
            self._times_s = [*(self._times_s[1 - STEPS_TOLD :] if follows else []), turn[1]]
            self._noticed_s = time_s

    def rest(self, time_s: float) -> bool:
        """Return whether the next step is overdue: each is noticed only once the knee is on its way back."""
        return time_s - self._noticed_s > self.slowest_s

    @property
    def begun_s(self) -> float:
        """When the steps began that make it a rhythm, NaN while it is none."""
        return self._times_s[-STEPS_SEEN] if len(self._times_s) >= STEPS_SEEN else math.nan

    @property
    def last_s(self) -> float:
        """When the last step was, NaN before there was any."""
        return self._times_s[-1] if self._times_s else math.nan

    @property
    def per_min(self) -> float:
        """Steps a minute, NaN while there is no rhythm."""
        if math.isnan(self.begun_s):
            return math.nan
        return 60.0 * (len(self._times_s) - 1) / (self._times_s[-1] - self._times_s[0])

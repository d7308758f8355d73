"""A movement to and fro: its halves, and how long the first cycle would have been."""

from __future__ import annotations

import math
from typing import NamedTuple

from .motion import Swing


class Half(NamedTuple):
    """One half of a cycle has begun.

    Parameters
    ----------
    name : phase that begins with it: low or high.
    turned_s : when the signal turned.
    begins : it begins a repetition; every other half does.
    is_first : it is the very first.
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
        self._swing = Swing(least)
        self._turns_s: list[float] = []

    def step(self, time_s: float, drive: float) -> Half | None:
        """Take one value in; return the half that has begun, None mostly."""
        turn = self._swing.step(time_s, drive)
        if turn is None:
            return None
        direction, turned_s = turn
        self._turns_s.append(turned_s)
        turns = len(self._turns_s)
        return Half("high" if direction > 0 else "low", turned_s, turns % 2 == 1, turns == 1)

    @property
    def first_s(self) -> float:
        """How long the first cycle took, right after it ended; NaN at any other time.

        It began at the start posture instead of the other end: from end to end is half a cycle.
        """
        turns_s = self._turns_s
        return 2 * (turns_s[2] - turns_s[1]) if len(turns_s) == 3 else math.nan

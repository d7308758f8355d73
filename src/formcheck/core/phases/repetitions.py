"""Repetitions and their holds: begin, count, end and date back."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from formcheck.core.movement.signals import Roles, find_measured
from formcheck.core.records import Repetition, Value
from formcheck.core.skeleton import Side


class Repetitions:
    """Keeps the current repetition.

    Attributes
    ----------
    running : the current repetition, None between two.
    count : how many have begun; one that did not go far enough gives its number back.
    """

    def __init__(self) -> None:
        self.running: Repetition | None = None
        self.count = 0

    def begin(self, time_s: float, side: Side | None) -> Repetition:
        """Begin a repetition."""
        self.count += 1
        self.running = Repetition(self.count, side, time_s)
        return self.running

    def now_on(self, side: Side | None) -> None:
        """Set the side of the current repetition."""
        if self.running is not None and self.running.side != side:
            self.running = replace(self.running, side=side)

    def went_far_enough(self) -> None:
        """Let the current repetition count."""
        if self.running is not None and not self.running.counts:
            self.running = replace(self.running, counts=True)

    def is_counted(self) -> bool:
        """Return whether the current repetition went far enough to count."""
        return self.running is not None and self.running.counts

    def begin_hold(self, time_s: float, side: Side | None) -> None:
        """Begin the hold, or continue the last one.

        If no repetition has begun yet, begin it too.
        """
        running = self.running or self.begin(time_s, side)
        start_s = time_s if running.hold_start_s is None else running.hold_start_s
        self.running = replace(running, hold_start_s=start_s, hold_end_s=None, counts=True)

    def take_back_hold(self) -> None:
        """Forget the hold of the current repetition: it was a rest on the way."""
        if self.running is not None:
            self.running = replace(self.running, hold_start_s=None, hold_end_s=None)

    def end_hold(self, time_s: float) -> None:
        """End the hold."""
        if self.running is not None:
            self.running = replace(self.running, hold_end_s=time_s)

    def was_cut_off(self) -> None:
        """Note that the recording ended or was cut before the repetition did."""
        if self.running is not None:
            self.running = replace(self.running, is_cut_off=True)

    def drop(self) -> None:
        """Forget the current repetition: it was none; its number is used again."""
        self.count -= self.running is not None
        self.running = None

    def end(self, time_s: float, *, hesitations: float = math.nan) -> Repetition | None:
        """End the repetition; return it if it counts.

        One that does not count is dropped and its number used again.
        """
        ended, self.running = self.running, None
        if ended is None:
            return None
        if not ended.counts:
            self.count -= 1
            return None
        return replace(ended, end_s=time_s, hesitations=hesitations)

    def note_extremes(self, time_s: float, values: Mapping[str, Value], signals: Sequence[str], roles: Roles) -> None:
        """Store the extremes of each signal in the current repetition, with their times."""
        if self.running is None or not signals:
            return
        extremes = dict(self.running.extremes)
        for signal in signals:
            found = find_measured(signal, values, roles)
            if found is not None and math.isfinite(found.value):
                value = found.value
                low, low_s, high, high_s = extremes.get(signal, (value, time_s, value, time_s))
                low, low_s = (value, time_s) if value < low else (low, low_s)
                high, high_s = (value, time_s) if value > high else (high, high_s)
                extremes[signal] = (low, low_s, high, high_s)
        self.running = replace(self.running, extremes=extremes)


def measure_timing(repetition: Repetition | None, now_s: float, *, whole: bool = True) -> dict[str, float]:
    """Return how long a repetition and its hold have lasted, s; empty without one.

    A repetition that the end of the recording cut short (`whole` False) says nothing about its pace.
    """
    if repetition is None:
        return {}
    out = {"repetition_s": _end(repetition.end_s, now_s) - repetition.start_s} if whole else {}
    if repetition.hold_start_s is not None:
        out["hold_s"] = _end(repetition.hold_end_s, now_s) - repetition.hold_start_s
    return out


def _end(end_s: float | None, now_s: float) -> float:
    return now_s if end_s is None else end_s

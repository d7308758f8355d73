"""Make time stamps of files rise, and choose frames by time."""

from __future__ import annotations

import math

MIN_STEP_S = 0.0005
"""Frames closer than this are the same moment: no camera takes 2000 pictures a second."""
JUMP_BACK_S = 1.0
"""A larger step back is a clock reset, not two frames out of order."""
JUMP_AHEAD_S = 3600.0
"""A larger step ahead is a wrong stamp or another recording, not a pause."""
MAX_DROPPED = 8
"""This many frames in a row without progress mean that the clock does not run."""
MAX_TIME_S = 1e7
"""Four months: a larger stamp is damage, not a time."""


class RisingClock:
    """Make raw time stamps rise strictly, whatever the file says.

    A frame without a usable time comes one average frame after the one before. A frame that is not later than the one
    before is dropped, because its place in time is taken. If the clock jumps back by more than a second, ahead by more
    than an hour, or does not run (joined recordings, faulty muxers), the frame is kept and follows the last one, and
    all later stamps are shifted by the same amount.

    Parameters
    ----------
    period_s : average time between two frames.

    Attributes
    ----------
    jumped_s : time of the frame before the first jump ahead; None without one.
    """

    def __init__(self, period_s: float) -> None:
        self._period_s = max(period_s, 2 * MIN_STEP_S)
        self._last_s: float | None = None
        self._shift_s = 0.0
        self._dropped = 0
        self.jumped_s: float | None = None

    def read(self, raw_s: float | None) -> float | None:
        """Return the time of the next frame in seconds; None = leave it out."""
        known = raw_s is not None and math.isfinite(raw_s) and abs(raw_s) < MAX_TIME_S
        if self._last_s is None:
            time_s = max(raw_s or 0.0, 0.0) if known else 0.0
        elif not known or raw_s is None:
            time_s = self._last_s + self._period_s
        else:
            time_s = raw_s + self._shift_s
            if time_s < self._last_s + MIN_STEP_S:
                self._dropped += 1
                if time_s > self._last_s - JUMP_BACK_S and self._dropped < MAX_DROPPED:
                    return None
                # The frames left out also took their time.
                follows_s = self._last_s + self._dropped * self._period_s
                self._shift_s += follows_s - time_s
                time_s = follows_s
            elif time_s > self._last_s + JUMP_AHEAD_S:
                self.jumped_s = self._last_s if self.jumped_s is None else self.jumped_s
                follows_s = self._last_s + self._period_s
                self._shift_s += follows_s - time_s
                time_s = follows_s
        self._dropped = 0
        self._last_s = time_s
        return time_s


class Picker:
    """Choose frames at a steady rate, by time and never by counting.

    The frame at or after each tick k / fps is chosen, with a tolerance of half a source frame, so that jitter does not
    skip a frame and 30 fps out of 29.97 keeps every one. A gap is not filled.

    Parameters
    ----------
    fps : frames wanted per second; None keeps all.
    period_s : average time between two frames of the source.
    """

    def __init__(self, fps: float | None, period_s: float) -> None:
        fps = None if fps is None else min(fps, 1 / MIN_STEP_S)
        self._fps = fps
        self._early_s = 0.0 if fps is None else 0.5 * min(period_s, 1 / fps)
        self._tick = 0

    def wants(self, time_s: float) -> bool:
        """Return whether the frame at this time is chosen; times must rise."""
        if self._fps is None:
            return True
        ticks = (time_s + self._early_s) * self._fps
        if ticks < self._tick:
            return False
        self._tick = math.floor(ticks) + 1
        return True

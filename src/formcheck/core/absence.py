"""Whether somebody is in the picture, and since when not."""

from __future__ import annotations

import math

ABSENT_S = 0.5
LEFT_S = 10.0
"""Who has been out of the picture for longer than this begins anew."""


class Absence:
    """Watches whether anybody is seen.

    Attributes
    ----------
    seen_s : when somebody was last seen.
    since_s : when the absence began that lasts now, or the last one; NaN before the first.
    has_begun : the last picture began it.
    has_left : it has lasted so long that whoever comes back begins anew.
    """

    def __init__(self) -> None:
        self.seen_s, self.since_s = -math.inf, math.nan
        self.has_begun = self.has_left = False

    def step(self, time_s: float, *, seen: bool) -> bool:
        """Take one picture in; return whether nobody is there. A glance aside is no absence."""
        if seen:
            self.seen_s = time_s
        if time_s - self.seen_s <= ABSENT_S:
            return False
        self.has_begun = not self.since_s > self.seen_s
        self.since_s = time_s if self.has_begun else self.since_s
        self.has_left = time_s - self.seen_s > LEFT_S
        return True

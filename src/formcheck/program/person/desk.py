"""Watch how a person sits through the day: minutes, not verdicts, and few reminders.

The best posture is the next one, so standing up is what it reminds of first. It never nags: a pause follows each
reminder, and after some in one sitting it says nothing more. Codes leave this module; the words stand elsewhere.
"""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from enum import StrEnum


class Sitting(StrEnum):
    """What a look shows."""

    LEARNING = "learning"
    TALL = "tall"
    FORWARD = "forward"
    UNSURE = "unsure"
    UP = "up"
    NOBODY = "nobody"


class DeskReminder(StrEnum):
    """What is said."""

    STAND = "stand"
    TALL = "tall"


LEARN_LOOKS = 8
"""[E] Number of looks whose median is the person's own tall sitting."""
FORWARD_TL, TALL_AGAIN_TL = 0.15, 0.08
"""How far the head goes ahead of tall sitting, in trunk lengths: as in the movement file of sitting at the desk."""
BEND_DEG, BEND_AGAIN_DEG = 25.0, 15.0
"""[E] How much rounder than tall the back is; an estimate for a back of unknown neutral is off by about 10 degrees."""
UP_DEG = -55.0
"""The thigh points down as steeply: the person stands."""
STAND_AFTER_S = 3600.0
"""S001: stand up every hour."""
FORWARD_AFTER_S = 300.0
"""[E] Five minutes; nobody sits tall all the time."""
EMPTY_SEAT_S = 120.0
"""[E] After two minutes without a person, the camera goes off."""
STOOD_S = 45.0
"""[E] After this time up or away, sitting begins again."""
PAUSE_S = 1200.0
"""[E] Between two reminders."""
MOST_REMINDERS = 8
"""[E] Of one sitting day; after them it only counts."""
_LONGEST_GAP_S = 5.0
"""Looks that lie further apart are not one stretch of time."""


@dataclass(frozen=True, slots=True)
class DeskLook:
    """One look; None for what was not seen.

    Parameters
    ----------
    time_s : on a clock that rises.
    head_forward_tl : how far the ears are ahead of the shoulders, trunk lengths.
    bend_deg : bend of the back.
    thigh_deg : elevation of a thigh; 0 level, -90 straight down.
    """

    time_s: float
    head_forward_tl: float | None = None
    bend_deg: float | None = None
    thigh_deg: float | None = None
    is_there: bool = True


@dataclass(frozen=True, slots=True)
class DeskState:
    """What the page shows after a look; seconds."""

    sitting: Sitting
    reminder: DeskReminder | None
    is_away: bool
    sat_s: float
    tall_s: float
    forward_s: float


class DeskWatch:
    """Counts a day at the desk.

    It remembers the tall sitting, the sums, and the last reminder.
    """

    def __init__(self) -> None:
        self._learned: list[tuple[float, float | None]] = []
        self._sitting = Sitting.LEARNING
        self._last_s: float | None = None
        self._sums = dict.fromkeys(Sitting, 0.0)
        self._sat_s = self._forward_s = self._up_s = self._nobody_s = 0.0
        self._reminded_s, self._reminders = -PAUSE_S, 0

    def step(self, look: DeskLook) -> DeskState:
        """Take in one look. Times must rise."""
        gap_s = 0.0 if self._last_s is None else look.time_s - self._last_s
        gap_s = gap_s if gap_s <= _LONGEST_GAP_S else 0.0
        self._last_s = look.time_s
        self._sitting = self._judge(look)
        self._count(gap_s)
        reminder = self._remind(look.time_s)
        return DeskState(
            self._sitting, reminder, self._nobody_s >= EMPTY_SEAT_S, self._sat_s, self._sums[Sitting.TALL],
            self._sums[Sitting.FORWARD],
        )  # fmt: skip

    def learn_again(self) -> None:
        """Forget the tall sitting; the next looks show it."""
        self._learned = []

    def _judge(self, look: DeskLook) -> Sitting:
        if not look.is_there:
            return Sitting.NOBODY
        if look.thigh_deg is not None and look.thigh_deg < UP_DEG:
            return Sitting.UP
        if look.head_forward_tl is None:
            return Sitting.UNSURE
        if len(self._learned) < LEARN_LOOKS:
            self._learned.append((look.head_forward_tl, look.bend_deg))
            return Sitting.LEARNING
        return self._compare(look.head_forward_tl, look.bend_deg)

    def _compare(self, head_forward_tl: float, bend_deg: float | None) -> Sitting:
        bends = [bend for _, bend in self._learned if bend is not None]
        ahead_tl = head_forward_tl - statistics.median(head for head, _ in self._learned)
        rounder_deg = bend_deg - statistics.median(bends) if bends and bend_deg is not None else 0.0
        if ahead_tl > FORWARD_TL or rounder_deg > BEND_DEG:
            return Sitting.FORWARD
        if ahead_tl < TALL_AGAIN_TL and rounder_deg < BEND_AGAIN_DEG:
            return Sitting.TALL
        return Sitting.FORWARD if self._sitting is Sitting.FORWARD else Sitting.TALL

    def _count(self, gap_s: float) -> None:
        now = self._sitting
        self._sums[now] += gap_s
        self._nobody_s = self._nobody_s + gap_s if now is Sitting.NOBODY else 0.0
        self._up_s = self._up_s + gap_s if now in {Sitting.NOBODY, Sitting.UP} else 0.0
        self._forward_s = self._forward_s + gap_s if now is Sitting.FORWARD else 0.0
        self._sat_s = 0.0 if self._up_s >= STOOD_S else self._sat_s + (gap_s if not self._up_s else 0.0)

    def _remind(self, time_s: float) -> DeskReminder | None:
        """Return a reminder, if one is due and the last one is long enough ago."""
        if self._reminders >= MOST_REMINDERS or time_s - self._reminded_s < PAUSE_S or self._up_s:
            return None
        due = None
        if self._sat_s >= STAND_AFTER_S:
            due = DeskReminder.STAND
        elif self._forward_s >= FORWARD_AFTER_S:
            due = DeskReminder.TALL
        if due is not None:
            self._reminded_s, self._reminders = time_s, self._reminders + 1
        return due

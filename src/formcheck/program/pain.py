"""Remember a set that hurt, and decide what it means for the next one.

Only the person's own report enters: they pressed Pain, or their pain rose by two points. It is asked about next time,
and the answer decides what is offered.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from .screening_questions import PainToday

PainWhy = Literal["pressed", "rose"]
PainLock = Literal["", "pain_unasked", "pain_worse"]

ANSWER_HOLDS = timedelta(hours=12)
"""[E] "Still there" is true for today; tomorrow it is asked again."""
REST = timedelta(hours=4)
"""[E] What has just hurt is not offered again in the same session, however quickly it eased."""
REMEMBERED = timedelta(days=14)
"""[E] For two weeks after it is gone, the movement that hurt is offered with a word of caution."""


@dataclass(frozen=True, slots=True)
class PainNote:
    """One set that hurt.

    Parameters
    ----------
    at_utc : when.
    movement : id of the movement, None if it is not known.
    why : the person pressed Pain, or the pain rose by two points.
    today : the newest answer to "How is it today?", None if it was not asked.
    today_utc : when that was answered.
    """

    at_utc: datetime
    movement: str | None = None
    why: PainWhy = "pressed"
    today: PainToday | None = None
    today_utc: datetime | None = None


@dataclass(frozen=True, slots=True)
class PainEffect:
    """What a set that hurt means now.

    Parameters
    ----------
    lock : nothing is offered, and why: it was not asked yet, or the pain is worse.
    rests : the movement that hurt is left out.
    softens : the movement that hurt is offered with a word of caution.
    is_sore : only what is gentle is offered.
    confirm : go on gently, and only after advice was read.
    """

    lock: PainLock = ""
    rests: str | None = None
    softens: str | None = None
    is_sore: bool = False
    confirm: bool = False


def is_pain_asked(note: PainNote | None, now_utc: datetime) -> bool:
    """Return whether to ask "How is it today?".

    It is asked as well if the clock was set back since the last answer.
    """
    if note is None or note.today in {"gone", "mistake"}:
        return False
    is_fresh = note.today_utc is not None and timedelta(0) <= now_utc - note.today_utc <= ANSWER_HOLDS
    return note.today is None or not is_fresh


def find_pain_effect(note: PainNote | None, now_utc: datetime) -> PainEffect:
    """Return what the newest set that hurt means now.

    Examples
    --------
    >>> from datetime import UTC
    >>> now = datetime(2026, 3, 1, 12, tzinfo=UTC)
    >>> find_pain_effect(PainNote(now, "plank"), now).lock
    'pain_unasked'
    >>> find_pain_effect(PainNote(now - REST * 2, "plank", today="gone", today_utc=now), now).softens
    'plank'
    """
    if note is None or note.today == "mistake":
        return PainEffect()
    if is_pain_asked(note, now_utc):
        return PainEffect(lock="pain_unasked")
    if note.today == "worse":
        return PainEffect(lock="pain_worse")
    if note.today in {"little", "same"}:
        return PainEffect(rests=note.movement, is_sore=True, confirm=note.today == "same")
    if timedelta(0) <= now_utc - note.at_utc <= REST:
        return PainEffect(rests=note.movement)
    is_recent = note.today_utc is not None and now_utc - note.today_utc <= REMEMBERED
    return PainEffect(softens=note.movement if is_recent else None)

"""Say on Today what the person did last time."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from formcheck.core.errors import FormCheckError
from formcheck.drivers.own_movements import find_movement
from formcheck.languages.phrase import Phrase

from .database import history_path
from .history import History
from .records import PractisedSet

log = logging.getLogger(__name__)

SHOWN_FOR_DAYS = 14
"""[E] After a longer pause another line welcomes the person back."""
_WHEN = (Phrase("Earlier today: {what}."), Phrase("Yesterday: {what}."))
_DAYS_AGO = Phrase("{count} days ago: {what}.")
_HELD = Phrase("{movement}, {seconds} s held")
_SEVERAL = Phrase("{movement} and {count} more")


def describe_last_practice(now: datetime) -> dict[str, Any] | None:
    """Return the line about the last day of practice; None if there was none lately.

    Parameters
    ----------
    now : with the time zone of the person.
    """
    if not history_path().exists():
        return None
    try:
        with History() as history:
            person = history.find_current_person()
            if person is None:
                return None
            since = now - timedelta(days=SHOWN_FOR_DAYS + 1)
            sets = [one for _, one in history.list_sets(person, since=since)]
    except FormCheckError as error:
        log.warning("what was done last time is not known: %s", error)
        return None
    return describe_last_day(sets, now)


def describe_last_day(sets: Sequence[PractisedSet], now: datetime) -> dict[str, Any] | None:
    """Return the line about the day of the last set; None if too long ago.

    Parameters
    ----------
    sets : the oldest first.
    """
    days = [one.begun.astimezone(now.tzinfo).date() for one in sets]
    if not days:
        return None
    ago = (now.date() - days[-1]).days
    if not 0 <= ago <= SHOWN_FOR_DAYS:
        return None
    that_day = [one for one, day in zip(sets, days, strict=True) if day == days[-1]]
    what = _describe_sets(that_day)
    if what is None:
        return None
    text = _WHEN[ago].format(what=what) if ago < len(_WHEN) else _DAYS_AGO.format(count=ago, what=what)
    return {"days_ago": ago, "text": text}


def _describe_sets(sets: Sequence[PractisedSet]) -> Phrase | str | None:
    """Return what was practised; None if its movements are not known any more."""
    ids = dict.fromkeys(one.movement_id for one in reversed(sets))
    known = [movement for movement in map(find_movement, ids) if movement is not None]
    if not known:
        return None
    if len(known) > 1:
        return _SEVERAL.format(movement=known[0].name, count=len(known) - 1)
    held_s = round(sum(one.valid_s or 0.0 for one in sets if one.movement_id == known[0].id))
    return _HELD.format(movement=known[0].name, seconds=held_s) if held_s else known[0].name

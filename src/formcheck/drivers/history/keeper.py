"""Keep what was practised, set by set, in the session under way.

A history that cannot be written never keeps a person from stretching: the reason is returned, and shown once.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime, timedelta

from formcheck.core.errors import StoreError
from formcheck.core.movement.schema import Movement
from formcheck.core.summary.schema import RunSummary

from .history import History
from .records import Person, describe_set

SESSION_GAP = timedelta(hours=1)
"""[E] A set that begins later than this after the one before begins a new session."""

log = logging.getLogger(__name__)


def keep_set(
    summary: RunSummary,
    movement: Movement,
    *,
    ended: datetime,
    repetitions: int | None = None,
    held_s: float | None = None,
    valid_s: float | None = None,
) -> str:
    """Store a set of the first person.

    Returned is why it could not be stored; empty if it was.

    Parameters
    ----------
    summary : of the set. One in which nobody was seen is not stored.
    movement : that was practised.
    ended : time of day of its end, with a time zone.
    repetitions, held_s, valid_s : of the whole set, if a part of it is not in the summary (a lost line).
    """
    if not summary.seen_share > 0:
        return ""
    begun = ended - timedelta(seconds=summary.source.duration_s)
    try:
        with History() as history:
            person = history.find_first_person()
            session_id = find_session_under_way(history, person, begun)
            if session_id is None:
                session_id = history.begin_session(person, begun)
            whole = describe_set(summary, movement, begun=begun)
            if repetitions is not None:
                whole = replace(whole, repetitions=repetitions, held_s=held_s, valid_s=valid_s)
            history.add_set(session_id, whole)
            history.end_session(session_id, ended)
    except StoreError as error:
        log.warning("a set is not in the history: %s", error)
        return str(error)
    return ""


def find_session_under_way(history: History, person: Person, at: datetime) -> int | None:
    """Return the id of the session that goes on; None if a new one begins.

    A session of the future, from a clock that was set back, does not go on.
    """
    sessions = history.list_sessions(person, since=at - timedelta(days=1))
    for session in reversed(sessions):
        last = session.ended or session.begun
        if session.begun <= at and at - last <= SESSION_GAP:
            return session.id
    return None

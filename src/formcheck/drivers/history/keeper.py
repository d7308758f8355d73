"""Keep what was practised, set by set, in the session under way, and read it.

A history that cannot be written never keeps a person from stretching: the reason is returned, and the page shows it.
What could not be written waits in memory, and is tried again with the next set.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from formcheck.core.errors import StoreError
from formcheck.core.movement.schema import Movement
from formcheck.core.summary.schema import RunSummary
from formcheck.drivers.own_movements import find_movement
from formcheck.drivers.user_data import FIRST, GUEST
from formcheck.program.routines.session_check import CheckedSet, SessionLine, check_session

from .database import StoreProblem, history_path
from .history import History
from .records import Person, PractisedSet, describe_set

SESSION_GAP = timedelta(hours=1)
"""[E] A set that begins later than this after the one before begins a new session."""
_SUMMARY_PATIENCE_S = 2.0
"""[E] A person waits for the summary of the set meanwhile."""
_MOST_WAITING_SETS = 200
_CLOCK_SLACK = timedelta(minutes=10)
"""[E] Clocks are corrected by minutes; more is a clock that was set back."""
CLOCK_BACK = "clock_back"
"""The code of a set that was stored, though the clock stands before an earlier one."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class KeptSet:
    """What became of a set.

    Parameters
    ----------
    code : why it is not stored now, a `StoreProblem`; `clock_back` if it is stored with a time before an earlier one;
        empty if all is well.
    why : the reason in one line, for the log and the terminal.
    aside : the name under which a damaged history was set aside, empty for none.
    """

    code: str = ""
    why: str = ""
    aside: str = ""


@dataclass(frozen=True, slots=True)
class _WaitingSet:
    """A set on its way into the history."""

    person: str
    practised: PractisedSet
    ended: datetime


class SetKeeper:
    """Stores sets; it remembers those that could not be stored."""

    def __init__(self) -> None:
        self._waiting: deque[_WaitingSet] = deque(maxlen=_MOST_WAITING_SETS)
        self._lock = threading.Lock()

    def keep(self, person: str, practised: PractisedSet, ended: datetime) -> KeptSet:
        """Store a set, and those that wait."""
        with self._lock:
            self._waiting.append(_WaitingSet(person, practised, ended))
            return self._store_waiting()

    def try_again(self) -> KeptSet:
        """Store what waits."""
        with self._lock:
            return self._store_waiting() if self._waiting else KeptSet()

    def _store_waiting(self) -> KeptSet:
        kept = KeptSet()
        try:
            kept = self._store_all()
        except StoreError as error:
            if error.code == StoreProblem.DAMAGED:  # found while it was written: opened again, it is set aside
                try:
                    return self._store_all()
                except StoreError as again:
                    error = again
            log.warning("a set is not in the history: %s", error)
            return KeptSet(error.code or StoreProblem.OTHER, str(error))
        return kept

    def _store_all(self) -> KeptSet:
        code = ""
        with History(patience_s=_SUMMARY_PATIENCE_S) as history:
            while self._waiting:
                if _store_set(history, self._waiting[0]):
                    code = CLOCK_BACK
                self._waiting.popleft()
            return KeptSet(code, aside=history.aside.name if history.aside else "")


def _store_set(history: History, one: _WaitingSet) -> bool:
    """Store one set; return whether the clock stands before an earlier one.

    The set of a person who was deleted meanwhile is deleted as well.
    """
    person = history.find_first_person() if one.person == FIRST else history.find_person(one.person)
    if person is None:
        return False
    begun = one.practised.begun
    with history.write_many():
        session_id = find_session_under_way(history, person, begun)
        if session_id is None:
            session_id = history.begin_session(person, begun)
        history.add_set(session_id, one.practised)
        history.end_session(session_id, one.ended)
    return bool(history.list_sessions(person, since=begun + _CLOCK_SLACK))


KEEPER = SetKeeper()
"""The one of this process."""


def keep_set(
    summary: RunSummary,
    movement: Movement,
    *,
    ended: datetime,
    person: str = FIRST,
    recording: str | None = None,
    repetitions: int | None = None,
    held_s: float | None = None,
    valid_s: float | None = None,
    key: str | None = None,
) -> KeptSet:
    """Store a set of one person.

    Parameters
    ----------
    summary : of the set. One in which nobody was seen is not stored.
    movement : that was practised.
    ended : time of day of its end, with a time zone.
    person : key of the person; nothing of a guest is stored.
    recording : name of the folder with the person's own recording of it, if one was asked for.
    repetitions, held_s, valid_s : of the whole set, if a part of it is not in the summary (a lost line).
    key : of the set; an earlier part of it that was stored is replaced.
    """
    if not summary.seen_share > 0 or person == GUEST:
        return KeptSet()
    whole = describe_set(
        summary, movement, begun=ended - timedelta(seconds=summary.source.duration_s), recording=recording
    )
    whole = replace(whole, key=key)
    if repetitions is not None:
        whole = replace(whole, repetitions=repetitions, held_s=held_s, valid_s=valid_s)
    return KEEPER.keep(person, whole, ended)


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


_REACH = timedelta(days=1)
_WHOLE_SHARE = 0.9
"""[E] A hold that ends a breath early is whole."""
_CORRECTED = frozenset({"adjust", "fix", "stop"})


def check_session_under_way(now: datetime, *, is_warm: bool = False) -> list[SessionLine]:
    """Return the four lines of the session that has just ended.

    There are none if nothing of it is stored.
    """
    if not history_path().is_file():
        return []
    with suppress(StoreError), History(patience_s=0.5) as history:
        person = history.find_current_person()
        session = find_session_under_way(history, person, now) if person else None
        if person is not None and session is not None:
            sets = [one for owner, one in history.list_sets(person, since=now - _REACH) if owner == session]
            known = [(one, find_movement(one.movement_id)) for one in sets]
            checked = [_check(one, movement) for one, movement in known if movement is not None]
            return check_session(checked, is_warm=is_warm)
    return []


def _check(one: PractisedSet, movement: Movement) -> CheckedSet:
    return CheckedSet(
        movement=movement,
        is_judged=one.verdict != "cannot_tell",
        faults=frozenset(fault.id for fault in one.faults if fault.severity in _CORRECTED),
        is_whole=_is_whole(one),
    )


def _is_whole(one: PractisedSet) -> bool | None:
    if one.hold_target_s is not None:
        return (one.held_s or 0.0) >= _WHOLE_SHARE * one.hold_target_s * (one.repetitions_target or 1)
    return None if one.repetitions_target is None else (one.repetitions or 0) >= one.repetitions_target

"""Read the session under way from the history, for the four lines at its end."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta

from formcheck.core.errors import StoreError
from formcheck.core.movement.load import catalogue
from formcheck.program.routines.schema import load_known_movement
from formcheck.program.routines.session_check import CheckedSet, SessionLine, check_session

from .database import history_path
from .history import History
from .keeper import find_session_under_way
from .records import PractisedSet

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
            known = catalogue()
            checked = [_check(one) for one in sets if one.movement_id in known]
            return check_session(checked, is_warm=is_warm)
    return []


def _check(one: PractisedSet) -> CheckedSet:
    return CheckedSet(
        movement=load_known_movement(one.movement_id),
        is_judged=one.verdict != "cannot_tell",
        faults=frozenset(fault.id for fault in one.faults if fault.severity in _CORRECTED),
        is_whole=_is_whole(one),
    )


def _is_whole(one: PractisedSet) -> bool | None:
    if one.hold_target_s is not None:
        return (one.held_s or 0.0) >= _WHOLE_SHARE * one.hold_target_s * (one.repetitions_target or 1)
    return None if one.repetitions_target is None else (one.repetitions or 0) >= one.repetitions_target

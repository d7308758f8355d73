"""Read from the history what the weeks need, and no more.

The progress page must open at once.
"""

from __future__ import annotations

from datetime import date

from formcheck.core.movement.schema import Movement
from formcheck.core.movement.signals import resolve
from formcheck.core.skeleton import SIDES
from formcheck.program.progress import DoneSet, PainAnswer

from .history import History
from .records import Person

PAIN_BEFORE, PAIN_AFTER = "pain_before", "pain_after"
"""Ids of the two questions."""

_SETS = """
SELECT sets.id, session_id, date(sets.begun_utc, 'localtime'), movement_id, verdict, held_s, valid_s, hold_target_s
FROM sets JOIN sessions ON sessions.id = session_id
WHERE person_id = ? ORDER BY sets.begun_utc, sets.id
"""
_VALUES = """
SELECT set_id, v.name, in_hold_median, uncertainty
FROM sets JOIN sessions ON sessions.id = session_id
JOIN temp.wanted AS w ON w.movement_id = sets.movement_id AND w.side = ifnull(sets.side, '')
JOIN set_values AS v ON v.set_id = sets.id AND v.name = w.name
WHERE person_id = ? AND in_hold_median IS NOT NULL
"""
_PAIN = """
SELECT session_id, date(at_utc, 'localtime'), question, number FROM reports
WHERE person_id = ? AND number IS NOT NULL AND question IN (?, ?) ORDER BY at_utc, id
"""


def read_done_sets(history: History, person: Person, movements: dict[str, Movement]) -> list[DoneSet]:
    """Return all sets of a person, the oldest first.

    Parameters
    ----------
    history, person : whose.
    movements : by id; the main measurement of one that is not there is left out.
    """
    wanted = {
        (one.id, side, name)
        for one in movements.values()
        for side in (*SIDES, "both", "")
        for near in SIDES
        for working in (SIDES if side in ("both", "") else (side,))
        if (name := resolve(one.measures[one.main].signal, working=working, near=near)) is not None
    }
    values: dict[int, dict[str, tuple[float, float]]] = {}
    for set_id, name, median, around in history.read_plain(_VALUES, person.id, wanted=sorted(wanted)):
        values.setdefault(set_id, {})[name] = (median, around)
    rows = history.read_plain(_SETS, person.id)
    return [
        DoneSet(
            session=session_id,
            day=date.fromisoformat(day),
            movement_id=movement_id,
            good=_is_good(verdict, valid_s, target_s),
            held_s=held_s,
            valid_s=valid_s,
            main=values.get(set_id, {}),
        )
        for set_id, session_id, day, movement_id, verdict, held_s, valid_s, target_s in rows
    ]


def read_pain(history: History, person: Person) -> list[PainAnswer]:
    """Return pain before and after each session, the oldest first.

    An answer outside of a session stands alone.
    """
    found: dict[int, dict[str, float]] = {}
    days: list[date] = []
    place: dict[int, int] = {}
    for session_id, day, question, number in history.read_plain(_PAIN, person.id, PAIN_BEFORE, PAIN_AFTER):
        known = None if session_id is None else place.get(session_id)
        if known is None:
            known = len(days)
            days.append(date.fromisoformat(day))
            if session_id is not None:
                place[session_id] = known
        found.setdefault(known, {})[question] = number
    return [PainAnswer(day, found[n].get(PAIN_BEFORE), found[n].get(PAIN_AFTER)) for n, day in enumerate(days)]


def _is_good(verdict: str, valid_s: float | None, target_s: float | None) -> bool | None:
    if verdict == "cannot_tell":
        return None
    return verdict == "ok" and (target_s is None or (valid_s is not None and valid_s >= target_s))

"""Read from the history what the weeks need, and no more.

The progress page must open at once.
"""

from __future__ import annotations

from datetime import date

from formcheck.core.movement.schema import Movement
from formcheck.core.movement.signals import resolve
from formcheck.core.skeleton import SIDES
from formcheck.program.effort import PractiseWay
from formcheck.program.progress import DoneSet, PainAnswer
from formcheck.program.screening import Felt

from .history import History
from .records import Person
from .reports import EFFORT, FELT, HURTS, NEXT_DAY, NEXT_DAY_OF, PAIN_AFTER, PAIN_BEFORE, WAY

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
_SELECT_PAIN = """
SELECT ifnull(session_id, at_utc), date(at_utc, 'localtime'), question, number FROM reports
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

    What was answered about one session has its id, or the same moment.
    """
    found: dict[object, tuple[date, dict[str, float]]] = {}
    for about, day, question, number in history.read_plain(_SELECT_PAIN, person.id, PAIN_BEFORE, PAIN_AFTER):
        found.setdefault(about, (date.fromisoformat(day), {}))[1][question] = number
    return [PainAnswer(day, numbers.get(PAIN_BEFORE), numbers.get(PAIN_AFTER)) for day, numbers in found.values()]


_CODES = """
SELECT at_utc, date(at_utc, 'localtime'), code FROM reports
WHERE person_id = ? AND question = ? AND code IS NOT NULL ORDER BY at_utc, id
"""


def read_places(history: History, person: Person) -> list[tuple[date, frozenset[str]]]:
    """Return where it hurt, by session, the oldest first."""
    found: dict[str, tuple[date, set[str]]] = {}
    for about, day, code in history.read_plain(_CODES, person.id, HURTS):
        found.setdefault(about, (date.fromisoformat(day), set()))[1].add(code)
    return [(day, frozenset(codes)) for day, codes in found.values()]


def read_next_days(history: History, person: Person) -> list[str]:
    """Return how it was on the days after sessions, the oldest first."""
    return [code for _, _, code in history.read_plain(_CODES, person.id, NEXT_DAY)]


_OF_MOVEMENTS = "SELECT movement_id, code FROM reports WHERE person_id = ? AND question = ? ORDER BY at_utc, id"


def read_next_days_of(history: History, person: Person) -> dict[str, list[str]]:
    """Return how it was on the days after each movement was done, the oldest first."""
    found: dict[str, list[str]] = {}
    for movement_id, code in history.read_plain(_OF_MOVEMENTS, person.id, NEXT_DAY_OF):
        found.setdefault(movement_id, []).append(code)
    return found


_EFFORTS = """
SELECT number FROM reports WHERE person_id = ? AND question = ? AND number IS NOT NULL ORDER BY at_utc, id
"""
_WAYS = """
SELECT way.code, felt.code FROM reports AS way JOIN reports AS felt USING (person_id, at_utc)
WHERE person_id = ? AND way.question = ? AND felt.question = ? ORDER BY at_utc, way.id
"""
_CLEAN = """
SELECT 100.0 * avg(NOT EXISTS (
    SELECT 1 FROM faults WHERE set_id = sets.id AND severity IN ('adjust', 'fix', 'stop')
))
FROM sets JOIN sessions ON sessions.id = session_id
WHERE person_id = ? AND verdict != 'cannot_tell' GROUP BY session_id ORDER BY min(sets.begun_utc)
"""


def read_efforts(history: History, person: Person) -> list[float]:
    """Return how hard each session was that was answered, 0 to 10, the oldest first."""
    return [number for (number,) in history.read_plain(_EFFORTS, person.id, EFFORT)]


def read_ways(history: History, person: Person) -> list[tuple[PractiseWay, Felt]]:
    """Return how each session was done and how it felt after it, the oldest first."""
    return history.read_plain(_WAYS, person.id, WAY, FELT)


def read_clean_pct(history: History, person: Person) -> list[float]:
    """Return the share of the judged sets without a correction, percent, by session."""
    return [share for (share,) in history.read_plain(_CLEAN, person.id)]


def _is_good(verdict: str, valid_s: float | None, target_s: float | None) -> bool | None:
    if verdict == "cannot_tell":
        return None
    return verdict == "ok" and (target_s is None or (valid_s is not None and valid_s >= target_s))

"""Keep visits in the history, and read them again: answers as codes, trials as numbers.

A visit is a session in which a complaint was named. What belongs to it is read from the rows, so a page that is loaded
again, or a server that was killed, goes on where the person was.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable
from datetime import datetime, timedelta

from formcheck.core.skeleton import Side
from formcheck.drivers.history.history import History
from formcheck.drivers.history.records import Moment, Person, Report, Trial
from formcheck.drivers.history.reports import PAIN_AFTER, PAIN_BEFORE
from formcheck.program.body_tests.protocol import Complaint, Protocol, load_protocols
from formcheck.program.body_tests.results import Taken, TestKey
from formcheck.program.body_tests.trials import TrialValue
from formcheck.program.body_tests.visit import Input, Visit
from formcheck.program.change import Feeling

COMPLAINT, TEST, SKIP = "visit_complaint", "visit_test", "visit_skip"
INPUT, INPUT_MOVEMENT, INPUT_DONE = "visit_input", "visit_input_movement", "visit_input_done"
FEELING, NEW_SIGNS_ANSWER, TIGHTNESS, HEIGHT = "visit_feeling", "visit_new_signs", "tightness", "height_cm"
YES = "yes"
GOES_ON_FOR = timedelta(hours=3)
"""[E] A visit that was left for longer is not asked about again."""


def begin_visit(history: History, person: Person, now: datetime, complaint: Complaint, tests: Iterable[str]) -> int:
    """Begin a visit with its complaint and its tests; return the id of its session."""
    with history.write_many():
        session_id = history.begin_session(person, now)
        add_answer(history, person, session_id, COMPLAINT, complaint, now=now)
        for test_id in tests:
            add_answer(history, person, session_id, TEST, test_id, now=now)
    return session_id


def add_answer(
    history: History, person: Person, session_id: int, question: str, answer: str | float, *, now: datetime
) -> None:
    """Store one answer of a visit: a code, or a number."""
    report = (
        Report(now, question, code=str(answer), session_id=session_id)
        if isinstance(answer, str)
        else Report(now, question, number=answer, session_id=session_id)
    )
    history.add_report(person, report)
    history.end_session(session_id, now)


def keep_trials(
    history: History, session_id: int, test_id: str, moment: Moment, trials: Iterable[TrialValue], *, now: datetime
) -> None:
    """Store trials of a test.

    They take the place of earlier ones of the same side and moment.
    """
    done = list(trials)
    with history.write_many():
        for side in dict.fromkeys(one.side for one in done):
            history.remove_trials(session_id, test_id, moment, side)
        for number, one in enumerate(done, start=1):
            value, around = (x if math.isfinite(x) else None for x in (one.value, one.uncertainty))
            trial = Trial(test_id, moment, number, value, one.unit, one.side, around)
            history.add_trial(session_id, trial)
        history.end_session(session_id, now)


def find_visit_under_way(history: History, person: Person, now: datetime) -> int | None:
    """Return the session of the newest visit if it may still go on; None otherwise."""
    named = [one for one in history.list_reports(person, COMPLAINT) if one.session_id is not None]
    if not named or not timedelta(0) <= now - named[-1].at <= GOES_ON_FOR:
        return None
    return named[-1].session_id


def read_visits(history: History, person: Person) -> dict[int, Visit]:
    """Return all visits of a person by session, the oldest first."""
    answers: dict[int, list[Report]] = {}
    for one in history.list_reports(person):
        if one.session_id is not None:
            answers.setdefault(one.session_id, []).append(one)
    trials: dict[int, list[Trial]] = {}
    for session_id, trial in history.list_trials(person):
        trials.setdefault(session_id, []).append(trial)
    return {
        session_id: _build_visit(given, trials.get(session_id, []))
        for session_id, given in answers.items()
        if any(one.question == COMPLAINT for one in given)
    }


def read_height_cm(history: History, person: Person) -> float | None:
    """Return the height that the person entered last; None if they never did."""
    found = history.list_reports(person, HEIGHT)
    return found[-1].number if found else None


def _build_visit(given: list[Report], trials: list[Trial]) -> Visit:
    codes = {one.question: one.code for one in given if one.code is not None}
    numbers = {one.question: one.number for one in given if one.number is not None}
    done = [one.at for one in given if one.question == INPUT_DONE]
    begun = next(one for one in given if one.question == COMPLAINT)
    known = {one.id: one for one in load_protocols()}
    return Visit(
        begun=begun.at,
        complaint=Complaint(codes[COMPLAINT]),
        tests=tuple(one.code for one in given if one.question == TEST and one.code in known),
        skipped=frozenset(one.code for one in given if one.question == SKIP and one.code),
        input=Input(codes[INPUT]) if INPUT in codes else None,
        movement_id=codes.get(INPUT_MOVEMENT) or "",
        input_done=done[-1] if done else None,
        pain_before=numbers.get(PAIN_BEFORE),
        pain_after=numbers.get(PAIN_AFTER),
        feeling=Feeling(codes[FEELING]) if FEELING in codes else None,
        new_signs=codes.get(NEW_SIGNS_ANSWER) == YES,
        tightness=numbers.get(TIGHTNESS),
        before=_group_trials(trials, "before", known),
        after=_group_trials(trials, "after", known),
    )


def _group_trials(trials: list[Trial], moment: Moment, known: dict[str, Protocol]) -> dict[TestKey, Taken]:
    found: dict[tuple[str, Side | None], list[Trial]] = {}
    for one in trials:
        if one.moment == moment and one.test_id in known:
            found.setdefault((one.test_id, one.side), []).append(one)
    return {key: _make_taken(some, known[key[0]]) for key, some in found.items()}


def _make_taken(trials: list[Trial], protocol: Protocol) -> Taken:
    seen = [one for one in trials if one.value is not None]
    unit = seen[0].unit if seen else trials[0].unit
    same = [one for one in seen if one.unit == unit]
    widths = [one.uncertainty for one in same if one.uncertainty is not None]
    values = tuple(one.value for one in same if one.value is not None)
    return Taken(values, unit, statistics.median(widths) if widths else math.nan, protocol.trials)

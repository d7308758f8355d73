"""Copy what a person answers into the history, where the weeks are drawn from.

The answers themselves are in a small file of their own, so that a history that cannot be written loses none: the newest
ones are copied again with each answer.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime

from formcheck.core.errors import StoreError
from formcheck.drivers.answer_record import NextDayEntry, SessionEntry, SessionRecord
from formcheck.drivers.user_data import GUEST, find_person_key

from .history import History
from .records import Report

log = logging.getLogger(__name__)

PAIN_BEFORE, PAIN_AFTER = "pain_before", "pain_after"
HURTS, FELT, NEXT_DAY, NEXT_DAY_OF = "hurts", "felt", "next_day", "next_day_of"
"""Ids of the questions. `hurts` has a row for each area of the body, `next_day_of` one for each movement."""
EFFORT, BREATH, WAY = "effort", "breath", "way"
_OF_A_SESSION = (PAIN_BEFORE, PAIN_AFTER, HURTS, FELT, EFFORT, BREATH, WAY)
_OF_A_NEXT_DAY = (NEXT_DAY, NEXT_DAY_OF)
REPORT_QUESTIONS = (*_OF_A_SESSION, *_OF_A_NEXT_DAY)
_NEWEST = 10
_REPORT_PATIENCE_S = 1.0


def store_reports(record: SessionRecord) -> str:
    """Copy the newest answers of the person who practises.

    All of them are copied if none is there yet.

    Returned is why it could not be done, a `StoreProblem`; empty if it was.
    """
    if find_person_key() == GUEST:
        return ""
    try:
        with History(patience_s=_REPORT_PATIENCE_S) as history:
            person = history.find_current_person()
            if person is None:
                return ""
            is_new = not history.list_reports(person)
            entries: list[SessionEntry | NextDayEntry] = [*record.sessions, *record.next_days]
            entries.sort(key=lambda one: one.at_utc)
            for entry in entries if is_new else entries[-_NEWEST:]:
                questions = _OF_A_SESSION if isinstance(entry, SessionEntry) else _OF_A_NEXT_DAY
                history.replace_reports(person, entry.at_utc, questions, list(_list_reports(entry)))
    except StoreError as error:
        log.warning("answers are not in the history yet: %s", error)
        return error.code
    return ""


def forget_reports(questions: tuple[str, ...] = REPORT_QUESTIONS) -> None:
    """Delete the copies of the person who practises."""
    with History() as history:
        person = history.find_person(find_person_key())
        if person is not None:
            history.delete_reports(person, questions)


def _list_reports(entry: SessionEntry | NextDayEntry) -> Iterator[Report]:
    at: datetime = entry.at_utc
    if isinstance(entry, NextDayEntry):
        yield Report(at, NEXT_DAY, code=entry.lasted)
        for movement in entry.movements:
            yield Report(at, NEXT_DAY_OF, code=entry.lasted, movement_id=movement)
        return
    for question, number in ((PAIN_BEFORE, entry.pain_before), (PAIN_AFTER, entry.pain_after), (EFFORT, entry.effort)):
        if number is not None:
            yield Report(at, question, number=number)
    for area in entry.areas or ():
        yield Report(at, HURTS, code=area)
    for question, code in ((FELT, entry.felt), (BREATH, entry.breath), (WAY, entry.way)):
        if code is not None:
            yield Report(at, question, code=code)

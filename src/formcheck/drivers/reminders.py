"""Keep when a person wants to be reminded, and write it as a calendar file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_URL, uuid5

from pydantic import ValidationError

from formcheck.core.errors import AnswerError, BackendError, StoreError
from formcheck.program.person.reminders import LINES, WEEKDAYS, ReminderPlan, choose_line, is_support_missing

from .answer_record import PlanEntry, SessionRecord, answers_lock, read_record, write_record
from .history.database import history_path
from .history.history import History
from .history.store import write_time
from .user_data import find_person_key

if TYPE_CHECKING:
    from icalendar import Event

SESSION_LENGTH, BREAK_LENGTH = timedelta(minutes=15), timedelta(minutes=1)
_SESSION_WORDS = (
    "Stretches for your back",
    "About a quarter of an hour. Three times a week is plenty; a pause is fine.",
)
_BREAK_WORDS = ("Stand up for a minute", "Stand, walk a few steps, stretch. The best posture is the next one.")
_WORKING_DAYS = (0, 1, 2, 3, 4)
_RECENT = timedelta(days=60)


def describe_reminders(record: SessionRecord, now: datetime) -> dict[str, Any]:
    """Return the plan, and the one line that Today shows; None for none."""
    plan = _make_plan(record)
    missing = is_support_due(now)
    code = choose_line(now.astimezone().date(), _list_days(now), plan, is_support_missing=missing)
    return {
        "plan": {"days": list(plan.days), "at": f"{plan.at:%H:%M}", "breaks": list(plan.breaks)},
        "line": {"code": code, "text": LINES[code]} if code else None,
    }


def keep_plan(body: object, _now: datetime) -> dict[str, Any]:
    """Keep when the person wants to be reminded.

    Raises
    ------
    AnswerError
        A day, time or hour does not exist.
    """
    try:
        entry = PlanEntry.model_validate(body)
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors()[0]["loc"])[:40] or "plan"
        raise AnswerError(
            f"{where}: expected days 0 to 6, a time such as 18:00 and hours 0 to 23, got something else"
        ) from None
    with answers_lock:
        stored = write_record(read_record().model_copy(update={"plan": entry}))
    return {"stored": stored}


def write_calendar(now: datetime) -> bytes:
    """Return the plan of the person who practises as an iCalendar file (RFC 5545).

    Times are without a zone: a session at six is at six wherever the person is.

    Raises
    ------
    BackendError
        The package `icalendar` is not installed.
    """
    try:
        from icalendar import Calendar
    except ModuleNotFoundError:
        raise BackendError(
            "a calendar file needs the package icalendar, which is not installed; install it with: "
            "pip install 'formcheck[app]'"
        ) from None
    calendar = Calendar()
    calendar.add("prodid", "-//formcheck//reminders//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    for event in _list_events(_make_plan(read_record()), now):
        calendar.add_component(event)
    return bytes(calendar.to_ical())


def _list_events(plan: ReminderPlan, now: datetime) -> Iterator[Event]:
    today = now.astimezone().date()
    if plan.days:
        yield _make_event(_SESSION_WORDS, plan.days, plan.at, SESSION_LENGTH, today=today, now=now)
    for hour in plan.breaks:
        yield _make_event(_BREAK_WORDS, _WORKING_DAYS, time(hour), BREAK_LENGTH, today=today, now=now)


def _make_event(
    said: tuple[str, str], days: tuple[int, ...], at: time, length: timedelta, *, today: date, now: datetime
) -> Event:
    from icalendar import Alarm, Event

    first = next(day for number in range(7) if (day := today + timedelta(days=number)).weekday() in days)
    event = Event()
    event.add("uid", f"{uuid5(NAMESPACE_URL, f'formcheck {find_person_key()} {said[0]} {at}')}@formcheck")
    event.add("dtstamp", now)
    event.add("dtstart", datetime.combine(first, at))
    event.add("duration", length)
    event.add("rrule", {"FREQ": "WEEKLY", "BYDAY": [WEEKDAYS[day] for day in days]})
    event.add("summary", said[0])
    event.add("description", said[1])
    event.add("transp", "TRANSPARENT")
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", said[0])
    alarm.add("trigger", timedelta(0))
    event.add_component(alarm)
    return event


def _make_plan(record: SessionRecord) -> ReminderPlan:
    entry = record.plan
    return ReminderPlan(tuple(entry.days), entry.at, tuple(entry.breaks)) if entry is not None else ReminderPlan()


def _list_days(now: datetime) -> list[date]:
    if not history_path().is_file():
        return []
    with suppress(StoreError), History(patience_s=0.5) as history:
        person = history.find_current_person()
        if person is not None:
            return [one.begun.astimezone().date() for one in history.list_sessions(person, since=now - _RECENT)]
    return []


_DONE = """
SELECT date(sets.begun_utc, 'localtime'), movement_id FROM sets JOIN sessions ON sessions.id = session_id
WHERE person_id = ? AND sets.begun_utc >= ?
"""


def is_support_due(now: datetime) -> bool:
    """Return whether the person stretched this week without anything that supports."""
    if not history_path().is_file():
        return False
    with suppress(StoreError), History(patience_s=0.5) as history:
        person = history.find_current_person()
        if person is not None:
            rows = history.read_plain(_DONE, person.id, write_time(now - timedelta(days=8)))
            return is_support_missing(now.astimezone().date(), [(date.fromisoformat(day), one) for day, one in rows])
    return False

"""The plan is kept for each person, and every calendar can read it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from formcheck.core.errors import AnswerError
from formcheck.drivers.answer_record import read_record
from formcheck.drivers.history.history import History
from formcheck.drivers.reminders import describe_reminders, keep_plan, write_calendar
from formcheck.drivers.user_data import run_as

icalendar = pytest.importorskip("icalendar")

NOW = datetime(2026, 3, 3, 12, tzinfo=UTC)  # a Tuesday
PLAN = {"days": [0, 2, 4], "at": "18:30", "breaks": [9, 14]}


@pytest.fixture(autouse=True)
def data(tmp_path, monkeypatch):
    monkeypatch.setenv("FORMCHECK_DATA", str(tmp_path / "data"))


def read_events():
    calendar = icalendar.Calendar.from_ical(write_calendar(NOW))
    assert (calendar["version"], str(calendar["prodid"])) == ("2.0", "-//formcheck//reminders//EN")
    return calendar.walk("VEVENT")


def test_the_file_is_read_back_as_it_was_planned():
    keep_plan(PLAN, NOW)
    session, *breaks = read_events()
    assert session["rrule"]["BYDAY"] == ["MO", "WE", "FR"]
    assert session.decoded("dtstart") == datetime(2026, 3, 4, 18, 30)  # noqa: DTZ001 - the next Wednesday, without a zone
    assert session.decoded("duration") == timedelta(minutes=15)
    assert [one.decoded("dtstart").hour for one in breaks] == [9, 14]
    assert all(one["rrule"]["BYDAY"] == ["MO", "TU", "WE", "TH", "FR"] for one in breaks)
    assert all(len(one.walk("VALARM")) == 1 for one in (session, *breaks))
    assert len({str(one["uid"]) for one in (session, *breaks)}) == 3


def test_lines_of_the_file_are_as_the_standard_has_them():
    keep_plan(PLAN, NOW)
    lines = write_calendar(NOW).split(b"\r\n")
    assert (lines[0], lines[-2], lines[-1]) == (b"BEGIN:VCALENDAR", b"END:VCALENDAR", b"")
    assert max(map(len, lines)) <= 75


def test_without_a_plan_the_calendar_is_empty():
    assert read_events() == []


@pytest.mark.parametrize(
    "body", [{"days": [7]}, {"at": "25:00"}, {"breaks": [-1]}, {"days": "all"}, [], None, {"x": 1}]
)
def test_nonsense_is_refused(body):
    with pytest.raises(AnswerError, match="expected days 0 to 6"):
        keep_plan(body, NOW)
    assert read_record().plan is None


def test_each_person_has_a_plan():
    keep_plan(PLAN, NOW)
    with History() as history:
        ben = history.add_person("Ben")
    assert run_as(ben.key, describe_reminders, run_as(ben.key, read_record), NOW)["plan"]["days"] == []
    assert describe_reminders(read_record(), NOW)["plan"] == PLAN


def test_today_shows_the_line_of_the_day():
    keep_plan({**PLAN, "days": [NOW.astimezone().weekday()]}, NOW)
    assert describe_reminders(read_record(), NOW)["line"]["code"] == "planned"
    with History() as history:
        history.begin_session(history.find_first_person(), NOW)
    assert describe_reminders(read_record(), NOW)["line"] is None

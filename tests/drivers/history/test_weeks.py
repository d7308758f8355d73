"""What practice keeps, and what the weeks read of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

import formcheck as fc
from formcheck.core.movement.load import catalogue, load_movement
from formcheck.drivers.history.database import StoreProblem
from formcheck.drivers.history.history import History
from formcheck.drivers.history.keeper import CLOCK_BACK, SESSION_GAP, KeptSet, SetKeeper, keep_set
from formcheck.drivers.history.records import Report
from formcheck.drivers.history.reports import PAIN_AFTER, PAIN_BEFORE
from formcheck.drivers.history.weeks import read_done_sets, read_pain
from formcheck.drivers.user_data import GUEST
from formcheck.program.progress import PainAnswer

from .test_history import A_SET, HINGE, MONDAY

MOVEMENTS = {name: load_movement(name) for name in catalogue()}


@pytest.fixture
def data(tmp_path, monkeypatch):
    """Let the data of the person at this computer be in a folder of the test."""
    monkeypatch.setenv("FORMCHECK_DATA", str(tmp_path / "data"))
    monkeypatch.setattr("formcheck.drivers.history.keeper.KEEPER", SetKeeper())
    return tmp_path / "data"


@pytest.fixture(scope="module")
def summary(checkout):
    return fc.check(checkout / "examples/tracks/hinge_good.parquet", movement=HINGE)


def test_sets_of_an_evening_are_one_session(data, summary):
    for minutes in (0, 10, 20, 24 * 60):
        assert keep_set(summary, MOVEMENTS[HINGE], ended=MONDAY + timedelta(minutes=minutes)).code == ""
    with History() as history:
        person = history.find_first_person()
        sessions = history.list_sessions(person)
        assert len(sessions) == 2
        assert [one for one, _ in history.list_sets(person)] == [sessions[0].id] * 3 + [sessions[1].id]
        assert sessions[0].ended == MONDAY + timedelta(minutes=20)


def test_a_long_pause_begins_a_new_session(data, summary):
    length = timedelta(seconds=summary.source.duration_s)
    keep_set(summary, MOVEMENTS[HINGE], ended=MONDAY)
    keep_set(summary, MOVEMENTS[HINGE], ended=MONDAY + SESSION_GAP + length)
    keep_set(summary, MOVEMENTS[HINGE], ended=MONDAY + 2 * (SESSION_GAP + length) + timedelta(seconds=1))
    with History() as history:
        assert len(history.list_sessions(history.find_first_person())) == 2


def test_a_session_of_the_future_does_not_go_on(data, summary):
    keep_set(summary, MOVEMENTS[HINGE], ended=MONDAY)
    kept = keep_set(summary, MOVEMENTS[HINGE], ended=MONDAY - timedelta(hours=2))  # the clock was set back
    assert kept.code == CLOCK_BACK
    with History() as history:
        assert len(history.list_sessions(history.find_first_person())) == 2


def test_an_empty_room_is_not_practice(data, summary):
    assert keep_set(summary.model_copy(update={"seen_share": 0.0}), MOVEMENTS[HINGE], ended=MONDAY) == KeptSet()
    assert not data.exists()


def test_practice_goes_on_without_a_history(data, summary, caplog):
    data.write_text("a file where the folder should be", "utf-8")
    kept = keep_set(summary, MOVEMENTS[HINGE], ended=MONDAY)
    assert kept.code == StoreProblem.CLOSED
    assert kept.why in caplog.text
    data.unlink()
    assert keep_set(summary, MOVEMENTS[HINGE], ended=MONDAY) == KeptSet()
    with History() as history:
        assert len(history.list_sets(history.find_first_person())) == 2  # the first one came later


def test_a_set_belongs_to_the_person_who_did_it(data, summary):
    with History() as history:
        ben = history.add_person("Ben")
    for person in (ben.key, GUEST, "0123456789abcdef"):  # the last one was deleted meanwhile
        assert keep_set(summary, MOVEMENTS[HINGE], ended=MONDAY, person=person) == KeptSet()
    with History() as history:
        assert [len(history.list_sets(one)) for one in (ben, history.find_first_person())] == [1, 0]


def test_weeks_read_the_main_measurement(tmp_path):
    with History(tmp_path / "history.db") as history:
        person = history.find_first_person()
        session = history.begin_session(person, MONDAY)
        history.add_set(session, A_SET)
        history.add_set(session, replace(A_SET, verdict="cannot_tell", movement_id="no_more_there"))
        history.add_set(session, replace(A_SET, valid_s=29.0))
        first, unknown, short = read_done_sets(history, person, MOVEMENTS)
    assert first.main == {"trunk_inclination_deg": (52.0, 6.5)}
    assert (first.good, unknown.good, short.good) == (True, None, False)
    assert unknown.main == {}
    assert first.day == MONDAY.astimezone().date()


def test_pain_of_a_session_stands_together(tmp_path):
    with History(tmp_path / "history.db") as history:
        person = history.find_first_person()
        session = history.begin_session(person, MONDAY)
        for at, question, number, own in (
            (0, PAIN_BEFORE, 3.0, session), (1, PAIN_BEFORE, 5.0, None), (2, PAIN_AFTER, 1.0, session)
        ):  # fmt: skip
            history.add_report(person, Report(MONDAY + timedelta(hours=at), question, number, session_id=own))
        history.add_report(person, Report(MONDAY, "felt", code="low_back"))
        day = MONDAY.astimezone().date()
        assert read_pain(history, person) == [PainAnswer(day, 3.0, 1.0), PainAnswer(day, 5.0, None)]

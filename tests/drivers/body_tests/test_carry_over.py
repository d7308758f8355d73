"""The headline of Today: what stayed since the first day of tests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from formcheck.drivers.body_tests.carry_over import SHOWN_FOR, describe_carry_over
from formcheck.drivers.body_tests.visits import begin_visit, keep_trials
from formcheck.drivers.history.database import history_path
from formcheck.drivers.history.history import History
from formcheck.program.body_tests.protocol import Complaint
from formcheck.program.body_tests.trials import TrialValue
from formcheck.program.change import Change

NOW = datetime(2026, 3, 9, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def data(tmp_path, monkeypatch):
    monkeypatch.setenv("FORMCHECK_DATA", str(tmp_path))


def keep_visit(value, *, days_ago, test="T1", side=None, unit="deg"):
    with History() as history:
        person, at = history.find_first_person(), NOW - timedelta(days=days_ago)
        session_id = begin_visit(history, person, at, Complaint.HAMSTRING, [test])
        keep_trials(history, session_id, test, "before", [TrialValue(side, value, 4.0, unit)] * 3, now=at)


@pytest.mark.parametrize(
    ("now_deg", "change"), [(48.0, Change.NONE), (60.0, Change.BETTER), (30.0, Change.WORSE)], ids=str
)
def test_the_newest_first_tries_against_those_of_the_first_day(now_deg, change):
    keep_visit(45.0, days_ago=9)
    keep_visit(now_deg, days_ago=1)
    said = describe_carry_over(NOW)
    assert (said["code"], said["test"]) == (change, "T1")
    assert all(number in said["text"] for number in ("45°", f"{now_deg:.0f}°"))


def test_a_test_with_sides_names_its_side():
    for days_ago, deg in ((9, 60.0), (1, 80.0)):
        keep_visit(deg, days_ago=days_ago, test="T4", side="left")
    assert "(left)" in describe_carry_over(NOW)["text"]


def test_nothing_is_said_without_two_days_or_when_they_are_old():
    assert describe_carry_over(NOW) is None
    keep_visit(45.0, days_ago=9)
    assert describe_carry_over(NOW) is None
    keep_visit(60.0, days_ago=1)
    assert describe_carry_over(NOW + SHOWN_FOR) is None
    keep_visit(30.0, days_ago=0, test="T3", unit="cm")
    assert describe_carry_over(NOW) is None  # another test: nothing to compare it with


def test_a_history_that_cannot_be_read_says_nothing():
    history_path().mkdir(parents=True)
    assert describe_carry_over(NOW) is None

"""Today shows one calm line at most, and never counts against a person."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from formcheck.program.person.reminders import LINES, ReminderPlan, choose_line, is_support_missing

FRIDAY = date(2026, 3, 6)
PLAN = ReminderPlan(days=(0, 2, 4))


def days_ago(*numbers):
    return [FRIDAY - timedelta(days=number) for number in numbers]


def test_three_in_a_week_are_plenty():
    assert choose_line(FRIDAY, days_ago(1, 2, 3), PLAN) == "plenty"
    assert choose_line(FRIDAY, days_ago(1, 1, 1), PLAN) == "planned"  # one day
    assert choose_line(FRIDAY, days_ago(1, 2, 5), PLAN) == "planned"  # the last one was in the week before


def test_after_practice_nothing_is_asked():
    assert choose_line(FRIDAY, days_ago(0, 1, 2), PLAN) == ""


def test_a_long_pause_is_welcomed():
    assert choose_line(FRIDAY, days_ago(20), PLAN) == "welcome_back"
    assert choose_line(FRIDAY, days_ago(13), ReminderPlan()) == ""


def test_a_clock_set_back_counts_nothing_of_the_future():
    assert choose_line(FRIDAY, days_ago(-1, -2, -3, -30), ReminderPlan()) == ""


@given(days=st.lists(st.dates(date(2026, 1, 1), date(2026, 4, 1))), wanted=st.sets(st.integers(0, 6)))
def test_the_line_is_one_of_few_and_kind(days, wanted):
    code = choose_line(FRIDAY, days, ReminderPlan(days=tuple(wanted)))
    assert code == "" or code in LINES
    said = " ".join(LINES.values()).lower()
    assert not any(word in said for word in ("streak", "missed", "must", "should", "again!"))


def test_support_is_named_where_a_week_had_only_stretches():
    week = [(FRIDAY - timedelta(days=number), "cobra") for number in (1, 3)]
    assert is_support_missing(FRIDAY, week)
    assert not is_support_missing(FRIDAY, week[:1])
    assert not is_support_missing(FRIDAY, [*week, (FRIDAY - timedelta(days=6), "bird_dog")])
    assert not is_support_missing(FRIDAY + timedelta(days=6), week)
    assert choose_line(FRIDAY, days_ago(1, 3), PLAN, is_support_missing=True) == "support_missing"
    assert choose_line(FRIDAY, days_ago(1, 2, 3), PLAN, is_support_missing=True) == "plenty"

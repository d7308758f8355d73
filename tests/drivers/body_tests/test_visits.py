"""Visits in the history: what is stored comes back, also after a restart."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import pytest

from formcheck.drivers.body_tests.visits import (
    FEELING,
    GOES_ON_FOR,
    HEIGHT,
    INPUT,
    INPUT_DONE,
    INPUT_MOVEMENT,
    NEW_SIGNS_ANSWER,
    SKIP,
    TIGHTNESS,
    YES,
    add_answer,
    begin_visit,
    find_visit_under_way,
    keep_trials,
    read_height_cm,
    read_visits,
)
from formcheck.drivers.history.history import History
from formcheck.drivers.history.weeks import PAIN_AFTER, PAIN_BEFORE
from formcheck.program.body_tests.protocol import Complaint
from formcheck.program.body_tests.trials import NoValue, TrialValue
from formcheck.program.body_tests.visit import Input, VisitStage, find_stage
from formcheck.program.change import Feeling

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
def history(tmp_path):
    with History(tmp_path / "history.db") as opened:
        yield opened


@pytest.fixture
def person(history):
    return history.find_first_person()


def bows(*values):
    return [
        TrialValue(None, value, 4.0, "deg")
        if math.isfinite(value)
        else TrialValue(None, value, value, "deg", NoValue.NOT_SEEN)
        for value in values
    ]


def test_a_visit_comes_back_as_it_was_stored(history, person):
    session_id = begin_visit(history, person, NOW, Complaint.HIP, ["T1", "T6"])
    done = NOW + timedelta(minutes=9)
    answers = {PAIN_BEFORE: 3.0, TIGHTNESS: 6.0, SKIP: "T6", INPUT: Input.STRETCH, INPUT_MOVEMENT: "cobra"}
    for question, answer in answers.items():
        add_answer(history, person, session_id, question, answer, now=NOW)
    add_answer(history, person, session_id, INPUT_DONE, YES, now=done)
    keep_trials(history, session_id, "T1", "before", bows(40, math.nan, 44), now=NOW)
    keep_trials(history, session_id, "T1", "after", bows(50, 51, 52), now=done)
    for question, answer in ((FEELING, Feeling.BETTER), (PAIN_AFTER, 2.0), (NEW_SIGNS_ANSWER, "no")):
        add_answer(history, person, session_id, question, answer, now=done)
    [one] = read_visits(history, person).values()
    assert (one.complaint, one.tests, one.skipped) == (Complaint.HIP, ("T1", "T6"), {"T6"})
    assert (one.input, one.movement_id, one.input_done) == (Input.STRETCH, "cobra", done)
    assert (one.pain_before, one.pain_after, one.tightness, one.feeling) == (3, 2, 6, Feeling.BETTER)
    assert not one.new_signs
    assert one.before[("T1", None)].values == (40, 44)
    assert one.after[("T1", None)].median == 51
    assert find_stage(one) is VisitStage.DECIDED


def test_trials_done_again_take_the_place_of_the_first(history, person):
    session_id = begin_visit(history, person, NOW, Complaint.HIP, ["T1"])
    for values in ((40, 41, 42), (50, 51)):
        keep_trials(history, session_id, "T1", "before", bows(*values), now=NOW)
    assert read_visits(history, person)[session_id].before[("T1", None)].values == (50, 51)


def test_doing_one_side_again_leaves_the_other(history, person):
    session_id = begin_visit(history, person, NOW, Complaint.HIP, ["T6"])
    for side, value in (("left", 30.0), ("right", 35.0), ("left", 32.0)):
        keep_trials(history, session_id, "T6", "before", [TrialValue(side, value, 4.0, "deg")], now=NOW)
    before = read_visits(history, person)[session_id].before
    assert [before["T6", side].values for side in ("left", "right")] == [(32.0,), (35.0,)]


def test_unreadable_trials_are_a_result_without_a_number(history, person):
    session_id = begin_visit(history, person, NOW, Complaint.HIP, ["T1"])
    keep_trials(history, session_id, "T1", "before", bows(math.nan, math.nan, math.nan), now=NOW)
    one = read_visits(history, person)[session_id]
    assert one.before[("T1", None)].median is None
    assert one.list_left(again=False) == []


def test_trials_of_a_test_that_is_gone_are_left_alone(history, person):
    session_id = begin_visit(history, person, NOW, Complaint.HIP, ["T1", "T99"])
    keep_trials(history, session_id, "T99", "before", bows(40), now=NOW)
    one = read_visits(history, person)[session_id]
    assert (one.tests, one.before) == (("T1",), {})


@pytest.mark.parametrize(
    ("later", "goes_on"),
    [(timedelta(0), True), (GOES_ON_FOR, True), (GOES_ON_FOR * 2, False), (-timedelta(hours=1), False)],
)
def test_a_visit_goes_on_for_three_hours(history, person, later, goes_on):
    session_id = begin_visit(history, person, NOW, Complaint.HIP, ["T1"])
    assert find_visit_under_way(history, person, NOW + later) == (session_id if goes_on else None)


def test_no_visit_is_under_way_at_first(history, person):
    assert find_visit_under_way(history, person, NOW) is None
    assert read_visits(history, person) == {}
    assert read_height_cm(history, person) is None


def test_the_newest_height_counts(history, person):
    session_id = begin_visit(history, person, NOW, Complaint.HIP, ["T1"])
    for height in (171.0, 172.0):
        add_answer(history, person, session_id, HEIGHT, height, now=NOW)
    assert read_height_cm(history, person) == 172.0


def test_a_stretch_between_belongs_to_the_session_of_the_visit(history, person):
    from formcheck.drivers.history.keeper import find_session_under_way

    session_id = begin_visit(history, person, NOW, Complaint.HIP, ["T1"])
    keep_trials(history, session_id, "T1", "before", bows(40), now=NOW + timedelta(minutes=50))
    assert find_session_under_way(history, person, NOW + timedelta(minutes=80)) == session_id

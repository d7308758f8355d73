"""The loop as state: from the complaint to the decision, and what earlier visits add."""

from __future__ import annotations

import doctest
import math
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from formcheck.core.movement.load import catalogue, load_movement
from formcheck.program.body_tests import visit as module
from formcheck.program.body_tests.patterns import Pattern, WayOn, find_patterns, list_ways_on
from formcheck.program.body_tests.protocol import Complaint, load_protocols
from formcheck.program.body_tests.visit import (
    Input,
    VisitStage,
    choose_tests,
    classify_movement,
    compare_before_after,
    count_times_gone,
    decide_visit,
    find_carry_over,
    find_stage,
    is_late,
    suggest_input,
)
from formcheck.program.change import Change, Feeling, NextStep

FLAT, THREE_MORE, FIFTEEN_MORE = (40, 40, 40), (43, 43, 43), (55, 55, 55)


@pytest.mark.parametrize(
    ("complaint", "tests"),
    [
        (Complaint.HAMSTRING, ["T1", "T3", "T4"]),
        (Complaint.HIP, ["T1", "T6", "T8"]),
        (Complaint.STIFF, ["T2", "T5", "T10"]),
        (Complaint.DESK, ["T9", "T1", "T2", "T12"]),
    ],
)
def test_a_complaint_chooses_its_tests(complaint, tests):
    assert choose_tests(complaint, load_protocols()) == tests
    assert choose_tests(complaint, load_protocols(), closed=tests[:1]) == tests[1:]


def test_a_visit_goes_through_its_stages(hand):
    after = {"after": {}, "feeling": None, "input_done": None}
    assert find_stage(hand.visit(complaint=None, tests=(), **after)) is VisitStage.ASK
    assert find_stage(hand.visit(**after)) is VisitStage.ASSESS
    assert find_stage(hand.visit(before=FLAT, **after)) is VisitStage.INTERVENE
    assert find_stage(hand.visit(before=FLAT, feeling=None)) is VisitStage.REASSESS
    assert find_stage(hand.visit(before=FLAT, after=FLAT, feeling=None)) is VisitStage.FEEL
    assert find_stage(hand.visit(before=FLAT, after=FLAT)) is VisitStage.DECIDED


def test_new_signs_end_a_visit_at_once(hand):
    assert find_stage(hand.visit(feeling=None, new_signs=True)) is VisitStage.DECIDED


def test_each_side_is_done_and_what_was_skipped_is_not(hand):
    one = hand.visit(tests=("T1", "T4", "T3"), skipped=frozenset({"T3"}), before=FLAT, after=FLAT)
    assert one.list_left(again=False) == [("T4", "left"), ("T4", "right")]
    assert one.list_left(again=True) == []


def test_only_what_was_measured_before_is_done_again(hand):
    one = hand.visit(tests=("T1", "T4"), before=FLAT)
    assert one.list_left(again=True) == [("T1", None)]


def test_a_reassessment_after_a_quarter_of_an_hour_is_late(hand):
    one = hand.visit()
    assert not is_late(one, one.input_done + timedelta(minutes=5))
    assert is_late(one, one.input_done + timedelta(minutes=16))
    assert not is_late(hand.visit(input_done=None), one.input_done)


# The table of movements.md 4.3 ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("after", "feeling", "more", "step"),
    [
        (FIFTEEN_MORE, Feeling.SAME, {}, NextStep.KEEP),
        (FIFTEEN_MORE, Feeling.BETTER, {}, NextStep.KEEP),
        (THREE_MORE, Feeling.BETTER, {}, NextStep.KEEP_FEELING),
        (THREE_MORE, Feeling.SAME, {}, NextStep.OTHER_TYPE),
        (FIFTEEN_MORE, Feeling.BETTER, {"pain_before": 3, "pain_after": 5}, NextStep.STOP),
        (FIFTEEN_MORE, Feeling.BETTER, {"pain_before": 3, "pain_after": 4}, NextStep.KEEP),
        (THREE_MORE, Feeling.SAME, {"new_signs": True}, NextStep.STOP),
        ((20, 20, 20), Feeling.BETTER, {}, NextStep.REDUCE),
        (THREE_MORE, Feeling.WORSE, {}, NextStep.REDUCE),
        ((), Feeling.SAME, {}, NextStep.OTHER_TYPE),
    ],
)
def test_the_table_of_decisions(hand, after, feeling, more, step):
    assert decide_visit([hand.visit(before=FLAT, after=after, feeling=feeling, **more)]).step is step


def test_three_degrees_are_no_clear_change_and_fifteen_are(hand):
    changes = [decide_visit([hand.visit(before=FLAT, after=a)]).change for a in (THREE_MORE, FIFTEEN_MORE)]
    assert changes == [Change.NONE, Change.BETTER]


def test_less_twice_in_a_row_stops(hand):
    worse = [hand.visit(n, before=FLAT, after=(20, 20, 20)) for n in range(2)]
    assert decide_visit(worse).step is NextStep.STOP
    between = [worse[0], hand.visit(1, before=FLAT, after=FLAT), hand.visit(2, before=FLAT, after=(20, 20, 20))]
    assert decide_visit(between).step is NextStep.REDUCE
    left_out = [worse[0], hand.visit(1, feeling=None), hand.visit(2, before=FLAT, after=(20, 20, 20))]
    assert decide_visit(left_out).step is NextStep.STOP


def test_what_comes_back_three_times_suggests_support(hand):
    visits = [hand.visit(n, before=FLAT, after=FIFTEEN_MORE) for n in range(4)]
    assert [count_times_gone(visits[: n + 1]) for n in range(4)] == [0, 1, 2, 3]
    assert decide_visit(visits[:3]).step is NextStep.KEEP
    outcome = decide_visit(visits)
    assert (outcome.step, outcome.times_gone) == (NextStep.SUPPORT, 3)
    assert suggest_input(visits, outcome.step, Complaint.HAMSTRING) is Input.SUPPORT


@pytest.mark.parametrize(("next_day", "gone"), [((47, 47, 47), 1), ((48, 48, 48), 0), ((56, 56, 56), 0), ((), 0)])
def test_a_gain_is_gone_if_less_than_half_is_left(hand, next_day, gone):
    assert count_times_gone([hand.visit(0, before=FLAT, after=FIFTEEN_MORE), hand.visit(1, before=next_day)]) == gone


def test_no_gain_cannot_be_gone(hand):
    assert count_times_gone([hand.visit(0, before=FLAT, after=THREE_MORE), hand.visit(1, before=FLAT)]) == 0
    other = hand.visit(1, before=FLAT)
    cm = {("T1", None): hand.taken(40, 40, unit="cm")}
    assert (
        count_times_gone([hand.visit(0, before=FLAT, after=FIFTEEN_MORE), hand.visit(1, before=(), tests=other.tests)])
        == 0
    )
    moved = hand.visit(1)
    moved.before.update(cm)
    assert count_times_gone([hand.visit(0, before=FLAT, after=FIFTEEN_MORE), moved]) == 0


def test_the_headline_is_today_against_the_first_day(hand):
    visits = [
        hand.visit(0, before=FLAT, after=FIFTEEN_MORE),
        hand.visit(1, before=(49, 49, 49)),
        hand.visit(2, before=(60,) * 3),
    ]
    assert find_carry_over(visits[:1]) == []
    [second] = find_carry_over(visits[:2])
    assert (second.before, second.after, second.change) == (40, 49, Change.NONE)
    [third] = find_carry_over(visits)
    assert (third.before, third.after) == (40, 60)
    assert third.threshold.own  # three days scatter: 40, 49, 60
    assert third.change is Change.NONE


@given(
    st.lists(st.integers(-30, 30), min_size=1, max_size=5),
    st.sampled_from(Feeling),
    st.integers(0, 10),
    st.integers(0, 10),
)
def test_pain_and_new_signs_come_before_every_number(gains, feeling, pain_before, pain_after):
    from tests.program.body_tests.conftest import visit

    visits = [
        visit(n, before=FLAT, after=(40 + gain,) * 3, feeling=feeling, pain_before=pain_before, pain_after=pain_after)
        for n, gain in enumerate(gains)
    ]
    outcome = decide_visit(visits)
    if pain_after - pain_before >= 2:
        assert outcome.step is NextStep.STOP
    if outcome.step in (NextStep.KEEP, NextStep.SUPPORT):
        assert outcome.change is Change.BETTER
        assert feeling is not Feeling.WORSE


# Inputs, patterns and ways on -----------------------------------------------------------------------------------------


def test_each_input_has_movements():
    found = {classify_movement(load_movement(one)) for one in catalogue()}
    assert found == set(Input) - {Input.REST}


@pytest.mark.parametrize(
    ("last", "step", "complaint", "next_input"),
    [
        (None, None, Complaint.HAMSTRING, Input.STRETCH),
        (None, None, Complaint.STIFF, Input.MOVEMENT),
        (Input.STRETCH, NextStep.KEEP, Complaint.HIP, Input.STRETCH),
        (Input.STRETCH, NextStep.OTHER_TYPE, Complaint.HIP, Input.SUPPORT),
        (Input.SUPPORT, NextStep.OTHER_TYPE, Complaint.HIP, Input.MOVEMENT),
        (Input.REST, NextStep.OTHER_TYPE, Complaint.HIP, Input.MOVEMENT),
        (Input.STRETCH, NextStep.REDUCE, Complaint.HIP, Input.CALM),
        (Input.STRETCH, NextStep.STOP, Complaint.HIP, Input.CALM),
    ],
)
def test_what_is_tried_next(hand, last, step, complaint, next_input):
    visits = [] if last is None else [hand.visit(input=last), hand.visit(1, input=None)]
    assert suggest_input(visits, step, complaint) is next_input


def build(hand, left, right, bow, **more):
    """Return a visit with these first trials."""
    one = hand.visit(tests=("T1", "T4"), **more)
    one.before.update(
        {
            ("T1", None): hand.taken(bow, bow, bow),
            ("T4", "left"): hand.taken(left, left),
            ("T4", "right"): hand.taken(right, right),
        }
    )
    return one


@pytest.mark.parametrize(
    ("left", "right", "bow", "tightness", "found"),
    [
        (50, 70, 40, None, [Pattern.LEG_FIRST]),
        (50, 70, 60, None, []),
        (70, 72, 40, None, [Pattern.CONTROL]),
        (70, 72, 60, 8, [Pattern.USUAL_BUT_TIGHT]),
        (70, 72, 60, 3, []),
    ],
)
def test_patterns_of_bow_and_leg_raise(hand, left, right, bow, tightness, found):
    one = build(hand, left, right, bow, tightness=tightness)
    assert find_patterns(one, decide_visit([one])) == found


def test_a_side_that_differs_on_two_days_is_worth_showing(hand):
    visits = [build(hand, 50, 70, 60), build(hand, 50, 70, 60)]
    assert Pattern.SIDE not in find_patterns(visits[0], decide_visit(visits[:1]))
    assert Pattern.SIDE in find_patterns(visits[1], decide_visit(visits), earlier=visits[:1])


def test_sides_of_tests_that_were_not_done_are_not_named(hand):
    assert decide_visit([hand.visit(tests=("T4", "T1"), before=FLAT)]).sides == ()
    done = build(hand, 60, 60, 60)
    assert decide_visit([done, hand.visit(1, tests=("T4",))]).sides == ()


@pytest.mark.parametrize(("seconds", "is_slower"), [(3.4, True), (2.9, False)])
def test_slower_than_at_first_is_asked_about(hand, seconds, is_slower):
    visits = []
    for number, value in enumerate((2.4, seconds)):
        one = hand.visit(number, tests=("T12",))
        one.before[("T12", None)] = hand.taken(value, value, unit="s")
        visits.append(one)
    found = find_patterns(visits[1], decide_visit(visits), earlier=visits[:1])
    assert (Pattern.SLOWER in found) == is_slower


def test_all_four_ways_stay_open():
    for step in NextStep:
        ways = list_ways_on([Pattern.CONTROL], step)
        assert sorted(ways) == sorted(WayOn)
    assert list_ways_on([Pattern.CONTROL], NextStep.KEEP)[0] is WayOn.STABILITY
    assert list_ways_on([], NextStep.STOP)[0] is WayOn.HELP


def test_changes_of_a_visit_are_in_the_order_of_its_tests(hand):
    one = build(hand, 60, 60, 40)
    one.after.update({key: hand.taken(70, 70) for key in one.before})
    assert [change.key for change in compare_before_after([one])] == [("T1", None), ("T4", "left"), ("T4", "right")]
    assert all(math.isfinite(change.threshold.value) for change in compare_before_after([one]))


def test_examples_in_docstrings():
    from formcheck.program.body_tests import patterns

    assert doctest.testmod(module).failed + doctest.testmod(patterns).failed == 0

"""What the weeks say, on histories whose answer is known."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from formcheck.program.change import Change
from formcheck.program.progress import (
    DoneSet,
    HelpedFinding,
    PainAnswer,
    PlaceFinding,
    Topic,
    find_changes,
    find_place_changes,
    find_ready_movements,
    find_what_helped,
    list_control_pct,
    list_weeks,
    share_good_pct,
)

MONDAY = date(2026, 3, 2)
NAME = "trunk_inclination_deg"


def make_set(session, *, valid_s=40.0, value=None, around=6.0, movement="hinge", good=True):
    main = {} if value is None else {NAME: (value, around)}
    return DoneSet(session, MONDAY + timedelta(days=2 * session), movement, good, 40.0, valid_s, main)


def make_pain(before, after=None, day=0):
    return PainAnswer(MONDAY + timedelta(days=day), before, after)


def find_one(topic, sets, pain=()):
    [found] = [one for one in find_changes(sets, list(pain)) if one.topic is topic]
    return found


@pytest.mark.parametrize(
    ("values", "change"),
    [
        ([50, 53], Change.NONE),
        ([50, 65], Change.BETTER),
        ([65, 50], Change.WORSE),
        ([50, 50, 50, 66, 66, 66], Change.BETTER),
        ([50, 51, 50, 50, 51, 50], Change.NONE),
    ],
)
def test_range_changes_only_beyond_the_error(values, change):
    found = find_one(Topic.RANGE, [make_set(n, value=v) for n, v in enumerate(values)])
    assert found.change is change
    assert (found.first, found.last, found.sessions) == (values[0], values[-1], len(values))


def test_threshold_of_a_range_by_hand():
    """Two values of ± 6: 6 · √2 = 8.49; 8.4 is no change, 8.6 is one."""
    for step, change in ((8.4, Change.NONE), (8.6, Change.BETTER)):
        found = find_one(Topic.RANGE, [make_set(0, value=50.0), make_set(1, value=50.0 + step)])
        assert found.threshold.value == pytest.approx(8.485, abs=0.001)
        assert not found.threshold.own
        assert found.change is change


def test_scatter_of_the_own_sessions_hides_a_step():
    """Three sets of each session agree, the sessions do not: 40, 60, 40, 60, 55, 60."""
    days = [40, 60, 40, 60, 55, 60]
    sets = [make_set(n, value=day + trial) for n, day in enumerate(days) for trial in (-1.0, 0.0, 1.0)]
    found = find_one(Topic.RANGE, sets)
    assert (found.first, found.last) == (40.0, 60.0)
    assert found.threshold.own
    assert found.change is Change.NONE


def test_one_session_says_nothing():
    assert find_changes([make_set(0, value=50.0), make_set(0, value=80.0)], [make_pain(8)]) == []


def test_form_is_the_share_of_what_was_held():
    assert share_good_pct(make_set(0, valid_s=10.0)) == 25.0
    assert share_good_pct(make_set(0, valid_s=None)) is None
    found = find_one(Topic.FORM, [make_set(0, valid_s=10.0), make_set(1, valid_s=30.0)])
    assert (found.first, found.last, found.change) == (25.0, 75.0, Change.BETTER)


def test_what_could_not_be_judged_is_not_form():
    sets = [make_set(0), make_set(1, valid_s=0.0, good=None)]
    assert find_changes(sets, []) == []


def test_less_pain_is_better_and_comes_first():
    sets = [make_set(n, value=50.0 + 20 * n) for n in range(2)]
    found = find_changes(sets, [make_pain(6), make_pain(3)])
    assert [one.topic for one in found] == [Topic.PAIN, Topic.RANGE, Topic.FORM]
    assert found[0].change is Change.BETTER
    assert find_one(Topic.PAIN, [], [make_pain(3), make_pain(4)]).change is Change.NONE


@pytest.mark.parametrize(
    ("sets", "pain", "ready"),
    [
        ([make_set(n) for n in range(3)], [], ["hinge"]),
        ([make_set(n) for n in range(2)], [], []),
        ([make_set(0), make_set(1), make_set(2, good=False)], [], []),
        ([make_set(0), make_set(1), make_set(2, good=None)], [], []),
        ([make_set(0, good=False), *(make_set(n) for n in range(1, 4))], [], ["hinge"]),
        ([make_set(n) for n in range(3)], [make_pain(3, 4)], []),
        ([make_set(n) for n in range(3)], [make_pain(3, 3)], ["hinge"]),
        ([make_set(n) for n in range(3)], [make_pain(3, 4), *[make_pain(3, 2)] * 3], ["hinge"]),
    ],
)
def test_more_is_offered_after_three_good_sessions(sets, pain, ready):
    assert find_ready_movements(sets, pain) == ready


@given(
    values=st.lists(st.tuples(st.integers(0, 9), st.floats(0, 180), st.floats(0.5, 40)), max_size=40),
    pain=st.lists(st.integers(0, 10), max_size=12),
)
def test_a_clear_change_is_larger_than_its_threshold(values, pain):
    sets = [make_set(session, value=v, around=u) for session, v, u in sorted(values)]
    for one in find_changes(sets, [make_pain(p) for p in pain]):
        assert (one.change is Change.NONE) == (abs(one.last - one.first) < one.threshold.value)
        assert one.sessions >= 2


def test_weeks_begin_on_monday_and_end_today():
    weeks = list_weeks([MONDAY, MONDAY - timedelta(days=30)], MONDAY + timedelta(days=1))
    assert [len(week) for week in weeks] == [7, 7, 7, 2]
    assert [day for week in weeks for day, done in week if done] == [MONDAY]


def test_control_is_the_share_in_good_form_by_session():
    sets = [
        make_set(1, valid_s=40.0), make_set(1, valid_s=20.0), make_set(1, valid_s=30.0),
        make_set(2, valid_s=10.0, good=None), make_set(3, valid_s=None), make_set(4, valid_s=10.0),
    ]  # fmt: skip
    assert list_control_pct(sets) == [75.0, 25.0]


def test_places_named_clearly_more_or_less_often():
    """Of the first three sessions and the last three; what lies between does not count."""
    places = ["low_back", "low_back", "low_back neck", "elbow", "neck", "neck knee", "neck"]
    found = find_place_changes([frozenset(one.split()) for one in places])
    assert found == [PlaceFinding("low_back", 3, 0, 3), PlaceFinding("neck", 1, 3, 3)]
    assert find_place_changes([frozenset({"neck"})] * 2 + [frozenset()] * 3) == []  # five sessions are too few


def test_what_helped_is_what_lasted_more_often_than_not():
    days = ["lasted", "worse", "same", "lasted"]
    answers = {"bow": "1110", "nod": "111", "walk": "111111", "roll": "1110", "plank": "1010", "sit": "11"}
    of_movements = {name: ["lasted" if one == "1" else "hours" for one in each] for name, each in answers.items()}
    assert find_what_helped(days, of_movements) == [
        HelpedFinding("", 2, 4),
        HelpedFinding("walk", 6, 6),
        HelpedFinding("nod", 3, 3),
        HelpedFinding("bow", 3, 4),
    ]
    assert find_what_helped(days[:2], of_movements) == []

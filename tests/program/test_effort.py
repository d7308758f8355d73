"""How hard it was, and what a little less changed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from formcheck.core.movement.load import catalogue, load_movement
from formcheck.program.effort import EaseBar, compare_ways, draw_bars, lessen_dose, was_hard

FELT = st.sampled_from(["better", "same", "worse"])
WAYS = st.sampled_from(["usual", "less", "calm"])


@pytest.mark.parametrize("movement_id", catalogue())
def test_a_little_less_is_less_and_never_nothing(movement_id):
    dose = load_movement(movement_id).dose
    less = lessen_dose(dose)
    before, after = ((one.hold_s or 1) * one.repetitions for one in (dose, less))
    assert after < before or (dose.hold_s is None and dose.repetitions == 1)
    assert after >= 0.6 * before
    assert less.hold_s is None or less.least_hold_s <= less.hold_s


@pytest.mark.parametrize(
    ("efforts", "hard"), [([], False), ([None], False), ([5], False), ([6], True), ([9, 3], False), ([6, None], True)]
)
def test_the_newest_answer_decides_whether_it_was_hard(efforts, hard):
    assert was_hard(efforts) is hard


def test_ways_are_compared_from_three_answers_each():
    usual = [("usual", "same"), ("usual", "better"), ("usual", "worse")]
    assert compare_ways([*usual, ("less", "better"), ("less", "better")]) == []
    found = compare_ways([*usual, *[("less", "better")] * 3])
    assert [(one.way, one.better, one.times) for one in found] == [("usual", 1, 3), ("less", 3, 3)]


@given(st.lists(st.tuples(WAYS, FELT), max_size=40))
def test_nobody_felt_better_more_often_than_asked(said):
    found = compare_ways(said)
    assert len(found) != 1
    for one in found:
        assert 0 <= one.better <= one.times == sum(way == one.way for way, _ in said)


def test_bars_are_medians_of_three_sessions_at_each_end():
    found = draw_bars([8, 7, 6, 5, 4, 3, 2], [10.0, 90.0], [])
    assert found == [EaseBar("ease", 70.0, 30.0), EaseBar("control", 50.0, None)]


@given(st.lists(st.floats(0, 10), max_size=12), st.lists(st.floats(0, 100), max_size=12))
def test_bars_stay_within_a_hundred(efforts, shares):
    for bar in draw_bars(efforts, shares, shares):
        assert 0 <= bar.now <= 100
        assert bar.first is None or 0 <= bar.first <= 100

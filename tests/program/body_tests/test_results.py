"""Comparisons against hand-worked examples and a second implementation."""

from __future__ import annotations

import doctest
import math
import statistics

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from formcheck.program.body_tests import results
from formcheck.program.body_tests.protocol import load_protocol
from formcheck.program.body_tests.results import (
    CM_PER_TL,
    Taken,
    collect_trials,
    compare_sides,
    compare_taken,
    estimate_test_error,
    join_changes,
)
from formcheck.program.body_tests.trials import NoValue, TrialValue
from formcheck.program.change import Change, OwnError, Sides

UNKNOWN = OwnError(None, None, 0)
T1, T4 = load_protocol("T1"), load_protocol("T4")


def compare(protocol, before, after, *, own=UNKNOWN, same_setup=True):
    return compare_taken(protocol, before, after, own=own, same_setup=same_setup)


def test_trials_become_one_result():
    found = [TrialValue(None, value, 4.0 + value / 10, "deg") for value in (40.0, 46.0, 44.0)]
    one = collect_trials(T1, found)
    assert (one.median, one.values, one.uncertainty) == (44.0, (40.0, 46.0, 44.0), 8.4)
    assert one.trial_sem == pytest.approx(statistics.stdev((40, 46, 44)))


@pytest.mark.parametrize(("values", "median"), [((40.0,), None), ((40.0, 44.0), 42.0), ((), None)])
def test_fewer_than_half_of_the_trials_are_no_result(hand, values, median):
    assert hand.taken(*values).median == median


def test_trials_without_a_number_or_in_another_unit_are_left_out():
    nothing = TrialValue(None, math.nan, math.nan, "cm", NoValue.NOT_SEEN)
    found = [nothing, TrialValue(None, 12.0, 2.0, "cm"), TrialValue(None, 0.3, 0.1, "tl")]
    assert collect_trials(load_protocol("T2"), found) == Taken((12.0,), "cm", 2.0, 3)
    empty = collect_trials(T1, [nothing])
    assert (empty.values, empty.unit, empty.trial_sem) == ((), "deg", None)
    assert math.isnan(empty.uncertainty)


@pytest.mark.parametrize(
    ("after", "change"), [(43, Change.NONE), (47.9, Change.NONE), (48, Change.BETTER), (30, Change.WORSE)]
)
def test_a_bow_changes_from_eight_degrees_on(hand, after, change):
    one = compare(T1, hand.taken(40, 40, 40), hand.taken(after, after, after))
    assert (one.change, one.threshold.value, one.threshold.own) == (change, 8.0, False)


def test_another_day_needs_more(hand):
    ten = hand.taken(40, 40, 40), hand.taken(50, 50, 50)
    assert compare(T1, *ten).change is Change.BETTER
    assert compare(T1, *ten, same_setup=False).change is Change.NONE


def test_the_persons_own_larger_error_counts(hand):
    """Trials ± 6° and set-ups ± 6°: 1.96 · √(2 · 36/3) = 9.6° on a day, 19.2° on another."""
    own = OwnError(6.0, 6.0, 3)
    ten = hand.taken(40, 40, 40), hand.taken(49, 49, 49)
    assert compare(T1, *ten, own=own).threshold.value == pytest.approx(9.6, abs=0.01)
    assert compare(T1, *ten, own=own).change is Change.NONE
    other = compare(T1, *ten, own=own, same_setup=False).threshold
    assert other.own
    assert other.value == pytest.approx(19.2, abs=0.01)


def test_less_is_wanted_of_hands_above_the_floor(hand):
    one = compare(load_protocol("T2"), hand.taken(14, 14, 14, unit="cm"), hand.taken(5, 5, 5, unit="cm"))
    assert one.change is Change.BETTER


def test_without_a_height_the_threshold_is_in_trunk_lengths(hand):
    low = [hand.taken(x, x, x, unit="tl") for x in (0.3, 0.2)]
    one = compare(load_protocol("T2"), *low)
    assert one.threshold.value == pytest.approx(4.5 / CM_PER_TL)
    assert one.change is Change.BETTER


def test_a_height_entered_in_between_cannot_be_compared(hand):
    assert compare(load_protocol("T2"), hand.taken(0.3, 0.3, unit="tl"), hand.taken(9, 9, unit="cm")).change is (
        Change.UNKNOWN
    )


def test_a_plank_changes_by_a_fifth(hand):
    plank = load_protocol("T11")
    changes = [compare(plank, hand.taken(40, asked=1), hand.taken(s, asked=1)).change for s in (47, 48, 32)]
    assert changes == [Change.NONE, Change.BETTER, Change.WORSE]


def test_a_number_without_a_wanted_direction_only_changes(hand):
    slow = load_protocol("T12")
    one = compare(slow, hand.taken(3, 3, 3, unit="s"), hand.taken(5, 5, 5, unit="s"))
    assert one.change is Change.OTHER
    assert join_changes([one]) is Change.NONE


def test_what_was_not_done_cannot_be_judged(hand):
    assert compare(T1, None, hand.taken(40, 40)).change is Change.UNKNOWN
    assert compare(T1, hand.taken(40, 40), hand.taken(40)).change is Change.UNKNOWN


def test_several_tests_are_joined_the_careful_way(hand):
    def change(after):
        return compare(T1, hand.taken(40, 40), hand.taken(after, after))

    better, same, worse = change(60), change(41), change(20)
    assert join_changes([better, same, worse]) is Change.WORSE
    assert join_changes([same, better]) is Change.BETTER
    assert join_changes([same]) is Change.NONE
    assert join_changes([]) is Change.UNKNOWN


def test_a_test_without_a_measure_cannot_be_compared(hand):
    with pytest.raises(ValueError, match="expected a test with a measure"):
        compare(T1.model_copy(update={"measure": None}), hand.taken(40), hand.taken(40))
    with pytest.raises(ValueError, match="expected a test of two sides"):
        compare_sides(T1, [{None: hand.taken(40)}], UNKNOWN)


# Left and right -------------------------------------------------------------------------------------------------------


def day(hand, left, right):
    return {"left": hand.taken(left, left, left), "right": hand.taken(right, right, right)}


@pytest.mark.parametrize(
    ("left", "right", "label"),
    [(60, 65, Sides.EQUAL), (60, 71.5, Sides.SMALL), (60, 73, Sides.CLEAR), (73, 60, Sides.CLEAR)],
)
def test_sides_of_a_leg_raise(hand, left, right, label):
    """11° may be error, 12° many healthy people have."""
    one = compare_sides(T4, [day(hand, left, right)], UNKNOWN)
    assert one.label is label
    assert one.index_pct == pytest.approx(100 * (right - left) / ((right + left) / 2))


def test_a_difference_is_counted_over_the_days(hand):
    days = [day(hand, 60, 80), {"left": hand.taken(60, 60)}, day(hand, 60, 65), day(hand, 60, 75)]
    one = compare_sides(T4, days, UNKNOWN)
    assert (one.label, one.clear_days, one.days) == (Sides.CLEAR, 2, 3)


def test_one_side_alone_is_not_compared(hand):
    one = compare_sides(T4, [{"left": hand.taken(60, 60)}], UNKNOWN)
    assert (one.label, one.right, one.index_pct, one.days) == (Sides.UNKNOWN, None, None, 0)


# Second implementations -----------------------------------------------------------------------------------------------

few = st.lists(st.floats(0, 120), min_size=2, max_size=3)


@given(st.lists(few, min_size=3, max_size=6), few, few, st.booleans())
def test_a_comparison_equals_a_second_implementation(sessions, before, after, same_setup):
    own = estimate_test_error([Taken(tuple(one), "deg", 4.0, 3) for one in sessions])
    pooled = np.concatenate([np.array(one) - np.mean(one) for one in sessions])
    within = (pooled**2).sum() / (len(pooled) - len(sessions))
    between = np.var([np.mean(one) for one in sessions], ddof=1)
    setup = max(0.0, between - within * np.mean([1 / len(one) for one in sessions]))
    trials = min(len(before), len(after))
    mdc = 1.96 * math.sqrt((0 if same_setup else 2 * setup) + 2 * within / trials)
    limit = max(mdc, 8.0 if same_setup else 12.0)
    one = compare(
        T1, Taken(tuple(before), "deg", 4.0, 3), Taken(tuple(after), "deg", 4.0, 3), own=own, same_setup=same_setup
    )
    assert one.threshold.value == pytest.approx(limit)
    difference = float(np.median(after) - np.median(before))
    if abs(abs(difference) - limit) > 1e-6:
        expected = Change.NONE if abs(difference) < limit else Change.BETTER if difference > 0 else Change.WORSE
        assert one.change is expected


@given(few, few, st.floats(-30, 30))
def test_a_bias_of_the_camera_changes_no_verdict(before, after, bias):
    plain, biased = (
        compare(
            T1, Taken(tuple(x + b for x in before), "deg", 4.0, 3), Taken(tuple(x + b for x in after), "deg", 4.0, 3)
        )
        for b in (0.0, bias)
    )
    if abs(abs(np.median(after) - np.median(before)) - 8.0) > 1e-6:
        assert plain.change is biased.change


def test_the_own_error_is_of_the_newest_unit(hand):
    cm = [hand.taken(10, 12, unit="cm"), hand.taken(20, 22, unit="cm"), hand.taken(30, 32, unit="cm")]
    error = estimate_test_error([hand.taken(0.3, 0.4, unit="tl"), *cm])
    assert error.sessions == 3
    assert error.trial == pytest.approx(math.sqrt(2))
    assert estimate_test_error([]).trial is None


def test_examples_in_docstrings():
    assert doctest.testmod(results).failed == 0

"""Changes against hand-worked examples, a second implementation and simulated people."""

from __future__ import annotations

import math
import random
import statistics

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from formcheck.program.change import (
    LEAST_SESSIONS,
    Change,
    Feeling,
    NextStep,
    OwnError,
    Sides,
    Threshold,
    choose_threshold,
    decide_next_step,
    estimate_own_error,
    label_change,
    label_sides,
)

DEFAULT = Threshold(6.0, own=False)


def test_error_by_hand():
    """Trials 10 and 12, 20 and 22, 30 and 32: within SD √2; session means 11, 21, 31, variance 100."""
    error = estimate_own_error([[10, 12], [20, 22], [30, 32]])
    assert error.trial == pytest.approx(math.sqrt(2))
    assert error.setup == pytest.approx(math.sqrt(100 - 2 / 2))
    assert error.find_detectable_change(1, same_setup=True) == pytest.approx(1.96 * math.sqrt(2) * math.sqrt(2))


@pytest.mark.parametrize(
    ("sessions", "known"),
    [([], False), ([[40.0]], False), ([[40, 41, 42]], False), ([[40, 41], [42, 43]], False), ([[1, 2]] * 3, True)],
)
def test_own_error_needs_three_sessions(sessions, known):
    error = estimate_own_error(sessions)
    assert (error.find_detectable_change(3, same_setup=True) is not None) == known
    assert choose_threshold(0.1, error, 3, same_setup=False).own == known


finite = st.floats(-200, 200)


@given(st.lists(st.lists(finite, min_size=3, max_size=3), min_size=LEAST_SESSIONS, max_size=8))
def test_error_equals_analysis_of_variance(sessions):
    table = np.array(sessions)
    means = table.mean(axis=1)
    mean_square_within = ((table - means[:, None]) ** 2).sum() / (table.size - len(table))
    mean_square_between = 3 * means.var(ddof=1)
    error = estimate_own_error(sessions)
    assert error.trial == pytest.approx(math.sqrt(mean_square_within), abs=1e-6)
    variance = (mean_square_between - mean_square_within) / 3
    assert error.setup**2 == pytest.approx(max(0.0, variance), rel=1e-6, abs=1e-6)


def test_error_of_simulated_people_is_found():
    seeded = random.Random(3)
    found = []
    for _ in range(300):
        days = [seeded.gauss(50, 4) for _ in range(12)]
        found.append(estimate_own_error([[seeded.gauss(day, 2) for _ in range(3)] for day in days]))
    assert statistics.fmean(error.trial for error in found) == pytest.approx(2, rel=0.05)
    assert statistics.fmean(error.setup for error in found) == pytest.approx(4, rel=0.05)


def test_no_change_is_called_a_change_one_time_in_twenty():
    seeded = random.Random(5)
    error = OwnError(trial=2.0, setup=4.0, sessions=20)
    threshold = choose_threshold(0.0, error, 1, same_setup=False)
    called = sum(
        label_change(*(seeded.gauss(seeded.gauss(50, 4), 2) for _ in "ab"), threshold, more_is_better=True)
        is not Change.NONE
        for _ in range(4000)
    )
    assert 0.04 <= called / 4000 <= 0.06


@given(before=finite, after=finite, threshold=st.floats(0.1, 50), more=st.booleans())
def test_a_change_read_backwards_is_its_opposite(before, after, threshold, more):
    limit = Threshold(threshold, own=True)
    forth = label_change(before, after, limit, more_is_better=more)
    back = label_change(after, before, limit, more_is_better=more)
    opposite = {Change.BETTER: Change.WORSE, Change.WORSE: Change.BETTER, Change.NONE: Change.NONE}
    assert back is opposite[forth]
    assert label_change(before, after, limit, more_is_better=not more) is back


def test_three_degrees_are_no_change_and_fifteen_are_one():
    assert label_change(50.0, 53.0, DEFAULT, more_is_better=True) is Change.NONE
    assert label_change(50.0, 65.0, DEFAULT, more_is_better=True) is Change.BETTER
    assert label_change(50.0, None, DEFAULT, more_is_better=True) is Change.UNKNOWN


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [(60, 66, Sides.EQUAL), (60, 70, Sides.SMALL), (70, 57, Sides.CLEAR), (None, 60, Sides.UNKNOWN)],
)
def test_sides_of_the_leg_raise(left, right, expected):
    assert label_sides(left, right, DEFAULT, usual_difference=12.0) is expected


TABLE = [
    (Change.BETTER, Feeling.BETTER, {}, NextStep.KEEP),
    (Change.BETTER, Feeling.SAME, {}, NextStep.KEEP),
    (Change.BETTER, Feeling.SAME, {"times_gone": 3}, NextStep.SUPPORT),
    (Change.NONE, Feeling.BETTER, {}, NextStep.KEEP_FEELING),
    (Change.NONE, Feeling.SAME, {}, NextStep.OTHER_TYPE),
    (Change.UNKNOWN, Feeling.SAME, {}, NextStep.OTHER_TYPE),
    (Change.NONE, Feeling.WORSE, {}, NextStep.REDUCE),
    (Change.WORSE, Feeling.BETTER, {}, NextStep.REDUCE),
    (Change.BETTER, Feeling.BETTER, {"pain_rise": 2}, NextStep.STOP),
    (Change.NONE, Feeling.SAME, {"pain_rise": 1}, NextStep.OTHER_TYPE),
    (Change.BETTER, Feeling.BETTER, {"new_signs": True}, NextStep.STOP),
]


@pytest.mark.parametrize(("change", "feeling", "more", "expected"), TABLE)
def test_next_step_follows_the_table(change, feeling, more, expected):
    assert decide_next_step(change, feeling, **more) is expected

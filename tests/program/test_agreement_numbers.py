"""ICC and Bland–Altman against published tables, hand-computed ones, and properties of any data."""

from __future__ import annotations

import math
import sys

import numpy as np
import pytest
import scipy.stats  # noqa: F401  loaded here, or the first example would be slower than Hypothesis allows
from hypothesis import given
from hypothesis import strategies as st

from formcheck.core.errors import BackendError
from formcheck.program.agreement_statistics import (
    NO_APPROXIMATION,
    NO_ERROR,
    NO_MEAN,
    NO_SPREAD,
    NO_VARIANCE,
    TOO_FEW_RECORDINGS,
    compute_differences,
    compute_intraclass,
)

JUDGES = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
"""Six targets, four judges: Shrout and Fleiss (1979), table 2, doi:10.1037/0033-2909.86.2.420."""
WRIGHT = [494, 395, 516, 434, 476, 557, 413, 442, 650, 433, 417, 656, 267, 478, 178, 423, 427]
MINI_WRIGHT = [512, 430, 520, 428, 500, 600, 364, 380, 658, 445, 432, 626, 260, 477, 259, 350, 451]
"""Peak flow of 17 people, l/min, first readings: Bland and Altman (1986), doi:10.1016/S0140-6736(86)90837-8."""


def numbers(estimate):
    return estimate.value, estimate.low, estimate.high


def test_intraclass_correlations_of_shrout_and_fleiss():
    # values: their table 4; intervals: McGraw and Wong (1996), doi:10.1037/1082-989X.1.1.30, as the R package psych
    # prints them for this table (Revelle, function ICC)
    expected = {
        "ICC(2,1)": (0.29, 0.019, 0.761),
        "ICC(2,k)": (0.62, 0.071, 0.927),
        "ICC(3,1)": (0.71, 0.342, 0.946),
        "ICC(3,k)": (0.91, 0.676, 0.986),
    }
    found = compute_intraclass(JUDGES)
    for name, (value, low, high) in expected.items():
        assert found[name].value == pytest.approx(value, abs=0.005), name
        assert (found[name].low, found[name].high) == pytest.approx((low, high), abs=0.0006), name


def test_mean_squares_are_those_of_an_anova_table():
    import pandas as pd
    from statsmodels.formula.api import ols
    from statsmodels.stats.anova import anova_lm

    table = np.array(JUDGES, float)
    n, k = table.shape
    row, column = np.indices(table.shape)
    tidy = pd.DataFrame({"value": table.ravel(), "target": row.ravel(), "judge": column.ravel()})
    anova = anova_lm(ols("value ~ C(target) + C(judge)", tidy).fit())
    rows, columns, error = anova["sum_sq"] / anova["df"]
    found = compute_intraclass(table)
    assert found["ICC(3,1)"].value == pytest.approx((rows - error) / (rows + (k - 1) * error))
    absolute = (rows - error) / (rows + (k - 1) * error + k * (columns - error) / n)
    assert found["ICC(2,1)"].value == pytest.approx(absolute)


def test_opposed_raters_have_no_correlation_of_their_mean():
    # between recordings 1/24, between raters 4/24, left 91/24: (1 - 91) / (1 + 91 + 2 * (4 - 91) / 3) = -90 / 34
    found = compute_intraclass([[0, 3], [1.5, 2], [3, 0.5]])
    assert found["ICC(2,1)"].value == pytest.approx(-90 / 34)
    assert math.isnan(found["ICC(2,k)"].value)
    assert found["ICC(2,k)"].note == NO_MEAN


def test_raters_with_an_offset_are_consistent_but_disagree():
    found = compute_intraclass([[1, 3], [2, 4], [3, 5]])
    # between recordings 2, between raters 6, left 0: 2 / (2 + 2 * 6 / 3)
    assert found["ICC(3,1)"].value == 1
    assert found["ICC(2,1)"].value == pytest.approx(1 / 3)
    assert all(one.note == NO_ERROR and math.isnan(one.low) for one in found.values())


@pytest.mark.parametrize(
    ("table", "note"),
    [(np.empty((0, 2)), TOO_FEW_RECORDINGS), ([[1, 2]], TOO_FEW_RECORDINGS), ([[4, 4], [4, 4]], NO_VARIANCE),
     ([[0, 0], [0, 0]], NO_VARIANCE),
     ([[0.1, 0.3], [0.1, 0.3], [0.1, 0.3]], NO_VARIANCE)],
)  # fmt: skip
def test_intraclass_correlation_without_variance_is_undefined(table, note):
    found = compute_intraclass(table)
    assert all(np.isnan(numbers(one)).all() and one.note == note for one in found.values())


ratings = st.integers(2, 4).flatmap(
    lambda k: st.lists(
        st.lists(st.integers(-40, 200).map(lambda x: x / 4), min_size=k, max_size=k), min_size=2, max_size=12
    )
)


@given(ratings)
def test_intraclass_correlations_stay_in_order_for_any_ratings(table):
    found = compute_intraclass(table)
    for one in found.values():
        assert not one.value > 1 + 1e-9
        assert one.note or one.low <= one.value + 1e-9
        assert one.note or one.value <= one.high + 1e-9


def test_the_interval_of_a_very_poor_agreement_is_left_out():
    # the plain formula gives 0 to -0.61 about a value of -0.81
    found = compute_intraclass([[0.0, 0.5], [-10.0, 18.0]])["ICC(2,1)"]
    assert found.value == pytest.approx(-0.806, abs=5e-4)
    assert math.isnan(found.low)
    assert math.isnan(found.high)
    assert found.note == NO_APPROXIMATION


def test_bias_and_spread_of_bland_and_altman_1986():
    found = compute_differences(WRIGHT, MINI_WRIGHT)
    assert found.bias.value == pytest.approx(-2.1, abs=0.05)
    assert (found.bias.low, found.bias.high) == pytest.approx((-22.0, 17.8), abs=0.06)
    assert found.sd.value == pytest.approx(38.8, abs=0.05)
    # the paper takes 2 standard deviations, later ones 1.96: -79.7 to 75.5
    limits = [found.bias.value + side * 2 * found.sd.value for side in (-1, 1)]
    assert limits == pytest.approx([-79.7, 75.5], abs=0.1)
    assert found.lower.value == pytest.approx(found.bias.value - 1.96 * found.sd.value)
    assert found.upper.value == pytest.approx(found.bias.value + 1.96 * found.sd.value)
    # the paper's intervals, -114.3 to -45.1 and 40.9 to 110.1, are 34.6 to either side, with 3 in place of
    # 1 + 1.96² / 2 * 17 / 16
    half = (found.upper.high - found.upper.low) / 2
    assert half * math.sqrt(3 / (1 + 1.96**2 / 2 * 17 / 16)) == pytest.approx(34.6, abs=0.1)
    assert not found.grows


def test_limits_and_their_intervals_of_bland_and_altman_1999():
    # systolic blood pressure of 85 people: bias -16.29, SD 19.61 mmHg; limits -54.7 and 22.1, each with a standard
    # error of 1.71 SD / √85; doi:10.1177/096228029900800204. Bias and SD decide, so any 85 numbers with these will do.
    z = np.linspace(-1, 1, 85)
    wanted = -16.29 + 19.61 * z / z.std(ddof=1)
    found = compute_differences(wanted, np.zeros(85))
    assert (found.lower.value, found.upper.value) == pytest.approx((-54.7, 22.1), abs=0.05)
    half = 1.989 * 1.71 * 19.61 / math.sqrt(85)  # t for 84 degrees of freedom
    assert (found.lower.low, found.lower.high) == pytest.approx((-54.7 - half, -54.7 + half), abs=0.1)
    assert (found.upper.low, found.upper.high) == pytest.approx((22.1 - half, 22.1 + half), abs=0.1)


def test_error_of_measurement_and_least_change_worked_by_hand():
    # differences 2, 0, -2, 0: SD = √(8/3); SEM = SD / √2; MDC = 1.96 √2 SEM (Weir 2005, doi:10.1519/15184.1)
    found = compute_differences([12, 20, 28, 40], [10, 20, 30, 40])
    assert found.sem.value == pytest.approx(math.sqrt(4 / 3))
    assert found.mdc.value == pytest.approx(1.96 * math.sqrt(8 / 3))


def test_differences_that_grow_with_the_size_are_hinted_at():
    second = np.arange(10.0, 30.0)
    found = compute_differences(second * 1.2 + np.tile([0.1, -0.1], 10), second)
    assert found.grows
    assert found.slope.value == pytest.approx(2 / 11, abs=0.003)  # 0.2 y over 1.1 y


@pytest.mark.parametrize(("first", "second"), [([], []), ([3], [4])])
def test_differences_of_fewer_than_two_are_undefined(first, second):
    found = compute_differences(first, second)
    for one in (found.bias, found.sd, found.lower, found.upper, found.sem, found.mdc):
        assert math.isnan(one.value)
        assert one.note == TOO_FEW_RECORDINGS
    assert not found.grows


@pytest.mark.parametrize("value", [0.0, 0.1, 165.3])
def test_differences_that_are_all_the_same_have_no_interval(value):
    found = compute_differences([value + 0.3, value + 1.3, value + 2.3], [value, value + 1, value + 2])
    assert found.bias.value == pytest.approx(0.3)
    assert math.isnan(found.bias.low)
    assert found.bias.note == found.lower.note == NO_SPREAD
    assert not found.grows


def test_equal_differences_have_no_slope():
    found = compute_differences([5, 6, 4], [5, 4, 6])
    assert math.isnan(found.slope.value)
    assert found.slope.note == NO_VARIANCE


pairs_of_numbers = st.lists(
    st.tuples(st.integers(-300, 300).map(lambda x: x / 10), st.integers(-300, 300).map(lambda x: x / 10)),
    min_size=0,
    max_size=30,
)


@given(pairs_of_numbers, st.integers(-50, 50))
def test_an_offset_moves_bias_and_limits_and_nothing_else(pairs, offset):
    a, b = np.array(pairs, float).reshape(-1, 2).T
    plain, moved = compute_differences(a, b), compute_differences(a + offset, b)
    for name in ("bias", "lower", "upper"):
        one, other = getattr(plain, name), getattr(moved, name)
        assert other.value == pytest.approx(one.value + offset, nan_ok=True, abs=1e-9)
    assert moved.sd.value == pytest.approx(plain.sd.value, nan_ok=True, abs=1e-9)


@pytest.mark.parametrize("call", [lambda: compute_intraclass(JUDGES), lambda: compute_differences(WRIGHT, MINI_WRIGHT)])
def test_a_missing_library_is_named_with_its_install_command(monkeypatch, call):
    monkeypatch.setitem(sys.modules, "scipy", None)
    with pytest.raises(BackendError, match=r"scipy, which is not installed; run: pip install 'formcheck\[research\]'"):
        call()

"""Kappa and shares against published tables, hand-computed ones, and properties of any data."""

from __future__ import annotations

import math
import sys

import numpy as np
import pytest
import statsmodels.stats.inter_rater  # loaded here, or the first example would be slower than Hypothesis allows
import statsmodels.stats.proportion  # noqa: F401
from hypothesis import given
from hypothesis import strategies as st

from formcheck.core.errors import BackendError
from formcheck.program.agreement_statistics import (
    DEGENERATE,
    NOTHING,
    ONE_ANSWER,
    TOO_FEW_RECORDINGS,
    fleiss_kappa,
    kappa,
    share,
)

PSYCHIATRISTS = [[75, 1, 4], [5, 4, 1], [0, 0, 10]]
"""100 diagnoses by two raters: Fleiss, Statistical Methods for Rates and Proportions (1981), section 13.1,
doi:10.1002/0471445428.ch18 (third edition)."""


def numbers(estimate):
    return estimate.value, estimate.low, estimate.high


def test_kappa_of_the_well_known_two_by_two_table():
    # observed 35/50 = 0.7, by chance 0.5 * 0.6 + 0.5 * 0.4 = 0.5: kappa = 0.2 / 0.5 (Cohen 1960,
    # doi:10.1177/001316446002000104). Variance after Fleiss, Cohen and Everitt (1969), doi:10.1037/h0028106:
    # A = .4 * .34² + .3 * .46² = .10972; B = .6² * (.1 * 1.1² + .2 * .9²) = .10188; C = (.4 - .5 * .6)² = .01;
    # (A + B - C) / (.5² * 50) = .016128, whose root is .127.
    found = kappa([[20, 5], [10, 15]])
    half = 1.959964 * math.sqrt(0.016128)
    assert numbers(found) == pytest.approx((0.4, 0.4 - half, 0.4 + half), abs=1e-6)
    assert (found.n, found.note) == (50, "")


def test_kappa_of_a_published_three_by_three_table():
    found = kappa(PSYCHIATRISTS)
    assert found.value == pytest.approx(0.676, abs=5e-4)  # (0.89 - 0.66) / (1 - 0.66)


@pytest.mark.parametrize(
    ("weights", "expected"),
    [
        # seven pairs one apart, four two apart: (7 * 1/2 + 4) / 100 = .075; by chance, from the margins 80-10-10 and
        # 80-5-15: (200 + 1200 + 400 + 75 + 800 + 25) / 10000 = .27
        ("linear", 1 - 0.075 / 0.27),
        # (7 * 1/4 + 4) / 100 = .0575; by chance (100 + 1200 + 200 + 37.5 + 800 + 12.5) / 10000 = .235
        ("quadratic", 1 - 0.0575 / 0.235),
    ],
)
def test_weighted_kappas_of_the_same_table_worked_by_hand(weights, expected):
    # Cohen (1968), doi:10.1037/h0026256
    found = kappa(PSYCHIATRISTS, weights)
    assert found.value == pytest.approx(expected)
    assert found.low < found.value < found.high


def test_weighted_kappa_of_four_ordered_grades():
    # two dermatologists, 88 patients, weights after Cicchetti and Allison: an example in the manual of another program,
    # SAS/STAT PROC FREQ, "Agreement Study": simple .3449 (.2030 to .4868), weighted .5082 (.3798 to .6366)
    table = [[10, 4, 1, 0], [5, 10, 12, 2], [2, 4, 12, 5], [0, 2, 6, 13]]
    assert numbers(kappa(table)) == pytest.approx((0.3449, 0.2030, 0.4868), abs=5e-5)
    assert numbers(kappa(table, "linear")) == pytest.approx((0.5082, 0.3798, 0.6366), abs=5e-5)


answers = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=2, max_size=40)


@given(answers)
def test_quadratic_kappa_is_the_concordance_of_the_grades(pairs):
    # Fleiss and Cohen (1973), doi:10.1177/001316447303300309; concordance: Lin (1989), doi:10.2307/2532051
    table = np.zeros((3, 3))
    for a, b in pairs:
        table[a, b] += 1
    found = kappa(table, "quadratic")
    a, b = np.array(pairs, float).T
    if a.std() == 0 or b.std() == 0:
        assert math.isnan(found.value)
        assert found.note == ONE_ANSWER
        return
    concordance = 2 * np.mean((a - a.mean()) * (b - b.mean())) / (a.var() + b.var() + (a.mean() - b.mean()) ** 2)
    assert found.value == pytest.approx(concordance)


@given(answers)
def test_intervals_of_kappa_hold_the_value_and_stay_in_range(pairs):
    table = np.zeros((3, 3))
    for a, b in pairs:
        table[a, b] += 1
    for weights in (None, "linear", "quadratic"):
        found = kappa(table, weights)
        assert found.note or -1 <= found.low <= found.value <= found.high <= 1


@pytest.mark.parametrize(
    ("table", "note"),
    [
        ([[0, 0], [0, 0]], TOO_FEW_RECORDINGS),
        ([[1, 0], [0, 0]], TOO_FEW_RECORDINGS),
        ([[9, 0], [0, 0]], ONE_ANSWER),
        ([[5, 4], [0, 0]], ONE_ANSWER),
        ([[5, 0], [4, 0]], ONE_ANSWER),
    ],
)
def test_kappa_without_variety_is_undefined_and_says_why(table, note):
    found = kappa(table)
    assert np.isnan(numbers(found)).all()
    assert found.note == note


@pytest.mark.parametrize(("table", "value"), [([[5, 0], [0, 5]], 1.0), ([[0, 5], [5, 0]], -1.0)])
def test_kappa_of_answers_that_all_agree_or_none_has_no_interval(table, value):
    found = kappa(table)
    assert found.value == value
    assert math.isnan(found.low)
    assert math.isnan(found.high)
    assert found.note == DEGENERATE


def test_fleiss_kappa_of_three_raters_worked_by_hand():
    # four recordings, three raters; agreeing pairs 1, 1/3, 1/3, 1: mean 2/3. Half of all answers are "named": by chance
    # 1/2. (2/3 - 1/2) / (1 - 1/2) = 1/3. Fleiss (1971), doi:10.1037/h0031619
    found = fleiss_kappa([[3, 0], [2, 1], [1, 2], [0, 3]])
    assert found.value == pytest.approx(1 / 3)
    assert found.n == 4


def test_a_weighted_kappa_whose_variance_is_zero_has_no_interval():
    found = kappa([[0, 3, 0], [0, 2, 1], [0, 0, 0]], "linear")
    assert found.value == pytest.approx(0)
    assert math.isnan(found.low)
    assert found.note == DEGENERATE


@pytest.mark.parametrize(("counts", "note"), [([[3, 0]], TOO_FEW_RECORDINGS), ([[3, 0], [3, 0]], ONE_ANSWER)])
def test_fleiss_kappa_without_variety_is_undefined(counts, note):
    found = fleiss_kappa(counts)
    assert math.isnan(found.value)
    assert found.note == note


@pytest.mark.parametrize(
    ("count", "n", "low", "high"),
    # Newcombe (1998), table I, method 3, doi:10.1002/(SICI)1097-0258(19980430)17:8<857::AID-SIM777>3.0.CO;2-E
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_share_has_wilson_s_interval(count, n, low, high):
    assert numbers(share(count, n)) == pytest.approx((count / n, low, high), abs=5e-5)


def test_share_of_nothing_is_undefined():
    found = share(0, 0)
    assert np.isnan(numbers(found)).all()
    assert found.note == NOTHING


@pytest.mark.parametrize(
    ("module", "call"), [("proportion", lambda: share(1, 2)), ("inter_rater", lambda: kappa([[2, 1], [1, 2]]))]
)
def test_a_missing_library_is_named_with_its_install_command(monkeypatch, module, call):
    monkeypatch.setitem(sys.modules, f"statsmodels.stats.{module}", None)
    with pytest.raises(BackendError, match=r"statsmodels, which is not installed; run: pip install 'formcheck"):
        call()

"""What is counted as agreement: an unknown answer is neither right nor wrong."""

from __future__ import annotations

import doctest
import math

import pytest
import statsmodels.stats.inter_rater  # loaded here, or the first example would be slower than Hypothesis allows
import statsmodels.stats.proportion  # noqa: F401
from hypothesis import given
from hypothesis import strategies as st

from formcheck.program import agreement
from formcheck.program.agreement import (
    VERDICT_WORDS,
    compare_words_among,
    compute_fault_agreement,
    compute_number_agreement,
    compute_verdict_agreement,
)


def test_examples():
    found = doctest.testmod(agreement)
    assert found.failed == 0
    assert found.attempted >= 2


def test_a_fault_is_true_false_missed_or_neither():
    pairs = [(True, True)] * 3 + [(True, False)] * 2 + [(False, True)] * 1 + [(False, False)] * 4
    found = compute_fault_agreement(pairs)
    assert (found.true, found.false, found.missed, found.neither) == (3, 2, 1, 4)
    assert found.precision.value == pytest.approx(3 / 5)
    assert found.recall.value == pytest.approx(3 / 4)
    assert found.kappa.value == pytest.approx((0.7 - 0.5) / (1 - 0.5))  # by chance .5 * .4 + .5 * .6
    assert (found.judged, found.not_judged, found.named) == (10, 0, 4)


def test_unknown_answers_are_counted_apart_and_as_not_found():
    told = [(True, True)] * 3 + [(False, True)] + [(False, False)] * 4
    found = compute_fault_agreement([*told, (None, True), (None, True), (None, False)])
    plain = compute_fault_agreement(told)
    assert (found.not_judged_named, found.not_judged_other, found.not_judged) == (2, 1, 3)
    assert (found.recall, found.kappa, found.precision) == (plain.recall, plain.kappa, plain.precision)
    assert (found.recall_all.value, found.recall_all.n) == (3 / 6, 6)
    assert found.kappa_all == compute_fault_agreement([*told, (False, True), (False, True), (False, False)]).kappa


def test_an_unnamed_fault_has_no_recall_an_unfound_no_precision():
    found = compute_fault_agreement([(False, False)] * 5)
    for one in (found.recall, found.precision, found.kappa):
        assert math.isnan(one.value)
        assert one.note


@given(st.lists(st.tuples(st.sampled_from([True, False, None]), st.booleans()), max_size=30))
def test_every_recording_counts_once_and_unknown_adds_no_recall(pairs):
    found = compute_fault_agreement(pairs)
    assert found.judged + found.not_judged == len(pairs)
    assert found.named == sum(named for _, named in pairs)
    if found.recall.n:
        assert found.recall_all.value <= found.recall.value


def test_verdicts_keep_their_order_and_kappa_excludes_unknown():
    told = [("ok", "ok")] * 4 + [("warn", "fix")] * 2 + [("fix", "fix")] * 3 + [("ok", "warn")]
    found = compute_verdict_agreement(
        [*told, ("cannot_tell", "fix"), ("ok", "cannot_tell"), ("cannot_tell", "cannot_tell")]
    )
    assert found.counts[VERDICT_WORDS.index("warn"), VERDICT_WORDS.index("fix")] == 2
    assert (found.judged, found.not_judged) == (10, 3)
    assert found.kappas == compute_verdict_agreement(told).kappas
    assert found.kappas["kappa"].n == 10


def test_a_verdict_one_step_off_weighs_less_than_two_steps_off():
    same = [("ok", "ok")] * 4 + [("warn", "warn")] * 4 + [("fix", "fix")] * 4
    near = compute_verdict_agreement([*same, ("ok", "warn"), ("fix", "warn")]).kappas
    far = compute_verdict_agreement([*same, ("ok", "fix"), ("fix", "ok")]).kappas
    for name in ("kappa linear", "kappa quadratic"):
        assert near[name].value > near["kappa"].value
        assert far[name].value < near[name].value


def test_recordings_without_a_number_are_counted_apart():
    found = compute_number_agreement([(10.0, 9.0), (math.nan, 12.0), (20.0, 21.0), (30.0, 30.0)])
    assert found.not_judged == 1
    assert found.differences.difference.tolist() == [1, -1, 0]
    assert found.icc["ICC(2,1)"].n == 3


def test_no_number_at_all_is_undefined():
    found = compute_number_agreement([(math.nan, 12.0)])
    assert found.not_judged == 1
    assert all(math.isnan(one.value) and one.note for one in found.icc.values())


def test_words_of_several_raters():
    found = compare_words_among(
        [("ok", "ok", "ok"), ("fix", "fix", "ok"), ("ok", "ok", "fix"), ("fix",) * 3], ("ok", "fix")
    )
    assert found.value == pytest.approx(1 / 3)  # as worked out in test_agreement_statistics

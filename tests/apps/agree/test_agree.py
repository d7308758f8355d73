"""`formcheck agree`: what formcheck said is compared with each rater, and the raters with each other."""

from __future__ import annotations

import doctest
from functools import partial

import pyarrow as pa
import pytest

from formcheck.apps.agree import compare, outcomes, tables
from formcheck.apps.agree.compare import list_all_faults, list_catalogue_faults
from formcheck.apps.agree.report import run_agreement
from formcheck.sinks.results_table import COLUMNS, write_results

from .agreeing import BACK, FOUR, HINGE, KNEE, TWO_RATERS, labels_of, row, text_of, written


@pytest.fixture
def write(tmp_path):
    """Return a function that writes labels and results and gives their paths."""
    return partial(written, tmp_path)


@pytest.fixture
def compared(write):
    """Return a function from labels and results to their agreement."""
    return lambda labels, rows: run_agreement(*write(labels, rows))


@pytest.mark.parametrize("module", [compare, outcomes, tables], ids=lambda m: m.__name__.rsplit(".", 1)[-1])
def test_examples(module):
    found = doctest.testmod(module)
    assert found.failed == 0
    assert found.attempted


def test_each_rater_is_compared_with_formcheck(compared):
    found = compared(TWO_RATERS, FOUR)
    assert list(found.raters) == ["Ana", "Ben"]
    back, knee = found.faults["Ana"][BACK], found.faults["Ana"][KNEE]
    assert (back.true, back.missed, back.not_judged_named, back.neither) == (1, 0, 1, 2)
    assert (knee.true, knee.missed, knee.not_judged_named, knee.neither) == (1, 0, 1, 2)
    assert found.faults["Ben"][KNEE].false == 1
    assert (found.verdicts["Ana"].judged, found.verdicts["Ana"].not_judged) == (3, 1)
    assert found.numbers["back_bend_deg_median"]["Ana"].differences.difference.tolist() == [-1, -3, 1]
    assert found.numbers["back_bend_deg_median"]["Ana"].not_judged == 1
    assert found.numbers["repetitions"]["Ben"].differences.bias.value == pytest.approx(-0.25)


def test_raters_are_compared_with_each_other(compared):
    among = compared(TWO_RATERS, FOUR).among
    assert (among.verdicts["Ana – Ben"].judged, among.verdicts["Ana – Ben"].not_judged) == (3, 1)
    assert among.faults[BACK]["Ana – Ben"].n == 3  # Ben could not tell d.mp4, so he did not say it had no fault
    assert among.numbers["back_bend_deg_median"]["ICC(2,1)"].n == 4
    assert among.all_verdicts is None


def test_three_raters_have_a_kappa_of_all(compared):
    said = (("a.mp4", "fix"), ("b.mp4", "ok"), ("c.mp4", "ok"), ("d.mp4", "fix"))
    more = [f"{name},Cem,{verdict},,9,3" for name, verdict in said]
    found = compared("\n".join([TWO_RATERS, *more]), FOUR)
    # a: all three fix; b: warn ok ok; c: all three ok; d: Ben could not tell.
    # agreeing pairs (1 + 1/3 + 1) / 3 = 7/9, by chance (5² + 1² + 3²) / 9² = 35/81
    assert found.among.all_verdicts.n == 3
    assert found.among.all_verdicts.value == pytest.approx((7 / 9 - 35 / 81) / (1 - 35 / 81))
    assert found.among.faults[BACK]["all raters"].n == 3


def test_raters_without_a_common_recording_are_named(compared):
    found = compared(labels_of("a.mp4,Ana,fix,back_rounding", "b.mp4,Ben,ok,", "c.mp4,Ben,ok,", "c.mp4,Cem,ok,"), FOUR)
    assert found.among.apart == ["Ana – Ben", "Ana – Cem"]
    assert "No recording was labelled by both: Ana – Ben, Ana – Cem; they are not compared." in text_of(found)
    assert compared(TWO_RATERS, FOUR).among.apart == []


def test_one_rater_has_nobody_to_be_compared_with(compared):
    found = compared("recording,verdict\na.mp4,fix\nb.mp4,ok", FOUR)
    assert list(found.raters) == ["rater"]
    assert found.among is None
    assert not found.faults  # no rater was asked about faults


def test_unknown_check_excludes_only_the_faults_that_need_it(compared):
    rows = [row("a.mp4", "ok", untold=["back"]), row("b.mp4", "ok")]
    found = compared(labels_of("a.mp4,A,fix,back_rounding stretch_knee_bent", "b.mp4,A,ok,"), rows).faults["A"]
    assert (found[BACK].not_judged_named, found[BACK].missed) == (1, 0)
    assert (found[KNEE].not_judged_named, found[KNEE].missed) == (0, 1)


def test_a_found_fault_counts_although_other_checks_are_unknown(compared):
    rows = [row("a.mp4", "fix", [BACK], untold=["back"])]
    assert compared(labels_of("a.mp4,A,fix,back_rounding"), rows).faults["A"][BACK].true == 1


def test_an_unknown_verdict_is_excluded_for_every_fault(compared):
    rows = [row("a.mp4", "cannot_tell", [BACK])]
    assert compared(labels_of("a.mp4,A,fix,back_rounding"), rows).faults["A"][BACK].not_judged_named == 1


def test_a_recording_that_did_not_run_cannot_be_judged(compared):
    broken = row("b.mp4", None) | dict.fromkeys(("movement_id", "faults", "checks_cannot_tell"))
    broken |= {"error": "expected a video", "back_bend_deg_median": None}
    found = compared(labels_of("a.mp4,A,fix,back_rounding", "b.mp4,A,ok,"), [*FOUR[:1], broken])
    assert found.not_run == 1
    assert found.verdicts["A"].not_judged == 1
    assert found.faults["A"][BACK].not_judged_other == 1
    assert "1 recording could not be scored" in text_of(found)


def test_a_fault_counts_only_where_the_movement_looks_for_it(compared):
    bridge = row("p.mp4", "ok") | {"movement_id": "glute_bridge"}
    found = compared(labels_of("a.mp4,A,fix,back_rounding", "p.mp4,A,ok,"), [FOUR[0], bridge])
    assert found.faults["A"][BACK].judged == 1


def test_a_named_fault_the_movement_does_not_check_is_missed(compared):
    plank = row("p.mp4", "ok") | {"movement_id": "plank"}
    assert compared(labels_of("p.mp4,A,fix,back_rounding"), [plank]).faults["A"][BACK].missed == 1


def test_a_movement_of_one_s_own_may_have_faults_of_its_own(compared):
    rows = [row(name, faults=faults) | {"movement_id": "mine"} for name, faults in (("a.mp4", ["own"]), ("b.mp4", []))]
    found = compared(labels_of("a.mp4,A,fix,own", "b.mp4,A,ok,"), rows).faults["A"]["own"]
    assert (found.true, found.neither) == (1, 1)


def test_fault_columns_ask_only_for_the_faults_they_fill(compared):
    head = "recording,rater,fault_back_rounding"
    found = compared(labels_of("a.mp4,A,1", "b.mp4,A,0", "c.mp4,A,", head=head), FOUR).faults["A"]
    assert list(found) == [BACK]
    assert (found[BACK].true, found[BACK].neither, found[BACK].judged) == (1, 1, 2)


def test_every_fault_of_the_catalogue_may_be_named():
    assert {BACK, KNEE, "hips_sag"} <= list_all_faults()
    assert list_catalogue_faults("plank")["hips_sag"] == {"body_line"}
    assert list_catalogue_faults(HINGE)["bounce"] == frozenset()
    assert list_catalogue_faults("partial_crunch")["neck_pull"] == {"neck"}  # its first set of conditions uses no check
    assert list_catalogue_faults("mine") is None


def test_numbers_that_are_no_measurements_are_not_compared(compared):
    rows = [one | {"age": 30 + i} for i, one in enumerate(FOUR)]
    head = "recording,verdict,age,notes,knee_left_deg_median"
    found = compared(labels_of("a.mp4,fix,31,well lit,170", head=head), rows)
    assert not found.numbers
    assert list(found.unused) == ["age", "notes", "knee_left_deg_median"]
    assert "without a measurement in the results: age, notes, knee_left_deg_median" in text_of(found)


def test_results_without_some_columns_are_compared_as_possible(compared):
    rows = [{"name": "a.mp4", "verdict": "ok"}, {"name": "b.mp4", "verdict": "fix"}]
    found = compared(TWO_RATERS, rows)
    assert found.verdicts["Ana"].judged == 2
    assert not found.faults
    assert not found.numbers


def test_the_table_that_a_batch_writes_can_be_compared(write):
    labels, results = write(TWO_RATERS.replace("back_bend_deg_median", "hold_left_s"), FOUR)
    rows = [one | {"hold_left_s": 30.0 + i} for i, one in enumerate(FOUR)]
    rows = [{name: value for name, value in one.items() if name in COLUMNS} for one in rows]
    assert write_results(results, [*rows, {"recording": "bad.mp4", "error": "no video"}], {"age": pa.int64()}) == 5
    found = run_agreement(labels, results)
    assert found.faults["Ana"][BACK].true == 1
    assert found.verdicts["Ben"].judged == 3
    assert set(found.numbers) == {"hold_left_s", "repetitions"}
    assert list(found.without_label) == ["bad.mp4"]

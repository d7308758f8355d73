"""Corrections as they are, read as labels."""

from __future__ import annotations

import shutil
from html import escape

import pytest

from formcheck.apps.agree.corrected_labels import NOT_BLIND, read_corrected_labels
from formcheck.apps.agree.report import run_agreement
from formcheck.core.errors import SourceError
from formcheck.drivers.recording.check import check_recording
from formcheck.drivers.therapist.corrected import add_correction, load_measured

HINGE = "hamstring_hinge_standing"
CLIPS = ("hinge_good", "hinge_back_rounding", "hinge_knee_bent")


@pytest.fixture(scope="module")
def measured(tmp_path_factory, checkout):
    folder = tmp_path_factory.mktemp("results")
    for name in CLIPS:
        check_recording(checkout / "tests" / "data" / f"{name}.parquet", movement=HINGE, out=folder / name)
    return folder


@pytest.fixture
def corrected(measured, tmp_path):
    """Ana agrees with every fault but the knee; Ben, on his own copy, adds one to the good clip."""
    for rater in ("ana", "ben"):
        shutil.copytree(measured, tmp_path / rater)
    for clip in CLIPS[1:]:
        result = tmp_path / "ana" / clip
        kind = "reject_fault" if clip == "hinge_knee_bent" else "accept_fault"
        for fault in load_measured(result).faults:
            add_correction(result, kind, by="Ana", fault=fault.id, from_s=fault.from_s)
    add_correction(tmp_path / "ben" / "hinge_good", "add_fault", by="Ben", fault="head_hanging", from_s=3, to_s=4)
    rounded = tmp_path / "ben" / "hinge_back_rounding"
    add_correction(rounded, "note", by="Ben", at_s=1.0, text="seen")
    return tmp_path


def test_each_person_who_corrected_is_a_rater(corrected):
    _, labels, outcomes = read_corrected_labels([corrected / "ana", corrected / "ben"])
    assert [(one.rater, one.named >= {"back_rounding"}) for one in labels] == [
        ("Ana", True), ("Ana", False), ("Ben", True), ("Ben", False)
    ]  # fmt: skip
    assert (len(outcomes.rows), {one.rater for one in labels}) == (3, {"Ana", "Ben"})
    good = next(one for one in labels if "head_hanging" in one.named)
    assert (good.verdict, good.numbers["repetitions"]) == ("warn", 1.0)


def test_what_was_rejected_is_a_false_alarm(corrected):
    agreement = run_agreement(corrected / "ana", None)
    found = agreement.faults["Ana"]
    knee, back = found["stretch_knee_bent"], found["back_rounding"]
    assert (knee.true, knee.false, knee.precision.value) == (0, 1, 0.0)
    assert (back.true, back.missed, back.precision.value, back.recall.value) == (1, 0, 1.0, 1.0)


def test_the_page_says_that_raters_were_not_blind(corrected, tmp_path, formcheck):
    out = tmp_path / "agreement"
    code, said, _ = formcheck("agree", corrected / "ana", corrected / "ben", "--out", out)
    page = (out / "agreement.html").read_text("utf-8")
    assert (code, escape(NOT_BLIND) in page, NOT_BLIND in " ".join(said.split())) == (0, True, True)
    assert all(word in page for word in ("Ana", "Ben", "kappa", "precision", "data:image/png"))
    assert {"agreement.csv", "agreement.md"} <= {file.name for file in out.iterdir()}


def test_what_is_not_corrected_is_refused(measured, corrected, tmp_path):
    with pytest.raises(SourceError, match=r"expected results with corrections\.json, got none that a person has"):
        run_agreement(measured, None)
    labels = tmp_path / "labels.csv"
    labels.write_text("recording,rater\nhinge_good,Ana\n", "utf-8")
    with pytest.raises(SourceError, match="expected a CSV file with labels and the results to compare"):
        run_agreement(labels, None)
    with pytest.raises(SourceError, match="expected one row for each recording and rater"):
        run_agreement(corrected / "ana", corrected / "ana")

"""Labels are matched with results; a bad label file is refused with one line that says why."""

from __future__ import annotations

from functools import partial

import pyarrow.parquet as pq
import pytest

from formcheck.apps.agree.report import run_agreement
from formcheck.core.errors import SourceError

from .agreeing import FOUR, KNEE, TWO_RATERS, labels_of, row, text_of, written


@pytest.fixture
def write(tmp_path):
    """Return a function that writes labels and results and gives their paths."""
    return partial(written, tmp_path)


@pytest.fixture
def compared(write):
    """Return a function from labels and results to their agreement."""
    return lambda labels, rows: run_agreement(*write(labels, rows))


@pytest.mark.parametrize("key", ["a.mp4", "videos/a.mp4", "file:///home/videos/a.mp4", r"D:\elsewhere\a.mp4"])
def test_a_recording_is_found_by_path_address_or_file_name(compared, key):
    assert compared(labels_of(f"{key},A,fix,"), FOUR).recordings == 1


def test_a_recording_is_found_by_its_hash(compared):
    sha256 = FOUR[1]["input_sha256"]
    found = compared(f"input_sha256,verdict\n{sha256.upper()},warn", FOUR)
    assert found.verdicts["rater"].counts[1, 1] == 1


def test_labels_and_results_without_a_partner_are_listed(compared):
    lines = [f"gone{i}.mp4,A,ok," for i in range(5)]
    found = compared(labels_of("a.mp4,A,fix,", *lines), FOUR)
    assert len(found.without_result) == 5
    assert list(found.without_label) == ["videos/b.mp4", "videos/c.mp4", "videos/d.mp4"]
    shown = text_of(found)
    assert "5 recordings labelled, without a result: gone0.mp4, gone1.mp4, gone2.mp4 and 2 more." in shown
    assert "3 recordings without a label: videos/b.mp4, videos/c.mp4, videos/d.mp4." in shown


def test_a_file_name_that_two_results_share_needs_the_full_path(compared):
    rows = [row("a.mp4") | {"recording": f"day{i}/a.mp4", "input_uri": f"file:///day{i}/a.mp4"} for i in (1, 2)]
    assert compared(labels_of("day2/a.mp4,A,ok,"), rows).without_label == ["day1/a.mp4"]
    with pytest.raises(SourceError, match=r"line 2: .* with one row in .* 'a.mp4', which has 2 rows; write the name"):
        compared(labels_of("a.mp4,A,ok,"), rows)


def test_two_labelled_recordings_with_one_name_share_no_result(compared):
    found = compared(labels_of("videos/a.mp4,A,fix,", "other/a.mp4,A,ok,"), FOUR)
    assert list(found.without_result) == ["other/a.mp4"]


REFUSED = {
    "no key": ("clip,verdict\na.mp4,ok", "expected one column recording or input_sha256 .* got clip, verdict"),
    "two keys": ("recording,input_sha256\na.mp4,00", "expected one column recording or input_sha256"),
    "column twice": ("recording,verdict,verdict\na.mp4,ok,ok", "expected each column once, got 'verdict' twice"),
    "no rows": ("recording,verdict", "expected a row for each recording and rater, got none"),
    "ragged": ("recording,verdict\na.mp4,ok,2", "line 2: expected 2 cells as in the first line, got 3"),
    "open quote": ('recording,verdict\n"a.mp4,ok', "line 2: expected a CSV file"),
    "verdict": ("recording,verdict\na.mp4,good", "line 2: expected a verdict of ok, warn, fix, cannot_tell .* 'good'"),
    "fault": ("recording,faults\na.mp4,bck_round", "line 2: expected fault ids of ankle_slips, .*; got 'bck_round'"),
    "fault column": ("recording,fault_bck\na.mp4,1", "column fault_bck: expected fault ids of .*; got 'bck'"),
    "both kinds": ("recording,faults,fault_bounce\na.mp4,,1", "expected either the column faults or columns fault_ID"),
    "flag": ("recording,fault_bounce\na.mp4,yes", "line 2: expected 0, 1 or nothing in column fault_bounce, got 'yes'"),
    "number": ("recording,repetitions\na.mp4,three", "line 2: expected a number .* column repetitions, got 'three'"),
    "not finite": ("recording,repetitions\na.mp4,inf", "line 2: expected a number or nothing .* got 'inf'"),
    "no rater": ("recording,rater,verdict\na.mp4,,ok", "line 2: expected a name in column rater, got nothing"),
    "no recording": ("recording,verdict\n,ok", "line 2: expected the recording in column recording, got nothing"),
    "twice": ("recording,verdict\na.mp4,ok\nvideos/a.mp4,fix", "line 3: expected one row for each .* line 2 too"),
    "twice unmatched": ("recording,verdict\na.mp4,ok\ny.mp4,ok\ny.mp4,ok", "line 4: expected one row for each"),
    "no match": ("recording,verdict\nx.mp4,ok", "expected recordings of results.parquet, as videos/a.mp4; got x.mp4"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_labels_that_cannot_be_used_are_refused_in_one_line(compared, case):
    labels, words = REFUSED[case]
    with pytest.raises(SourceError, match=words) as refused:
        compared(labels, FOUR)
    assert "\n" not in str(refused.value)
    assert str(refused.value).startswith("labels.csv")


def test_files_that_are_none_are_refused(write, tmp_path):
    labels, results = write(TWO_RATERS, FOUR)
    with pytest.raises(SourceError, match=r"none.csv: expected a CSV file with labels, got: No such file"):
        run_agreement(tmp_path / "none.csv", results)
    with pytest.raises(SourceError, match=r"none.parquet: expected the results.parquet of formcheck batch, or its"):
        run_agreement(labels, tmp_path / "none.parquet")
    with pytest.raises(SourceError, match=r"labels.csv: expected a table that formcheck batch wrote"):
        run_agreement(labels, labels)
    with pytest.raises(SourceError, match=r"results.parquet: expected a CSV file in UTF-8"):
        run_agreement(results, results)


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([{"verdict": "ok"}], r"expected a column recording, input_uri, name, input_sha256, got verdict"),
        ([row("a.mp4", "good")], r"expected verdicts of ok, warn, fix, cannot_tell, got 'good' for a.mp4"),
    ],
)
def test_results_of_something_else_are_refused(compared, rows, words):
    with pytest.raises(SourceError, match=words):
        compared(TWO_RATERS, rows)


def test_results_without_a_row_are_refused(write):
    labels, results = write(TWO_RATERS, FOUR)
    pq.write_table(pq.read_table(results).slice(0, 0), results)
    with pytest.raises(SourceError, match=r"results.parquet: expected a row for each recording, got none"):
        run_agreement(labels, results)


def test_a_spreadsheet_in_german_is_read(write):
    labels, results = write("", FOUR)
    labels.write_text(
        "recording;verdict;faults;back_bend_deg_median\r\na.mp4;fix;back_rounding stretch_knee_bent;30,5\r\n;;;\r\n",
        encoding="utf-8-sig",
    )
    found = run_agreement(labels, results)
    assert found.numbers["back_bend_deg_median"]["rater"].differences.difference.tolist() == [-0.5]
    assert found.faults["rater"][KNEE].missed == 1

"""The output of `formcheck agree`: tables, rows, figures; an undefined number is a dash with a reason."""

from __future__ import annotations

import csv
import io
import re
import subprocess
import sys
from functools import partial

import pytest
from rich.console import Console

from formcheck.apps.agree.report import print_agreement, run_agreement, write_markdown
from formcheck.core.errors import StoreError

from .agreeing import FOUR, TWO_RATERS, text_of, written


@pytest.fixture
def write(tmp_path):
    """Return a function that writes labels and results and gives their paths."""
    return partial(written, tmp_path)


@pytest.fixture
def compared(write):
    """Return a function from labels and results to their agreement."""
    return lambda labels, rows: run_agreement(*write(labels, rows))


def test_files_are_written_and_figures_of_an_older_run_deleted(write, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "bland_altman_hold_s.png").write_bytes(b"old")
    (out / "mine.txt").write_text("stays")
    labels, _ = write(TWO_RATERS, FOUR)
    found = run_agreement(labels, tmp_path, out=out)  # a folder that holds results.parquet will do
    assert sorted(file.name for file in out.iterdir()) == [
        "agreement.csv", "agreement.html", "agreement.md", "bland_altman_back_bend_deg_median.png",
        "bland_altman_repetitions.png", "mine.txt", "verdict_confusion.png",
    ]  # fmt: skip
    assert (out / "agreement.md").read_text(encoding="utf-8") == write_markdown(found)
    assert (out / "verdict_confusion.png").read_bytes().startswith(b"\x89PNG")


def test_nothing_is_written_where_a_file_stands_in_the_way(write, tmp_path):
    (tmp_path / "out").write_text("a file")
    with pytest.raises(StoreError, match="out: expected a folder for the results, got a file"):
        run_agreement(*write(TWO_RATERS, FOUR), out=tmp_path / "out")


def test_rows_are_tidy_and_undefined_values_empty_with_a_note(write, tmp_path):
    run_agreement(*write(TWO_RATERS, FOUR), out=tmp_path / "out")
    with (tmp_path / "out" / "agreement.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["what", "between", "statistic", "value", "low", "high", "n", "note"]
    by_name = {(r["what"], r["between"], r["statistic"]): r for r in rows}
    assert len(by_name) == len(rows)
    assert by_name["fault back_rounding", "formcheck – Ana", "recall"]["value"] == "1"
    assert by_name["fault back_rounding", "formcheck – Ana", "recall, cannot tell as not found"]["value"] == "0.5"
    assert by_name["repetitions", "formcheck – Ben", "bias"]["value"] == "-0.25"
    assert by_name["verdict", "Ana – Ben", "count warn, ok"]["value"] == "1"
    precision = by_name["fault stretch_knee_bent", "formcheck – Ben", "recall"]
    assert (precision["value"], precision["low"], precision["note"]) == ("", "", "nothing to count")
    assert all(r["value"] or r["note"] for r in rows)
    assert not any("nan" in r["value"] + r["low"] + r["high"] for r in rows)


def test_each_part_has_a_markdown_table_with_equal_rows(compared):
    page = write_markdown(compared(TWO_RATERS, FOUR))
    titles = re.findall(r"^## (.+)$", page, re.MULTILINE)
    assert titles == [
        "Faults, formcheck and Ana: recordings", "Faults, formcheck and Ana: 95 % intervals",
        "Faults, formcheck and Ben: recordings", "Faults, formcheck and Ben: 95 % intervals",
        "Faults, agreement between the raters",
        "Verdict: formcheck in rows, Ana in columns", "Verdict: formcheck in rows, Ben in columns",
        "Verdict: kappa with 95 % interval", "back_bend_deg_median, °", "repetitions",
    ]  # fmt: skip
    for block in re.findall(r"(?:^\|.*\|\n)+", page, re.MULTILINE):
        assert len({line.count("|") for line in block.splitlines()}) == 1
    assert "nan" not in page


def test_text_says_that_what_cannot_be_judged_is_apart(compared):
    shown = text_of(compared(TWO_RATERS, FOUR))
    assert "counted separately, neither as agreement nor as disagreement" in shown.replace("\n", " ").replace("  ", " ")
    assert "? as not found" in shown
    assert "nan" not in shown


def test_text_of_an_output_that_knows_no_more_than_ascii(compared):
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii", write_through=True)
    print_agreement(compared(TWO_RATERS, FOUR), console=Console(file=stream, width=100))
    assert b"formcheck - Ana" in raw.getvalue()


def test_raters_with_odd_names_are_shown_as_they_are(compared):
    labels = TWO_RATERS.replace("Ana", "[bold]A|B").replace("Ben", "Łucja ß")
    found = compared(labels, FOUR)
    assert "[bold]A|B" in text_of(found)
    assert "| [bold]A/B |" in write_markdown(found)


DEGENERATE = {
    "one label": "recording,verdict,faults,repetitions\na.mp4,fix,back_rounding,3",
    "one verdict only": "recording,verdict\na.mp4,ok\nb.mp4,ok\nc.mp4,ok",
    "nobody named a fault": "recording,faults\na.mp4,\nb.mp4,\nc.mp4,",
    "no variance": "recording,repetitions\na.mp4,3\nd.mp4,3",
    "no number known": "recording,back_bend_deg_median\nd.mp4,20",
    "all agree": "recording,verdict,repetitions\na.mp4,fix,3\nb.mp4,warn,4\nc.mp4,ok,2",
    "empty cells": "recording,rater,verdict,repetitions\na.mp4,A,,\na.mp4,B,,\na.mp4,C,,",
    "three who never met": "recording,rater,verdict,faults,repetitions\na.mp4,A,ok,,1\nb.mp4,B,ok,,2\nc.mp4,C,ok,,3",
}


@pytest.mark.parametrize("case", DEGENERATE)
def test_poor_data_give_no_warning_and_no_empty_number(write, tmp_path, case):
    labels, results = write(DEGENERATE[case], FOUR)
    found = run_agreement(labels, results, out=tmp_path / "out")
    for shown in (
        write_markdown(found),
        text_of(found),
        (tmp_path / "out" / "agreement.csv").read_text(encoding="utf-8"),
    ):
        assert not re.search(r"\b(?:nan|inf)\b", shown)


def test_formcheck_without_the_command_loads_no_statistics():
    code = (
        "import sys, formcheck.apps.agree.report; "
        "sys.exit(bool({'statsmodels', 'scipy', 'pandas', 'pyarrow', 'matplotlib', 'rich'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

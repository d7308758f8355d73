"""The workbook says what the summary says, and every text in it is text."""

from __future__ import annotations

import pandas as pd
import pytest

from formcheck.core.movement.load import load_movement
from formcheck.drivers.recording.check import check_recording
from formcheck.sinks.workbook import write_workbook

HINGE = "hamstring_hinge_standing"
HOSTILE = '=HYPERLINK("http://x","y") "><script> \u05e9\u05dc\u05d5\u05dd \U0001f600'


@pytest.fixture(scope="module")
def result(tmp_path_factory, checkout):
    """Return the folder of a check, and its summary under a hostile name."""
    folder = tmp_path_factory.mktemp("result") / "out"
    summary = check_recording(checkout / "tests" / "data" / "hinge_knee_bent.parquet", movement=HINGE, out=folder)
    return folder, summary.model_copy(update={"source": summary.source.model_copy(update={"name": HOSTILE})})


@pytest.fixture(scope="module")
def book(result, tmp_path_factory):
    import openpyxl

    folder, summary = result
    path = tmp_path_factory.mktemp("book") / "a.xlsx"
    write_workbook(path, summary, load_movement(HINGE), pd.read_parquet(folder / "frames.parquet"))
    return openpyxl.load_workbook(path)


def cells_of(sheet):
    head, *rows = sheet.iter_rows(values_only=True)
    return [dict(zip(head, row, strict=True)) for row in rows]


def test_a_name_that_looks_like_a_formula_is_text(book):
    cell = book["Summary"]["B2"]
    assert (cell.value, cell.data_type) == (HOSTILE, "s")


def test_every_number_of_the_summary_is_there_to_the_last_digit(book, result):
    _, summary = result
    found = {row["measurement"]: row for row in cells_of(book["Measurements"])}
    assert list(found) == list(summary.measurements)
    for name, measured in summary.measurements.items():
        for what in ("median", "p05", "p95", "in_hold_median", "uncertainty"):
            assert found[name][what] == getattr(measured, what), (name, what)
    faults = cells_of(book["Faults"])
    assert [(row["id"], row["from_s"], row["value"]) for row in faults] == [
        (one.id, one.from_s, one.value) for one in summary.faults
    ]
    assert [row["valid_hold_s"] for row in cells_of(book["Repetitions"])] == [
        one.valid_hold_s for one in summary.repetitions
    ]


def test_every_frame_is_there_and_what_was_not_seen_is_empty(book, result):
    folder, _ = result
    table = pd.read_parquet(folder / "frames.parquet")
    head, *rows = book["Frames"].iter_rows(values_only=True)
    assert list(head) == list(table.columns)
    assert len(rows) == len(table)
    place = list(table.columns).index("knee_left_deg")
    found = [row[place] for row in rows]
    assert [value is None for value in found] == table["knee_left_deg"].isna().tolist()
    assert [v for v in found if v is not None] == pytest.approx(table["knee_left_deg"].dropna().tolist(), abs=0)

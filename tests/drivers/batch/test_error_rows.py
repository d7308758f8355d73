"""A recording that could not be scored has a row with the reason, kept while it is true, and the run continues."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from formcheck.core.errors import MovementFileError
from formcheck.drivers.batch.job import Outcome, make_error_row
from formcheck.drivers.batch.worker import score


def test_an_unreadable_recording_keeps_its_row_while_unchanged(bench):
    bench.tracks("a.parquet")
    bad = bench.folder / "in" / "bad.parquet"
    bad.write_bytes(b"PAR1 no")
    report = bench.batch()
    assert (report.unreadable, report.failed) == (1, 0)
    row = bench.rows()[1]
    assert row["error"].startswith(
        "bad.parquet: expected a pose track saved by formcheck, got a file that is not Parquet"
    )
    assert (row["error_kind"], row["verdict"], len(row["input_sha256"])) == ("input", None, 64)
    os.utime(bad, ns=(1, 1))
    assert bench.batch().unreadable == 1
    assert bench.scored == []
    shutil.copy(bench.folder / "in" / "a.parquet", bad)
    assert bench.batch().unreadable == 0
    assert bench.rows()[1]["error"] is None


def test_a_missing_recording_is_an_error_row_until_it_appears(bench):
    bench.tracks("a.parquet")
    Path("in/m.csv").write_text("recording,who\nb.parquet,Ben\na.parquet,Ann\n")
    report = bench.batch("in", manifest="in/m.csv")
    assert (report.rows, report.unreadable) == (2, 1)
    assert (
        bench.rows()[1]["error"]
        == "b.parquet: expected a pose track saved by formcheck, got no such file; check the path"
    )
    bench.tracks("b.parquet")
    assert bench.batch(manifest="in/m.csv").unreadable == 0
    assert [(row["who"], row["error"]) for row in bench.rows()] == [("Ann", None), ("Ben", None)]


def test_what_failed_on_our_side_is_tried_again_and_only_that(done):
    done.tracks("d.parquet")
    done.workers.outcome = lambda _: Outcome(make_error_row("tried 2 times, each time the worker was lost", "machine"))
    report = done.batch()
    assert (report.failed, report.unreadable, report.rows, done.scored) == (1, 0, 4, ["d.parquet"])
    assert done.run()["hosts"] == 0
    done.workers.outcome = score
    assert done.batch().failed == 0
    assert done.scored == ["d.parquet"]
    assert done.rows()[3]["error"] is None
    assert not (done.out / "before").exists(), "an error that was corrected need not be kept"


def test_every_wrong_movement_is_reported_before_anything_runs(bench):
    bench.tracks("a.parquet", "b.parquet", "c.parquet")
    Path("in/own.toml").write_text("schema_version = 1\n")
    Path("in/m.csv").write_text("recording,movement\na.parquet,cat\nb.parquet,own.toml\nc.parquet,none.toml\n")
    with pytest.raises(MovementFileError) as error:
        bench.batch(manifest="in/m.csv")
    told = str(error.value)
    assert "  cat: expected a movement id or a .toml file; known ids: " in told
    assert "  none.toml: expected a readable file, got: No such file or directory; check the path" in told
    assert "own.toml: id: expected a value, the key is missing" in told
    assert bench.scored == []
    assert not bench.out.exists()


def test_invalid_utf8_and_nan_pass_through_journal_and_table(bench):
    name = os.fsdecode(b"in/a\xff.mp4") if sys.platform not in ("win32", "darwin") else "in/a.mp4"
    Path("in").mkdir()
    Path(name).write_bytes(b"")
    told = {"name": name, "why": f"{name} is fine", "warnings": [name], "wall_s": float("nan"), "hold_s": float("inf")}
    bench.workers.outcome = lambda _: Outcome({**told, "fault_records": [{"id": "x", "value": float("nan")}]})
    bench.batch()
    (row,) = bench.rows()
    shown = name.replace("\udcff", "\\udcff")
    assert (row["why"], row["warnings"], row["wall_s"], row["hold_s"]) == (f"{shown} is fine", [shown], None, None)
    assert row["fault_records"][0]["value"] is None
    assert bench.batch().reused == 1
    assert bench.rows() == [row]

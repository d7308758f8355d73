"""A second run does only what is missing; the table holds the rows of the last command, in its order."""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from formcheck.core.movement.load import read_movement_bytes
from formcheck.drivers.batch import run as running
from formcheck.drivers.batch.job import Settings
from formcheck.drivers.batch.worker import score
from formcheck.sinks.results_table import COLUMNS

from .batches import HINGE

OF_ITS_NAME = {"recording", "name", "input_uri", "input_stamp"}


def content(row):
    return {name: value for name, value in row.items() if name not in OF_ITS_NAME}


# What stands ----------------------------------------------------------------------------------------------------------


def test_running_again_does_nothing_and_gives_the_same_table(done):
    before = done.rows()
    report = done.batch()
    assert (report.rows, report.scored, report.reused, done.scored) == (3, 0, 3, [])
    assert done.rows() == before
    assert not (done.out / "before").exists()
    assert not (done.out / "journal.jsonl").exists()


def test_only_new_recordings_are_scored_in_the_order_of_inputs(done):
    done.tracks("aa.parquet", "b10.parquet", "b9.parquet")
    assert done.batch().reused == 3
    assert done.scored == ["aa.parquet", "b9.parquet", "b10.parquet"]
    assert done.names() == [f"{name}.parquet" for name in ("a", "aa", "b9", "b10", "b", "c")]
    done.batch("in/c.parquet", "in")
    assert done.names()[0] == "c.parquet"


def test_place_from_which_the_command_is_run_does_not_matter(done, monkeypatch):
    monkeypatch.chdir(done.folder / "in")
    done.batch("../in/b.parquet", "c.parquet", ".")
    assert (done.scored, done.names()) == ([], ["b.parquet", "c.parquet", "a.parquet"])


def test_a_touched_or_renamed_recording_is_known_by_its_bytes(done):
    before = {row["name"]: content(row) for row in done.rows()}
    os.utime(done.folder / "in" / "a.parquet", ns=(1, 1))
    (done.folder / "in" / "b.parquet").rename(done.folder / "in" / "z.parquet")
    shutil.copy(done.folder / "in" / "c.parquet", done.folder / "in" / "copy of c.parquet")
    assert done.batch().reused == 4
    assert done.scored == []
    after = {row["name"]: content(row) for row in done.rows()}
    assert after == {
        "a.parquet": before["a.parquet"], "c.parquet": before["c.parquet"],
        "copy of c.parquet": before["c.parquet"], "z.parquet": before["b.parquet"],
    }  # fmt: skip
    done.batch()
    assert done.scored == []


@pytest.mark.skipif(sys.platform == "win32", reason="Windows tells no time of change that a program cannot set")
def test_a_changed_recording_of_equal_size_and_time_is_scored(done):
    path = done.folder / "in" / "b.parquet"
    told = path.stat()
    changed = bytearray(path.read_bytes())
    changed[len(changed) // 2] ^= 1
    path.write_bytes(changed)
    os.utime(path, ns=(told.st_atime_ns, told.st_mtime_ns))
    assert path.stat().st_mtime_ns == told.st_mtime_ns
    assert path.stat().st_size == told.st_size
    done.batch()
    assert done.scored == ["b.parquet"]


def test_other_side_rate_or_movement_is_another_result(done):
    for asked in ({"side": "left"}, {"settings": Settings(fps=10)}, {"movement": "plank"}):
        done.batch(**asked)
        assert done.scored == ["a.parquet", "b.parquet", "c.parquet"]
        assert len(done.rows()) == 3


def test_a_changed_movement_is_a_new_result_and_can_come_back(bench):
    bench.tracks("a.parquet")
    own = bench.folder / "own.toml"
    first = read_movement_bytes(HINGE)
    own.write_bytes(first)
    bench.batch(movement="own.toml")
    rows = bench.rows()
    own.write_bytes(first + b"\n")
    assert bench.batch(movement="own.toml").scored == 1
    own.write_bytes(first)
    assert bench.batch(movement="own.toml").scored == 0
    assert bench.rows() == rows


def test_other_model_or_version_is_another_result(done, monkeypatch):
    monkeypatch.setattr(running, "find_pose_model", lambda _: type("Model", (), {"sha256": "1" * 64}))
    assert done.batch().scored == 3
    monkeypatch.setattr("formcheck.drivers.batch.plan.version", lambda _: "9.9")
    assert done.batch().scored == 3


def test_recording_is_read_only_where_one_of_its_size_is_known(done, monkeypatch):
    read = []
    monkeypatch.setattr(
        "formcheck.drivers.batch.plan.hash_local_file", lambda place: read.append(Path(place).name) or ""
    )
    shutil.copy(done.folder / "in" / "a.parquet", done.folder / "in" / "same size.parquet")
    (done.folder / "in" / "other.parquet").write_bytes(b"PAR1 no")
    done.batch()
    assert set(read) == {"same size.parquet"}


def test_a_remote_recording_uploaded_again_is_known_by_its_bytes(bench):
    import fsspec

    bench.tracks("a.parquet", "b.parquet")
    first, second = (Path("in", f"{name}.parquet").read_bytes() for name in "ab")
    place = "memory://study/a.parquet"
    for content, stood in ((first, 0), (first, 1), (first, 1), (second, 0)):
        with fsspec.open(place, "wb") as file:
            file.write(content)
        assert bench.batch(place).reused == stood
        assert bench.batch(place).reused == 1
        assert bench.scored == [], "where nothing was written, the store tells that nothing changed"
    assert bench.rows()[0]["input_uri"] == place


# Rows that are not requested ------------------------------------------------------------------------------------------


def test_rows_of_other_inputs_are_kept_and_return_without_work(done):
    before = done.rows()
    done.batch("in/a.parquet")
    assert done.names() == ["a.parquet"]
    (kept,) = (done.out / "before").glob("*/results.parquet")
    assert pq.ParquetFile(kept).read().to_pylist() == before
    assert done.batch().scored == 0
    assert done.rows() == before


def test_results_of_earlier_settings_come_back_without_work(done):
    before = done.rows()
    assert done.batch(settings=Settings(fps=10)).scored == 3
    other = done.rows()
    assert [row["identity"] for row in other] != [row["identity"] for row in before]
    assert done.batch().scored == 0
    assert done.rows() == before
    assert done.batch(settings=Settings(fps=10)).scored == 0
    assert done.rows() == other


def test_columns_of_the_manifest_are_those_of_the_last_command(done):
    Path("m.csv").write_text("recording,age,code\na.parquet,41,007\nc.parquet,,x\n")
    done.batch(manifest="m.csv")
    assert done.scored == []
    assert [(row["age"], row["code"]) for row in done.rows()] == [(41, "007"), (None, None), (None, "x")]
    assert pq.read_schema(done.out / "results.parquet").names == [*COLUMNS, "age", "code"]
    done.batch()
    assert list(done.rows()[0]) == list(COLUMNS)


# Others' poses --------------------------------------------------------------------------------------------------------


def openpose(folder):
    folder.mkdir(parents=True)
    # one below the other, and the face at the nose: enough of a body here
    points = [
        value for k in (0 if 15 <= k < 19 else k for k in range(25)) for value in (300 + 3 * k, 100 + 12 * k, 0.9)
    ]
    for k in range(4):
        people = [{"pose_keypoints_2d": points}]
        (folder / f"a_{k:012}_keypoints.json").write_text(json.dumps({"version": 1.3, "people": people}))


def test_an_openpose_folder_is_one_recording_known_by_content(bench):
    folder = bench.folder / "in" / "run"
    openpose(folder)
    bench.workers.outcome = score
    assert bench.batch().rows == 1
    before = bench.rows()
    assert before[0]["error"] is None
    assert (bench.batch().reused, bench.rows()) == (1, before)
    first, *_ = sorted(folder.iterdir())
    first.write_text(first.read_text().replace("0.9", "0.8"))
    assert bench.batch().reused == 0


def test_a_sidecar_of_external_poses_counts_as_part_of_them(bench):
    openpose(bench.folder / "in" / "run")
    bench.batch()
    beside = bench.folder / "in" / "run.json"
    for fps in (25, 50):
        beside.write_text(json.dumps({"fps": fps}))
        assert bench.batch().scored == 1
        assert bench.rows()[0]["fps"] == fps
        assert bench.batch().scored == 0

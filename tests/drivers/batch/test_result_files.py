"""The files of a batch next to its table, the table of a stopped run, and how to repeat a run."""

from __future__ import annotations

from pathlib import Path

import pytest

from formcheck.core.errors import SourceError, StoreError
from formcheck.drivers.batch.job import Settings
from formcheck.drivers.batch.store import Store
from formcheck.sources.pose.engine import find_runtime_version

from .batches import HINGE

FRAMES, POSES = Settings(files=("frames.parquet",)), Settings(files=("poses.parquet",))


# Files of a result ----------------------------------------------------------------------------------------------------


def test_file_of_a_result_that_is_missing_is_made_again(done):
    assert done.batch(settings=POSES).scored == 3
    first, *_ = sorted((done.out / "poses").iterdir())
    first.unlink()
    assert done.batch(settings=POSES).scored == 1
    assert first.exists()
    assert done.batch().scored == 0
    assert len(list((done.out / "poses").iterdir())) == 3, "what belongs to a row that stands is kept"


def test_frames_are_a_dataset_of_exactly_the_rows_of_the_table(done):
    import pandas as pd

    done.batch(settings=FRAMES)
    frames = pd.read_parquet(done.out / "frames")
    told = {(row["input_uri"], row["input_sha256"], row["movement_id"]) for row in done.rows()}
    assert set(frames[["input_uri", "input_sha256", "movement"]].astype(str).itertuples(index=False, name=None)) == told
    assert len(frames) == 3 * 8
    done.batch("in/a.parquet", "in/b.parquet", movement="plank", settings=FRAMES)
    frames = pd.read_parquet(done.out / "frames")
    assert set(frames["movement"]) == {"plank"}
    assert frames["input_uri"].nunique() == 2
    assert len(list((done.out / "before").rglob("frames/*/*.parquet"))) == 3


def test_frames_that_a_result_outgrew_do_not_stay_beside_it(done):
    done.batch(settings=FRAMES)
    done.batch(settings=Settings(fps=5))
    assert list((done.out / "frames").rglob("*.parquet")) == []


def test_files_go_where_they_are_asked_to(done):
    elsewhere = Settings(files=("poses.parquet",), files_to="memory://somewhere/deep")
    assert done.batch(settings=elsewhere).scored == 3
    assert not (done.out / "poses").exists()
    assert done.batch(settings=elsewhere).scored == 0


# Stopped --------------------------------------------------------------------------------------------------------------


def test_ctrl_c_leaves_a_valid_table_and_the_next_run_finishes(bench):
    bench.tracks("a.parquet", "b.parquet", "c.parquet")
    bench.workers.stops_after = 2
    with pytest.raises(KeyboardInterrupt):
        bench.batch()
    assert bench.names() == ["a.parquet", "b.parquet"]
    run = bench.run()
    assert (run["complete"], run["counts"]["rows"], run["counts"]["recordings"]) == (False, 2, 3)
    assert run["ended_utc"] is not None
    bench.workers.stops_after = None
    assert bench.batch().scored == 1
    assert bench.run()["complete"] is True


def test_run_that_was_killed_goes_on_from_its_journal(bench, monkeypatch):
    bench.tracks("a.parquet", "b.parquet", "c.parquet")
    bench.workers.stops_after = 2
    with monkeypatch.context() as killed:
        killed.setattr(Store, "finish", lambda *_, **__: None)
        with pytest.raises(KeyboardInterrupt):
            bench.batch()
    assert not (bench.out / "results.parquet").exists()
    bench.workers.stops_after = None
    assert bench.batch().reused == 2
    assert bench.scored == ["c.parquet"]


def test_rows_of_a_killed_run_survive_the_next_command(bench, monkeypatch):
    bench.tracks("a.parquet", "b.parquet")
    with monkeypatch.context() as killed:
        killed.setattr(Store, "finish", lambda *_, **__: None)
        bench.batch("in/a.parquet")
    bench.batch("in/b.parquet")
    assert bench.names() == ["b.parquet"]
    assert bench.batch().scored == 0
    assert bench.names() == ["a.parquet", "b.parquet"]


def test_a_full_disk_ends_in_one_line_and_keeps_the_old_table(done, monkeypatch):
    before = (done.out / "results.parquet").read_bytes()
    done.tracks("d.parquet")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("formcheck.drivers.batch.store.write_results", full)
    with pytest.raises(
        StoreError, match=r"^results.parquet: expected room for the results, got a full disk; free some"
    ):
        done.batch()
    assert (done.out / "results.parquet").read_bytes() == before
    monkeypatch.undo()
    assert sorted(Path(row["input_uri"]).name for row in Store(done.out).rows()) == [f"{n}.parquet" for n in "abcd"]


# How to repeat it -----------------------------------------------------------------------------------------------------


def test_run_tells_how_to_repeat_it_and_holds_no_secret(done):
    done.batch(
        command=["formcheck", "batch", "https://me:pw@host/a.mp4?sig=secret", "--files-to=s3://key:secret@bucket/x"],
        settings=Settings(fps=10, files=("poses.parquet",), files_to=str(done.folder / "files")),
    )
    run = done.run()
    assert run["command"] == ["formcheck", "batch", "https://host/a.mp4", "--files-to=s3://bucket/x"]
    assert run["movements"][HINGE]["sha256"] == done.rows()[0]["movement_sha256"]
    assert run["model"] == {
        "name": "full", "sha256": "0" * 64, "engine": "direct", "runtime": find_runtime_version("direct"),
    }  # fmt: skip
    assert run["settings"]["engine"] == "direct"
    assert run["settings"]["fps"] == 10
    assert run["packages"]["pyarrow"]
    assert run["started_utc"] <= run["ended_utc"]
    assert (run["complete"], run["hosts"], run["scheduler"]) == (True, 1, None)
    counts = {name: run["counts"][name] for name in ("recordings", "rows", "scored", "stood", "unreadable", "failed")}
    assert counts == {"recordings": 3, "rows": 3, "scored": 3, "stood": 0, "unreadable": 0, "failed": 0}


def test_nothing_to_score_is_an_error_and_leaves_nothing(bench):
    Path("in").mkdir()
    with pytest.raises(
        SourceError, match=r"^in: expected recordings, got a folder without recordings; check the spelling$"
    ):
        bench.batch("in")
    assert not bench.out.exists()

"""Batches in worker processes of this machine: the same rows whatever happens to the processes."""

from __future__ import annotations

import os
import signal
import sys
from collections import Counter

import pytest

from .batches import (
    alive, assert_right, clips, desk_in, ended, rows_of, run_of, wait_until, write_tracks,
)  # fmt: skip

TRIED = "tried 2 times, each time {}; run again to try it anew"
LOST = TRIED.format("the worker was lost: it crashed, was killed, or ran out of memory")
NO_TRACK = "expected a pose track saved by formcheck, got a file that is not Parquet; give the poses.parquet of a result"

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signal that ends a process at once")


@pytest.fixture
def desk(tmp_path):
    with desk_in(tmp_path / "desk") as desk:
        yield desk


# ---- the same rows ---------------------------------------------------------------------------------------------------


def test_rows_are_the_same_for_any_number_of_processes(desk):
    paths = write_tracks(desk.folder / "in", clips(10))
    (desk.folder / "in" / "bad.parquet").write_bytes(b"PAR1 no")
    found = []
    for workers in (1, 2, 3):
        out = desk.folder / f"out{workers}"
        told = desk.batch("in", "--workers", workers, "--out", out)
        assert (told.code, told.out) == (2, f"{out}/results.parquet: 11 recordings, 11 scored now, 0 stood\n")
        assert told.told == ["formcheck: of 11 recordings 1 could not be read; see the column `error`"]
        found.append(rows_of(out))
    assert found[0] == found[1] == found[2]
    assert len({row["input_sha256"] for row in found[0].values()}) == 11
    assert_right(found[0], paths)


def test_five_bad_files_among_fifty_are_five_rows(desk):
    bad = [f"bad{k}.parquet" for k in range(5)]
    paths = write_tracks(desk.folder / "in", clips(45), frames=8)
    for k, name in enumerate(bad):
        (desk.folder / "in" / name).write_bytes(b"PAR1 no" * k)
    told = desk.batch("in", "--workers", 2)
    assert (told.code, told.told) == (2, ["formcheck: of 50 recordings 5 could not be read; see the column `error`"])
    rows = rows_of(desk.out)
    assert list(rows) == sorted([*bad, *clips(45)])
    assert [name for name, row in rows.items() if row["error"] is not None] == bad
    assert {rows[name]["error_kind"] for name in bad} == {"input"}
    assert rows["bad1.parquet"]["error"] == f"bad1.parquet: {NO_TRACK}"
    assert_right(rows, paths)
    again = desk.batch("in", "--workers", 2)
    assert (again.code, again.out) == (2, f"{desk.out}/results.parquet: 50 recordings, 0 scored now, 50 stood\n")
    assert rows_of(desk.out) == rows


# ---- what happens to processes ---------------------------------------------------------------------------------------


def test_recording_whose_worker_is_killed_is_right_in_the_end(desk):
    paths = write_tracks(desk.folder / "in", [*clips(6), "stalls.parquet"])
    run = desk.start("in", "--workers", 2)
    os.kill(desk.pid_at("stalls.parquet"), signal.SIGKILL)
    told = ended(run)
    assert (told.code, told.told) == (0, [])
    assert_right(rows_of(desk.out), paths)
    assert desk.opened().count("stalls.parquet") == 2


def test_command_that_is_killed_takes_its_workers_with_it_and_goes_on_where_it_was(desk):
    paths = write_tracks(desk.folder / "in", [*clips(4), "stalls_a.parquet", "stalls_b.parquet", "then.parquet"])
    run = desk.start("in", "--workers", 2, "--frames")
    workers = [desk.pid_at("stalls_a.parquet"), desk.pid_at("stalls_b.parquet")]
    journal = desk.out / "journal.jsonl"
    wait_until(lambda: journal.exists() and journal.read_text().count("\n") == 4, "four rows were not kept")
    run.kill()
    wait_until(lambda: not any(map(alive, workers)), "the workers went on without their command", seconds=10)
    ended(run)
    assert not (desk.out / "results.parquet").exists()
    assert not run_of(desk.out)["complete"]

    before = Counter(desk.opened())
    told = desk.batch("in", "--workers", 2, "--frames")
    assert (told.code, told.told) == (0, [])
    assert told.out == f"{desk.out}/results.parquet: 7 recordings, 3 scored now, 4 stood\n"
    now = Counter(desk.opened()) - before
    assert now == dict.fromkeys(["stalls_a.parquet", "stalls_b.parquet", "then.parquet"], 1)
    assert_right(rows_of(desk.out), paths)
    assert len(list((desk.out / "frames").rglob("*.parquet"))) == 7
    assert not journal.exists()
    assert run_of(desk.out)["complete"]


def test_ctrl_c_leaves_a_table_of_what_was_done(desk):
    write_tracks(desk.folder / "in", [*clips(3), "stalls.parquet", "then.parquet"])
    run = desk.start("in", "--workers", 1)
    worker = desk.pid_at("stalls.parquet")
    run.send_signal(signal.SIGINT)
    told = ended(run, 30)
    line = "formcheck: stopped; finished results are whole, the unfinished one was not written"
    assert (told.code, told.out, told.told) == (2, "", [line])
    assert list(rows_of(desk.out)) == clips(3)
    assert run_of(desk.out)["counts"]["recordings"] == 5
    wait_until(lambda: not alive(worker), "the worker went on without its command", seconds=10)


@pytest.mark.parametrize("name", ["kills.parquet", "kills_early.parquet"])
def test_recording_that_kills_its_worker_costs_one_retry_and_is_an_error_row(desk, name):
    paths = write_tracks(desk.folder / "in", [*clips(3), name, "then.parquet"])
    told = desk.batch("in", "--workers", 2)
    failed = "formcheck: of 5 recordings 1 failed; run again to try those anew; see the column `error`"
    assert (told.code, told.told) == (1, [failed])
    rows = rows_of(desk.out)
    assert (rows[name]["error"], rows[name]["error_kind"]) == (LOST, "machine")
    assert_right(rows, [path for path in paths if path.name != name])
    # one that dies while it is opened ahead of time also takes the recording before it along
    assert desk.opened().count(name) == (2 if name == "kills.parquet" else 3)


def test_recording_that_hangs_is_given_up_after_its_time(desk):
    paths = write_tracks(desk.folder / "in", [*clips(3), "hangs.parquet", "then.parquet"])
    told = desk.batch("in", "--workers", 2, "--timeout", 5, within_s=60)
    assert told.code == 1
    rows = rows_of(desk.out)
    assert rows["hangs.parquet"]["error"] == TRIED.format("it took longer than 5 s")
    assert_right(rows, [path for path in paths if path.name != "hangs.parquet"])
    assert desk.opened().count("hangs.parquet") == 2


def test_lack_of_memory_costs_one_retry_and_a_fault_of_ours_none(desk):
    paths = write_tracks(desk.folder / "in", [*clips(3), "fails.parquet", "hungry.parquet"])
    told = desk.batch("in", "--workers", 2)
    failed = "formcheck: of 5 recordings 2 failed; run again to try those anew; see the column `error`"
    assert (told.code, told.told) == (1, [failed])
    rows = rows_of(desk.out)
    assert rows["hungry.parquet"]["error"] == TRIED.format("the worker ran out of memory")
    assert rows["fails.parquet"]["error"].startswith("a fault of formcheck: RuntimeError: a fault at ")
    assert_right(rows, paths[:3])
    assert Counter(desk.opened()) >= Counter({"hungry.parquet": 2, "fails.parquet": 1})


def test_what_failed_is_tried_anew_by_the_next_run_and_what_cannot_be_read_is_not(desk):
    write_tracks(desk.folder / "in", ["clip.parquet", "hungry.parquet"])
    (desk.folder / "in" / "bad.parquet").write_bytes(b"PAR1 no")
    told = desk.batch("in", "--workers", 1)
    both = "formcheck: of 3 recordings 1 could not be read, 1 failed; run again to try those anew; see the column `error`"
    assert (told.code, told.told) == (1, [both])
    again = desk.batch("in", "--workers", 1)
    assert (again.code, again.told) == (1, [both])
    assert again.out == f"{desk.out}/results.parquet: 3 recordings, 1 scored now, 2 stood\n"
    assert Counter(desk.opened()) == {"bad.parquet": 1, "clip.parquet": 1, "hungry.parquet": 4}

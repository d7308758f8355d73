"""Batches in worker processes of this machine: the rows are right whatever happens to the processes."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from formcheck.core.movement.load import read_movement_bytes
from formcheck.drivers.batch.job import LOST, MEMORY, Job, Settings
from formcheck.drivers.batch.local import LocalWorkers

from .batches import (
    HINGE,
    SLOW_STEP_S,
    TOO_LONG_S,
    alive,
    assert_right,
    clips,
    desk_in,
    ended,
    kept_rows,
    rows_of,
    run_of,
    wait_until,
    worker_of,
    write_tracks,
)

MISHAPS = [f"{what}.parquet" for what in ("fails", "hangs", "hungry", "kills", "kills_early")]

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signal that ends a process at once")


@pytest.fixture
def desk(tmp_path):
    with desk_in(tmp_path / "desk") as desk:
        yield desk


# ---- workers that are lost -------------------------------------------------------------------------------------------


@pytest.fixture(scope="module", autouse=True)
def under_way(tmp_path_factory):
    """Begin a batch in which workers fail in every way: one hangs for long, twice, and other tests run meanwhile."""
    with desk_in(tmp_path_factory.mktemp("mishaps") / "desk") as desk:
        good = write_tracks(desk.folder / "in", clips(6))
        write_tracks(desk.folder / "in", MISHAPS)
        (desk.folder / "in" / "bad.parquet").write_bytes(b"PAR1 no")
        yield desk, desk.start("in", "--workers", 2, "--timeout", TOO_LONG_S), good


def test_a_recording_whose_worker_is_killed_is_right_in_the_end(desk):
    paths = write_tracks(desk.folder / "in", [*clips(3), "stalls.parquet"])
    run = desk.start("in", "--workers", 2)
    worker = desk.pid_at("stalls.parquet")
    os.kill(worker, signal.SIGKILL)
    told = ended(run)
    assert (told.code, told.told) == (0, [])
    assert_right(rows_of(desk.out), paths)
    assert worker_of(desk.out, "stalls.parquet") != worker


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such limit")
def test_workers_do_not_run_a_script_without_a_guard_again(tmp_path):
    write_tracks(tmp_path / "in", clips(2))
    script = tmp_path / "script.py"
    script.write_text(
        "import formcheck as fc\n"
        "with open('runs.txt', 'a') as runs:\n"
        "    runs.write('run ')\n"
        f"table = fc.batch(['in'], out='out', movement={HINGE!r})\n"
        "print(list(table['error'].isna()), table['verdict'].notna().all())\n"
    )
    said = subprocess.run([sys.executable, script], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[True, True] True"
    assert (tmp_path / "runs.txt").read_text() == "run "


def test_worker_is_refused_more_memory_than_its_share():
    code = (
        "from formcheck.drivers.batch.local import MOST_WORKER_BYTES, limit_worker_memory as limit; limit();"
        "half = bytearray(MOST_WORKER_BYTES // 2); print('half', flush=True); bytearray(MOST_WORKER_BYTES // 2)"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout) == (1, "half\n")
    assert ended.stderr.endswith("MemoryError\n")


# ---- recordings that hang --------------------------------------------------------------------------------------------

STALL_S = 10.0


def test_what_makes_no_step_is_given_up_however_long_it_may_take(desk, monkeypatch):
    for name, value in desk.environment.items():
        monkeypatch.setenv(name, value)
    names = ["hangs.parquet", "slow.parquet", "sticks.parquet", "then.parquet"]
    paths = write_tracks(desk.folder / "in", names)
    settings = Settings(timeout_s=3600)
    jobs = [Job(str(path), HINGE, read_movement_bytes(HINGE), "auto", "i", settings) for path in paths]
    with closing(LocalWorkers(2, stall_s=STALL_S)) as workers:
        rows = {Path(job.place).name: outcome.row for job, outcome in workers.run(jobs)}
    given_up = "tried 2 times, each time it did not get on for 10 s; run again to retry"
    told = {name: row.get("error") for name, row in rows.items()}
    assert told == {"hangs.parquet": given_up, "slow.parquet": None, "sticks.parquet": given_up, "then.parquet": None}
    # it got on all the time, for longer than a silence may last
    assert rows["slow.parquet"]["wall_s"] > 16 * SLOW_STEP_S > STALL_S


# ---- a command that ends too early -----------------------------------------------------------------------------------


def test_a_killed_command_ends_its_workers_and_can_resume(desk):
    stalling = ["stalls_a.parquet", "stalls_b.parquet"]
    paths = write_tracks(desk.folder / "in", [*clips(4), *stalling, "then.parquet"])
    run = desk.start("in", "--workers", 2, "--frames")
    workers = [desk.pid_at(name) for name in stalling]
    wait_until(lambda: set(kept_rows(desk.out)) >= set(clips(4)), "four rows were not kept")
    run.kill()
    wait_until(lambda: not any(map(alive, workers)), "the workers went on without their command")
    ended(run)
    assert not (desk.out / "results.parquet").exists()
    assert not run_of(desk.out)["complete"]

    before, kept = Counter(desk.opened()), kept_rows(desk.out)
    todo = {path.name for path in paths} - set(kept)
    told = desk.batch("in", "--workers", 2, "--frames")
    assert (told.code, told.told) == (0, [])
    assert told.out == f"{desk.out}/results.parquet: 7 recordings, {len(todo)} scored now, {len(kept)} unchanged\n"
    assert set(Counter(desk.opened()) - before) == todo
    assert_right(rows_of(desk.out), paths)
    assert len(list((desk.out / "frames").rglob("*.parquet"))) == 7
    assert kept_rows(desk.out) == []
    assert run_of(desk.out)["complete"]
    left = [path.name for path in (desk.folder / "tmp").glob("formcheck-*")]
    assert [*left, *(path.name for path in desk.out.rglob("*.part"))] == []


def test_ctrl_c_leaves_a_table_of_what_was_done(desk):
    paths = write_tracks(desk.folder / "in", [*clips(2), "stalls.parquet", "then.parquet"])
    run = desk.start("in", "--workers", 1)
    worker = desk.pid_at("stalls.parquet")
    run.send_signal(signal.SIGINT)
    told = ended(run)
    line = "formcheck: stopped; finished results are complete, the unfinished one was not written"
    assert (told.code, told.out, told.told) == (2, "", [line])
    assert_right(rows_of(desk.out), paths[:2])
    assert (len(rows_of(desk.out)), run_of(desk.out)["complete"]) == (2, False)
    wait_until(lambda: not alive(worker), "the worker went on without its command")


def test_long_recording_keeps_no_other_waiting_behind_it(desk):
    paths = write_tracks(desk.folder / "in", ["a.parquet", "stalls.parquet", "x.parquet", "y.parquet", "z.parquet"])
    run = desk.start("in", "--workers", 2)
    worker = desk.pid_at("stalls.parquet")
    wait_until(lambda: len(kept_rows(desk.out)) == 4, "one waits behind the long one")
    os.kill(worker, signal.SIGKILL)
    assert ended(run).code == 0
    assert_right(rows_of(desk.out), paths)


# ---- every failure in one batch --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def mishaps(under_way):
    """Return the desk of the batch under way, its output, and the recordings without failure."""
    desk, run, good = under_way
    return desk, ended(run), good


def test_every_recording_has_its_row_whatever_its_neighbours_do(mishaps):
    desk, told, good = mishaps
    count = len(good) + len(MISHAPS) + 1
    assert told.out == f"{desk.out}/results.parquet: {count} recordings, {count} scored now, 0 unchanged\n"
    rows = rows_of(desk.out)
    assert_right(rows, good)
    assert [name for name, row in rows.items() if row["error"] is not None] == ["bad.parquet", *MISHAPS]
    assert [rows[name]["error_kind"] for name in MISHAPS] == ["machine"] * len(MISHAPS)


def test_lost_recordings_are_reported_by_exit_code_and_one_line(mishaps):
    _, told, _ = mishaps
    line = "formcheck: of 12 recordings 1 could not be read, 5 failed; run again to retry them; see the column `error`"
    assert (told.code, told.told) == (1, [line])


@pytest.mark.parametrize(
    ("name", "why"),
    [("kills", LOST), ("kills_early", LOST), ("hangs", f"it took longer than {TOO_LONG_S} s"), ("hungry", MEMORY)],
)
def test_a_recording_that_crashes_its_worker_is_tried_twice(mishaps, name, why):
    desk, _, _ = mishaps
    error = rows_of(desk.out)[f"{name}.parquet"]["error"]
    # the first time it may have been lost with its neighbour, which was opened ahead of time
    assert re.fullmatch(f"tried 2 times, (each|the last) time {why}; run again to retry", error)


def test_fault_of_ours_is_reported_and_costs_no_retry(mishaps):
    desk, _, _ = mishaps
    error = rows_of(desk.out)["fails.parquet"]["error"]
    assert re.fullmatch("an error in formcheck: RuntimeError: a fault at .*fails.parquet", error)


def test_the_next_run_retries_lost_but_not_unreadable_recordings(mishaps):
    desk, _, _ = mishaps
    told = desk.batch("in", "--dry-run")
    states = {line.split("\t")[1].rpartition("/")[2]: line.split("\t")[0] for line in told.out.splitlines()}
    assert states == {**dict.fromkeys(["bad.parquet", *clips(6)], "unchanged"), **dict.fromkeys(MISHAPS, "to do")}
    assert (told.code, told.told) == (0, ["5 of 12 recordings would be scored"])

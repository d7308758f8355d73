"""A real scheduler and Dask workers on this machine: the same rows as from processes, even if one dies."""

from __future__ import annotations

import os
import re
import signal
import sys
import time
from collections import Counter, deque
from dataclasses import replace
from types import SimpleNamespace

import psutil
import pytest

from formcheck.core.errors import BackendError
from formcheck.drivers.batch.cluster import Cluster, score_remotely
from formcheck.drivers.batch.job import LOST, MEMORY, Job, Settings

from .batches import (
    TOO_LONG_S,
    assert_right,
    clips,
    dask_cluster,
    desk_in,
    ended,
    kept_rows,
    rows_of,
    run_of,
    wait_until,
    worker_of,
    write_tracks,
)

DEADLY = [f"{what}.parquet" for what in ("hangs", "hungry", "kills", "kills_early")]

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signal that ends a process at once")


@pytest.fixture
def desk(tmp_path):
    with desk_in(tmp_path / "desk") as desk:
        yield desk


@pytest.fixture(scope="module")
def crew(tmp_path_factory):
    """A desk, and a scheduler with two workers; they cannot read files named unseen."""
    with desk_in(tmp_path_factory.mktemp("crew") / "desk", BLIND="1") as desk, dask_cluster(desk) as cluster:
        yield desk, cluster


@pytest.fixture
def together(crew, tmp_path):
    """The address of two workers who are well, and an empty desk at which they leave their marks."""
    desk, cluster = crew
    cluster.have_workers(2)
    sighted = {name: value for name, value in desk.environment.items() if name != "BLIND"}
    return cluster.address, replace(desk.another(tmp_path / "desk"), environment=sighted)


# ---- the same rows ---------------------------------------------------------------------------------------------------


def test_two_bad_files_of_twelve_are_two_rows_here_and_there(together):
    address, desk = together
    bad = [f"bad{k}.parquet" for k in range(2)]
    paths = write_tracks(desk.folder / "in", clips(10), frames=8)
    for k, name in enumerate(bad):
        (desk.folder / "in" / name).write_bytes(b"PAR1 no" * k)
    told = desk.batch("in", "--scheduler", address, "--engine", "direct")
    line = "formcheck: of 12 recordings 2 could not be read; see the column `error`"
    assert (told.code, told.told) == (2, [line])
    assert told.out == f"{desk.out}/results.parquet: 12 recordings, 12 scored now, 0 unchanged\n"
    rows = rows_of(desk.out)
    assert list(rows) == [*bad, *clips(10)]
    assert [name for name, row in rows.items() if row["error"] is not None] == bad
    assert {rows[name]["error_kind"] for name in bad} == {"input"}
    assert_right(rows, paths)
    here = desk.folder / "here"
    told = desk.batch("in", "--workers", 2, "--engine", "direct", "--out", here)
    assert (told.code, told.told) == (2, [line])
    assert rows_of(here) == rows


def test_paths_are_valid_for_workers_started_in_another_folder(together):
    address, desk = together
    (path,) = write_tracks(desk.folder / "in", ["clip.parquet"])
    assert desk.batch("in/clip.parquet", "--scheduler", address).code == 0
    assert_right(rows_of(desk.out), [path])


def test_a_file_the_worker_misses_is_a_row_and_is_tried_again(together):
    address, desk = together
    paths = write_tracks(desk.folder / "in", ["clip.parquet", "unseen.parquet"])
    told = desk.batch("in", "--scheduler", address)
    assert told.code == 1
    rows = rows_of(desk.out)
    assert_right(rows, paths[:1])
    expected = "expected a file that the worker can read, got no such file on "
    assert rows["unseen.parquet"]["error"].startswith(f"unseen.parquet: {expected}")
    assert rows["unseen.parquet"]["error_kind"] == "machine"
    assert desk.batch("in", "--workers", 1).code == 0
    assert_right(rows_of(desk.out), paths)


# ---- workers that are lost -------------------------------------------------------------------------------------------


def test_a_worker_that_was_just_lost_gets_nothing_for_a_while(monkeypatch):
    """The scheduler may still name it: the next recording was lost with it, and called the reason."""
    cluster, given = Cluster.__new__(Cluster), []
    cluster._given, cluster._lost_at = {}, {}
    cluster._ready, cluster._threads = ["tcp://gone", "tcp://there"], {"tcp://gone": 1, "tcp://there": 1}
    monkeypatch.setattr(cluster, "_give", lambda job, worker, alone: given.append((job, worker, alone)))
    cluster._lost_workers = {"tcp://gone": time.monotonic()}
    one, two, three = (SimpleNamespace(key=("", "", name)) for name in ("one", "two", "three"))
    cluster._hand_out(deque([one, two]), deque())
    assert given == [(one, "tcp://there", False)]
    cluster._lost_workers = {"tcp://gone": time.monotonic() - 60.0}
    cluster._hand_out(deque([two]), deque([three]))
    assert given[1:] == [(two, "tcp://gone", False), (three, "tcp://there", True)]


@pytest.fixture(scope="module")
def mishaps(crew, tmp_path_factory):
    """A batch with recordings that kill their workers: its desk, its output, what was opened, the other recordings."""
    desk, cluster = crew
    cluster.have_workers(2)
    desk = desk.another(tmp_path_factory.mktemp("mishaps") / "desk")
    good = write_tracks(desk.folder / "in", [*clips(6), "x.parquet"])
    write_tracks(desk.folder / "in", DEADLY)
    told = desk.batch("in", "--scheduler", cluster.address, "--timeout", TOO_LONG_S)
    return desk, told, desk.opened(), good


def test_recordings_that_crash_their_worker_harm_no_others(mishaps):
    desk, told, _, good = mishaps
    line = "formcheck: of 11 recordings 4 failed; run again to retry them; see the column `error`"
    assert (told.code, told.told) == (1, [line])
    rows = rows_of(desk.out)
    assert_right(rows, good)
    assert [name for name, row in rows.items() if row["error_kind"] == "machine"] == DEADLY


@pytest.mark.parametrize(
    ("name", "why"),
    [("kills", LOST), ("kills_early", LOST), ("hangs", f"it took longer than {TOO_LONG_S} s"), ("hungry", MEMORY)],
)
def test_a_recording_that_crashes_its_worker_is_tried_twice(mishaps, name, why):
    desk, _, opened, _ = mishaps
    error = rows_of(desk.out)[f"{name}.parquet"]["error"]
    assert error == f"tried 2 times, each time {why}; run again to retry"
    assert opened.count(f"{name}.parquet") == 2


def test_a_recording_whose_worker_is_killed_is_right_in_the_end(together):
    """One worker is killed, and the machine of the other: its nanny, which would start another, goes first."""
    address, desk = together
    stalling = ["stalls_a.parquet", "stalls_b.parquet"]
    paths = write_tracks(desk.folder / "in", [*clips(3), *stalling, "then.parquet"])
    run = desk.start("in", "--scheduler", address)
    workers = [desk.pid_at(name) for name in stalling]
    os.kill(psutil.Process(workers[1]).ppid(), signal.SIGKILL)
    for worker in workers:
        os.kill(worker, signal.SIGKILL)
    told = ended(run)
    assert (told.code, told.told) == (0, [])
    assert_right(rows_of(desk.out), paths)
    assert {worker_of(desk.out, name) for name in stalling}.isdisjoint(workers)
    assert [desk.opened().count(name) for name in stalling] == [2, 2]


def test_a_killed_worker_costs_its_other_thread_nothing(desk):
    paths = write_tracks(desk.folder / "in", [*clips(3), "kills.parquet", "then.parquet"])
    with dask_cluster(desk, workers=0) as cluster:
        cluster.add_worker("--nthreads", "2")
        told = desk.batch("in", "--scheduler", cluster.address)
    assert told.code == 1
    rows = rows_of(desk.out)
    assert [name for name, row in rows.items() if row["error"] is not None] == ["kills.parquet"]
    assert_right(rows, [path for path in paths if path.name != "kills.parquet"])


def test_run_waits_for_workers_and_takes_those_that_come_later(desk):
    paths = write_tracks(desk.folder / "in", [*clips(3), "stalls.parquet"])
    with dask_cluster(desk, workers=0) as cluster:
        run = desk.start("in", "--scheduler", cluster.address)
        assert run.stderr.readline() == f"formcheck: {cluster.address} has no workers yet; waiting for the first\n"
        cluster.add_worker()
        worker = desk.pid_at("stalls.parquet")
        cluster.add_worker()
        os.kill(worker, signal.SIGSTOP)  # the second run would do the rest, without the jobs of the first
        wait_until(lambda: set(kept_rows(desk.out)) == set(clips(3)), "the second worker was not used")
        os.kill(worker, signal.SIGKILL)
        told = ended(run)
    assert (told.code, told.told) == (0, [])
    assert_right(rows_of(desk.out), paths)


# ---- a command or a scheduler that ends too early --------------------------------------------------------------------


def test_command_that_is_killed_goes_on_where_it_was(together):
    address, desk = together
    stalling = ["stalls_a.parquet", "stalls_b.parquet"]
    paths = write_tracks(desk.folder / "in", [*clips(4), *stalling, "then.parquet"])
    run = desk.start("in", "--scheduler", address)
    workers = [desk.pid_at(name) for name in stalling]
    wait_until(lambda: set(kept_rows(desk.out)) >= set(clips(4)), "four rows were not kept")
    run.kill()
    ended(run)
    for worker in workers:  # they would go on with what nobody waits for
        os.kill(worker, signal.SIGKILL)
    before, kept = Counter(desk.opened()), kept_rows(desk.out)
    todo = {path.name for path in paths} - set(kept)
    told = desk.batch("in", "--scheduler", address)
    assert (told.code, told.told) == (0, [])
    assert told.out == f"{desk.out}/results.parquet: 7 recordings, {len(todo)} scored now, {len(kept)} unchanged\n"
    assert Counter(desk.opened()) - before == dict.fromkeys(todo, 1)
    assert_right(rows_of(desk.out), paths)


def test_a_killed_scheduler_ends_in_one_line_and_keeps_results(desk, crew):
    paths = write_tracks(desk.folder / "in", [*clips(3), "stalls.parquet", "then.parquet"])
    with dask_cluster(desk) as cluster:
        run = desk.start("in", "--scheduler", cluster.address)
        desk.pid_at("stalls.parquet")
        wait_until(lambda: len(kept_rows(desk.out)) == 4, "four rows were not kept")
        cluster.scheduler.kill()
        told = ended(run)
    line = f"formcheck: {cluster.address}: expected a running scheduler, got no answer; run again when it is back"
    assert (told.code, told.out, told.told) == (2, "", [line])
    assert list(rows_of(desk.out)) == [*clips(3), "then.parquet"]
    assert not run_of(desk.out)["complete"]
    other_desk, other = crew
    (other_desk.marks / "stalls.parquet").touch()  # its workers do not stall
    told = desk.batch("in", "--scheduler", other.address)
    assert (told.code, told.out) == (0, f"{desk.out}/results.parquet: 5 recordings, 1 scored now, 4 unchanged\n")
    assert_right(rows_of(desk.out), paths)
    assert run_of(desk.out)["complete"]


def test_a_lost_scheduler_is_noticed_before_dask_gives_up(desk):
    with dask_cluster(desk) as running:
        cluster = Cluster(running.address)
        cluster._look()
        running.scheduler.kill()
        wait_until(lambda: cluster._client.status != "running", "the lost connection was not noticed")
        with pytest.raises(BackendError, match="expected a running scheduler, got no answer"):
            list(cluster.run([Job("hinge.parquet", "auto", b"", "auto", "i", Settings())]))
        assert cluster._client.status != "closed"  # Dask itself tries to connect for 30 s
        cluster.close()


# ---- wrong set-ups ---------------------------------------------------------------------------------------------------


def test_scheduler_that_does_not_answer_is_reported_in_one_line(tmp_path):
    with desk_in(tmp_path / "desk", DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT="1s") as desk:
        write_tracks(desk.folder / "in", ["clip.parquet"])
        told = desk.batch("in", "--scheduler", "tcp://127.0.0.1:1")
    assert (told.code, told.out) == (2, "")
    (line,) = told.told
    assert re.fullmatch(r"formcheck: tcp://127.0.0.1:1: expected a Dask scheduler, got: .*; check the address", line)


@pytest.mark.parametrize("address", ["localhost", "tcp://localhost", "http://localhost:8786"])
def test_address_that_is_not_a_schedulers_is_reported(address):
    with pytest.raises(BackendError, match=f"^{address}: expected a Dask scheduler, got: .+; check the address$"):
        Cluster(address)


def test_missing_dask_is_reported_with_what_installs_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    message = r"^--scheduler: expected Dask to be installed, got none; pip install 'formcheck\[cluster\]'$"
    with pytest.raises(BackendError, match=message):
        Cluster("tcp://127.0.0.1:8786")


def test_worker_with_another_formcheck_scores_nothing():
    job = Job("clip.parquet", "auto", b"", "auto", "", Settings())
    row = score_remotely(job, "9.9.9", is_here=False).row
    assert re.fullmatch(r"expected a worker with formcheck 9\.9\.9, got [\d.]+; install the same version", row["error"])
    assert row["error_kind"] == "machine"

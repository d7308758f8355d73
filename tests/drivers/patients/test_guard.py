"""A killed app leaves no readable copy of an encrypted patient, also before its next start."""

from __future__ import annotations

import subprocess
import sys

import pytest

from formcheck.drivers.patients import guard, unlocked
from formcheck.drivers.patients import vault as vaults
from formcheck.drivers.patients.copy_marks import COPY_MARK
from formcheck.drivers.patients.folders import add_patient, open_patient
from formcheck.drivers.patients.unlocked import OPEN_PATIENTS
from formcheck.drivers.results_store import find_result, find_results_dir, open_new_result

from ...apps.conftest import wait_until
from .test_folders import FILES, SECRET

KEY = "a" * 32
WORK = f"""
import sys, time
from formcheck.drivers.patients.folders import open_patient
from formcheck.drivers.patients.guard import GUARD
from formcheck.drivers.results_store import find_result
GUARD.is_wanted = True
open_patient("A-17", passphrase={SECRET!r}).open_copy({KEY!r})
(find_result({KEY!r}).folder / "corrections.json").write_text("CHANGED")
print(GUARD._process.pid, flush=True)
time.sleep(600)
"""


@pytest.fixture
def kept(results, tmp_path, monkeypatch):
    """Keep a result in an encrypted folder, and nowhere else."""
    monkeypatch.setenv("FORMCHECK_DATA", str(tmp_path / "data"))
    monkeypatch.setattr(vaults, "_COST", 2**14)
    with open_new_result(KEY, recording="set.mp4", movement="Plank") as work:
        for name, content in FILES.items():
            (work / name).write_bytes(content)
    folder = add_patient("A-17", passphrase=SECRET)
    folder.move_in(find_result(KEY))
    return folder.path


def test_the_guard_puts_back_what_a_killed_app_left(kept, tmp_path):
    process = subprocess.Popen([sys.executable, "-c", WORK], stdout=subprocess.PIPE, text=True)
    try:
        assert int(process.stdout.readline())
        assert (find_result(KEY).folder / "corrections.json").read_text() == "CHANGED"
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
    wait_until(lambda: not list(find_results_dir().iterdir()))
    taken = open_patient("A-17", passphrase=SECRET).take_out(KEY, tmp_path / "out")
    assert (taken / "corrections.json").read_text() == "CHANGED"
    assert all((taken / name).read_bytes() == content for name, content in FILES.items())


def test_no_guard_is_started_without_an_app_and_it_ends_with_it(kept):
    waits = guard.CopyGuard()
    waits.start()
    assert waits._process is None
    waits.is_wanted = True
    waits.start()
    process = waits._process
    waits.start()
    assert waits._process is process  # one is enough
    waits.stop()
    assert process.poll() is not None
    assert waits._process is None


def test_a_system_that_allows_no_process_is_no_reason_to_stop(kept, monkeypatch, caplog):
    def refuse(*_, **__):
        raise OSError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(guard.subprocess, "Popen", refuse)
    waits = guard.CopyGuard()
    waits.is_wanted = True
    waits.start()
    assert "no guard for the working copies" in caplog.text


def test_a_copy_that_was_being_made_is_removed(kept, monkeypatch):
    half = find_results_dir() / ".unfinished-x"
    monkeypatch.setattr("formcheck.drivers.patients.copy_marks.has_dead_owner", lambda name: name == half.name)
    for folder in (half, find_results_dir() / ".unfinished-y"):
        folder.mkdir()
        (folder / COPY_MARK).write_text("{}")
    (find_results_dir() / ".unfinished-z").mkdir()
    OPEN_PATIENTS.lock_left_copies()
    assert sorted(one.name for one in find_results_dir().iterdir()) == [".unfinished-y", ".unfinished-z"]
    assert open_patient("A-17", passphrase=SECRET).read_index().results[0].name == KEY


def test_finish_waits_for_the_end_and_puts_back(kept, monkeypatch):
    open_patient("A-17", passphrase=SECRET).open_copy(KEY)
    seen = iter([False, False])
    monkeypatch.setattr(unlocked, "has_ended", lambda _owner: next(seen, True))
    monkeypatch.setattr("formcheck.drivers.patients.copy_marks.has_ended", lambda _owner: True)
    unlocked.finish("owner")
    assert find_result(KEY) is None
    assert next(seen, None) is None

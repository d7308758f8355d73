"""What a killed process leaves goes at the next run; what is in use, foreign or a link stays."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from formcheck.sources import owned_files
from formcheck.sources.owned_files import (
    has_dead_owner,
    make_part_folder,
    mark_owner,
    name_temp_folder,
    name_unfinished_file,
    sweep_folder,
    sweep_once,
)

LEAVE = """
import os, sys, tempfile
from pathlib import Path
from formcheck.sources.owned_files import make_part_folder, name_unfinished_file, name_temp_folder
out = Path(sys.argv[1])
name_unfinished_file(out / "table.parquet").write_text("half")
(make_part_folder(out / "result") / "frames.parquet").write_text("half")
(Path(tempfile.mkdtemp(prefix=name_temp_folder(), dir=out)) / "poses.parquet").write_text("half")
print("left", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def other(tmp_path):
    """A process that holds three unfinished things in a folder."""
    process = subprocess.Popen([sys.executable, "-c", LEAVE, tmp_path], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout.readline().strip() == b"left"
    yield process
    process.kill()
    process.communicate()


def test_only_the_work_of_a_killed_process_is_removed(tmp_path, other):
    names = sorted(path.name for path in tmp_path.iterdir())
    assert len(names) == 3
    sweep_folder(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == names
    other.kill()
    other.wait()
    assert all(has_dead_owner(name) for name in names)
    sweep_folder(tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name != "posix", reason="only there an ended process stays listed")
def test_ended_process_whose_parent_never_asked_is_dead(tmp_path, other):
    names = [path.name for path in tmp_path.iterdir()]
    os.kill(other.pid, 9)
    os.waitid(os.P_PID, other.pid, os.WEXITED | os.WNOWAIT)  # it has ended, and is still listed
    assert all(has_dead_owner(name) for name in names)


def test_own_names_are_not_dead(tmp_path):
    for path in (name_unfinished_file(tmp_path / "a.parquet"), make_part_folder(tmp_path / "out")):
        assert not has_dead_owner(path.name)
    assert not has_dead_owner(f"{name_temp_folder()}abcdefgh")


@pytest.mark.parametrize(
    "name",
    [
        ".notes.part", ".table.parquet.77.part", "formcheck-abcdefgh", ".unfinished-abcdefgh", "result", "x.part",
        ".a.fc00000000-1-1.part", ".a.fcXXXXXXXX-1-1.part", "formcheck-fc12345678-1-1",
    ],
)  # fmt: skip
def test_foreign_names_and_other_machines_are_left_alone(tmp_path, name):
    (tmp_path / name).write_text("mine")
    sweep_folder(tmp_path)
    assert (tmp_path / name).read_text() == "mine"


def dead_mark():
    """The mark of a process that had this process's number at another time."""
    machine, pid, start = mark_owner().split("-")
    return f"{machine}-{pid}-{int(start, 16) + 1:x}"


def test_number_of_a_dead_process_may_be_given_again(tmp_path):
    (tmp_path / f".a.{dead_mark()}.part").write_text("half")
    sweep_folder(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_unfinished_results_are_left_to_the_app(tmp_path):
    folder = tmp_path / f".unfinished-{dead_mark()}-abcdefgh"
    folder.mkdir()
    assert has_dead_owner(folder.name)
    sweep_folder(tmp_path)
    assert folder.is_dir()


def test_link_is_removed_and_not_followed(tmp_path):
    target = tmp_path / "target"
    target.mkdir()
    (target / "mine.txt").write_text("mine")
    folder = tmp_path / "swept"
    folder.mkdir()
    (folder / f".a.{dead_mark()}.part").symlink_to(target)
    sweep_folder(folder)
    assert list(folder.iterdir()) == []
    assert (target / "mine.txt").read_text() == "mine"


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="there are no owners")
def test_files_of_another_user_are_left_alone(tmp_path, monkeypatch):
    part = tmp_path / f".a.{dead_mark()}.part"
    part.write_text("theirs")
    monkeypatch.setattr(os, "getuid", lambda: part.stat().st_uid + 1)
    sweep_folder(tmp_path)
    assert part.exists()


def test_a_folder_is_swept_once_in_a_run(tmp_path):
    sweep_once(tmp_path)
    (tmp_path / f".a.{dead_mark()}.part").write_text("half")
    sweep_once(tmp_path)
    assert len(list(tmp_path.iterdir())) == 1


def test_part_of_a_file_with_the_longest_name_can_be_written(tmp_path):
    path = tmp_path / ("ä" * 120 + ".parquet")
    part = name_unfinished_file(path)
    part.write_text("half")
    assert part.parent == path.parent
    assert len(os.fsencode(part.name)) < 200


def test_temporary_folder_is_swept_at_the_first_use(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(owned_files, "_swept", set())
    left = tmp_path / f"formcheck-{dead_mark()}-abcdefgh"
    left.mkdir()
    (left / "poses.parquet").write_text("half")
    with tempfile.TemporaryDirectory(prefix=name_temp_folder()) as folder:
        assert [path.name for path in tmp_path.iterdir()] == [Path(folder).name]

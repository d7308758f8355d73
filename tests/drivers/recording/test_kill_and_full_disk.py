"""`check` killed at any moment, or on a full disk: nothing half-written, and nothing stays after the next run."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

CHILD = Path(__file__).with_name("waiting_check.py")
DATA = Path(__file__).parents[2] / "data"
HINGE = "hamstring_hinge_standing"
RESULT = ["frames.parquet", "movement.toml", "poses.parquet", "summary.json"]
MOMENTS = ["poses kept", "half judged", "all written", "half moved"]


@pytest.fixture
def place(tmp_path, checkout):
    """A folder for results, and a folder for temporary files, both empty."""
    for name in ("work", "tmp"):
        (tmp_path / name).mkdir()
    return Place(tmp_path, checkout)


class Place:
    """Where the commands run."""

    def __init__(self, folder: Path, checkout: Path) -> None:
        self.work, self.tmp = folder / "work", folder / "tmp"
        path = os.pathsep.join(filter(None, [str(checkout / "src"), os.environ.get("PYTHONPATH", "")]))
        self._environment = {**os.environ, "PYTHONPATH": path, "TMPDIR": str(self.tmp)}

    def check(self, track: str) -> None:
        command = [sys.executable, "-m", "formcheck.apps.cli", *self.words(track)]
        subprocess.run(command, env=self._environment, check=True, stdout=subprocess.DEVNULL)

    def kill_at(self, moment: str, track: str) -> None:
        command = [sys.executable, str(CHILD), moment, *self.words(track)]
        with subprocess.Popen(command, env=self._environment, stdout=subprocess.PIPE) as child:
            assert child.stdout.readline() == b"waiting\n"
            child.kill()

    def words(self, track: str) -> list[str]:
        return ["check", str(DATA / f"{track}.parquet"), "--movement", HINGE, "--out", str(self.work / "out")]

    def contents(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in sorted((self.work / "out").iterdir())}


@pytest.fixture(scope="module")
def older(tmp_path_factory, checkout):
    """The files of a finished result."""
    folder = tmp_path_factory.mktemp("older")
    for name in ("work", "tmp"):
        (folder / name).mkdir()
    place = Place(folder, checkout)
    place.check("hinge_good")
    return place.contents()


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_killed_check_leaves_nothing_after_the_next_run(place, older, moment):
    out = place.work / "out"
    out.mkdir()
    for name, content in older.items():
        (out / name).write_bytes(content)
    place.kill_at(moment, "hinge_back_rounding")
    assert [*place.tmp.iterdir(), *place.work.glob(".*")]  # the kill did leave something
    left = place.contents()
    assert left == older if moment != "half moved" else "summary.json" not in left
    place.check("hinge_back_rounding")
    newer = place.contents()
    assert sorted(newer) == RESULT
    assert newer["summary.json"] != older["summary.json"]
    assert [path.name for path in place.work.iterdir()] == ["out"]
    assert list(place.tmp.iterdir()) == []


# A full disk ----------------------------------------------------------------------------------------------------------

ON_SMALL_DISK = """
mount -t tmpfs -o size=$1k none "$2" || exit 77
shift
disk=$1
shift
TMPDIR="$disk" "$@"
code=$?
ls -A "$disk" | sed 's/^/left /'
exit $code
"""


@pytest.fixture(scope="session")
def small_disk(tmp_path_factory):
    """Return a function that runs a command with a small disk at a folder; code, what stays on it, stderr."""
    folder = tmp_path_factory.mktemp("disk")
    unshare = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", ON_SMALL_DISK, "sh"]

    def run(size_kb: int, *words: str) -> tuple[int, list[str], str]:
        command = [*unshare, str(size_kb), str(folder), *(word.replace("DISK", str(folder)) for word in words)]
        ended = subprocess.run(command, capture_output=True, text=True, check=False)
        left = [line.removeprefix("left ") for line in ended.stdout.splitlines() if line.startswith("left ")]
        return ended.returncode, left, ended.stderr

    try:
        if run(64, "true")[0] == 77:
            pytest.skip("no small disk can be mounted here")
    except FileNotFoundError:
        pytest.skip("no unshare on this machine")
    return run


@pytest.mark.parametrize("size_kb", [4, 60, 200])
def test_check_on_a_full_disk_is_one_line_and_leaves_nothing(small_disk, size_kb):
    track = str(DATA / "hinge_good.parquet")
    words = [sys.executable, "-m", "formcheck.apps.cli", "check", track, "--movement", HINGE, "--out", "DISK/out"]
    code, left, stderr = small_disk(size_kb, *words)
    assert (code, left) == (2, []), stderr
    line = "formcheck: out: expected room for the results, got a full disk; free some space and run again\n"
    assert stderr.endswith(line)  # a slow machine shows its progress before
    assert "Traceback" not in stderr


def test_check_fits_on_a_larger_disk(small_disk):
    track = str(DATA / "hinge_good.parquet")
    words = [sys.executable, "-m", "formcheck.apps.cli", "check", track, "--movement", HINGE, "--out", "DISK/out"]
    assert small_disk(5000, *words)[:2] == (0, ["out"])


@pytest.mark.parametrize("size_kb", [8, 100])
def test_batch_on_a_full_disk_keeps_its_rows_whole(small_disk, size_kb):
    tracks = [str(DATA / f"{name}.parquet") for name in ("hinge_good", "hinge_bounce")]
    words = ["-m", "formcheck.apps.cli", "batch", *tracks, "--movement", HINGE, "--workers", "1", "--frames"]
    code, left, stderr = small_disk(size_kb, sys.executable, *words, "--out", "DISK/out")
    assert code == 2, stderr
    assert "full disk" in stderr
    assert "Traceback" not in stderr
    assert [name for name in left if name != "out"] == []

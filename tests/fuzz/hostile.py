"""Run the command on each trap, and each input of `../shared/cases/hostile`: `python -m tests.fuzz.hostile [NAME ...]`.

Each must be read, or be refused in one line with exit code 2, within ten seconds and a gigabyte.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Collection, Iterator
from contextlib import suppress
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from ..conftest import CHECKOUT, SHARED

FOLDER = SHARED / "cases" / "hostile"
LONGEST_S, MOST_MB = 10.0, 1000.0
WAIT_S = 120.0
"""A machine with other work is slow: the ten seconds are of its processor."""
MOVEMENT = ("--movement", "hamstring_hinge_standing")
GOOD = CHECKOUT / "tests" / "data" / "hinge_good.parquet"
LABELS = "recording,verdict\nhinge_good,ok\n"


class Ending(NamedTuple):
    """How one command ended: exit code, processor and clock seconds, memory, and what it said."""

    command: str
    code: int
    cpu_s: float
    wall_s: float
    memory_mb: float
    said: str

    @property
    def is_good(self) -> bool:
        """Return whether it read the input or refused it in one line, and cheaply."""
        told = self.code == 2 and "\n" not in self.said and self.said.startswith("formcheck: ")
        read = self.code == 0 and "Traceback" not in self.said and "Warning" not in self.said
        return (told or read) and self.cpu_s < LONGEST_S and self.memory_mb < MOST_MB


def list_inputs() -> list[Path]:
    """Return the inputs: a file, or the folder that is given as a whole."""
    if not FOLDER.is_dir():
        return []
    kinds = (
        "manual/*",
        "landmark_csv/*/x.csv",
        "openpose/*/op",
        "track_*/*/*.parquet",
        "manifest/*/m.csv",
        "results/*/res",
    )
    return sorted(place for kind in kinds for place in FOLDER.glob(kind))


def list_commands(place: Path, folder: Path, *, whole: bool) -> list[list[str]]:
    """Return the commands that read an input.

    Parameters
    ----------
    folder : an empty folder for what they write.
    whole : also run the batch itself, which takes longer than its plan.
    """
    if place.name == "m.csv":
        commands = [("batch", "--dry-run", "--manifest", place, "--out", folder / "out")]
    elif place.name == "res":
        labels, out = folder / "labels.csv", folder / "res"
        labels.write_text(LABELS)
        shutil.copytree(place, out, copy_function=shutil.copyfile)
        for one in (out, *(path for path in out.rglob("*") if path.is_dir())):
            one.chmod(0o700)
        batch = ("batch", GOOD, *MOVEMENT, "--workers", "1", "--out", out, *(() if whole else ("--dry-run",)))
        commands = [("agree", labels, place), ("export", out, "--to", "csv"), batch]
    else:
        commands = [("check", "--json", *MOVEMENT, place)]
    return [[str(word) for word in command] for command in commands]


def run_command(words: list[str]) -> Ending:
    """Run formcheck in a process of its own; measure what it took."""
    began_s = time.monotonic()
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = subprocess.Popen(
            [sys.executable, "-m", "formcheck.apps.cli", *words], stdout=out, stderr=err,
            env={**os.environ, "PYTHONPATH": str(CHECKOUT / "src")},
        )  # fmt: skip
        status, peak_mb = 0, 0.0
        while True:
            peak_mb = max(peak_mb, read_peak_mb(process.pid))
            pid, status, used = os.wait4(process.pid, os.WNOHANG)
            if pid:
                break
            if time.monotonic() - began_s > WAIT_S:
                process.kill()
            time.sleep(0.02)
        process.returncode = os.waitstatus_to_exitcode(status)
        err.seek(0)
        lines = err.read().decode("utf-8", "replace").strip().splitlines()
        said = "\n".join(line for line in lines if " frames/s, " not in line)  # the progress of a batch
    cpu_s = used.ru_utime + used.ru_stime
    wall_s = time.monotonic() - began_s
    return Ending(" ".join(words), process.returncode, cpu_s, wall_s, peak_mb or used.ru_maxrss / 1024, said)


def read_peak_mb(pid: int) -> float:
    """Return the most memory that a process or one of its children has had so far; 0 where it cannot be read.

    What the system reports at the end counts the memory of the process that started it, too.
    """
    peak_mb = 0.0
    with suppress(OSError, ValueError, IndexError):  # it has just ended
        text = Path(f"/proc/{pid}/status").read_text("ascii", "replace")
        peak_mb = int(text.partition("VmHWM:")[2].split()[0]) / 1024
    with suppress(OSError, ValueError):
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()
        peak_mb = max(peak_mb, *(read_peak_mb(int(child)) for child in children), 0.0)
    return peak_mb


def walk_into_traps(names: Collection[str] = ()) -> Iterator[tuple[str, Ending]]:
    """Yield the ending of each trap, or of those named."""
    from .traps import TRAPS

    for name, make in TRAPS.items():
        if names and name not in names:
            continue
        with tempfile.TemporaryDirectory() as folder:
            yield name, run_command(make(Path(folder)))


def read_inputs() -> Iterator[tuple[str, Ending]]:
    """Yield the endings of the inputs beside the checkout."""
    for place in list_inputs():
        with tempfile.TemporaryDirectory() as folder:
            for words in list_commands(place, Path(folder), whole=True):
                yield str(place.relative_to(FOLDER)), run_command(words)


def main() -> int:
    """Print each ending and the worst; return 1 if one is not good."""
    endings: list[Ending] = []
    names = sys.argv[1:]
    for name, one in chain(walk_into_traps(names), () if names else read_inputs()):
        endings.append(one)
        state = "good" if one.is_good else "BAD "
        cost = f"{one.cpu_s:.1f} s {one.memory_mb:.0f} MB"
        print(f"{state} {one.command.split()[0]:6} {name} {one.code} {cost} {one.said[-150:]!r}", flush=True)
    bad = sum(not one.is_good for one in endings)
    refused = sum(one.code == 2 for one in endings)
    print(
        f"{len(endings)} commands: {len(endings) - refused - bad} read, {refused} refused, {bad} bad; at most "
        f"{max(one.cpu_s for one in endings):.1f} s of processor, {max(one.wall_s for one in endings):.1f} s of clock, "
        f"{max(one.memory_mb for one in endings):.0f} MB"
    )
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())

"""Run batches as people do: in separate processes, over recordings that misbehave, on a cluster."""

from __future__ import annotations

import json
import math
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from formcheck.core.summary.schema import make_summary_row
from formcheck.drivers.recording.check import check_recording
from formcheck.drivers.recording.look_rate import Fps
from formcheck.drivers.recording.process_engine import ProcessEngine
from formcheck.sinks.results_table import write_results
from formcheck.sources.pose_track import TrackWriter, open_track

CHECKOUT = Path(__file__).resolve().parents[3]
HINGE = "hamstring_hinge_standing"
TOO_LONG_S = 30
"""What a recording may take where one hangs: a busy machine needs seconds to start the process that reads it."""
SLOW_STEP_S = 0.8
"""What a recording named slow takes for each pose; as in `mischief.py`, which cannot be imported."""
PATIENCE_S = 300
"""A busy machine may take its time: what is waited for must come, but not soon."""
OF_THE_RUN = ("wall_s", "worker")
"""What differs from run to run."""

# ---- recordings ------------------------------------------------------------------------------------------------------


def write_tracks(folder: Path, names: Iterable[str], frames: int = 16) -> list[Path]:
    """Write short tracks, each a different piece of a saved one."""
    folder.mkdir(parents=True, exist_ok=True)
    data = CHECKOUT / "tests" / "data"
    saved = [open_track(data / f"hinge_{what}.parquet") for what in ("good", "back_rounding", "bounce", "knee_bent")]
    paths = []
    for k, name in enumerate(names):
        track, start = saved[k % len(saved)], 2 * k
        with TrackWriter(folder / name, track.header) as writer:
            for pose in islice(track, start, start + frames):
                writer.write(pose)
        paths.append(folder / name)
    return paths


def clips(count: int) -> list[str]:
    return [f"clip{k:02}.parquet" for k in range(count)]


# ---- the command -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Ended:
    """What a command came to."""

    code: int
    out: str
    err: str

    @property
    def told(self) -> list[str]:
        """The lines of standard error without the progress lines."""
        return [line for line in self.err.splitlines() if not re.search(" frames/s, | has no workers yet; ", line)]


@dataclass(frozen=True)
class Desk:
    """A folder to work in, in which recordings misbehave as their names say."""

    folder: Path
    environment: Mapping[str, str]
    started: list[subprocess.Popen[str]]

    @property
    def out(self) -> Path:
        return self.folder / "out"

    @property
    def marks(self) -> Path:
        return Path(self.environment["MARKS"])

    def another(self, folder: Path) -> Desk:
        """Return a desk in another folder, at which the same workers begin with nothing marked."""
        folder.mkdir(parents=True)
        for mark in self.marks.iterdir():
            mark.unlink()
        return replace(self, folder=folder)

    def start(self, *words: object, movement: str = HINGE) -> subprocess.Popen[str]:
        """Start `formcheck batch`; results go to `out` unless the words name another place."""
        place = [] if "--out" in words else ["--out", self.out]
        command = [sys.executable, "-m", "formcheck.apps.cli", "batch", *words, *place, "--movement", movement]
        run = subprocess.Popen(
            [str(word) for word in command],
            env=self.environment, cwd=self.folder, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            # a job in the background of a shell would ignore Ctrl-C, and so would what it starts
            preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 - no other thread yet
        )  # fmt: skip
        self.started.append(run)
        return run

    def batch(self, *words: object, movement: str = HINGE, within_s: float = PATIENCE_S) -> Ended:
        return ended(self.start(*words, movement=movement), within_s)

    def opened(self) -> list[str]:
        """The recordings that workers opened so far, in order."""
        return [line.split()[0] for line in self._marked("opened")]

    def pid_at(self, name: str) -> int:
        """Wait until a worker is in the middle of a recording that stalls; return its process."""
        wait_until(lambda: self._marked(name) or self.started[-1].poll() is not None, f"no worker came to {name}")
        assert self._marked(name), self.started[-1].communicate()
        return int(self._marked(name)[0])

    def _marked(self, name: str) -> list[str]:
        path = self.marks / name
        return path.read_text().splitlines() if path.exists() else []


@contextmanager
def desk_in(folder: Path, **more: str) -> Iterator[Desk]:
    """Give a place to work in; what was started there has ended afterwards."""
    (folder / "marks").mkdir(parents=True)
    (folder / "mischief").mkdir()
    (folder / "tmp").mkdir()
    shutil.copy(Path(__file__).with_name("mischief.py"), folder / "mischief" / "sitecustomize.py")
    path = [str(folder / "mischief"), str(CHECKOUT / "src"), os.environ.get("PYTHONPATH", "")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, path)), "MARKS": str(folder / "marks"),
                   "TMPDIR": str(folder / "tmp")}  # fmt: skip
    desk = Desk(folder, {**environment, **more}, [])
    try:
        yield desk
    finally:
        for run in desk.started:
            run.kill()
            run.communicate()


def ended(run: subprocess.Popen[str], within_s: float = PATIENCE_S) -> Ended:
    """Wait for the end of a command, which must come."""
    try:
        out, err = run.communicate(timeout=within_s)
    except subprocess.TimeoutExpired:
        run.kill()
        out, err = run.communicate()
        raise AssertionError(f"still running after {within_s} s:\n{out}\n{err}") from None
    return Ended(run.returncode, out, err)


def rows_of(out: Path) -> dict[str, dict[str, Any]]:
    """Return name -> row of a table, without what differs from run to run; what is not a number equals itself."""
    table = pq.ParquetFile(out / "results.parquet").read().to_pylist()
    rows = {row["name"]: {k: _plain(v) for k, v in row.items() if k not in OF_THE_RUN} for row in table}
    assert len(rows) == len(table)
    return rows


def judged(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a row says of the recording itself, wherever it lies and whatever it is called."""
    return {k: v for k, v in row.items() if k not in {"recording", "name", "input_uri", "input_stamp"}}


def assert_right(
    rows: Mapping[str, Mapping[str, Any]], paths: Iterable[Path], fps: Fps = None, engine: str = "auto"
) -> None:
    """Each row must say what a check of its recording alone says, in this process."""
    with ProcessEngine(engine) as own:
        checks = {path: check_recording(path, movement=HINGE, fps=fps, engine=own) for path in paths}
    alone = {path: make_summary_row(summary) for path, summary in checks.items()}
    with tempfile.TemporaryDirectory() as folder:  # through a table, for the types of its columns
        write_results(Path(folder, "right.parquet"), alone.values(), {})
        right = pq.ParquetFile(Path(folder, "right.parquet")).read().to_pylist()
    for path, expected in zip(alone, right, strict=True):
        told = {name: _plain(expected[name]) for name in alone[path] if name != "name"}
        assert {name: rows[path.name][name] for name in told} == told
        assert rows[path.name]["error"] is None


def _plain(value: Any) -> Any:
    return None if isinstance(value, float) and math.isnan(value) else value


def worker_of(out: Path, name: str) -> int:
    """Return the process that wrote a row."""
    table = pq.read_table(out / "results.parquet", columns=["name", "worker"]).to_pylist()
    return next(int(row["worker"].rpartition(":")[2]) for row in table if row["name"] == name)


def kept_rows(out: Path) -> list[str]:
    """Return the recordings with stored rows while a run is active, or after it was killed."""
    journal = out / "journal.jsonl"
    lines = journal.read_text().split("\n")[:-1] if journal.exists() else []
    return [json.loads(line)["name"] for line in lines]


def run_of(out: Path) -> dict[str, Any]:
    return json.loads((out / "run.json").read_text("utf-8"))


def wait_until(true: Callable[[], object], complaint: str, seconds: float = PATIENCE_S) -> None:
    end_s = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end_s, complaint
        time.sleep(0.02)


def alive(pid: int) -> bool:
    """Return whether a process runs; one that ended and was not waited for does not."""
    import psutil

    with suppress(psutil.NoSuchProcess):
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    return False


# ---- a cluster on this computer --------------------------------------------------------------------------------------


@dataclass
class DaskCluster:
    """A scheduler and workers, each a process with a nanny."""

    address: str
    scheduler: subprocess.Popen[str]
    stack: ExitStack
    environment: Mapping[str, str]
    folder: Path
    nannies: list[subprocess.Popen[str]] = field(default_factory=list)

    def add_worker(self, *words: str) -> None:
        """Start one more worker process of one thread, with a nanny that starts it again whenever it dies."""
        options = ["--nthreads", "1", "--no-dashboard", "--local-directory", str(self.folder / "dask"), *words]
        command = ("distributed.cli.dask_worker", self.address, *options)
        self.nannies.append(_python(self.stack, self.environment, *command))

    def have_workers(self, count: int) -> None:
        """Start workers in the place of those whose nanny has died, too."""
        for _ in range(count - sum(nanny.poll() is None for nanny in self.nannies)):
            self.add_worker()


@contextmanager
def dask_cluster(desk: Desk, workers: int = 2, environment: Mapping[str, str] | None = None) -> Iterator[DaskCluster]:
    """Start a scheduler and workers; all of them have ended afterwards."""
    environment = desk.environment if environment is None else environment
    told = desk.folder / "scheduler.json"
    told.unlink(missing_ok=True)
    with ExitStack() as stack:
        options = ["--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(told)]
        scheduler = _python(stack, environment, "distributed.cli.dask_scheduler", *options)
        wait_until(lambda: told.exists() and told.read_text().endswith("}"), "the scheduler did not start")
        cluster = DaskCluster(json.loads(told.read_text())["address"], scheduler, stack, environment, desk.folder)
        cluster.have_workers(workers)
        yield cluster


def _python(stack: ExitStack, environment: Mapping[str, str], module: str, *words: str) -> subprocess.Popen[str]:
    code = f"import sys; from {module} import main; sys.argv[0] = 'dask'; main()"
    process = subprocess.Popen(
        [sys.executable, "-c", code, *words],
        env={**environment, "DASK_DISTRIBUTED__LOGGING__DISTRIBUTED": "critical"},
        start_new_session=True, text=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    stack.callback(_end_all, process)
    return process


def _end_all(process: subprocess.Popen[str]) -> None:
    """End a process and those it started: a nanny would start its worker again."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(PATIENCE_S)

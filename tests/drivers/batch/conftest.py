"""A batch in this process: the same code, without worker processes and without the pose model."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import count, islice
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow.parquet as pq
import pytest

from formcheck.apps.cli import commands
from formcheck.drivers.batch import run as running
from formcheck.drivers.batch.job import Job, Outcome, Settings
from formcheck.drivers.batch.run import BatchReport, Request, run_batch
from formcheck.drivers.batch.worker import score
from formcheck.sources.pose_track import TrackWriter, open_track

from .batches import CHECKOUT, HINGE


@dataclass
class WorkersHere:
    """Scores in this process and records its jobs."""

    scored: list[str] = field(default_factory=list)
    stops_after: int | None = None
    outcome: Callable[[Job], Outcome] = score
    count: int = 1
    watched: list[Any] = field(default_factory=list)

    def run(self, jobs: Sequence[Job]) -> Iterator[tuple[Job, Outcome]]:
        for k, job in enumerate(jobs):
            if k == self.stops_after:
                raise KeyboardInterrupt
            self.scored.append(Path(job.place).name)
            yield job, self.outcome(job)

    def close(self) -> None:
        pass


@dataclass
class Bench:
    """A folder `in` with recordings, a folder `out` for the results."""

    folder: Path
    workers: WorkersHere
    pieces: Iterator[int] = field(default_factory=count)

    @property
    def out(self) -> Path:
        return self.folder / "out"

    def tracks(self, *names: str) -> None:
        """Write tracks of eight frames into `in`, each another piece of a saved one."""
        saved = open_track(CHECKOUT / "tests" / "data" / "hinge_good.parquet")
        (self.folder / "in").mkdir(exist_ok=True)
        for name in names:
            start = 10 * next(self.pieces)
            with TrackWriter(self.folder / "in" / name, saved.header) as writer:
                for pose in islice(saved, start, start + 8):
                    writer.write(pose)

    def batch(self, *inputs: object, settings: Settings | None = None, **asked: Any) -> BatchReport:
        """Run a batch over the folder `in`, or over the given inputs."""
        self.workers.scored.clear()
        request = Request([str(one) for one in inputs or (self.folder / "in",)], self.out, movement=HINGE)
        return run_batch(replace(request, settings=settings or Settings(), **asked))

    @property
    def scored(self) -> list[str]:
        return self.workers.scored

    def rows(self) -> list[dict[str, Any]]:
        return pq.ParquetFile(self.out / "results.parquet").read().to_pylist()

    def run(self) -> dict[str, Any]:
        return json.loads((self.out / "run.json").read_text("utf-8"))

    def names(self) -> list[str]:
        return [row["name"] for row in self.rows()]


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """Return a bench to run batches at, in this process."""
    workers = WorkersHere()
    monkeypatch.setattr(running, "_open_workers", lambda _: workers)
    monkeypatch.setattr(running, "find_pose_model", lambda _: SimpleNamespace(sha256="0" * 64))
    monkeypatch.chdir(tmp_path)
    return Bench(tmp_path, workers)


@pytest.fixture
def command(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[Any, str, str]]:
    """Return a function that runs `formcheck batch` and returns exit code, stdout and stderr."""

    def run(*words: object) -> tuple[Any, str, str]:
        monkeypatch.setattr(sys, "argv", ["formcheck", "batch", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            commands.main()
        said = capsys.readouterr()
        return ended.value.code, said.out, said.err

    return run


@pytest.fixture
def done(bench: Bench) -> Bench:
    """Return a bench at which three recordings were scored."""
    bench.tracks("a.parquet", "b.parquet", "c.parquet")
    assert bench.batch().scored == 3
    return bench

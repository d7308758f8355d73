"""Run `formcheck batch`: many recordings → one table; valid rows are not scored again."""

from __future__ import annotations

import platform
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path, PurePosixPath
from typing import Any

from formcheck.core.errors import BackendError
from formcheck.drivers.recording.judge import FRAMES, POSES
from formcheck.sinks.results_table import TABLE_VERSION, convert_to_type, find_types, make_storable
from formcheck.sources.owned_files import sweep_temp_folder
from formcheck.sources.pose.engine import LONG_WORK_RECORDINGS, choose_engine, find_runtime_version
from formcheck.sources.pose.models import find_pose_model
from formcheck.sources.remote.remote_store import redact_uri

from .files import name_files
from .inputs import Manifest, gather
from .job import Outcome, Settings
from .plan import Plan, Planned, ResultRow, plan_run
from .progress import BatchProgress
from .store import Store, open_store

_VERSIONED_PACKAGES = ("ai-edge-litert", "openvino", "mediapipe", "numpy", "av", "pyarrow", "opencv-contrib-python")
"""For this many recordings and more, an engine that starts slowly and runs fast is faster in total."""


@dataclass(frozen=True, slots=True)
class Request:
    """The options of `formcheck batch`."""

    inputs: Sequence[str]
    out: Path
    movement: str = "auto"
    side: str = "auto"
    manifest: str | None = None
    workers: int | None = None
    scheduler: str | None = None
    settings: Settings = field(default_factory=Settings)
    command: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class BatchReport:
    """The result of a run.

    Parameters
    ----------
    rows, scored, reused : recordings in the table, scored now, scored before.
    unreadable, failed : rows with an error: of the recording; of a worker or of formcheck.
    stages_s : stage -> seconds over all, if a profile was requested.
    frames : number of frames of the recordings that were scored now.
    """

    rows: int
    scored: int
    reused: int
    unreadable: int
    failed: int
    stages_s: dict[str, float]
    frames: int

    def to_counts(self) -> dict[str, Any]:
        """Return the counts under the keys of `run.json`, which calls reused recordings `stood`."""
        return {"stood" if name == "reused" else name: count for name, count in asdict(self).items()}


def plan_batch(request: Request, store: Store | None) -> tuple[Plan, Manifest | None]:
    """Return the plan of a run, without running it."""
    manifest = Manifest(request.manifest) if request.manifest else None
    entries = gather(request.inputs, manifest=manifest, movement=request.movement, side=request.side, out=request.out)
    store = store or Store(request.out)
    before = store.rows()
    planned = partial(
        plan_run,
        entries,
        replace(request.settings, engine=_choose_engine_of_run(request, len(entries), store.engine())),
        model_sha256=find_pose_model(request.settings.pose_model).sha256,
        before=before,
        out=str(request.out),
    )
    plan = planned()
    if plan.to_do and (older := store.older()):
        plan = planned(older=older)
    return plan, manifest


def _choose_engine_of_run(request: Request, recordings: int, last: str) -> str:
    """Return the engine of a run.

    A table that is continued keeps its engine, so that its old rows stay valid.
    """
    wanted = request.settings.engine
    if wanted == "auto" and last:
        with suppress(BackendError):
            return choose_engine(last).name
    return choose_engine(wanted, long_work=recordings >= LONG_WORK_RECORDINGS and not request.scheduler).name


def run_batch(request: Request, *, on_message: Callable[[str], None] = lambda _: None) -> BatchReport:
    """Score the recordings that need it, and write the table.

    After Ctrl-C or a lost scheduler, the table holds what is done; a second run does the rest.

    Raises
    ------
    FormCheckError
        Nothing can be done: the inputs name nothing, a movement file is wrong, the folder cannot be written to.
    """
    sweep_temp_folder()
    with open_store(request.out) as store:
        plan, manifest = plan_batch(request, store)
        if plan.dropped_rows and (aside := store.set_aside()) is not None:
            on_message(_describe_kept_aside(len(plan.dropped_rows), aside))
        run_log = RunLog(request, plan, manifest)
        store.write_run(run_log.record())
        try:
            if plan.to_do:
                _score(request, plan, store, run_log)
        finally:
            if run_log.unsettled():
                store.set_aside()
            store.finish(run_log.table(), run_log.types, started=run_log.started, files=run_log.files())
            store.write_run(run_log.record(ended=True))
        return run_log.report()


def _describe_kept_aside(count: int, folder: Path) -> str:
    if count == 1:
        return f"1 row of an earlier run is not part of this run; it is kept in {folder}"
    return f"{count} rows of earlier runs are not part of this run; they are kept in {folder}"


class RunLog:
    """The rows of a run, and its counts."""

    def __init__(self, request: Request, plan: Plan, manifest: Manifest | None) -> None:
        self._request, self._plan = request, plan
        self.types = find_types(manifest.columns) if manifest is not None else {}
        # an unchanged row gets the name that the recording has now
        self.rows = {k: {**one.row, **_name_row(one)} for k, one in enumerate(plan.planned) if one.row is not None}
        self.reused, self.frames = len(self.rows), 0
        self._stages_s: Counter[str] = Counter()
        self._workers: set[str] = set()
        self._began = datetime.now(UTC)
        self.started = self._began.isoformat(timespec="milliseconds")
        self._scored: set[int] = set()

    def add(self, k: int, outcome: Outcome) -> ResultRow:
        """Enter the outcome of a recording; return its row."""
        one = self._plan.planned[k]
        row = _finish_row(one, outcome)
        if outcome.unchanged:
            self.reused += 1
        else:
            self._scored.add(k)
            self.frames += int(row.get("frames_analysed") or 0)
        self._stages_s.update(outcome.stages_s)
        if "worker" in outcome.row:  # a recording that was lost has none
            self._workers.add(str(outcome.row["worker"]).rpartition(":")[0])
        self.rows[k] = row
        return row

    def table(self) -> Iterator[ResultRow]:
        """Yield the rows in the order of the inputs, with the manifest's columns."""
        for k in sorted(self.rows):
            carried = self._plan.planned[k].entry.carried
            yield {
                **self.rows[k],
                **{name: convert_to_type(carried.get(name, ""), kind) for name, kind in self.types.items()},
            }

    def files(self) -> set[str]:
        """Return the files of frames and poses, below the results, of its rows."""
        settings = self._request.settings
        made = () if settings.files_to else settings.files
        names: set[str] = set()
        for k, row in self.rows.items():
            if row.get("error") is None:
                kinds = made if k in self._scored else (FRAMES, POSES)
                names.update(name_files(self._plan.planned[k].job, row, kinds).values())
        return names

    def unsettled(self) -> bool:
        """Return whether an earlier row was not yet compared with its recording at the stop."""
        return any(one.candidate is not None and k not in self.rows for k, one in enumerate(self._plan.planned))

    def report(self) -> BatchReport:
        """Return the counts of the run."""
        kinds = Counter(row["error_kind"] for row in self.rows.values() if row.get("error") is not None)
        scored = len(self.rows) - self.reused
        return BatchReport(
            len(self.rows), scored, self.reused, kinds["input"], kinds["machine"], dict(self._stages_s), self.frames
        )

    def record(self, *, ended: bool = False) -> dict[str, Any]:
        """Return the contents of `run.json`: how to repeat the run, and with what."""
        request, now = self._request, datetime.now(UTC)
        return {
            "schema_version": TABLE_VERSION,
            "command": [_redact_word(word) for word in request.command],
            "inputs": [redact_uri(text) for text in request.inputs],
            "manifest": redact_uri(request.manifest) if request.manifest else None,
            "movement": request.movement,
            "side": request.side,
            "settings": {
                **asdict(request.settings),
                "engine": self._plan.engine,
                "files_to": redact_uri(request.settings.files_to),
            },
            "formcheck_version": version("formcheck"),
            "python": platform.python_version(),
            "system": f"{platform.system()} {platform.machine()}",
            "packages": {name: _find_package_version(name) for name in _VERSIONED_PACKAGES},
            "model": {
                "name": request.settings.pose_model,
                "sha256": self._plan.model_sha256,
                "engine": self._plan.engine,
                "runtime": find_runtime_version(self._plan.engine),
            },
            "movements": self._plan.movements,
            "scheduler": request.scheduler,
            "hosts": len(self._workers),
            "started_utc": self.started,
            "ended_utc": now.isoformat(timespec="milliseconds") if ended else None,
            "wall_s": round((now - self._began).total_seconds(), 1) if ended else None,
            "complete": len(self.rows) == len(self._plan.planned),
            "counts": {"recordings": len(self._plan.planned), **self.report().to_counts()},
        }


def _score(request: Request, plan: Plan, store: Store, run_log: RunLog) -> None:
    """Score the recordings that need it; keep each row at once."""
    numbers = {one.job.key: k for k, one in enumerate(plan.planned) if one.row is None}
    with closing(_open_workers(request)) as workers, BatchProgress(len(numbers), run_log.reused, workers) as progress:
        for job, outcome in workers.run([one.job for one in plan.to_do]):
            row = run_log.add(numbers[job.key], outcome)
            store.add(row, outcome.files)
            frames = 0 if outcome.unchanged else int(row.get("frames_analysed") or 0)
            progress.add(frames, failed=row.get("error") is not None)


def _finish_row(one: Planned, outcome: Outcome) -> ResultRow:
    if outcome.unchanged and one.candidate is not None:
        return {**one.candidate, **_name_row(one)}
    row: ResultRow = make_storable(
        {**dict.fromkeys(("error", "error_kind", "input_sha256")), **outcome.row, **_name_row(one)}
    )
    return row


def _name_row(one: Planned) -> ResultRow:
    return {
        "recording": one.entry.recording,
        "name": PurePosixPath(one.entry.recording.replace("\\", "/")).name,
        "input_uri": one.key[0],
        "input_stamp": one.stamp,
        "movement_asked": one.job.movement,
        "side_asked": one.job.side,
        "identity": one.job.identity,
    }


def _redact_word(word: str) -> str:
    option, mark, value = word.partition("=") if word.startswith("--") else ("", "", word)
    return f"{option}{mark}{redact_uri(value)}"


def _find_package_version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:  # another build of the package does its work
        return None


def _open_workers(request: Request) -> Any:
    if request.scheduler:
        from .cluster import Cluster

        return Cluster(request.scheduler)
    from .local import LocalWorkers, choose_worker_count

    return LocalWorkers(request.workers or choose_worker_count())

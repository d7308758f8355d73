"""Score one recording: this function runs in every worker, local or on a cluster.

A process loads its pose model once. While one recording is analysed, the next one is opened and its first pictures are
decoded.
"""

from __future__ import annotations

import os
import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from formcheck.core.errors import FormCheckError, SourceError
from formcheck.core.movement.load import AUTO, parse_movement
from formcheck.core.movement.schema import Movement
from formcheck.sources.owned_files import name_temp_folder

from .files import hash_local_file
from .job import Job, Outcome, make_error_row

if TYPE_CHECKING:
    from formcheck.core.summary.schema import RunSummary
    from formcheck.drivers.recording.judge import Progress
    from formcheck.drivers.recording.open_recording import OpenRecording
    from formcheck.drivers.recording.process_engine import ProcessEngine
    from formcheck.drivers.recording.stage_times import StageTimer, StageTimes


def score(job: Job, then: Job | None = None, progress: Progress | None = None) -> Outcome:
    """Score one recording.

    Parameters
    ----------
    job : the recording.
    then : the next recording of this process; it is opened meanwhile.
    progress : called with the progress.

    Returns
    -------
    The row of the table. A recording that cannot be read gives a row with `error`; only errors that may go away on
    another worker are raised.
    """
    start_s = time.perf_counter()
    worker_state = _get_worker_state(job.settings.engine, job.settings.pose_model, job.settings.profile)
    try:
        outcome = worker_state.score(job, then, progress)
    except SourceError as error:
        outcome = Outcome({**make_error_row(str(error), "input"), "input_sha256": hash_local_file(job.place) or None})
    except FormCheckError as error:
        outcome = Outcome(make_error_row(str(error), "machine"))
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - our fault in one recording must not stop ten thousand others
        outcome = Outcome(make_error_row(f"an error in formcheck: {type(error).__name__}: {error}", "machine"))
    outcome.row["wall_s"] = round(time.perf_counter() - start_s, 3)
    outcome.row["worker"] = f"{socket.gethostname()}:{os.getpid()}"
    return outcome


def prepare() -> None:
    """Load what every recording needs, so that the first one is not slower."""
    from formcheck.drivers.recording.pose_stream import open_poses  # noqa: F401


class WorkerState:
    """The state of a worker process between recordings: pose engine and next open recording."""

    def __init__(self, engine: ProcessEngine, times: StageTimes | None) -> None:
        self._engine, self._times = engine, times
        self._open = _open if times is None else times.calls("decode", _open)
        self._ahead: tuple[Job, Future[tuple[ExitStack, OpenRecording]]] | None = None
        self._threads = ThreadPoolExecutor(1, thread_name_prefix="formcheck-ahead")
        self._lock = threading.Lock()

    def score(self, job: Job, then: Job | None, progress: Progress | None) -> Outcome:
        """Score one recording; see `score`."""
        from formcheck.core.summary.schema import make_summary_row

        stack, opened = self._opened(job)
        with stack:
            self._open_ahead(then)
            if job.known_sha256 and opened.sha256 == job.known_sha256:
                return Outcome(unchanged=True)
            with _open_scratch_folder(job) as folder:
                count = _Count(progress)
                try:
                    summary = self._judged(job, opened, folder, count)
                except SourceError as error:
                    return Outcome({**make_error_row(str(error), "input"), **_make_input_row(opened)})
                row = {**make_summary_row(summary), **_make_input_row(opened), "frames_analysed": count.frames}
                return Outcome(row, _write_files(job, row, folder), stages_s=self._stages())

    def _judged(self, job: Job, opened: OpenRecording, folder: Path | None, progress: Progress) -> RunSummary:
        from formcheck.drivers.recording.auto import check_named, check_unnamed
        from formcheck.drivers.recording.judge import CheckOptions

        options = CheckOptions(job.side, engine=self._engine, files=job.settings.files)
        if job.movement == AUTO:
            return check_unnamed(opened, folder, options, progress)
        spec = options.timed("measure", _load_movement)(job.toml, job.movement)
        return check_named(opened, spec, folder, options, progress)[0]

    def _stages(self) -> dict[str, float]:
        return {} if self._times is None else self._times.taken()

    # the next recording -----------------------------------------------------------------------------------------------

    def _opened(self, job: Job) -> tuple[ExitStack, OpenRecording]:
        with self._lock:
            ahead, self._ahead = self._ahead, None
        if ahead is not None and ahead[0] == job:
            return ahead[1].result()
        if ahead is not None:
            ahead[1].add_done_callback(_forget)
        return self._open(job, self._times)

    def _open_ahead(self, then: Job | None) -> None:
        if then is not None:
            with self._lock:
                self._ahead = (then, self._threads.submit(self._open, then, self._times))


class _Count:
    """Counts the analysed frames and reports the count."""

    def __init__(self, progress: Progress | None) -> None:
        self.frames, self._progress = 0, progress

    def __call__(self, done: int, expected: int) -> None:
        self.frames = done
        if self._progress is not None:
            self._progress(done, expected)


@contextmanager
def _open_scratch_folder(job: Job) -> Iterator[Path | None]:
    """Give a folder for a result's files, None if only the row is wanted."""
    if not job.settings.files:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix=name_temp_folder()) as folder:
        yield Path(folder)


def _open(job: Job, timer: StageTimer | None) -> tuple[ExitStack, OpenRecording]:
    from formcheck.drivers.recording.open_recording import open_recording

    stack = ExitStack()
    try:
        opened = stack.enter_context(open_recording(job.place, fps=job.settings.fps, timer=timer))
        opened.look_ahead()
    except BaseException:
        stack.close()
        raise
    return stack, opened


def _make_input_row(opened: OpenRecording) -> dict[str, Any]:
    """Return the columns about the recording itself, also if it could not be judged."""
    return {"input_sha256": opened.sha256, "warnings": list(opened.warnings)}


def _forget(opening: Future[tuple[ExitStack, OpenRecording]]) -> None:
    """Close a recording that was opened and is not needed."""
    if opening.exception() is None:
        opening.result()[0].close()


def _write_files(job: Job, row: dict[str, Any], folder: Path | None) -> dict[str, bytes]:
    """Return the requested files under their names in the store.

    If the workers write them themselves, write them here and return nothing.
    """
    if folder is None:
        return {}
    from .files import read_file_contents, write_result_file

    contents = read_file_contents(job, row, folder)
    if not job.settings.files_to:
        return contents
    for name, content in contents.items():
        write_result_file(job.settings.files_to, name, content)
    return {}


@lru_cache(maxsize=64)
def _load_movement(toml: bytes, name: str) -> Movement:
    return parse_movement(toml, name)


_worker_state_lock = threading.Lock()


def _get_worker_state(engine: str, pose_model: str, profile: bool) -> WorkerState:
    with _worker_state_lock:  # two tasks of one process may start at once
        return _make_worker_state(engine, pose_model, profile)


@cache
def _make_worker_state(engine: str, pose_model: str, profile: bool) -> WorkerState:
    from formcheck.drivers.recording.process_engine import ProcessEngine
    from formcheck.drivers.recording.stage_times import StageTimes

    times = StageTimes() if profile else None
    return WorkerState(ProcessEngine(engine, pose_model, threads=1, timer=times), times)

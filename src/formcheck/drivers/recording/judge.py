"""Judge the poses of one recording, and write the files of a result."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from formcheck.core.calibration import Calibration
from formcheck.core.measure.networks import DEFAULT_NETWORK
from formcheck.core.measure.person import SeenPerson
from formcheck.core.movement.schema import Movement
from formcheck.core.pipeline import FormChecker, run
from formcheck.core.records import PoseFrame
from formcheck.core.skeleton import Side
from formcheck.core.summary.schema import ModelRecord, PatientRecord, RunSummary, SourceRecord
from formcheck.core.summary.summariser import Summariser
from formcheck.sources.files.heartbeat import report_step

from .look_rate import Fps
from .patient import PatientPoint
from .pose_stream import OnWarning, PoseStream
from .process_engine import ProcessEngine

if TYPE_CHECKING:
    from formcheck.sinks.frame_table import FrameTable
    from formcheck.sources.pose_track import TrackWriter

T = TypeVar("T")
Progress = Callable[[int, int], None]
"""Called with frames done and frames expected."""
POSES, FRAMES = "poses.parquet", "frames.parquet"


@dataclass(frozen=True, slots=True)
class CheckOptions:
    """The options of a check, besides its movement.

    Parameters
    ----------
    side : working side: left, right or auto.
    calibration : the person's own neutral back.
    fps : as for `check_recording`.
    engine : the pose engine to use; None = one is opened for this recording.
    files : which tables to write if there is a folder.
    on_warning : called with each problem of a recording that could be read.
    patient : where someone pointed at the person to follow; None = formcheck chooses.
    """

    side: str = "auto"
    calibration: Calibration | None = None
    fps: Fps = None
    engine: ProcessEngine | None = None
    files: Collection[str] = (POSES, FRAMES)
    on_warning: OnWarning | None = None
    patient: PatientPoint | None = None

    def checker(
        self,
        spec: Movement,
        side: str | None,
        *,
        still: bool,
        spans_s: Sequence[tuple[float, float]] | None = None,
        pose_model: str = DEFAULT_NETWORK,
        earlier: Iterable[SeenPerson] | None = None,
    ) -> FormChecker:
        """Return a new checker for one movement.

        Any side but left and right is found from the recording.
        """
        working: Side | None = side if side in ("left", "right") else None  # type: ignore[assignment]
        judge = FormChecker(
            spec,
            calibration=self.calibration,
            side=working,
            still=still,
            spans_s=spans_s,
            pose_model=pose_model,
            earlier=earlier,
        )
        if self.engine is not None and self.engine.timer is not None:
            judge.step = self.timed("measure", judge.step)  # type: ignore[method-assign]
            judge.finish = self.timed("measure", judge.finish)  # type: ignore[method-assign]
        return judge

    def timed(self, stage: str, function: Callable[..., T]) -> Callable[..., T]:
        """Return the function, timed if a profile is requested."""
        timer = self.engine.timer if self.engine is not None else None
        return function if timer is None else timer.calls(stage, function)


def write_result(folder: Path | None, summary: RunSummary, movement_file: bytes | None) -> None:
    """Write the summary, and the movement file of the check."""
    if folder is None:
        return
    if movement_file is not None:
        (folder / "movement.toml").write_bytes(movement_file)
    (folder / "summary.json").write_text(summary.model_dump_json(indent=1) + "\n", "utf-8")


def judge_poses(
    recording: PoseStream,
    judge: FormChecker,
    spec: Movement,
    folder: Path | None,
    progress: Progress | None,
    *,
    files: Collection[str] = (POSES, FRAMES),
) -> RunSummary:
    """Judge every pose of a recording; write the requested files if there is a folder."""
    gathered = Summariser(spec)
    with ExitStack() as stack:
        track, table = _open_writers(stack, recording, folder, files)

        def kept() -> Iterator[PoseFrame]:
            for done, pose in enumerate(recording, start=1):
                report_step()
                if track is not None:
                    track.write(pose)
                if progress is not None:
                    progress(done, max(done, recording.expected))
                yield pose

        for result in run(kept(), judge):
            gathered.add(result)
            if table is not None:
                table.write(result)
    header = recording.header
    summary = gathered.summary(
        source=SourceRecord(**header["source"]),
        model=ModelRecord(**header["model"]),
        formcheck_version=_read_own_version(),
        created_utc=header["created_utc"],
    )
    patient = header.get("patient")
    return summary if patient is None else summary.model_copy(update={"patient": PatientRecord(**patient)})


@cache
def _read_own_version() -> str:
    return version("formcheck")


def _open_writers(
    stack: ExitStack, recording: PoseStream, folder: Path | None, files: Collection[str]
) -> tuple[TrackWriter | None, FrameTable | None]:
    """Open the requested tables.

    If there is none, Arrow is not imported, which saves 36 MB.
    """
    if folder is None or not files:
        return None, None
    from formcheck.sinks.frame_table import FrameTable
    from formcheck.sources.pose_track import TrackWriter

    track = stack.enter_context(TrackWriter(folder / POSES, recording.header)) if POSES in files else None
    return track, stack.enter_context(FrameTable(folder / FRAMES)) if FRAMES in files else None

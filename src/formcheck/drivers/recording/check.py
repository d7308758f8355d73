"""Check one recording: verdict and files for `formcheck check`, the app and Python."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from formcheck.core.calibration import Calibration, load_calibration
from formcheck.core.errors import SourceError, StoreError
from formcheck.core.measure.person import PersonTracker
from formcheck.core.movement.load import AUTO, load_movement, read_movement_bytes
from formcheck.core.movement.schema import Movement
from formcheck.core.pipeline import FormChecker, run
from formcheck.core.records import StepResult
from formcheck.core.summary.schema import RunSummary
from formcheck.drivers.atomic_files import stage_files, write_one_file
from formcheck.drivers.own_movements import locate_movement
from formcheck.sources.external_poses import is_foreign
from formcheck.sources.owned_files import sweep_temp_folder
from formcheck.sources.prefetch import prefetch

from .auto import check_named, check_unnamed, judge_again, list_earlier_folders
from .guarded_video import GuardedVideo
from .judge import CheckOptions, Progress, write_result
from .look_rate import Fps
from .patient import PatientPoint
from .pose_stream import OnWarning, open_poses, report_warnings
from .process_engine import ProcessEngine

ANNOTATED_SIDE_PX = 1280
ANNOTATED, FILM = "annotated.mp4", "undrawn.mp4"
"""The recording with the verdict drawn on it, and without."""


def check_recording(
    video: Path,
    *,
    movement: str | Path | Movement,
    side: str = "auto",
    calibration: Path | None = None,
    engine: ProcessEngine | None = None,
    fps: Fps = None,
    out: Path | None = None,
    annotate: bool = False,
    keep_film: bool = False,
    keep_neutral: Path | None = None,
    progress: Progress | None = None,
    tell: OnWarning | None = None,
    patient: PatientPoint | None = None,
) -> RunSummary:
    """Check one recording and return its summary.

    Parameters
    ----------
    video : video file, photograph, folder of pictures, saved pose track or external poses.
    movement : id of the catalogue or of an own file, TOML file, a loaded movement, or "auto": found from the recording.
    side : working side: left, right or auto.
    calibration : the person's own neutral back, as `keep_neutral` writes it.
    engine : the pose engine to use; None = one is opened for this recording.
    fps : frames to analyse per second; None = all; "auto" = as many as the movement needs.
    out : folder for summary.json, frames.parquet, poses.parquet, movement.toml (and annotated.mp4).
    annotate : draw the verdict onto the video as well.
    keep_film : with `annotate`, also keep the video as it is (undrawn.mp4), to correct the result with.
    keep_neutral : file that takes the neutral back seen at the start of this recording.
    progress : called with the frames done and the frames expected.
    tell : called with each warning about a recording that could be read, such as a missing end.
    patient : where someone pointed at the person to follow, if several are seen; None = formcheck chooses.

    Raises
    ------
    FormCheckError
        With one line that says what was expected, what came and what to do; no half-written file is left.
    """
    if annotate and (video.suffix == ".parquet" or is_foreign(video)):
        came = "expected the recording itself to draw on, got a pose track"
        raise SourceError(f"{video.name}: {came}; leave out --annotate")
    sweep_temp_folder()
    own = load_calibration(calibration) if calibration else None
    options = CheckOptions(side, own, fps, engine, on_warning=tell, patient=patient)
    if movement == AUTO:
        films = _list_films(annotate=annotate, keep_film=keep_film)
        return _check_unnamed(video, out, options, films=films, keep_neutral=keep_neutral, progress=progress)
    movement = movement if isinstance(movement, Movement) else locate_movement(movement)
    spec = movement if isinstance(movement, Movement) else load_movement(movement)
    with stage_files(out, replaces=(ANNOTATED, FILM, *list_earlier_folders(out))) as folder:
        summary, judge = check_named(video, spec, folder, options, progress)
        write_result(folder, summary, None if isinstance(movement, Movement) else read_movement_bytes(movement))
        if folder is not None and annotate:
            films = _list_films(annotate=annotate, keep_film=keep_film)
            judge_drawn = judge_again(folder, spec, summary, options)
            _write_films(video, folder, judge_drawn, films, fps=fps, progress=progress)
    if keep_neutral is not None:
        _keep_neutral(keep_neutral, judge, spec)
    return summary


def _check_unnamed(
    video: Path,
    out: Path | None,
    options: CheckOptions,
    *,
    films: tuple[str, ...],
    keep_neutral: Path | None,
    progress: Progress | None,
) -> RunSummary:
    """Check a recording whose movement is not given."""
    if keep_neutral is not None:
        came = "expected a named movement with --keep-neutral, got auto"
        raise SourceError(f"{video.name}: {came}; name it with --movement")
    with stage_files(out, replaces=(ANNOTATED, FILM, *list_earlier_folders(out))) as folder:
        summary = check_unnamed(video, folder, options, progress)
        if folder is not None and films:
            judge = judge_again(folder, load_movement(folder / "movement.toml"), summary, options)
            _write_films(video, folder, judge, films, fps=options.fps, progress=progress)
    return summary


def _list_films(*, annotate: bool, keep_film: bool) -> tuple[str, ...]:
    """Return the names of the videos to write."""
    return (ANNOTATED, FILM) if annotate and keep_film else (ANNOTATED,) if annotate else ()


def _write_films(
    video: Path, folder: Path, judge: FormChecker, films: tuple[str, ...], *, fps: Fps, progress: Progress | None
) -> None:
    """Draw the verdict in a second pass, in step with the saved track."""
    from formcheck.sinks.overlay.draw import draw_overlay
    from formcheck.sinks.video_writer import VideoWriter
    from formcheck.sources.pose_track import open_track

    track = open_track(folder / "poses.parquet")
    results: Iterator[StepResult] = run(track, judge)
    result = next(results, None)
    every = None if fps == "auto" else fps
    with GuardedVideo(video, fps=every, max_side_px=ANNOTATED_SIDE_PX) as frames, ExitStack() as stack:
        writers: dict[str, VideoWriter] = {}
        for done, frame in enumerate(prefetch(frames), start=1):
            if result is None or abs(result.pose.time_s - frame.time_s) > 1e-6:
                continue
            pictures = {ANNOTATED: draw_overlay(frame.image, result, judge.movement), FILM: frame.image}
            for name in films:
                picture = pictures[name]
                if name not in writers:
                    size_px = (picture.shape[1], picture.shape[0])
                    rate = frames.info.fps or 1.0
                    writer = VideoWriter(folder / name, fps=rate, size_px=size_px, is_stepped=name == FILM)
                    writers[name] = stack.enter_context(writer)
                writers[name].write(picture, frame.time_s)
            result = next(results, None)
            if progress is not None:
                progress(done, max(done, track.frames))


def _keep_neutral(path: Path, judge: FormChecker, spec: Movement) -> None:
    if judge.neutral is None:
        raise StoreError(
            f"{path.name}: expected a still start posture with a plausible back, got none; "
            "stand or sit tall and still for a second first"
        )
    kept = Calibration(neutral={spec.posture: [round(float(x), 5) for x in judge.neutral]})
    with write_one_file(path) as part:
        part.write_text(kept.model_dump_json(indent=1) + "\n", "utf-8")


def measure_recording(
    video: Path,
    *,
    out: Path,
    engine: ProcessEngine | None = None,
    fps: Fps = None,
    progress: Progress | None = None,
    on_warning: OnWarning | None = None,
) -> int:
    """Write every measurement of every frame to a Parquet file; return the number of frames."""
    from formcheck.sinks.frame_table import MeasureTable

    sweep_temp_folder()
    done = 0
    with (
        write_one_file(out) as part,
        open_poses(video, movement=None, fps=fps, engine=engine) as recording,
        MeasureTable(part) as table,
    ):
        person = PersonTracker(recording.pose_model)
        for pose in recording:
            person.step(pose)
            table.write(person.measured())
            done += 1
            if progress is not None:
                progress(done, max(done, recording.expected))
        report_warnings(recording, on_warning)
    return done

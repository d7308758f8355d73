"""Define `check`, `measure`, `batch` and `open_pose_model`, which `import formcheck` offers."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from formcheck.core.movement.schema import Movement
    from formcheck.core.pipeline import PoseEstimator
    from formcheck.core.summary.schema import RunSummary
    from formcheck.drivers.batch.run import Request
    from formcheck.drivers.recording.look_rate import Fps

Place = str | os.PathLike[str]
"""A path. Functions for many recordings also take an address such as s3://bucket/study/."""


def check(
    video: Place,
    *,
    movement: Place | Movement,
    side: str = "auto",
    calibration: Place | None = None,
    pose_model: str = "full",
    engine: str = "auto",
    fps: Fps = None,
    out: Place | None = None,
    annotate: bool = False,
    keep_neutral: Place | None = None,
    progress: Callable[[int, int], None] | None = None,
    tell: Callable[[str], None] | None = None,
    patient: str | None = None,
) -> RunSummary:
    """Return the verdict on one recording, with the results behind it.

    Parameters
    ----------
    video : video file, photograph, folder of numbered pictures, saved pose track, or poses of OpenPose, Pose2Sim,
        Sports2D (.trc) or MediaPipe (.csv).
    movement : id of the catalogue, TOML file, a loaded movement, or "auto": found from the recording.
    side : working side: left, right or auto.
    calibration : the person's own neutral back, as `keep_neutral` writes it.
    pose_model : lite, full, heavy, or a .task file.
    engine : what runs it: direct, openvino, mediapipe, or auto.
    fps : frames to analyse per second; None = all; "auto" = ten a second, more while something is fast.
    out : folder for summary.json, frames.parquet, poses.parquet, movement.toml (and annotated.mp4).
    annotate : draw the verdict onto the video as well; needs `out`.
    keep_neutral : file that takes the neutral back seen at the start of this recording.
    progress : called with frames done and frames expected.
    tell : called with each problem of a recording that could be read, such as a missing end.
    patient : where the person to follow is among several, as "0.3,0.5@2.0": shares of width and height, and seconds.

    Returns
    -------
    The contents of `summary.json`. `cannot_tell` is a verdict like any other: the recording did not show enough.

    Raises
    ------
    FormCheckError
        In one line: what was expected, what came, what to do. No half-written file is left.
    ValueError
        `side` is not one of these.

    Examples
    --------
    >>> import formcheck as fc
    >>> summary = fc.check("examples/tracks/hinge_stretch_knee_bent.parquet", movement="hamstring_hinge_standing")
    >>> summary.verdict
    'warn'
    >>> [fault.id for fault in summary.faults if fault.severity != "info"]
    ['stretch_knee_bent']
    >>> knee = next(one for one in summary.checks if one.id == "stretch_knee")
    >>> knee.value + knee.uncertainty < 155  # degrees: the whole interval is below the limit
    True
    """
    from formcheck.drivers.recording.check import check_recording
    from formcheck.drivers.recording.patient import PatientPoint
    from formcheck.drivers.recording.process_engine import ProcessEngine

    _check_side(side)
    with ProcessEngine(engine, pose_model) as own:
        return check_recording(
            Path(video),
            movement=os.fspath(movement) if isinstance(movement, os.PathLike) else movement,
            side=side,
            calibration=_make_path(calibration),
            engine=own,
            fps=fps,
            out=_make_path(out),
            annotate=annotate,
            keep_neutral=_make_path(keep_neutral),
            progress=progress,
            tell=tell,
            patient=None if patient is None else PatientPoint.parse(patient),
        )


def measure(
    video: Place,
    *,
    pose_model: str = "full",
    engine: str = "auto",
    fps: Fps = None,
    progress: Callable[[int, int], None] | None = None,
    tell: Callable[[str], None] | None = None,
) -> pd.DataFrame:
    """Return every measurement of every frame of one recording; no movement is needed.

    Parameters
    ----------
    video, pose_model, engine, fps, progress, tell : as for `check`.

    Returns
    -------
    A row for each frame: `time_s`, and for each measurement `<name>` and `<name>_unc`, the half-width of the interval
    that should hold the truth 95 times in 100, in the same unit. The unit ends the name: `_deg`, `_pct` of the
    hip-shoulder chord, `_tl` trunk lengths. A missing value is NaN.

    Raises
    ------
    FormCheckError
        In one line, as for `check`.

    Examples
    --------
    >>> import formcheck as fc
    >>> frames = fc.measure("examples/tracks/hinge_good.parquet")
    >>> print(len(frames), "frames in", frames["time_s"].max().round(1), "s")
    168 frames in 11.1 s
    >>> bool(frames["trunk_inclination_deg"].max() > 50)
    True
    """
    import pandas as pd

    from formcheck.drivers.recording.check import measure_recording
    from formcheck.drivers.recording.process_engine import ProcessEngine

    with tempfile.TemporaryDirectory() as folder, ProcessEngine(engine, pose_model) as own:
        out = Path(folder) / "measurements.parquet"
        measure_recording(Path(video), out=out, engine=own, fps=fps, progress=progress, on_warning=tell)
        return pd.read_parquet(out)


def batch(
    inputs: Place | Sequence[Place] = (),
    *,
    out: Place,
    movement: Place = "auto",
    side: str = "auto",
    manifest: Place | None = None,
    workers: int | None = None,
    scheduler: str | None = None,
    frames: bool = False,
    poses: bool = False,
    pose_model: str = "full",
    engine: str = "auto",
    fps: Fps = "auto",
    files_to: str = "",
    timeout_s: float = 3600.0,
) -> pd.DataFrame:
    """Score many recordings, and return the table: one row for each.

    Recordings that were scored before into the same folder, with the same movement, model and version, are not scored
    again. Progress is shown on stderr.

    Parameters
    ----------
    inputs : files, folders, patterns, saved pose tracks or addresses; one or several.
    out : folder for `results.parquet`, which is returned, and `run.json`, which describes how to repeat the run.
    movement : id of the catalogue, TOML file, or "auto": found from each recording.
    side : working side: left, right or auto.
    manifest : CSV file with a column `recording`, perhaps `movement` and `side`, and others that go into the table,
        such as subject and condition.
    workers : worker processes on this machine; None = as cores and memory allow.
    scheduler : address of a Dask scheduler, whose workers then do the work: tcp://host:8786.
    frames : also write every frame's measurements, below `out`/frames; `pandas.read_parquet` reads the folder.
    poses : also keep the poses, below `out`/poses, to score them again without the videos.
    pose_model, engine, fps : as for `check`.
    files_to : folder or address to which the workers write frames and poses; empty = below `out`.
    timeout_s : how long one recording may take.

    Returns
    -------
    The columns of `summary.json`, flattened, and those of the manifest. A recording that could not be read is a row
    with `error`; a value that could not be measured is missing.

    Raises
    ------
    FormCheckError
        Nothing can be done: the inputs name nothing, a movement file is wrong, the folder cannot be written to, the
        scheduler does not answer.
    ValueError
        `side` is not one of these.

    Examples
    --------
    >>> import formcheck as fc
    >>> table = fc.batch("examples/tracks", out="results", movement="hamstring_hinge_standing", workers=1)
    >>> table[["name", "verdict", "repetitions"]]
                                  name verdict  repetitions
    0               hinge_good.parquet      ok            1
    1  hinge_stretch_knee_bent.parquet    warn            1
    """
    import pandas as pd

    from formcheck.drivers.batch.job import Settings
    from formcheck.drivers.batch.run import Request, run_batch
    from formcheck.drivers.recording.judge import FRAMES, POSES

    _check_side(side)
    wanted = tuple(name for name, yes in ((POSES, poses), (FRAMES, frames)) if yes)
    settings = Settings(pose_model, engine, fps, wanted, files_to, timeout_s)
    texts = [os.fspath(one) for one in ([inputs] if isinstance(inputs, str | os.PathLike) else inputs)]
    request = Request(
        texts,
        Path(out),
        os.fspath(movement),
        side,
        None if manifest is None else os.fspath(manifest),
        workers,
        scheduler,
        settings,
    )
    run_batch(replace(request, command=_write_command(request)), on_message=_say)
    return pd.read_parquet(Path(out) / "results.parquet")


def open_pose_model(model: str = "full", *, engine: str = "auto", still: bool = False) -> PoseEstimator:
    """Return the pose model, which finds one person in each picture.

    Parameters
    ----------
    model : lite, full, heavy, or a .task file.
    engine : what runs it: direct, openvino, mediapipe, or auto.
    still : every picture is a photograph of its own, not the next frame of a film.

    Returns
    -------
    A context manager with `estimate(frame)`, which gives a `PoseFrame`; times must rise from call to call.

    Raises
    ------
    BackendError
        The model is missing and cannot be prepared, or is not the expected one.

    Examples
    --------
    >>> import formcheck as fc
    >>> with fc.open_video("sample_videos/hinge_good.mp4") as video, fc.open_pose_model() as model:
    ...     pose = model.estimate(next(iter(video)))
    >>> pose.seen, pose.people, pose.size_px
    (True, 1, (640, 480))
    """
    from formcheck.sources.pose.engine import open_engine

    return open_engine(engine, model).follow(still=still)


def _make_path(place: Place | None) -> Path | None:
    return None if place is None else Path(place)


def _check_side(side: str) -> None:
    if side not in ("left", "right", "auto"):
        raise ValueError(f"side: expected left, right or auto, got {side!r}")


def _write_command(request: Request) -> list[str]:
    """Return the command that does the same on a terminal."""
    from formcheck.drivers.recording.judge import FRAMES, POSES

    settings = request.settings
    options: dict[str, object] = {
        "--out": request.out, "--movement": request.movement, "--side": request.side,
        "--manifest": request.manifest,
        "--workers": request.workers, "--scheduler": request.scheduler, "--fps": settings.fps or "all",
        "--pose-model": settings.pose_model, "--engine": settings.engine,
        "--files-to": settings.files_to or None, "--timeout": settings.timeout_s,
    }  # fmt: skip
    words = [word for name, value in options.items() if value is not None for word in (name, str(value))]
    flags = [flag for flag, file in (("--frames", FRAMES), ("--poses", POSES)) if file in settings.files]
    return ["formcheck", "batch", *request.inputs, *words, *flags]


def _say(line: str) -> None:
    sys.stderr.write(f"formcheck: {line}\n")

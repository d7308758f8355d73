"""Export a finished check to formats of other programs (`formcheck export`)."""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import numpy as np

from formcheck.core.errors import SourceError
from formcheck.drivers.atomic_files import require_no_link, write_one_file

from .report import require_pain

_FROM = {
    "trc": "poses.parquet", "c3d": "poses.parquet", "dlc": "poses.parquet", "nwb": "poses.parquet",
    "csv": "frames.parquet", "mot": "frames.parquet", "xlsx": "frames.parquet", "fhir": "summary.json",
    "mp4": "annotated.mp4",
}  # fmt: skip
EXPORT_NAMES = {
    "trc": "poses.trc", "c3d": "poses.c3d", "dlc": "poses_dlc.csv", "nwb": "poses.nwb", "csv": "frames.csv",
    "mot": "frames.mot", "xlsx": "result.xlsx", "fhir": "fhir.json", "mp4": "film_to_share.mp4",
}  # fmt: skip
FORMATS = tuple(_FROM)


def export_result(
    result: Path,
    *,
    to: str,
    out: Path | None = None,
    units: Literal["m", "px"] = "m",
    patient: str = "anonymous",
    pain: int | None = None,
    blur_faces: bool = False,
) -> Path:
    """Write a result in another format and return the file.

    Parameters
    ----------
    result : folder that `formcheck check --out` or `formcheck batch --out` filled; of a batch, only its table as csv.
    to : "trc" or "c3d" for the landmarks as markers, "dlc" for them as DeepLabCut's table, "nwb" for NWB, "csv" for the
        table of frames, "mot" for its angles, "xlsx" for a workbook of everything, "fhir" for a bundle of
        Observations, "mp4" for the annotated film.
    out : file to write; default: in the result's folder, named after the format.
    units : of a .trc: "m" for OpenSim (x forward, y up, z right, origin between the hips), "px" as in Sports2D.
    patient : name or code that a FHIR bundle and NWB give the person.
    pain : what the person says now, 0 to 10; a FHIR bundle has it. What the person answered around a recorded set is
        in the bundle by itself.
    blur_faces : of a film: hide the face of the person.

    Raises
    ------
    FormCheckError
        If there is no such result or format, or the poses have no depth to write in metres.
    """
    if to not in FORMATS:
        raise SourceError(
            f"expected one of {', '.join(FORMATS)} to export to, got {to!r}; choose one", about=result.name
        )
    if to == "csv" and (table := result / "results.parquet").is_file():
        from formcheck.sinks.results_table import write_results_csv

        target = out or result / "results.csv"
        require_no_link(result, table)
        with write_one_file(target) as part, explain_damage(table, "the table of a batch", "run the batch again"):
            write_results_csv(table, part)
        return target
    source = result / _FROM[to]
    if not source.is_file():
        came = f"no {source.name} in it" if result.is_dir() else "no such folder"
        raise SourceError(f"expected a result of formcheck check --out, got {came}; check the path", about=result.name)
    require_no_link(result, source)
    target = out or result / EXPORT_NAMES[to]
    if to in ("dlc", "nwb"):
        _export_landmarks(source, target, to, patient)
    elif to in ("trc", "c3d"):
        _export_markers(source, target, to, units)
    elif to == "mp4":
        with write_one_file(target) as part:
            _export_film(result, part, blur_faces=blur_faces)
    elif to == "csv":
        _export_csv(source, target)
    else:
        _export_judged(result, target, to, patient, pain)
    return target


def _export_markers(source: Path, target: Path, to: str, units: Literal["m", "px"]) -> None:
    from formcheck.sinks.motion.even_motion import write_c3d
    from formcheck.sinks.motion.markers import place_in_picture, place_in_space, turn_rad, write_trc
    from formcheck.sources.pose_track import open_track

    track = open_track(source)
    times_s = np.array([pose.time_s for pose in track])
    if not len(times_s):
        raise SourceError("expected poses to export, got none; check the recording again", about=source.parent.name)
    if units == "m" and not any(np.isfinite(pose.xyz_m).any() for pose in track):
        came = "poses that have no depth"
        raise SourceError(f"expected landmarks in metres, got {came}; write them in pixels", about=source.parent.name)
    step_s = float(np.median(np.diff(times_s))) if len(times_s) > 1 else math.nan
    rate_hz = 1 / step_s if step_s > 0 else 1.0
    turn = turn_rad(track) if units == "m" else 0.0
    frames = (place_in_space(pose, turn) if units == "m" else place_in_picture(pose) for pose in track)
    with write_one_file(target) as part:
        if to == "c3d":
            write_c3d(part, list(frames), rate_hz=rate_hz)
        else:
            write_trc(part, frames, name=target.name, count=track.frames, rate_hz=rate_hz, units=units)


def _export_film(result: Path, part: Path, *, blur_faces: bool) -> None:
    if blur_faces:
        from .hidden_faces import write_hidden_film

        write_hidden_film(result, part)
    else:
        shutil.copyfile(result / _FROM["mp4"], part)


def _export_landmarks(source: Path, target: Path, to: str, patient: str) -> None:
    from formcheck.sinks.motion.deeplabcut import write_deeplabcut
    from formcheck.sinks.motion.nwb import write_nwb
    from formcheck.sources.pose_track import open_track

    track = open_track(source)
    with write_one_file(target) as part:
        if to == "nwb":
            write_nwb(part, list(track), track.header, patient=patient)
        else:
            write_deeplabcut(part, track)


def _export_judged(result: Path, target: Path, to: str, patient: str, pain: int | None) -> None:
    """Write what needs the verdict: with a person's corrections, where there are any."""
    from formcheck.drivers.history.set_answers import find_answers, make_pain_form
    from formcheck.sinks.fhir import make_bundle
    from formcheck.sinks.motion.even_motion import write_mot
    from formcheck.sinks.workbook import write_workbook

    from .corrected import load_shown_frames, open_shown

    opened = open_shown(result)
    summary, movement = opened.shown, opened.movement
    if to == "fhir":
        asked_now = [] if pain is None else [make_pain_form(require_pain(pain), datetime.now(UTC))]
        forms = [*find_answers(result, movement), *asked_now]
        bundle = make_bundle(summary, movement, patient=patient, when_utc=summary.created_utc, forms=forms)
        with write_one_file(target) as part:
            part.write_text(json.dumps(bundle, indent=1, ensure_ascii=False) + "\n", "utf-8")
        return
    table = result / "frames.parquet"
    require_no_link(result, table)
    with write_one_file(target) as part, explain_damage(table, "the frames of a check", "check the recording again"):
        frames = load_shown_frames(result)
        if to == "mot":
            write_mot(part, frames, name=result.name)
        else:
            write_workbook(part, summary, movement, frames)


def _export_csv(source: Path, target: Path) -> None:
    from formcheck.sinks.csv_table import write_csv

    with write_one_file(target) as part, explain_damage(source, "the frames of a check", "check the recording again"):
        write_csv(source, part)


@contextmanager
def explain_damage(table: Path, expected: str, todo: str) -> Iterator[None]:
    """Turn the errors about a table that cannot be read into one line."""
    import pyarrow as pa

    try:
        yield
    except (OSError, pa.ArrowException, ValueError, TypeError, OverflowError, RuntimeError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise  # of the disk; Arrow's own errors about damage have no number
        came = "a damaged file, or another kind of file"
        raise SourceError(f"expected {expected}, got {came}; {todo}", about=table.name) from None

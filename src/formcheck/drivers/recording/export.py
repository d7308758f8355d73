"""Export a finished check to formats of other programs (`formcheck export`)."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import numpy as np

from formcheck.core.errors import SourceError
from formcheck.drivers.atomic_files import require_no_link, write_one_file

FORMATS = ("trc", "csv")
_FROM = {"trc": "poses.parquet", "csv": "frames.parquet"}
_EXPORT_NAMES = {"trc": "poses.trc", "csv": "frames.csv"}


def export_result(result: Path, *, to: str, out: Path | None = None, units: Literal["m", "px"] = "m") -> Path:
    """Write a result in another format and return the file.

    Parameters
    ----------
    result : folder that `formcheck check --out` or `formcheck batch --out` filled; of a batch, only its table as csv.
    to : "trc" for the landmarks as markers, "csv" for the table of frames.
    out : file to write; default poses.trc or frames.csv in the result's folder.
    units : of a .trc: "m" for OpenSim (x forward, y up, z right, origin between the hips), "px" as in Sports2D.

    Raises
    ------
    FormCheckError
        If there is no such result or format, or the poses have no depth to write in metres.
    """
    if to not in FORMATS:
        raise SourceError(f"{result.name}: expected one of {', '.join(FORMATS)} to export to, got {to!r}; choose one")
    if to == "csv" and (table := result / "results.parquet").is_file():
        from formcheck.sinks.results_table import write_results_csv

        target = out or result / "results.csv"
        require_no_link(result, table)
        with write_one_file(target) as part, _explain_damage(table, "the table of a batch", "run the batch again"):
            write_results_csv(table, part)
        return target
    source = result / _FROM[to]
    if not source.is_file():
        came = f"no {source.name} in it" if result.is_dir() else "no such folder"
        raise SourceError(f"{result.name}: expected a result of formcheck check --out, got {came}; check the path")
    require_no_link(result, source)
    target = out or result / _EXPORT_NAMES[to]
    if to == "trc":
        _export_trc(source, target, units)
    else:
        _export_csv(source, target)
    return target


def _export_trc(source: Path, target: Path, units: Literal["m", "px"]) -> None:
    from formcheck.sinks.export import place_in_picture, place_in_space, turn_rad, write_trc
    from formcheck.sources.pose_track import open_track

    track = open_track(source)
    times_s = np.array([pose.time_s for pose in track])
    if units == "m" and not any(np.isfinite(pose.xyz_m).any() for pose in track):
        came = "poses that have no depth"
        raise SourceError(f"{source.parent.name}: expected landmarks in metres, got {came}; write them in pixels")
    step_s = float(np.median(np.diff(times_s))) if len(times_s) > 1 else math.nan
    rate_hz = 1 / step_s if step_s > 0 else 1.0
    turn = turn_rad(track) if units == "m" else 0.0
    frames = (place_in_space(pose, turn) if units == "m" else place_in_picture(pose) for pose in track)
    with write_one_file(target) as part:
        write_trc(part, frames, name=target.name, count=track.frames, rate_hz=rate_hz, units=units)


def _export_csv(source: Path, target: Path) -> None:
    from formcheck.sinks.export import write_csv

    with write_one_file(target) as part, _explain_damage(source, "the frames of a check", "check the recording again"):
        write_csv(source, part)


@contextmanager
def _explain_damage(table: Path, expected: str, todo: str) -> Iterator[None]:
    """Turn the errors about a table that cannot be read into one line."""
    import pyarrow as pa

    try:
        yield
    except (OSError, pa.ArrowException, ValueError, TypeError, OverflowError, RuntimeError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise  # of the disk; Arrow's own errors about damage have no number
        came = "a damaged file, or another kind of file"
        raise SourceError(f"{table.name}: expected {expected}, got {came}; {todo}") from None

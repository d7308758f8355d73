"""Saved pose tracks: they replay without the video to the identical verdict.

A track is one Parquet file, a row for each analysed frame, with a JSON header in its metadata: the recording, the
model, and the time of the analysis. Rows are written in groups, so an hour needs no more memory than a minute.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from formcheck.core.errors import SourceError
from formcheck.core.records import N_BACK, Landmarks, PoseFrame
from formcheck.core.skeleton import N_LANDMARKS, SKELETON

from .track_header import LONGEST_GAP_S, MOST_FRAMES, MOST_SIDE_PX, MOST_TIME_S, HeaderError, parse_header

LEAST_TRACK_STEP_S = 1e-6
"""Closer times are the same moment: speeds between them would have no meaning."""
FARTHEST_POINT = 1e7
"""Pixels or metres; a landmark that is further away is damage."""
TRACK_VERSION = 2
"""Version of the format; 2 added the landmarks of the mirrored picture."""
_KEY = b"formcheck_track"
_DAMAGE = (OSError, pa.ArrowException, ValueError, OverflowError, RuntimeError)
"""What Arrow raises for damaged files; ValueError for names that are not UTF-8."""
_MEMORY_LIMITS = {"thrift_string_size_limit": 10_000_000, "thrift_container_size_limit": 1_000_000}
_MOST_GROUP_BYTES = 600_000_000
"""Rows in one piece are read together. Formcheck writes pieces of 2 MB; other programs, all rows at once."""
_POSES_PER_GROUP = 1024
_LISTS = {"xy_px": (N_LANDMARKS, 2), "xyz_m": (N_LANDMARKS, 3), "visibility": (N_LANDMARKS,), "back_xy_px": (N_BACK, 2)}
_MIRROR = {f"mirror_{name}": name for name in ("xy_px", "xyz_m", "visibility")}
"""Column -> field of the mirrored landmarks.

Null in frames whose mirror image was not analysed.
"""
_SCHEMA_1 = pa.schema(
    [("time_s", pa.float64()), ("width", pa.int32()), ("height", pa.int32()), ("people", pa.int16())]
    + [(name, pa.list_(pa.float32(), int(np.prod(shape)))) for name, shape in _LISTS.items()]
)
_SCHEMA = pa.schema([*_SCHEMA_1, *((name, pa.list_(pa.float32())) for name in _MIRROR)])


class TrackWriter:
    """Writes a pose track; a context manager with `write`.

    Parameters
    ----------
    path : where the file goes.
    header : data for replaying besides the poses; JSON values only.
    """

    def __init__(self, path: Path, header: Mapping[str, Any]) -> None:
        text = json.dumps({**header, "track_version": TRACK_VERSION, "skeleton": SKELETON}, sort_keys=True)
        schema = _SCHEMA.with_metadata({_KEY: text.encode()})
        # A dictionary of numbers that never repeat takes memory and disk space, and saves nothing.
        self._writer = pq.ParquetWriter(path, schema, compression="zstd", use_dictionary=False)
        self._rows: list[PoseFrame] = []

    def write(self, pose: PoseFrame) -> None:
        """Add one pose."""
        self._rows.append(pose)
        if len(self._rows) >= _POSES_PER_GROUP:
            self._flush()

    def _flush(self) -> None:
        rows = self._rows
        columns = [
            _make_number_array(np.array([p.time_s for p in rows], np.float64)),
            *(_make_number_array(np.array([p.size_px[i] for p in rows], np.int32)) for i in (0, 1)),
            _make_number_array(np.array([p.people for p in rows], np.int16)),
        ]
        for name, shape in _LISTS.items():
            flat = np.concatenate([getattr(p, name).ravel() for p in rows]) if rows else np.empty(0, np.float32)
            columns.append(pa.FixedSizeListArray.from_arrays(_make_number_array(flat), int(np.prod(shape))))
        columns += [
            _make_list_array([getattr(p.mirror, name) if p.mirror is not None else None for p in rows])
            for name in _MIRROR.values()
        ]
        self._writer.write_table(pa.Table.from_arrays(columns, schema=self._writer.schema))
        self._rows = []

    def close(self) -> None:
        """Write the rest and close the file."""
        if self._rows:
            self._flush()
        self._writer.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _make_number_array(values: NDArray[Any]) -> pa.Array:
    """Return the values as an Arrow array.

    `pa.array` would import pandas, which takes 0.3 s and 50 MB.
    """
    return pa.Array.from_buffers(pa.from_numpy_dtype(values.dtype), len(values), [None, pa.py_buffer(values)])


def _make_list_array(values: Sequence[NDArray[np.float32] | None]) -> pa.Array:
    """Return lists of numbers, null for a missing one."""
    ends = np.cumsum([0, *(0 if v is None else v.size for v in values)], dtype=np.int32)
    flat = np.concatenate([np.empty(0, np.float32), *(v.ravel() for v in values if v is not None)])
    there = np.packbits([v is not None for v in values], bitorder="little")
    buffers = [pa.py_buffer(there), pa.py_buffer(ends)]
    return pa.Array.from_buffers(pa.list_(pa.float32()), len(values), buffers, children=[_make_number_array(flat)])


@dataclass(frozen=True, slots=True)
class Track:
    """A saved pose track: its header, and its poses when iterated."""

    path: Path
    header: dict[str, Any]
    frames: int

    def __iter__(self) -> Iterator[PoseFrame]:
        before_s, row = -math.inf, 0
        with _open_parquet(self.path) as file:
            batches = file.iter_batches(batch_size=_POSES_PER_GROUP)
            while (batch := _read_next_batch(batches, self.path)) is not None:
                try:
                    poses = _read_poses(batch, _require_rising(batch, before_s))
                except RowError as error:
                    raise _bad_track(
                        self.path, f"{error} in row {row + error.row + 1}", "make the track again"
                    ) from None
                yield from poses
                row += len(poses)
                before_s = poses[-1].time_s if poses else before_s


class RowError(ValueError):
    """Raised for a row that no valid track contains.

    Parameters
    ----------
    came : what is there.
    row : 0-based number in the batch.
    """

    def __init__(self, came: str, row: int) -> None:
        super().__init__(came)
        self.row = row


@contextmanager
def _open_parquet(path: Path) -> Iterator[pq.ParquetFile]:
    # Opened here: Arrow takes only names that are UTF-8.
    with path.open("rb") as handle, pq.ParquetFile(handle, **_MEMORY_LIMITS) as file:
        yield file


def _read_next_batch(batches: Iterator[pa.RecordBatch], path: Path) -> pa.RecordBatch | None:
    try:
        return next(batches, None)
    except _DAMAGE:
        raise _bad_track(path, "a damaged file", "copy it again") from None


def _require_rising(batch: pa.RecordBatch, before_s: float) -> NDArray[np.float64]:
    """Return the times of a batch, if they rise from the one before it."""
    times_s = _read_cells(batch, "time_s", np.float64)
    _refuse_rows(~(np.abs(times_s) <= MOST_TIME_S), "an impossible time", times_s)
    steps_s = np.diff(times_s, prepend=times_s[:1] - LEAST_TRACK_STEP_S if math.isinf(before_s) else before_s)
    # half a step of slack: the difference of two times is not exact
    _refuse_rows(~(steps_s >= LEAST_TRACK_STEP_S / 2), "a time that does not rise", times_s)
    _refuse_rows(steps_s > LONGEST_GAP_S, "a gap of more than an hour before the time", times_s)
    return times_s


def _refuse_rows(wrong: NDArray[np.bool_], came: str, values: NDArray[Any]) -> None:
    """Raise RowError for the first wrong value."""
    if np.count_nonzero(wrong):
        row = int(np.flatnonzero(wrong.reshape(len(values), -1).any(axis=1))[0])
        bad = np.ravel(values[row])[int(np.flatnonzero(np.ravel(wrong[row]))[0])]
        raise RowError(f"{came}, {float(bad):.6g}", row)


def _read_cells(batch: pa.RecordBatch, name: str, dtype: type) -> NDArray[Any]:
    """Return a column of numbers; RowError for an empty cell."""
    column = batch.column(name)
    if column.null_count:
        empty = np.asarray(column.is_null().to_numpy(zero_copy_only=False))
        raise RowError(f"nothing for {name}", int(np.flatnonzero(empty)[0]))
    return np.asarray(_read_array(column), dtype)


def _read_points(values: pa.Array, name: str, count: int) -> NDArray[np.float32]:
    """Return the landmarks of a column, (count, points, axes); RowError for impossible numbers."""
    shape = _LISTS[_MIRROR.get(name, name)]
    points: NDArray[np.float32] = np.asarray(_read_array(values), np.float32)
    if values.null_count or points.size != count * math.prod(shape):
        raise RowError(f"a list with missing numbers for {name}", 0)
    points = points.reshape(count, *shape)
    limits = (0.0, 1.0) if name.endswith("visibility") else (-FARTHEST_POINT, FARTHEST_POINT)
    _refuse_rows((points < limits[0]) | (points > limits[1]), f"a number out of range for {name}", points)
    return points


def _read_poses(batch: pa.RecordBatch, times_s: NDArray[np.float64]) -> list[PoseFrame]:
    """Return the poses of a batch.

    Raises
    ------
    RowError
        A value is missing, of another length or out of range.
    """
    rows = len(times_s)
    whole = {name: _read_cells(batch, name, np.int64) for name in ("width", "height", "people")}
    for name in ("width", "height"):
        is_bad = (whole[name] < 1) | (whole[name] > MOST_SIDE_PX)
        _refuse_rows(is_bad, f"an impossible {name} of the picture", whole[name])
    _refuse_rows(whole["people"] < 0, "an impossible number of people", whole["people"])
    lists: dict[str, NDArray[np.float32]] = {}
    for name in _LISTS:
        if batch.column(name).null_count:
            raise RowError(f"nothing for {name}", int(np.flatnonzero(batch.column(name).is_null())[0]))
        lists[name] = _read_points(batch.column(name).flatten(), name, rows)
    mirrors = _read_mirrors(batch)
    times, widths, heights, people = (
        values.tolist() for values in (times_s, whole["width"], whole["height"], whole["people"])
    )
    return [
        PoseFrame(
            times[i], (widths[i], heights[i]), lists["xy_px"][i], lists["xyz_m"][i], lists["visibility"][i],
            lists["back_xy_px"][i], people[i], mirror=mirrors.get(i),
        )
        for i in range(rows)
    ]  # fmt: skip


def _read_mirrors(batch: pa.RecordBatch) -> dict[int, Landmarks]:
    """Return row -> landmarks of the mirrored picture, where it was analysed."""
    if not set(_MIRROR) <= set(batch.schema.names):
        return {}
    there = {name: np.asarray(batch.column(name).is_valid().to_numpy(zero_copy_only=False)) for name in _MIRROR}
    rows = np.flatnonzero(there["mirror_xy_px"])
    flat: dict[str, NDArray[np.float32]] = {}
    for name, valid in there.items():
        _refuse_rows(valid != there["mirror_xy_px"], f"another row with {name}", valid)
        lengths = [len(batch.column(name)[i]) for i in rows.tolist()]
        wrong = np.array([length != math.prod(_LISTS[_MIRROR[name]]) for length in lengths], np.bool_)
        if wrong.any():
            raise RowError(f"a list with missing numbers for {name}", int(rows[np.flatnonzero(wrong)[0]]))
        flat[name] = _read_points(batch.column(name).flatten(), name, len(rows))
    return {
        int(row): Landmarks(**{of: flat[name][k] for name, of in _MIRROR.items()})
        for k, row in enumerate(rows.tolist())
    }


def _read_array(values: pa.Array) -> NDArray[Any]:
    """Return the values as a NumPy array.

    `to_numpy` would import pandas, which takes 0.3 s and 50 MB.
    """
    return values.to_numpy(zero_copy_only=False) if values.null_count else np.from_dlpack(values)


def open_track(path: str | os.PathLike[str]) -> Track:
    """Return a saved pose track: the poses, without the pictures.

    Parameters
    ----------
    path : `poses.parquet` of a result, or a file of the folder poses of a batch.

    Returns
    -------
    An iterable of `PoseFrame`; `frames` is their number, `header` describes the recording and the model.

    Raises
    ------
    SourceError
        If the file is not a track of formcheck, or from a newer version.

    Examples
    --------
    >>> import formcheck as fc
    >>> track = fc.open_track("examples/tracks/hinge_good.parquet")
    >>> track.frames, track.header["source"]["name"], track.header["model"]["name"]
    (168, 'hinge_good.mp4', 'full')
    >>> sum(pose.seen for pose in track)
    168
    """
    path = Path(path)
    try:
        with _open_parquet(path) as file:
            schema, about = file.schema_arrow, file.metadata
            group_bytes = [about.row_group(k).total_byte_size for k in range(about.num_row_groups)]
            frames, most_bytes = about.num_rows, max(group_bytes, default=0)
    except FileNotFoundError:
        raise _bad_track(path, "no such file", "check the path") from None
    except _DAMAGE:
        raise _bad_track(path, "a file that is not Parquet", _TRACK_HELP) from None
    if not 0 <= frames <= MOST_FRAMES:
        raise _bad_track(path, f"one of {frames} frames instead of {MOST_FRAMES} at most", "cut the recording")
    if most_bytes > _MOST_GROUP_BYTES:
        came = f"one with {most_bytes / 1e6:.0f} MB in one piece"
        raise _bad_track(path, f"{came} instead of {_MOST_GROUP_BYTES / 1e6:.0f} at most", "save it again")
    return Track(path, _read_header(path, schema), frames)


_TRACK_HELP = "give the poses.parquet of a result"


def _read_header(path: Path, schema: pa.Schema) -> dict[str, Any]:
    text = (schema.metadata or {}).get(_KEY)
    if text is None:
        raise _bad_track(path, "another kind of table", _TRACK_HELP)
    try:
        header = parse_header(text, TRACK_VERSION)
    except HeaderError as error:
        raise _bad_track(path, str(error), "update formcheck" if error.is_newer else _TRACK_HELP) from None
    if not schema.equals(_SCHEMA if header["track_version"] >= 2 else _SCHEMA_1):
        raise _bad_track(path, "one without its columns", _TRACK_HELP)
    return header


def _bad_track(path: Path, came: str, todo: str) -> SourceError:
    return SourceError(f"{path.name}: expected a pose track saved by formcheck, got {came}; {todo}")

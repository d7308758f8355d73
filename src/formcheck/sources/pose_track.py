"""Saved pose tracks: they replay without the video to the identical verdict.

A track is one Parquet file, a row for each analysed frame, with a JSON header in its metadata: the recording, the
model, and the time of the analysis. Rows are written in groups, so an hour needs no more memory than a minute.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
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

TRACK_VERSION = 2
"""Version of the format; 2 added the landmarks of the mirrored picture."""
_KEY = b"formcheck_track"
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
        # Opened here: Arrow takes only names that are UTF-8.
        with self.path.open("rb") as handle, pq.ParquetFile(handle) as file:
            batches = file.iter_batches(batch_size=_POSES_PER_GROUP)
            while (batch := _read_next_batch(batches, self.path)) is not None:
                yield from _read_poses(batch)


def _read_next_batch(batches: Iterator[pa.RecordBatch], path: Path) -> pa.RecordBatch | None:
    try:
        return next(batches, None)
    except (OSError, pa.ArrowException):
        raise _bad_track(path, "a damaged file", "copy it again") from None


def _read_poses(batch: pa.RecordBatch) -> Iterator[PoseFrame]:
    lists: dict[str, NDArray[np.float32]] = {
        name: _read_array(batch.column(name).flatten()).reshape(batch.num_rows, *shape)
        for name, shape in _LISTS.items()
    }
    plain = {name: batch.column(name).to_pylist() for name in ("time_s", "width", "height", "people")}
    for i in range(batch.num_rows):
        yield PoseFrame(
            plain["time_s"][i],
            (plain["width"][i], plain["height"][i]),
            lists["xy_px"][i],
            lists["xyz_m"][i],
            lists["visibility"][i],
            lists["back_xy_px"][i],
            plain["people"][i],
            mirror=_mirror(batch, i),
        )


def _read_array(values: pa.Array) -> NDArray[Any]:
    """Return the values as a NumPy array.

    `to_numpy` would import pandas, which takes 0.3 s and 50 MB.
    """
    return values.to_numpy(zero_copy_only=False) if values.null_count else np.from_dlpack(values)


def _mirror(batch: pa.RecordBatch, i: int) -> Landmarks | None:
    if not (set(_MIRROR) <= set(batch.schema.names) and batch.column("mirror_xy_px")[i].is_valid):
        return None
    flat = {of: _read_array(batch.column(name)[i].values) for name, of in _MIRROR.items()}
    return Landmarks(**{of: flat[of].reshape(_LISTS[of]) for of in flat})


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
        with path.open("rb") as handle, pq.ParquetFile(handle) as file:
            schema, frames = file.schema_arrow, file.metadata.num_rows
    except FileNotFoundError:
        raise _bad_track(path, "no such file", "check the path") from None
    except (OSError, pa.ArrowException):
        raise _bad_track(path, "a file that is not Parquet", _TRACK_HELP) from None
    return Track(path, _read_header(path, schema), frames)


_TRACK_HELP = "give the poses.parquet of a result"
_HEADER_KEYS = ("track_version", "skeleton", "source", "model", "created_utc", "still")


def _read_header(path: Path, schema: pa.Schema) -> dict[str, Any]:
    text = (schema.metadata or {}).get(_KEY)
    if text is None:
        raise _bad_track(path, "another kind of table", _TRACK_HELP)
    try:
        header = dict(json.loads(text))
        version = int(header["track_version"])
    except (ValueError, TypeError, KeyError):
        raise _bad_track(path, "a header that cannot be read", _TRACK_HELP) from None
    if version > TRACK_VERSION:
        raise _bad_track(path, f"version {version}, this formcheck reads {TRACK_VERSION} or older", "update formcheck")
    missing = [key for key in _HEADER_KEYS if key not in header]
    if missing or not schema.equals(_SCHEMA if version >= TRACK_VERSION else _SCHEMA_1):
        raise _bad_track(path, f"one without {', '.join(missing) or 'its columns'}", _TRACK_HELP)
    return header


def _bad_track(path: Path, came: str, todo: str) -> SourceError:
    return SourceError(f"{path.name}: expected a pose track saved by formcheck, got {came}; {todo}")

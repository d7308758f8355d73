"""Tables of pose landmarks as people write them from MediaPipe: one row a frame, or one row a landmark.

Columns are read by their words, whatever their order, case and separators: ``x_0``, ``x0``, ``NOSE_x``,
``landmark_0_x``, ``visibility_32``, ``world_x_0``; numbers run from 0 or from 1. A table with one row a landmark
has columns frame (or time), landmark, x, y. The z of picture landmarks has no unit and is left alone.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from formcheck.core.errors import SourceError
from formcheck.core.skeleton import N_LANDMARKS

from .column_names import KINDS, Columns, column_names, landmark_place
from .file_reading import numbers, sha256_of, text_lines
from .foreign_track import Recording, Row
from .landmark_names import need_trunk

_TODO = "write columns such as x_0, y_0, visibility_0 to 32, or frame, landmark, x, y, visibility"
Series = NDArray[np.float64]


class Line(NamedTuple):
    """One line of the table: its place, its fields as text."""

    where: str
    fields: list[str]


def read_landmark_csv(path: Path) -> Recording:
    """Return a table of landmarks, opened.

    Raises
    ------
    SourceError
        Where no landmarks of shoulders and hips are in it.
    """
    lines = _lines(path)
    head = next(lines, None)
    if head is None:
        raise _refusal(path, "an empty file")
    columns = column_names(head.fields)
    first = next(lines, None)
    by_landmark = columns.landmark is not None and {"x", "y"} <= columns.of_row.keys()
    if not (columns.cells or by_landmark):
        raise _refusal(path, f"columns {', '.join(head.fields[:6])[:80]}")
    if columns.landmark is None:
        x, y = ({cell.landmark for cell in columns.cells if KINDS[cell.kind] == axis} for axis in "xy")
        need_trunk(x & y, path.name, "columns x and y")
    size_px = None if first is None else _size_px(path, columns, first)
    rows = partial(_rows_of_frames if columns.landmark is None else _rows_of_landmarks, path, columns)
    return Recording(path, "mediapipe_csv", sha256_of([path]), rows, columns.clock, size_px, shares_allowed=True)


def _lines(path: Path) -> Iterator[Line]:
    """The lines of the table that are not empty, every one as long as the first."""
    text = text_lines(path, _TODO)
    head = next((line for line in text if line.strip()), "")
    if not head:
        return
    mark = max(",;\t", key=head.count)
    names = _fields(path, head, mark)
    yield Line("the first line", names)
    for count, line in enumerate(text, start=2):
        if not line.strip():
            continue
        fields = _fields(path, line, mark)
        if len(fields) != len(names):
            raise _refusal(path, f"{len(fields)} instead of {len(names)} fields in line {count}")
        # where fields end with a semicolon, numbers have a decimal comma
        yield Line(f"line {count}", [f.replace(",", ".") for f in fields] if mark == ";" else fields)


def _fields(path: Path, line: str, mark: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=mark))
    except csv.Error:
        raise _refusal(path, "another file, or a damaged one") from None


def _size_px(path: Path, columns: Columns, first: Line) -> tuple[int, int] | None:
    if columns.width is None or columns.height is None:
        return None
    told = numbers([first.fields[k] for k in (columns.width, columns.height)], path, first.where, _TODO)
    if not ((told >= 1).all() and (told < 1e5).all()):
        raise _refusal(path, f"a picture of {told[0]:g}×{told[1]:g} in {first.where}")
    return round(told[0]), round(told[1])


def _clock(path: Path, columns: Columns, line: Line, count: int) -> float:
    """When a line is: by its time, else its frame, else its place."""
    if columns.when is None:
        return float(count)
    told = float(numbers([line.fields[columns.when]], path, line.where, _TODO)[0])
    if not math.isfinite(told):
        raise _refusal(path, f"no time or frame in {line.where}")
    return told


# One row a frame ------------------------------------------------------------------------------------------------------


def _rows_of_frames(path: Path, columns: Columns) -> Iterator[Row]:
    lines = _lines(path)
    next(lines)
    places, whose, kinds = (list(column) for column in zip(*columns.cells, strict=True))
    for count, line in enumerate(lines):
        every = np.full((N_LANDMARKS, len(KINDS)), math.nan)
        every[whose, kinds] = numbers([line.fields[k] for k in places], path, line.where, _TODO)
        yield _row(line.where, _clock(path, columns, line, count), every)


# One row a landmark ---------------------------------------------------------------------------------------------------


def _rows_of_landmarks(path: Path, columns: Columns) -> Iterator[Row]:
    lines = _lines(path)
    next(lines)
    kinds, places = zip(*columns.of_row.values(), strict=True)
    every, now, begun = np.full((N_LANDMARKS, len(KINDS)), math.nan), math.nan, ""
    for line in lines:
        clock = _clock(path, columns, line, 0)
        if clock != now and begun:
            yield _row(begun, now, every)
            every = np.full((N_LANDMARKS, len(KINDS)), math.nan)
        if clock != now or not begun:
            now, begun = clock, line.where
        landmark = landmark_place(line.fields[columns.landmark or 0])
        if landmark is not None:
            every[landmark, list(kinds)] = numbers([line.fields[k] for k in places], path, line.where, _TODO)
    if begun:
        yield _row(begun, now, every)


def _row(where: str, clock: float, every: Series) -> Row:
    """One frame from what is known of each landmark, (33, kinds)."""
    xyz_m = every[:, 3:] if np.isfinite(every[:, 3:]).any() else None
    return Row(where, clock, every[:, :2], every[:, 2], xyz_m, int(np.isfinite(every[:, :2]).any()))


def _refusal(path: Path, came: str) -> SourceError:
    return SourceError(f"{path.name}: expected a table of pose landmarks, got {came}; {_TODO}")

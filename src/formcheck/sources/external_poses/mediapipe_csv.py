"""Read tables of MediaPipe's pose landmarks: one row a frame, or one row a landmark.

Columns are identified by their words, in any order, case and with any separators: ``x_0``, ``x0``, ``NOSE_x``,
``landmark_0_x``, ``visibility_32``, ``world_x_0``; numbers start from 0 or from 1. A table with one row a landmark has
columns frame (or time), landmark, x, y. The z of picture landmarks has no unit and is ignored.
"""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np

from formcheck.core.errors import SourceError
from formcheck.core.skeleton import N_LANDMARKS

from .landmark_names import find_landmark_index, require_trunk
from .text_files import hash_files, parse_numbers, read_text_lines
from .track import LandmarkValues, PoseFile, PoseRow

KINDS = ("x", "y", "visibility", "wx", "wy", "wz")
"""The values of a landmark: place in the picture, visibility, place in space."""
_SAME = {"v": "visibility", "vis": "visibility", "conf": "visibility", "confidence": "visibility",
         "score": "visibility", "likelihood": "visibility"}  # fmt: skip
_DEPTH = "z"
_FILLERS = {"landmark", "landmarks", "lm", "pose", "kp", "keypoint", "point", "world"}
_SECONDS = {"time", "times", "timeseconds", "timesec", "timestamps", "timestampsec", "timestampseconds", "t", "seconds"}
_MILLISECONDS = {"timems", "timestampms", "ms", "milliseconds", "timemilliseconds"}
_FRAME = {"frame", "framenumber", "frameindex", "frameidx", "frameid", "frameno", "framenum"}
_LANDMARK = {"landmark", "landmarkid", "landmarkindex", "landmarkidx", "landmarkname", "name", "joint", "keypoint",
             "keypointid", "bodypart", "marker", "point"}  # fmt: skip
_WIDTH, _HEIGHT = ({side, f"image{side}", f"frame{side}", f"video{side}"} for side in ("width", "height"))
Clock = Literal["s", "ms", "frame", "unknown"]


class Cell(NamedTuple):
    """One column: its index, its landmark, and its kind in `KINDS`."""

    column: int
    landmark: int
    kind: int


@dataclass(frozen=True, slots=True)
class Columns:
    """The column indices of a table of landmarks; None = no such column.

    Parameters
    ----------
    cells : the columns of a table with one row a frame.
    of_row : kind -> (its place in `KINDS`, column) of a table with one row a landmark.
    landmark : column that names a row's landmark.
    when, clock : column of time or frame, and its unit.
    width, height : columns of the picture's size.
    """

    cells: tuple[Cell, ...]
    of_row: dict[str, tuple[int, int]]
    landmark: int | None
    when: int | None
    clock: Clock
    width: int | None
    height: int | None


def parse_column_names(names: Sequence[str]) -> Columns:
    """Return the content of the columns of a table; unknown ones are left out."""
    plain = [re.sub(r"[^a-z0-9]", "", name.lower()) for name in names]
    found = [(k, *_parse_meaning(name)) for k, name in enumerate(names)]
    # MediaPipe counts from 0; tables that begin with x1 count from 1
    numbered = {int(whose) for _, whose, kind in found if kind and whose.isdigit()}
    shift = 1 if numbered and min(numbered) == 1 and max(numbered) == N_LANDMARKS else 0
    cells = []
    for k, whose, kind in found:
        landmark = find_landmark(whose, shift) if whose and kind else None
        if landmark is not None:
            cells.append(Cell(k, landmark, KINDS.index(kind)))
    of_row = {kind: (KINDS.index(kind), k) for k, whose, kind in found if kind and not whose}
    when, clock = _find_clock(plain)
    landmark = None if cells else _find_one_of(plain, _LANDMARK)
    return Columns(
        tuple(cells), of_row, landmark, when, clock, _find_one_of(plain, _WIDTH), _find_one_of(plain, _HEIGHT)
    )


def find_landmark(whose: str, shift: int = 0) -> int | None:
    """Return the index of a landmark, by its name or number; None for others."""
    whose = whose.strip()
    if not whose.isdigit():
        return find_landmark_index(whose)
    number = int(whose) - shift
    return number if 0 <= number < N_LANDMARKS else None


def _parse_meaning(name: str) -> tuple[str, str]:
    """Return the landmark and the kind of a column; "" for a missing one."""
    words = [word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+", name)]
    world = "world" in words
    rest = [word for word in words if word not in _FILLERS]
    for place in (-1, 0):
        kind = _parse_kind(rest[place], world=world) if rest else ""
        if kind:
            del rest[place]
            return "".join(rest), "" if kind == _DEPTH else kind
    return "", ""


def _parse_kind(word: str, *, world: bool) -> str:
    word = _SAME.get(word, word)
    if world and word in ("x", "y", "z"):
        return f"w{word}"
    return word if word in KINDS or word == _DEPTH else ""


def _find_clock(plain: Sequence[str]) -> tuple[int | None, Clock]:
    words: tuple[tuple[set[str], Clock], ...] = (
        (_SECONDS, "s"), (_MILLISECONDS, "ms"), ({"timestamp"}, "unknown"), (_FRAME, "frame"),
    )  # fmt: skip
    for names, clock in words:
        column = _find_one_of(plain, names)
        if column is not None:
            return column, clock
    return None, "frame"


def _find_one_of(plain: Sequence[str], names: set[str]) -> int | None:
    return next((k for k, name in enumerate(plain) if name in names), None)


_CSV_HELP = "write columns such as x_0, y_0, visibility_0 to 32, or frame, landmark, x, y, visibility"


class CsvLine(NamedTuple):
    """One line of the table: its place, its fields as text."""

    where: str
    fields: list[str]


def read_landmark_csv(path: Path) -> PoseFile:
    """Return a table of landmarks, opened but not yet read.

    Raises
    ------
    SourceError
        If it contains no landmarks of shoulders and hips.
    """
    lines = _read_lines(path)
    head = next(lines, None)
    if head is None:
        raise _bad_csv(path, "an empty file")
    columns = parse_column_names(head.fields)
    first = next(lines, None)
    by_landmark = columns.landmark is not None and {"x", "y"} <= columns.of_row.keys()
    if not (columns.cells or by_landmark):
        raise _bad_csv(path, f"columns {', '.join(head.fields[:6])[:80]}")
    if columns.landmark is None:
        x, y = ({cell.landmark for cell in columns.cells if KINDS[cell.kind] == axis} for axis in "xy")
        require_trunk(x & y, path.name, "columns x and y")
    size_px = None if first is None else _read_size_px(path, columns, first)
    rows = partial(_read_rows_of_frames if columns.landmark is None else _read_rows_of_landmarks, path, columns)
    return PoseFile(path, "mediapipe_csv", hash_files([path]), rows, columns.clock, size_px, shares_allowed=True)


def _read_lines(path: Path) -> Iterator[CsvLine]:
    """Yield the lines of the table that are not empty.

    Every one must be as long as the first.
    """
    text = read_text_lines(path, _CSV_HELP)
    head = next((line for line in text if line.strip()), "")
    if not head:
        return
    mark = max(",;\t", key=head.count)
    names = _split_fields(path, head, mark)
    yield CsvLine("the first line", names)
    for count, line in enumerate(text, start=2):
        if not line.strip():
            continue
        fields = _split_fields(path, line, mark)
        if len(fields) != len(names):
            raise _bad_csv(path, f"{len(fields)} instead of {len(names)} fields in line {count}")
        # in files whose fields end with a semicolon, numbers have a decimal comma
        yield CsvLine(f"line {count}", [f.replace(",", ".") for f in fields] if mark == ";" else fields)


def _split_fields(path: Path, line: str, mark: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=mark))
    except csv.Error:
        raise _bad_csv(path, "another file, or a damaged one") from None


def _read_size_px(path: Path, columns: Columns, first: CsvLine) -> tuple[int, int] | None:
    if columns.width is None or columns.height is None:
        return None
    size = parse_numbers([first.fields[k] for k in (columns.width, columns.height)], path, first.where, _CSV_HELP)
    if not ((size >= 1).all() and (size < 1e5).all()):
        raise _bad_csv(path, f"a picture of {size[0]:g}×{size[1]:g} in {first.where}")
    return round(size[0]), round(size[1])


def _read_clock(path: Path, columns: Columns, line: CsvLine, count: int) -> float:
    """Return the time of a line: its time, else its frame, else its number."""
    if columns.when is None:
        return float(count)
    clock = float(parse_numbers([line.fields[columns.when]], path, line.where, _CSV_HELP)[0])
    if not math.isfinite(clock):
        raise _bad_csv(path, f"no time or frame in {line.where}")
    return clock


# One row a frame ------------------------------------------------------------------------------------------------------


def _read_rows_of_frames(path: Path, columns: Columns) -> Iterator[PoseRow]:
    lines = _read_lines(path)
    next(lines)
    places, whose, kinds = (list(column) for column in zip(*columns.cells, strict=True))
    for count, line in enumerate(lines):
        every = np.full((N_LANDMARKS, len(KINDS)), math.nan)
        every[whose, kinds] = parse_numbers([line.fields[k] for k in places], path, line.where, _CSV_HELP)
        yield _make_pose_row(line.where, _read_clock(path, columns, line, count), every)


# One row a landmark ---------------------------------------------------------------------------------------------------


def _read_rows_of_landmarks(path: Path, columns: Columns) -> Iterator[PoseRow]:
    lines = _read_lines(path)
    next(lines)
    kinds, places = zip(*columns.of_row.values(), strict=True)
    every, now, begun = np.full((N_LANDMARKS, len(KINDS)), math.nan), math.nan, ""
    for line in lines:
        clock = _read_clock(path, columns, line, 0)
        if clock != now and begun:
            yield _make_pose_row(begun, now, every)
            every = np.full((N_LANDMARKS, len(KINDS)), math.nan)
        if clock != now or not begun:
            now, begun = clock, line.where
        landmark = find_landmark(line.fields[columns.landmark or 0])
        if landmark is not None:
            every[landmark, list(kinds)] = parse_numbers([line.fields[k] for k in places], path, line.where, _CSV_HELP)
    if begun:
        yield _make_pose_row(begun, now, every)


def _make_pose_row(where: str, clock: float, every: LandmarkValues) -> PoseRow:
    """Return one frame from the values of each landmark, (33, kinds)."""
    xyz_m = every[:, 3:] if np.isfinite(every[:, 3:]).any() else None
    return PoseRow(where, clock, every[:, :2], every[:, 2], xyz_m, int(np.isfinite(every[:, :2]).any()))


def _bad_csv(path: Path, came: str) -> SourceError:
    return SourceError(f"{path.name}: expected a table of pose landmarks, got {came}; {_CSV_HELP}")

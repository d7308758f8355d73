"""Read tables of MediaPipe's pose landmarks: one row a frame, or one row a landmark.

`column_names` says what the columns are. A table with one row a landmark has columns frame (or time), landmark, x, y.
The z of picture landmarks has no unit and is ignored. Rows of hands and face are left out.
"""

from __future__ import annotations

import csv
import math
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np

from formcheck.core.errors import SourceError
from formcheck.core.skeleton import N_LANDMARKS

from .clocks import CLOCK_NAMES, Clock, choose_clock, is_clock_text, parse_stamp
from .column_names import KINDS, ColumnError, Columns, find_first_number, find_landmark, parse_column_names
from .landmark_names import require_trunk
from .survey import LandmarkValues, PersonPoints, PoseFile, PoseRow
from .text_files import (
    MISSING_WORDS,
    Damage,
    DamageKind,
    hash_files,
    parse_numbers,
    read_text_lines,
    shorten,
    show_name,
)

_CSV_HELP = "write columns such as x_0, y_0, visibility_0 to 32, or frame, landmark, x, y, visibility"
_FIRST_LINES = 1000
"""The lines that decide what a table is: columns of time, numbers of landmarks, parts of the body."""
_LEAST_STAMPED_SHARE = 0.5
_MOST_COLUMNS = 20_000
"""Eight numbers for each point of body, face and hands are 4400."""
_MOST_PX = 100_000
_LEAST_USUAL_SHARE = 0.2
"""A text of fewer rows names something that changes from frame to frame, such as the file of each picture."""
_PICTURE_NAME = re.compile(r"\.(?:jpe?g|png|bmp|webp|tiff?)$", re.IGNORECASE)
_POSE_PARTS = {"pose", "body", "poselandmark", "poselandmarks", "bodypose"}
_SEPARATOR_LINE = re.compile(r'"?sep=(.)"?', re.IGNORECASE)
_NO_VALUES = math.nan


class CsvLine(NamedTuple):
    """One line of the table: its place, its fields as text, its damage."""

    where: str
    fields: list[str]
    damage: Damage | None = None

    def get(self, column: int) -> str:
        """Return the text in a column, "" in a line that is too short."""
        return self.fields[column] if column < len(self.fields) else ""


@dataclass(frozen=True, slots=True)
class TableLayout:
    """How to read the rows of a table.

    Parameters
    ----------
    columns : what the columns are.
    when, clock : column of time or frame, and its unit; None = rows are counted.
    shift : number of the first landmark in a table with one row a landmark.
    only_pose : whether rows of other parts of the body are left out.
    usual : column -> the text that all rows of this person and recording have.
    size_px : picture size, if the table has it.
    """

    columns: Columns
    when: int | None
    clock: Clock
    shift: int
    only_pose: bool
    usual: dict[int, str]
    size_px: tuple[int, int] | None


def read_landmark_csv(path: Path) -> PoseFile:
    """Return a table of landmarks, opened but not yet read.

    Raises
    ------
    SourceError
        If it contains no landmarks of shoulders and hips, or not of one person.
    """
    lines = _read_lines(path)
    head = next(lines, None)
    if head is None:
        raise _bad_csv(path, "an empty file")
    first = list(islice(lines, _FIRST_LINES))
    try:
        columns = parse_column_names(head.fields)
        layout, notes = _find_layout(path, columns, first)
    except ColumnError as error:
        raise _bad_csv(path, shorten(str(error), 120)) from None
    _require_places(path, columns, head)
    rows = partial(_read_rows_of_frames if columns.landmark is None else _read_rows_of_landmarks, path, layout)
    return PoseFile(
        path, "mediapipe_csv", hash_files([path]), rows, layout.clock, layout.size_px, columns.unit,
        shares_allowed=True, notes=tuple(notes),
    )  # fmt: skip


def _require_places(path: Path, columns: Columns, head: CsvLine) -> None:
    """Raise an error if a table has no x and y of the trunk."""
    kinds = {KINDS[cell.kind] for cell in columns.cells} | (
        columns.of_row.keys() if columns.landmark is not None else set()
    )
    if not kinds >= {"x", "y"}:
        came = f"columns {shorten(', '.join(head.fields[:6]), 80)}"
        raise _bad_csv(path, "points in space (metres) without positions in the picture" if "wx" in kinds else came)
    if columns.landmark is not None:
        return  # its rows name the landmarks
    x, y = ({cell.landmark for cell in columns.cells if KINDS[cell.kind] == axis} for axis in "xy")
    require_trunk(x & y, show_name(path), "columns x and y")


def _read_lines(path: Path) -> Iterator[CsvLine]:
    """Yield the lines that are not empty; the first one has the names."""
    text = enumerate(read_text_lines(path, _CSV_HELP), start=1)
    found = _read_head(path, text)
    if found is None:
        return
    head, mark = found
    yield head
    names = len(head.fields)
    for count, line in text:
        if not line.strip():
            continue
        where, fields = f"line {count}", _split_fields(line, mark) or []
        damage = None
        if len(fields) < names or any(field.strip() for field in fields[names:]):
            damage = Damage(DamageKind.FIELDS, f"{len(fields)} instead of {names} fields", where)
        # in files whose fields do not end with a comma, numbers may have a decimal comma
        yield CsvLine(where, fields if mark == "," else [f.replace(",", ".") for f in fields], damage)


def _read_head(path: Path, text: Iterator[tuple[int, str]]) -> tuple[CsvLine, str] | None:
    """Return the line with the names and the mark between fields, or None."""
    mark = ""
    for count, line in text:
        if not line.strip() or line.startswith("#"):
            continue
        if found := _SEPARATOR_LINE.fullmatch(line.strip()):
            mark = found[1]  # spreadsheets write this line for themselves
            continue
        mark = mark or max(",;\t|", key=line.count)
        names = _split_fields(line, mark)
        if names is None:
            raise _bad_csv(path, "another kind of file, or a damaged one")
        while len(names) > 1 and not names[-1].strip():
            names.pop()
        if len(names) > _MOST_COLUMNS:
            raise _bad_csv(path, f"{len(names)} columns")
        return CsvLine(f"line {count}", [name.strip() for name in names]), mark
    return None


def _split_fields(line: str, mark: str) -> list[str] | None:
    try:
        return next(csv.reader([line], delimiter=mark))
    except csv.Error:
        return None


# What the first lines show --------------------------------------------------------------------------------------------


def _find_layout(path: Path, columns: Columns, first: list[CsvLine]) -> tuple[TableLayout, list[str]]:
    """Return how to read the table, and what was assumed."""
    parts = [] if columns.part is None else [line.get(columns.part) for line in first]
    only_pose = any(_is_pose(part) for part in parts) and columns.landmark is not None
    kept = [line for line in first if not only_pose or _is_pose(line.get(columns.part or 0))]
    shift = 0
    if columns.landmark is not None:
        found = (line.get(columns.landmark).strip().removesuffix(".0") for line in kept)
        numbers = [int(text) for text in found if re.fullmatch(r"[0-9]{1,9}", text)]
        shift = find_first_number(set(numbers)) if len(numbers) > 0.5 * len(kept) else 0
    usual = {}
    for column, _ in columns.same:
        counts = Counter(line.get(column).strip() for line in kept if line.get(column).strip())
        if not counts:
            continue
        text, count = counts.most_common(1)[0]
        if count >= _LEAST_USUAL_SHARE * len(kept) and not _PICTURE_NAME.search(text):
            usual[column] = text
    when, clock, notes = _find_clock(path, columns, kept)
    size_px = _find_size_px(path, columns, kept)
    return TableLayout(columns, when, clock, shift, only_pose, usual, size_px), notes


def _is_pose(part: str) -> bool:
    return re.sub(r"[^a-z]", "", part.lower()) in _POSE_PARTS


def _find_clock(path: Path, columns: Columns, first: list[CsvLine]) -> tuple[int | None, Clock, list[str]]:
    """Return the column of time that has times, its unit, and what was assumed."""
    filled: list[tuple[int, Clock]] = []
    for column, clock in columns.clocks:
        texts = [line.get(column) for line in first]
        stamps = [parse_stamp(text, clock) for text in texts]
        if first and sum(map(math.isfinite, stamps)) < _LEAST_STAMPED_SHARE * len(stamps):
            if any(text.strip().lower() not in MISSING_WORDS for text in texts):
                filled.append((column, "s" if clock == "unknown" else clock))
            continue
        if any(is_clock_text(text) for text in texts):
            return column, "s", []
        if clock != "unknown":
            return column, clock, []
        chosen, name = choose_clock(stamps), show_name(path)
        if chosen == "frame":
            return column, chosen, [f"{name}: its times increase by one and were read as frame numbers"]
        return column, chosen, [f"{name}: its time stamps were read as {CLOCK_NAMES[chosen]}"] if chosen != "s" else []
    # a column of text that is no time is reported with its first line; an empty one is no column
    return (*filled[0], []) if filled else (None, "frame", [])


def _find_size_px(path: Path, columns: Columns, first: list[CsvLine]) -> tuple[int, int] | None:
    if columns.width is None or columns.height is None:
        return None
    sizes = Counter(size for line in first if (size := _read_size_px(columns, line)) is not None)
    if not sizes:
        return None
    size_px = sizes.most_common(1)[0][0]
    if not all(1 <= side < _MOST_PX for side in size_px):
        raise _bad_csv(path, f"a picture of {size_px[0]}×{size_px[1]}")
    return size_px


def _read_size_px(columns: Columns, line: CsvLine) -> tuple[int, int] | None:
    """Return the picture size of a line, None if it has none."""
    if columns.width is None or columns.height is None:
        return None
    values, _ = parse_numbers([line.get(columns.width), line.get(columns.height)])
    if not (np.abs(values) < 1e9).all():
        return None
    return round(float(values[0])), round(float(values[1]))


# Rows -----------------------------------------------------------------------------------------------------------------


def _check_line(layout: TableLayout, line: CsvLine) -> Damage | None:
    """Return what is wrong with a line besides its numbers: fields, person, recording, size."""
    if line.damage is not None:
        return line.damage
    for column, what in layout.columns.same:
        text = line.get(column).strip()
        if text and text != layout.usual.get(column, text):
            kind = DamageKind.PERSON if what == "person" else DamageKind.RECORDING
            came = f"{what} {shorten(text)} and {what} {shorten(layout.usual[column])}"
            return Damage(kind, came, line.where)
    size_px = _read_size_px(layout.columns, line)
    if size_px is not None and size_px != layout.size_px:
        return Damage(DamageKind.SIZE, f"a picture of {size_px[0]}×{size_px[1]}", line.where)
    return None


def _read_row_time(layout: TableLayout, line: CsvLine, count: int) -> tuple[float, Damage | None]:
    """Return the time of a line: its time, else its frame, else its number."""
    if layout.when is None:
        return float(count), None
    text = line.get(layout.when).strip()
    stamp = parse_stamp(text, layout.clock)
    if math.isfinite(stamp):
        return stamp, None
    return math.nan, Damage(DamageKind.TIME, repr(shorten(text)) if text else "an empty field", line.where)


def _read_rows_of_frames(path: Path, layout: TableLayout) -> Iterator[PoseRow]:
    lines = _read_lines(path)
    next(lines)
    places, whose, kinds = (list(column) for column in zip(*layout.columns.cells, strict=True))
    for count, line in enumerate(lines):
        clock, no_time = _read_row_time(layout, line, count)
        damage = _check_line(layout, line) or no_time
        if damage is not None and damage.kind in {DamageKind.PERSON, DamageKind.RECORDING}:
            clock = math.nan  # its time is of another person's row
        if damage is None:
            every = np.full((N_LANDMARKS, len(KINDS)), _NO_VALUES)
            every[whose, kinds], wrong = parse_numbers([line.fields[k] for k in places])
            damage = None if wrong is None else Damage(DamageKind.NUMBER, wrong, line.where)
        yield PoseRow(line.where, clock, () if damage else (_make_body(every),), damage)


def _read_rows_of_landmarks(path: Path, layout: TableLayout) -> Iterator[PoseRow]:
    """Yield one frame for each run of lines with one time."""
    lines = _read_lines(path)
    next(lines)
    columns, frame = layout.columns, None
    for line in lines:
        if layout.only_pose and not _is_pose(line.get(columns.part or 0)) and line.damage is None:
            continue
        clock, no_time = _read_row_time(layout, line, 0)
        damage = _check_line(layout, line) or no_time
        if damage is not None and damage.kind in _NOT_OF_THE_FRAME:
            yield PoseRow(line.where, math.nan, (), damage)
            continue
        if frame is None or clock != frame.clock:
            if frame is not None:
                yield frame.finish()
            frame = _FrameOfLines(layout, line.where, clock)
        frame.add(line, damage)
    if frame is not None:
        yield frame.finish()


_NOT_OF_THE_FRAME = frozenset({DamageKind.PERSON, DamageKind.RECORDING, DamageKind.TIME})
"""Lines with this damage say nothing about the frame in which they are."""


class _FrameOfLines:
    """One frame of a table with one line a landmark. Remembers its landmarks so far.

    What is wrong with a line blanks its landmark.
    """

    def __init__(self, layout: TableLayout, where: str, clock: float) -> None:
        self.clock = clock
        self._layout, self._where = layout, where
        self._kinds, self._places = zip(*layout.columns.of_row.values(), strict=True)
        self._every = np.full((N_LANDMARKS, len(KINDS)), _NO_VALUES)
        self._given: set[int] = set()
        self._damage: Damage | None = None

    def add(self, line: CsvLine, damage: Damage | None) -> None:
        """Add the landmark of one line.

        Parameters
        ----------
        damage : what is wrong with the line besides its numbers.
        """
        whose = line.get(self._layout.columns.landmark or 0).strip()
        landmark = find_landmark(whose, self._layout.shift)
        if landmark is None:
            if whose.isdigit():  # the face and the hands have other names, but not other numbers
                damage = damage or Damage(DamageKind.LANDMARK, f"landmark {shorten(whose)}", line.where)
        else:
            values, wrong = parse_numbers([line.get(k) for k in self._places])
            if wrong is not None:
                damage = damage or Damage(DamageKind.NUMBER, wrong, line.where)
            if landmark in self._given:  # of two values, neither is proven
                came = f"landmark {shorten(whose)} twice in frame {self.clock:.15g}"
                damage = damage or Damage(DamageKind.TWICE, came, line.where)
            self._every[landmark, list(self._kinds)] = math.nan if damage else values
            self._given.add(landmark)
        self._damage = self._damage or damage

    def finish(self) -> PoseRow:
        """Return the frame."""
        return PoseRow(self._where, self.clock, (_make_body(self._every),), self._damage)


def _make_body(every: LandmarkValues) -> PersonPoints:
    """Return one person from the values of each landmark, (33, kinds)."""
    xyz_m = every[:, 3:] if np.isfinite(every[:, 3:]).any() else None
    return PersonPoints(every[:, :2], every[:, 2], xyz_m)


def _bad_csv(path: Path, came: str) -> SourceError:
    return SourceError(f"{show_name(path)}: expected a table of pose landmarks, got {came}; {_CSV_HELP}")

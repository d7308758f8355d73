"""The labels that people gave: a CSV file with one row for each recording and rater."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from formcheck.core.errors import SourceError
from formcheck.program.agreement import CANNOT_TELL, WORDS

KEYS = ("recording", "input_sha256")
ONE_RATER = "rater"
"""What the only rater is called where the file names none."""
_MARK = "fault_"
_FLAGS = {"0": False, "1": True}


@dataclass(frozen=True, slots=True)
class Sheet:
    """A CSV file as it is: its name, its columns, and its rows with their line numbers."""

    name: str
    columns: Sequence[str]
    rows: Sequence[tuple[int, Mapping[str, str]]]
    decimal: str


@dataclass(frozen=True, slots=True)
class Label:
    """What one rater said of one recording.

    Parameters
    ----------
    line : where it stands. key : what names the recording. rater : who.
    verdict : one of `WORDS`, empty where none was given.
    named : ids of the faults that were seen.
    asked : ids of the faults that were looked for; None for all there are.
    numbers : by name of the results' column; only those that were given.
    """

    line: int
    key: str
    rater: str
    verdict: str
    named: frozenset[str]
    asked: frozenset[str] | None
    numbers: Mapping[str, float]

    def fault(self, fault_id: str) -> bool | None:
        """Return whether the rater named a fault, None where nobody asked."""
        if self.asked is None or fault_id in self.asked:
            return fault_id in self.named
        return None


def read_sheet(path: Path) -> Sheet:
    """Return the rows of a CSV file; a semicolon or tab between the columns is as good as a comma.

    Raises
    ------
    SourceError
        If it cannot be read, names a column twice, has no key column or no row.
    """
    try:
        text = path.read_text("utf-8-sig")
    except OSError as error:
        raise SourceError(f"{path.name}: expected a CSV file with labels, got: {error.strerror}") from None
    except UnicodeDecodeError:
        told = "expected a CSV file in UTF-8, got another encoding; save it as UTF-8"
        raise SourceError(f"{path.name}: {told}") from None
    between = max(",;\t", key=text.partition("\n")[0].count)
    columns, lines = _cells(path.name, text, between)
    _check_columns(path.name, columns)
    rows = [(line, _row(path.name, line, columns, cells)) for line, cells in lines]
    if not rows:
        raise SourceError(f"{path.name}: expected a row for each recording and rater, got none")
    return Sheet(path.name, columns, rows, "," if between == ";" else ".")


def _cells(name: str, text: str, between: str) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """The first line, and every other one that is not empty with its number."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=between, strict=True)
    try:
        columns = [column.strip() for column in next(reader, [])]
        return columns, [(reader.line_num, cells) for cells in reader if any(cell.strip() for cell in cells)]
    except csv.Error as error:
        told = f"expected a CSV file, got a line that cannot be read ({error}); save the table as CSV again"
        raise SourceError(f"{name}, line {reader.line_num}: {told}") from None


def _check_columns(name: str, columns: Sequence[str]) -> None:
    twice = next((column for column in columns if column and columns.count(column) > 1), None)
    if twice:
        raise SourceError(f"{name}: expected each column once, got {twice!r} twice")
    if sum(key in columns for key in KEYS) != 1:
        came = ", ".join(columns) or "nothing"
        raise SourceError(f"{name}: expected one column {' or '.join(KEYS)} that names the recording, got {came}")
    if "faults" in columns and any(column.startswith(_MARK) for column in columns):
        raise SourceError(f"{name}: expected either the column faults or columns {_MARK}ID, got both; remove one kind")


def _row(name: str, line: int, columns: Sequence[str], cells: Sequence[str]) -> dict[str, str]:
    if len(cells) != len(columns):
        told = f"expected {len(columns)} cells as in the first line, got {len(cells)}"
        raise SourceError(f"{name}, line {line}: {told}; put quotes around a text that holds the separator")
    return {column: cell.strip() for column, cell in zip(columns, cells, strict=True)}


def labels_of(sheet: Sheet, *, faults: frozenset[str], measured: frozenset[str]) -> list[Label]:
    """Return the labels of a file.

    Parameters
    ----------
    sheet : the file.
    faults : ids that are allowed.
    measured : columns of the results that a column of the same name is held against.

    Raises
    ------
    SourceError
        With the line, what was expected and what came.
    """
    for column in sheet.columns:
        if column.startswith(_MARK):
            _known(f"{sheet.name}, column {column}", column.removeprefix(_MARK), faults)
    return [_label(sheet, line, row, faults, measured) for line, row in sheet.rows]


def unused_columns(sheet: Sheet, measured: frozenset[str]) -> list[str]:
    """Return the columns that nothing is held against."""
    used = {*KEYS, "rater", "verdict", "faults", *measured}
    return [column for column in sheet.columns if column and column not in used and not column.startswith(_MARK)]


def _label(sheet: Sheet, line: int, row: Mapping[str, str], faults: frozenset[str], measured: frozenset[str]) -> Label:
    where = f"{sheet.name}, line {line}"
    key = next(key for key in KEYS if key in row)
    if not row[key]:
        raise SourceError(f"{where}: expected the recording in column {key}, got nothing")
    rater = row.get("rater", ONE_RATER)
    if not rater:
        raise SourceError(f"{where}: expected a name in column rater, got nothing; write one or remove the column")
    verdict = row.get("verdict", "")
    if verdict not in ("", *WORDS):
        raise SourceError(f"{where}: expected a verdict of {', '.join(WORDS)} or nothing, got {verdict!r}")
    named, asked = _faults(where, row, faults)
    if verdict == CANNOT_TELL and asked is None:
        asked = named  # who cannot tell has not said that there was no fault
    numbers = {c: _number(where, c, row[c], sheet.decimal) for c in sheet.columns if c in measured and row[c]}
    return Label(line, row[key], rater, verdict, named, asked, numbers)


def _faults(where: str, row: Mapping[str, str], faults: frozenset[str]) -> tuple[frozenset[str], frozenset[str] | None]:
    """The faults that were named, and those that were asked for."""
    if "faults" in row:
        named = frozenset(row["faults"].replace(";", " ").replace(",", " ").split())
        for fault in sorted(named):
            _known(where, fault, faults)
        return named, None
    flags = {column: cell for column, cell in row.items() if column.startswith(_MARK) and cell}
    for column, cell in flags.items():
        if cell not in _FLAGS:
            raise SourceError(f"{where}: expected 0, 1 or nothing in column {column}, got {cell!r}")
    asked = frozenset(column.removeprefix(_MARK) for column in flags)
    return frozenset(c.removeprefix(_MARK) for c, cell in flags.items() if _FLAGS[cell]), asked


def _known(where: str, fault: str, faults: frozenset[str]) -> None:
    if fault not in faults:
        raise SourceError(f"{where}: expected fault ids of {', '.join(sorted(faults))}; got {fault!r}")


def _number(where: str, column: str, cell: str, decimal: str) -> float:
    try:
        value = float(cell.replace(decimal, "."))
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise SourceError(f"{where}: expected a number or nothing in column {column}, got {cell!r}")
    return value


__all__ = ["KEYS", "ONE_RATER", "Label", "Sheet", "labels_of", "read_sheet", "unused_columns"]

"""Read the labels of human raters: a CSV file, one row per recording and rater."""

from __future__ import annotations

import csv
import io
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from formcheck.core.errors import SourceError, keep_on_a_line
from formcheck.program.agreement import CANNOT_TELL, VERDICT_WORDS

from .outcomes import TOO_LARGE, Outcomes, ScoredRecording, strip_folders

KEYS = ("recording", "input_sha256")
ONE_RATER = "rater"
"""The name of the only rater, if the file gives none."""
MOST_RATERS = 100
_FAULT_PREFIX = "fault_"
_MOST_LABEL_BYTES = 50_000_000
_FLAGS = {"0": False, "1": True}


@dataclass(frozen=True, slots=True)
class Sheet:
    """The contents of a CSV file: name, columns, and rows with line numbers."""

    name: str
    columns: Sequence[str]
    rows: Sequence[tuple[int, Mapping[str, str]]]
    decimal: str


@dataclass(frozen=True, slots=True)
class Label:
    """A rater's label of one recording.

    Parameters
    ----------
    line : its line in the file. key : the text that names the recording. rater : the rater's name.
    verdict : one of `VERDICT_WORDS`, empty if none was given.
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
        """Return whether the rater named a fault, None if the rater was not asked."""
        if self.asked is None or fault_id in self.asked:
            return fault_id in self.named
        return None


def read_sheet(path: Path) -> Sheet:
    """Return the rows of a CSV file.

    The separator of the columns may be a comma, a semicolon or a tab.

    Raises
    ------
    SourceError
        If it cannot be read, names a column twice, has no key column or no row.
    """
    text = _read_label_text(path)
    between = max(",;\t", key=text.partition("\n")[0].count)
    columns, lines = _split_cells(path.name, text, between)
    _check_columns(path.name, columns)
    rows = [(line, _read_label_row(path.name, line, columns, cells)) for line, cells in lines]
    if not rows:
        raise SourceError(f"{path.name}: expected a row for each recording and rater, got none")
    return Sheet(path.name, columns, rows, "," if between == ";" else ".")


def _read_label_text(path: Path) -> str:
    expected = "expected a CSV file with labels"
    try:
        if path.exists() and not path.is_file() and not path.is_dir():  # a pipe would be waited for
            raise SourceError(f"{path.name}: {expected}, got a device or pipe")
        with path.open("rb") as file:
            content = file.read(_MOST_LABEL_BYTES + 1)
    except (OSError, ValueError) as error:
        came = getattr(error, "strerror", None) or error
        raise SourceError(f"{path.name}: {expected}, got: {came}") from None
    if len(content) > _MOST_LABEL_BYTES:
        raise SourceError(
            f"{path.name}: {expected}, got more than {_MOST_LABEL_BYTES // 1_000_000} MB; give a smaller one"
        )
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        todo = "got another encoding; save it as UTF-8"
        raise SourceError(f"{path.name}: expected a CSV file in UTF-8, {todo}") from None


def _split_cells(name: str, text: str, between: str) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """Return the first line, and every other non-empty line with its number."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=between, strict=True)
    try:
        columns = [column.strip() for column in next(reader, [])]
        return columns, [(reader.line_num, cells) for cells in reader if any(cell.strip() for cell in cells)]
    except csv.Error as error:
        message = f"expected a CSV file, got an unreadable line ({error}); save the table as CSV again"
        raise SourceError(f"{name}, line {reader.line_num}: {message}") from None


def _check_columns(name: str, columns: Sequence[str]) -> None:
    twice = next((column for column in columns if column and columns.count(column) > 1), None)
    if twice:
        raise SourceError(f"{name}: expected each column once, got {twice!r} twice")
    if sum(key in columns for key in KEYS) != 1:
        came = ", ".join(columns) or "nothing"
        raise SourceError(f"{name}: expected one column {' or '.join(KEYS)} that names the recording, got {came}")
    if "faults" in columns and any(column.startswith(_FAULT_PREFIX) for column in columns):
        raise SourceError(
            f"{name}: expected either the column faults or columns {_FAULT_PREFIX}ID, got both; remove one kind"
        )


def _read_label_row(name: str, line: int, columns: Sequence[str], cells: Sequence[str]) -> dict[str, str]:
    if len(cells) != len(columns):
        message = f"expected {len(columns)} cells as in the first line, got {len(cells)}"
        raise SourceError(f"{name}, line {line}: {message}; put quotes around text that contains the separator")
    return {column: cell.strip() for column, cell in zip(columns, cells, strict=True)}


def read_labels(sheet: Sheet, *, faults: frozenset[str], measured: frozenset[str]) -> list[Label]:
    """Return the labels of a file.

    Parameters
    ----------
    sheet : the file.
    faults : allowed ids.
    measured : columns of the results that a column of the same name is compared with.

    Raises
    ------
    SourceError
        With the line, what was expected and what came.
    """
    for column in sheet.columns:
        if column.startswith(_FAULT_PREFIX):
            _require_known_fault(f"{sheet.name}, column {column}", column.removeprefix(_FAULT_PREFIX), faults)
    labels = [_read_label(sheet, line, row, faults, measured) for line, row in sheet.rows]
    raters = {label.rater for label in labels}
    if len(raters) > MOST_RATERS:
        message = f"expected at most {MOST_RATERS} raters, each compared with each, got {len(raters)}"
        raise SourceError(f"{sheet.name}: {message}; check the column rater")
    return labels


def list_unused_columns(sheet: Sheet, measured: frozenset[str]) -> list[str]:
    """Return the columns that are compared with nothing."""
    used = {*KEYS, "rater", "verdict", "faults", *measured}
    return [
        column for column in sheet.columns if column and column not in used and not column.startswith(_FAULT_PREFIX)
    ]


def _read_label(
    sheet: Sheet, line: int, row: Mapping[str, str], faults: frozenset[str], measured: frozenset[str]
) -> Label:
    where = f"{sheet.name}, line {line}"
    key = next(key for key in KEYS if key in row)
    if not row[key]:
        raise SourceError(f"{where}: expected the recording in column {key}, got nothing")
    rater = keep_on_a_line(row.get("rater", ONE_RATER))
    if not rater:
        raise SourceError(f"{where}: expected a name in column rater, got nothing; write one or remove the column")
    verdict = row.get("verdict", "")
    if verdict not in ("", *VERDICT_WORDS):
        raise SourceError(f"{where}: expected a verdict of {', '.join(VERDICT_WORDS)} or nothing, got {verdict!r}")
    named, asked = _read_faults(where, row, faults)
    if verdict == CANNOT_TELL and asked is None:
        asked = named  # a rater who cannot decide has not said that there was no fault
    numbers = {c: _read_cell_number(where, c, row[c], sheet.decimal) for c in sheet.columns if c in measured and row[c]}
    return Label(line, row[key], rater, verdict, named, asked, numbers)


def _read_faults(
    where: str, row: Mapping[str, str], faults: frozenset[str]
) -> tuple[frozenset[str], frozenset[str] | None]:
    """Return the faults that were named, and those that were asked for."""
    if "faults" in row:
        named = frozenset(row["faults"].replace(";", " ").replace(",", " ").split())
        for fault in sorted(named):
            _require_known_fault(where, fault, faults)
        return named, None
    flags = {column: cell for column, cell in row.items() if column.startswith(_FAULT_PREFIX) and cell}
    for column, cell in flags.items():
        if cell not in _FLAGS:
            raise SourceError(f"{where}: expected 0, 1 or nothing in column {column}, got {cell!r}")
    asked = frozenset(column.removeprefix(_FAULT_PREFIX) for column in flags)
    return frozenset(c.removeprefix(_FAULT_PREFIX) for c, cell in flags.items() if _FLAGS[cell]), asked


def _require_known_fault(where: str, fault: str, faults: frozenset[str]) -> None:
    if fault not in faults:
        raise SourceError(f"{where}: expected fault ids of {', '.join(sorted(faults))}; got {fault!r}")


def _read_cell_number(where: str, column: str, cell: str, decimal: str) -> float:
    try:
        value = float(cell.replace(decimal, "."))
    except ValueError:
        value = math.nan
    if not abs(value) < TOO_LARGE:
        raise SourceError(f"{where}: expected a number or nothing in column {column}, got {cell!r}")
    return value


@dataclass(frozen=True, slots=True)
class Matched:
    """Labels with their results.

    Parameters
    ----------
    pairs : each label that has a result, with it.
    without_result : labelled recordings without a result.
    without_label : recordings with a result that no rater labelled.
    """

    pairs: Sequence[tuple[Label, ScoredRecording]]
    without_result: Sequence[str]
    without_label: Sequence[str]


def match(sheet: Sheet, labels: Sequence[Label], outcomes: Outcomes) -> Matched:
    """Return labels and results that belong together.

    Parameters
    ----------
    sheet : the file of the labels. labels : its labels. outcomes : the results.

    Raises
    ------
    SourceError
        If a label fits several results, a rater labelled a recording twice, or no label has a result.
    """
    places = _Places(sheet, labels, outcomes)
    found = [(label, places.of(label)) for label in labels]
    _refuse_double_labels(sheet.name, found)
    pairs = [(label, outcomes.rows[place]) for label, place in found if place is not None]
    without = list(dict.fromkeys(label.key for label, place in found if place is None))
    if not pairs:
        message = f"expected recordings of {outcomes.name}, as {outcomes.rows[0].recording}; got {without[0]}"
        raise SourceError(
            f"{sheet.name}: {message}{' …' if len(without) > 1 else ''}; no labelled recording has a result"
        )
    labelled = {place for _, place in found}
    return Matched(pairs, without, [row.recording for i, row in enumerate(outcomes.rows) if i not in labelled])


class _Places:
    """The rows of the results, indexed by what names a recording."""

    def __init__(self, sheet: Sheet, labels: Sequence[Label], outcomes: Outcomes) -> None:
        self._where, self._results = sheet.name, outcomes.name
        self._by_hash = "input_sha256" in sheet.columns
        self._full: dict[str, list[int]] = {}
        self._names: dict[str, list[int]] = {}
        for place, row in enumerate(outcomes.rows):
            for text in (row.sha256,) if self._by_hash else row.also:
                self._full.setdefault(text, []).append(place)
            self._names.setdefault(row.name, []).append(place)
        # two recordings with one name in different folders must not both get the one result of that name
        self._alike = Counter(strip_folders(key) for key in {label.key for label in labels})

    def of(self, label: Label) -> int | None:
        key = label.key.lower() if self._by_hash else label.key
        name = strip_folders(key)
        found = self._full.get(key, [])
        if not found and not self._by_hash and (key == name or self._alike[name] == 1):
            found = self._names.get(name, [])
        if len(found) > 1:
            message = f"expected a recording with one row in {self._results}, got {label.key!r}, which has"
            todo = "keep one of these rows" if self._by_hash else "write the name as in the column recording"
            raise SourceError(f"{self._where}, line {label.line}: {message} {len(found)} rows; {todo}")
        return found[0] if found else None


def _refuse_double_labels(where: str, found: Sequence[tuple[Label, int | None]]) -> None:
    lines: dict[tuple[str, str | int], int] = {}
    for label, place in found:
        mine = (label.rater, label.key if place is None else place)
        if mine in lines:
            message = f"expected one row for each recording and rater, got {label.key!r} by {label.rater!r} in line"
            raise SourceError(f"{where}, line {label.line}: {message} {lines[mine]} too; keep one")
        lines[mine] = label.line

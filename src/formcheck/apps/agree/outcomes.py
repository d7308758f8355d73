"""What formcheck said: the rows of `results.parquet`, as far as labels can be held against them."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from formcheck.core.errors import SourceError
from formcheck.program.agreement import CANNOT_TELL, WORDS

FILE_NAME = "results.parquet"
_MEASURED = re.compile(r"repetitions|hesitations|hold(?:_left|_right)?_s|view_(?:yaw|roll)_deg|\w+_(?:median|p05|p95)")
"""Columns that hold what was measured; others with numbers, as an age, are what people put beside it."""
_IDENTITY = ("recording", "input_uri", "name", "input_sha256")
_SAID = ("movement_id", "verdict", "faults", "checks_cannot_tell", "error")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What formcheck said of one recording.

    Parameters
    ----------
    recording : how the results name it. also : every text that names it in full.
    name : file name. sha256 : hash of the file, empty where there is none.
    movement : id of the movement it was held against.
    verdict : one of `WORDS`; "cannot_tell" where it did not run, empty where the results have no verdicts.
    faults : ids of the faults found. untold : checks that could not be told.
    ran : whether it could be looked at.
    numbers : by column, NaN where there is none.
    """

    recording: str
    also: frozenset[str]
    name: str
    sha256: str
    movement: str
    verdict: str
    faults: frozenset[str]
    untold: frozenset[str]
    ran: bool
    numbers: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Outcomes:
    """The rows of the results, and which of their columns can be held against labels.

    Parameters
    ----------
    name : file name. rows : one for each recording.
    measured : columns with measurements, of those asked for.
    has_verdicts, has_faults : whether the results have such a column.
    """

    name: str
    rows: Sequence[Outcome]
    measured: frozenset[str]
    has_verdicts: bool
    has_faults: bool


def read_outcomes(path: Path, *, asked: Collection[str]) -> Outcomes:
    """Return what formcheck said of each recording.

    Parameters
    ----------
    path : `results.parquet`, or the folder it is in.
    asked : names of columns; the measurements among them are read too.

    Raises
    ------
    SourceError
        If it is no such table.
    """
    file = path / FILE_NAME if path.is_dir() else path
    if not file.is_file():
        told = f"expected the {FILE_NAME} of formcheck batch, or its folder, got no such file"
        raise SourceError(f"{path.name}: {told}; run formcheck batch first")
    columns, rows = _table(file, asked)
    if not any(name in columns for name in _IDENTITY):
        raise SourceError(f"{file.name}: expected a column {', '.join(_IDENTITY)}, got {', '.join(columns) or 'none'}")
    if not rows:
        raise SourceError(f"{file.name}: expected a row for each recording, got none; run formcheck batch first")
    measured = frozenset(column for column in columns if column in asked and _MEASURED.fullmatch(column))
    found = [_outcome(file.name, row, measured) for row in rows]
    return Outcomes(file.name, found, measured, "verdict" in columns, "faults" in columns)


def _table(file: Path, asked: Collection[str]) -> tuple[list[str], list[dict[str, Any]]]:
    """The columns that are read, and the rows."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        schema = pq.read_schema(file)
        numbers = [f.name for f in schema if pa.types.is_integer(f.type) or pa.types.is_floating(f.type)]
        wanted = {*_IDENTITY, *_SAID, *(n for n in numbers if n in asked and _MEASURED.fullmatch(n))}
        columns = [name for name in schema.names if name in wanted]
        return columns, pq.read_table(file, columns=columns).to_pylist()
    except (pa.ArrowException, OSError):
        told = "expected a table that formcheck batch wrote, got a file that cannot be read as Parquet"
        raise SourceError(f"{file.name}: {told}; run formcheck batch again") from None


def _outcome(where: str, row: Mapping[str, Any], measured: Iterable[str]) -> Outcome:
    also = [str(row[name]) for name in ("recording", "input_uri") if row.get(name)]
    name = str(row.get("name") or (file_name(also[0]) if also else ""))
    sha256 = str(row.get("input_sha256") or "")
    ran = not row.get("error")
    verdict = str(row.get("verdict") or ("" if ran else CANNOT_TELL))
    if verdict not in ("", *WORDS):
        raise SourceError(f"{where}: expected verdicts of {', '.join(WORDS)}, got {verdict!r} for {name}")
    return Outcome(
        recording=also[0] if also else name or sha256,
        also=frozenset(also),
        name=name,
        sha256=sha256,
        movement=str(row.get("movement_id") or ""),
        verdict=verdict,
        faults=frozenset(map(str, row.get("faults") or ())),
        untold=frozenset(map(str, row.get("checks_cannot_tell") or ())),
        ran=ran,
        numbers={column: _number(row.get(column)) for column in measured},
    )


def file_name(recording: str) -> str:
    """Return the file name at the end of a path, of any system, or of an address.

    Examples
    --------
    >>> file_name("s3://bucket/day 1/anna.mp4")
    'anna.mp4'
    """
    return re.split(r"[/\\]", recording)[-1]


def _number(value: Any) -> float:
    return math.nan if value is None else float(value)


__all__ = ["FILE_NAME", "Outcome", "Outcomes", "file_name", "read_outcomes"]

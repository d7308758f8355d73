"""Read formcheck's own results for a comparison: one row for each recording."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from formcheck.core.errors import SourceError, keep_on_a_line
from formcheck.drivers.atomic_files import require_no_link
from formcheck.program.agreement import CANNOT_TELL, VERDICT_WORDS

TOO_LARGE = 1e9
"""No measurement comes near; the squares of larger numbers leave the range of numbers."""
FILE_NAME = "results.parquet"
MEASURED_COLUMN = re.compile(
    r"repetitions|hesitations|(?:hold(?:_left|_right)?|held|valid)_s|view_(?:yaw|roll)_deg|\w+_(?:median|p05|p95)"
)
"""Columns that hold measurements; other numbers, such as an age, come from people."""
_IDENTITY = ("recording", "input_uri", "name", "input_sha256")
_SAID = ("movement_id", "verdict", "faults", "checks_cannot_tell", "error")


@dataclass(frozen=True, slots=True)
class ScoredRecording:
    """Formcheck's result for one recording.

    Parameters
    ----------
    recording : how the results name it. also : every text that names it in full.
    name : file name. sha256 : hash of the file, empty where there is none.
    movement : id of the movement it was compared with.
    verdict : one of `VERDICT_WORDS`; "cannot_tell" where it did not run, empty where the results have no verdicts.
    faults : ids of the faults found. not_judged : checks with the answer "cannot tell".
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
    not_judged: frozenset[str]
    ran: bool
    numbers: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Outcomes:
    """The rows of the results, and the columns that can be compared with labels.

    Parameters
    ----------
    name : file name. rows : one for each recording.
    measured : columns with measurements, of those asked for.
    has_verdicts, has_faults : whether the results have such a column.
    """

    name: str
    rows: Sequence[ScoredRecording]
    measured: frozenset[str]
    has_verdicts: bool
    has_faults: bool


def read_outcomes(path: Path, *, asked: Collection[str]) -> Outcomes:
    """Return formcheck's result for each recording.

    Parameters
    ----------
    path : `results.parquet`, or the folder it is in.
    asked : names of columns; the measurements among them are read too.

    Raises
    ------
    SourceError
        If it is not such a table.
    """
    file = path / FILE_NAME if path.is_dir() else path
    if file != path:
        require_no_link(path, file)
    if not file.is_file():
        message = f"expected the {FILE_NAME} of formcheck batch, or its folder, got no such file"
        raise SourceError(f"{path.name}: {message}; run formcheck batch first")
    columns, rows = _read_result_columns(file, asked)
    if not any(name in columns for name in _IDENTITY):
        raise SourceError(f"{file.name}: expected a column {', '.join(_IDENTITY)}, got {', '.join(columns) or 'none'}")
    if not rows:
        raise SourceError(f"{file.name}: expected a row for each recording, got none; run formcheck batch first")
    measured = frozenset(column for column in columns if column in asked and MEASURED_COLUMN.fullmatch(column))
    found = [_read_scored(file.name, row, measured) for row in rows]
    return Outcomes(file.name, found, measured, "verdict" in columns, "faults" in columns)


def _read_result_columns(file: Path, asked: Collection[str]) -> tuple[list[str], list[dict[str, Any]]]:
    """Return the columns that are needed, and the rows."""
    import pyarrow as pa

    from formcheck.sinks.bounded_table import read_batches
    from formcheck.sinks.results_table import TABLE_DAMAGE, open_table

    wrong: str | None = None
    try:
        with open_table(file) as table:
            schema = table.schema_arrow
            numbers = [f.name for f in schema if pa.types.is_integer(f.type) or pa.types.is_floating(f.type)]
            wanted = {*_IDENTITY, *_SAID, *(n for n in numbers if n in asked and MEASURED_COLUMN.fullmatch(n))}
            columns = [name for name in schema.names if name in wanted]
            wrong = next(
                (name for name in columns if name in (*_IDENTITY, *_SAID) and not _is_said(schema, name)), None
            )
            if wrong is None and len(set(columns)) == len(columns):
                return columns, [row for batch in read_batches(file, columns) for row in batch.to_pylist()]
    except TABLE_DAMAGE:
        pass
    came = "a file that cannot be read as Parquet" if wrong is None else f"another kind of column {wrong}"
    message = f"expected a table that formcheck batch wrote, got {came}"
    raise SourceError(f"{file.name}: {message}; run formcheck batch again")


def _is_said(schema: Any, name: str) -> bool:
    """Return whether a column holds text, or lists of texts where there may be several."""
    import pyarrow as pa

    kind = schema.field(name).type
    kind = kind.value_type if pa.types.is_dictionary(kind) else kind
    if pa.types.is_null(kind):
        return True
    if name in ("faults", "checks_cannot_tell"):
        if not (pa.types.is_list(kind) or pa.types.is_large_list(kind)):
            return False
        kind = kind.value_type
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_null(kind))


def _read_scored(where: str, row: Mapping[str, Any], measured: Iterable[str]) -> ScoredRecording:
    also = [str(row[name]) for name in ("recording", "input_uri") if row.get(name)]
    name = str(row.get("name") or (strip_folders(also[0]) if also else ""))
    sha256 = str(row.get("input_sha256") or "")
    ran = not row.get("error")
    verdict = str(row.get("verdict") or ("" if ran else CANNOT_TELL))
    if verdict not in ("", *VERDICT_WORDS):
        raise SourceError(f"{where}: expected verdicts of {', '.join(VERDICT_WORDS)}, got {verdict!r} for {name}")
    return ScoredRecording(
        recording=also[0] if also else name or sha256,
        also=frozenset(also),
        name=name,
        sha256=sha256,
        movement=str(row.get("movement_id") or ""),
        verdict=verdict,
        faults=frozenset(keep_on_a_line(str(fault)) for fault in row.get("faults") or ()),
        not_judged=frozenset(map(str, row.get("checks_cannot_tell") or ())),
        ran=ran,
        numbers={
            column: float(value) if value is not None and abs(value) < TOO_LARGE else math.nan
            for column in measured
            for value in [row.get(column)]
        },
    )


def strip_folders(recording: str) -> str:
    """Return the last part of an address or of a path of any system.

    Examples
    --------
    >>> strip_folders("s3://bucket/day 1/anna.mp4")
    'anna.mp4'
    """
    return re.split(r"[/\\]", recording)[-1]

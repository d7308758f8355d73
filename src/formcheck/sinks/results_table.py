"""`results.parquet`: one row for each recording of a batch."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from formcheck.core.display import disarm_formula
from formcheck.core.measure.measure import MEASUREMENT_NAMES
from formcheck.core.summary.schema import OF_A_MEASUREMENT

from .bounded_table import open_parquet, read_batches

TABLE_VERSION = 1
MOST_ROWS = 500_000
TABLE_DAMAGE = (OSError, pa.ArrowException, ValueError, TypeError, OverflowError, RuntimeError)
"""What reading a damaged table, or another one, raises; RuntimeError also for JSON that is nested without end."""
_MOST_ABOUT_BYTES = 1_000_000
_ROWS_PER_GROUP = 2000
_ABOUT = b"formcheck_batch"
_WHOLE = re.compile(r"0|-?[1-9][0-9]*")
_NUMBER = re.compile(r"[+-]?(0|[1-9][0-9]*)(\.[0-9]*)?([eE][+-]?[0-9]+)?")
_BEYOND = 2**63
_STRING_LIST = pa.list_(pa.string())
_FAULT = {
    "id": pa.string(), "severity": pa.string(), "from_s": pa.float64(), "to_s": pa.float64(),
    "repetition": pa.int32(), "side": pa.string(), "value": pa.float64(), "unit": pa.string(),
    "limit": pa.float64(), "uncertainty": pa.float64(),
}  # fmt: skip
_SPAN = {
    "movement": pa.string(), "side": pa.string(), "from_s": pa.float64(), "to_s": pa.float64(),
    "certainty": pa.float64(),
}  # fmt: skip
COLUMNS: dict[str, pa.DataType] = {
    # which recording
    "recording": pa.string(), "name": pa.string(), "input_uri": pa.string(), "input_sha256": pa.string(),
    "input_stamp": pa.string(), "source_sha256": pa.string(),
    "width": pa.int32(), "height": pa.int32(), "fps": pa.float64(), "duration_s": pa.float64(), "frames": pa.int64(),
    "frames_analysed": pa.int64(),
    # how it was judged
    "movement_asked": pa.string(), "side_asked": pa.string(), "identity": pa.string(),
    "movement_id": pa.string(), "movement_version": pa.int32(), "movement_sha256": pa.string(),
    "model_name": pa.string(), "model_sha256": pa.string(), "model_engine": pa.string(), "model_runtime": pa.string(),
    "formcheck_version": pa.string(),
    # its result
    "verdict": pa.string(), "why": pa.string(), "why_code": pa.string(),
    "error": pa.string(), "error_kind": pa.string(),
    "faults": _STRING_LIST, "notes": _STRING_LIST, "side": pa.string(),
    "fault_records": pa.list_(pa.struct(_FAULT.items())), "checks_cannot_tell": _STRING_LIST,
    "view_kind": pa.string(), "view_yaw_deg": pa.float64(), "view_yaw_uncertainty_deg": pa.float64(),
    "view_near": pa.string(), "view_verdict": pa.string(), "view_reasons": _STRING_LIST, "view_advice": pa.string(),
    "view_roll_deg": pa.float64(), "view_roll_uncertainty_deg": pa.float64(), "seen_share": pa.float64(),
    "repetitions": pa.int32(), "repetitions_target": pa.float64(),
    "held_s": pa.float64(), "valid_s": pa.float64(), "hold_s": pa.float64(), "hold_target_s": pa.float64(),
    "hold_left_s": pa.float64(), "hold_right_s": pa.float64(), "hesitations": pa.int32(),
    "judged_spans": pa.list_(pa.struct({"from_s": pa.float64(), "to_s": pa.float64()}.items())),
    "recognised_certainty": pa.float64(), "recognised_spans": pa.list_(pa.struct(_SPAN.items())),
    **{f"{name}_{what}": pa.float64() for name in MEASUREMENT_NAMES for what in OF_A_MEASUREMENT},
    # how the work went
    "warnings": _STRING_LIST, "wall_s": pa.float64(), "worker": pa.string(),
}  # fmt: skip
"""Column -> type. The columns of the manifest follow."""


def make_storable(value: Any) -> Any:
    """Return a value in a form that JSON and Parquet can hold.

    NaN and infinite values become missing; text becomes valid UTF-8.
    """
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {name: make_storable(one) for name, one in value.items()}
    return [make_storable(one) for one in value] if isinstance(value, list | tuple) else value


def write_results(
    path: Path,
    rows: Iterable[Mapping[str, Any]],
    carried: Mapping[str, pa.DataType],
    about: Mapping[str, str] | None = None,
) -> int:
    """Write the table; return the number of rows.

    Parameters
    ----------
    path : the file, written in place: give a name that is not the final one.
    rows : mappings of `COLUMNS`, and of the carried columns; missing is null. They are read in groups.
    carried : columns of the manifest and their types.
    about : stored with the table.
    """
    schema = pa.schema([*COLUMNS.items(), *carried.items()]).with_metadata({_ABOUT: json.dumps({**(about or {})})})
    count, rest = 0, iter(rows)
    repeating = [field.name for field in schema if pa.types.is_string(field.type)]
    with pq.ParquetWriter(path, schema, compression="zstd", use_dictionary=repeating) as writer:
        while group := list(islice(rest, _ROWS_PER_GROUP)):
            writer.write_table(pa.Table.from_pylist([{**row} for row in group], schema=schema))
            count += len(group)
    return count


def read_about_table(path: Path) -> dict[str, str]:
    """Return the text stored with a table; empty if it is not a batch's table.

    Raises one of `TABLE_DAMAGE`.
    """
    with open_table(path) as file:
        kept = (file.schema_arrow.metadata or {}).get(_ABOUT)
    about = json.loads(kept[:_MOST_ABOUT_BYTES]) if kept is not None else {}
    return {name: text for name, text in about.items() if isinstance(text, str)} if isinstance(about, dict) else {}


@contextmanager
def open_table(path: Path) -> Iterator[pq.ParquetFile]:
    """Open a table of results; raises one of `TABLE_DAMAGE` if it is not a table."""
    with open_parquet(path) as file:
        if not 0 <= file.metadata.num_rows <= MOST_ROWS:
            raise ValueError(f"expected at most {MOST_ROWS} rows, got {file.metadata.num_rows}")
        yield file


def read_results(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the rows of a table without the carried columns.

    Raise ArrowKeyError if it is not a batch's table, another of `TABLE_DAMAGE` if its types or values are others.
    """
    with open_table(path) as file:
        types = {field.name: field.type for field in file.schema_arrow}
        known = [name for name in COLUMNS if name in types]
        if "input_uri" not in known:
            raise pa.ArrowKeyError("input_uri")
        wrong = [name for name in known if types[name] != COLUMNS[name]]
        if wrong:
            raise TypeError(f"expected {COLUMNS[wrong[0]]} in the column {wrong[0]}, got {types[wrong[0]]}")
    for batch in read_batches(path, known):
        if batch.column("input_uri").null_count:
            raise ValueError("expected a recording in each row, got none")
        yield from map(make_storable, batch.to_pylist())


def read_row(text: str) -> dict[str, Any]:
    """Return a row that was stored as JSON, without unknown columns.

    Raise one of `TABLE_DAMAGE` if it is not a table, or if a value does not fit its column.
    """
    row = json.loads(text)
    if not isinstance(row, dict):
        raise TypeError(f"expected a row, got {type(row).__name__}")
    known = {name: row[name] for name in COLUMNS if name in row}
    kind = pa.struct([(name, COLUMNS[name]) for name in known])
    fitted: dict[str, Any] = make_storable(pa.array([known], kind)[0].as_py())
    return fitted


def write_results_csv(table: Path, out: Path) -> None:
    """Write a table of results as CSV: UTF-8, decimal points, empty fields for missing values.

    Semicolons separate several words in one field; a semicolon within a word becomes a comma. Records are JSON. A text
    that a spreadsheet would take for a formula begins with an apostrophe.

    Parameters
    ----------
    table : `results.parquet`.
    out : CSV file to write.
    """
    from pyarrow import csv

    with open_table(table) as file:
        flat = pa.schema(
            [
                (disarm_formula(f.name), pa.string() if _is_text_column(f.type) or pa.types.is_list(f.type) else f.type)
                for f in file.schema_arrow
            ]
        )
    with csv.CSVWriter(out, flat) as writer:
        for batch in read_batches(table):
            writer.write_batch(pa.record_batch([_flatten(column) for column in batch.columns], schema=flat))


def _is_text_column(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _flatten(column: pa.Array) -> pa.Array:
    if not pa.types.is_list(column.type) and not _is_text_column(column.type):
        return column
    values = column.to_pylist()
    if _is_text_column(column.type):
        texts = values
    elif pa.types.is_struct(column.type.value_type):
        texts = [None if value is None else json.dumps(value) for value in values]
    else:
        texts = [None if value is None else ";".join(str(word).replace(";", ",") for word in value) for value in values]
    return pa.array([None if text is None else disarm_formula(text) for text in texts], pa.string())


def find_types(columns: Mapping[str, Iterable[str]]) -> dict[str, pa.DataType]:
    """Return the type of each carried column: numbers if every value is one, else text.

    Examples
    --------
    >>> find_types({"age": ["41", ""], "subject": ["007", "008"]})
    {'age': DataType(int64), 'subject': DataType(string)}
    """
    return {name: _find_type([value for value in values if value]) for name, values in columns.items()}


def _find_type(values: list[str]) -> pa.DataType:
    """Return the type of one column.

    Text if a value has a leading zero (then it is a name, not a number), or does not fit a column of numbers.
    """
    if not values or not all(_NUMBER.fullmatch(value) and math.isfinite(float(value)) for value in values):
        return pa.string()
    if not all(_WHOLE.fullmatch(value) for value in values):
        return pa.float64()
    return pa.int64() if all(abs(int(value)) < _BEYOND for value in values) else pa.string()


def convert_to_type(value: str, kind: pa.DataType) -> int | float | str | None:
    """Return a carried value in its column's type; empty is missing."""
    if not value:
        return None
    return int(value) if kind == pa.int64() else float(value) if kind == pa.float64() else value

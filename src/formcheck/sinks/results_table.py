"""`results.parquet`: one row for each recording of a batch."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from formcheck.core.measure import NAMES
from formcheck.core.summary import RunSummary

SCHEMA_VERSION = 1
_ROWS = 2000
_WORDS = pa.list_(pa.string())
_FAULT = {
    "id": pa.string(), "severity": pa.string(), "from_s": pa.float64(), "to_s": pa.float64(),
    "repetition": pa.int32(), "side": pa.string(), "value": pa.float64(), "unit": pa.string(),
    "limit": pa.float64(), "uncertainty": pa.float64(),
}  # fmt: skip
_SPAN = {
    "movement": pa.string(), "side": pa.string(), "from_s": pa.float64(), "to_s": pa.float64(),
    "certainty": pa.float64(),
}  # fmt: skip
_OF_A_MEASUREMENT = ("median", "p05", "p95", "in_hold_median", "uncertainty")
COLUMNS: dict[str, pa.DataType] = {
    # which recording
    "recording": pa.string(), "name": pa.string(), "input_uri": pa.string(), "input_sha256": pa.string(),
    "input_stamp": pa.string(), "source_sha256": pa.string(),
    "width": pa.int32(), "height": pa.int32(), "fps": pa.float64(), "duration_s": pa.float64(), "frames": pa.int64(),
    # how it was judged
    "movement_asked": pa.string(), "side_asked": pa.string(), "identity": pa.string(),
    "movement_id": pa.string(), "movement_version": pa.int32(), "movement_sha256": pa.string(),
    "model_name": pa.string(), "model_sha256": pa.string(), "formcheck_version": pa.string(),
    # what came of it
    "verdict": pa.string(), "why": pa.string(), "error": pa.string(), "error_kind": pa.string(),
    "faults": _WORDS, "fault_records": pa.list_(pa.struct(_FAULT.items())), "checks_cannot_tell": _WORDS,
    "view_kind": pa.string(), "view_yaw_deg": pa.float64(), "view_yaw_uncertainty_deg": pa.float64(),
    "view_near": pa.string(), "view_verdict": pa.string(), "view_reasons": _WORDS, "view_advice": pa.string(),
    "view_roll_deg": pa.float64(), "view_roll_uncertainty_deg": pa.float64(), "seen_share": pa.float64(),
    "repetitions": pa.int32(), "repetitions_target": pa.float64(),
    "hold_s": pa.float64(), "hold_target_s": pa.float64(),
    "hold_left_s": pa.float64(), "hold_right_s": pa.float64(), "hesitations": pa.int32(),
    "recognised_certainty": pa.float64(), "recognised_spans": pa.list_(pa.struct(_SPAN.items())),
    **{f"{name}_{what}": pa.float64() for name in NAMES for what in _OF_A_MEASUREMENT},
    # how the work went
    "warnings": _WORDS, "wall_s": pa.float64(), "worker": pa.string(),
}  # fmt: skip
"""Column -> type. What follows them are the columns of the manifest."""
CANNOT_TELL_SHARE = 0.5
"""A check that could not be told for more of its time than this is listed as not told."""


def summary_row(summary: RunSummary) -> dict[str, Any]:
    """Return the columns that a summary fills; what it does not tell is missing."""
    source, view, dose = summary.source, summary.view, summary.dose
    stops = [r.hesitations for r in summary.repetitions if r.hesitations is not None]
    row: dict[str, Any] = {
        "name": source.name, "source_sha256": source.sha256, "width": source.width, "height": source.height,
        "fps": source.fps, "duration_s": source.duration_s, "frames": source.frames,
        "movement_id": summary.movement.id, "movement_version": summary.movement.version,
        "movement_sha256": summary.movement.sha256, "model_name": summary.model.name,
        "model_sha256": summary.model.sha256, "formcheck_version": summary.formcheck_version,
        "verdict": summary.verdict, "why": summary.why,
        "faults": list(dict.fromkeys(fault.id for fault in summary.faults)),
        "fault_records": [fault.model_dump(mode="json", exclude={"cue"}) for fault in summary.faults],
        "checks_cannot_tell": [c.id for c in summary.checks if c.cannot_tell_share > CANNOT_TELL_SHARE],
        **{f"view_{name}": getattr(view, name) for name in _OF_THE_VIEW}, "seen_share": summary.seen_share,
        "repetitions": dose.repetitions.done, "repetitions_target": dose.repetitions.target,
        "hold_s": dose.hold_s.done, "hold_target_s": dose.hold_s.target,
        "hold_left_s": dose.sides.left_s, "hold_right_s": dose.sides.right_s,
        "hesitations": sum(stops) if stops else None,
    }  # fmt: skip
    for name, measured in summary.measurements.items():
        row.update({f"{name}_{what}": getattr(measured, what) for what in _OF_A_MEASUREMENT})
    if summary.recognised is not None:
        row["recognised_certainty"] = summary.recognised.certainty
        row["recognised_spans"] = [s.model_dump(mode="json", exclude={"folder"}) for s in summary.recognised.spans]
    return row


_OF_THE_VIEW = (
    "kind", "yaw_deg", "yaw_uncertainty_deg", "near", "verdict", "reasons", "advice", "roll_deg", "roll_uncertainty_deg"
)  # fmt: skip


def write_results(path: Path, rows: Iterable[Mapping[str, Any]], carried: Mapping[str, pa.DataType]) -> int:
    """Write the table; return the number of rows.

    Parameters
    ----------
    path : where it goes; written in place, so give a name that is not the final one.
    rows : mappings of `COLUMNS`, and of the carried columns; missing is null. They are taken in groups.
    carried : columns of the manifest and their types.
    """
    schema = pa.schema([*COLUMNS.items(), *carried.items()])
    count, rest = 0, iter(rows)
    with pq.ParquetWriter(path, schema, compression="zstd", use_dictionary=_repeating(schema)) as writer:
        while group := list(islice(rest, _ROWS)):
            writer.write_table(pa.Table.from_pylist([{**row} for row in group], schema=schema))
            count += len(group)
    return count


def _repeating(schema: pa.Schema) -> list[str]:
    return [field.name for field in schema if pa.types.is_string(field.type)]


def read_results(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the rows of a table without the carried columns; none where it is no table of a batch."""
    with pq.ParquetFile(path) as file:
        known = [name for name in COLUMNS if name in file.schema_arrow.names]
        for batch in file.iter_batches(batch_size=_ROWS, columns=known):
            yield from batch.to_pylist()


def types_of(columns: Mapping[str, Iterable[str]]) -> dict[str, pa.DataType]:
    """Return the type of each carried column: numbers where every value is written as one, text otherwise.

    Examples
    --------
    >>> types_of({"age": ["41", ""], "subject": ["007", "008"]})
    {'age': DataType(int64), 'subject': DataType(string)}
    """
    return {name: _type_of([value for value in values if value]) for name, values in columns.items()}


def _type_of(values: list[str]) -> pa.DataType:
    """A leading zero makes a name, not a number."""
    if values and all(value.removeprefix("-").isdecimal() and str(int(value)) == value for value in values):
        return pa.int64()
    return pa.float64() if values and all(_plain_number(value) for value in values) else pa.string()


def as_type(value: str, kind: pa.DataType) -> int | float | str | None:
    """Return a carried value as its column has it; empty is missing."""
    if not value:
        return None
    return int(value) if kind == pa.int64() else float(value) if kind == pa.float64() else value


def _plain_number(value: str) -> bool:
    try:
        float(value)
    except ValueError:
        return False
    digits = value.lstrip("+-")
    return digits[:1].isdigit() and not (digits[0] == "0" and digits[1:2].isdigit())

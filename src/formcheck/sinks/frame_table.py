"""Write results as tables: one row for each analysed frame."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from formcheck.core.measure.measure import MEASUREMENT_NAMES
from formcheck.core.records import Measurements, StepResult

_FRAMES_PER_GROUP = 2048
_MEASURED_FIELDS = [
    field for name in MEASUREMENT_NAMES for field in ((name, pa.float64()), (f"{name}_unc", pa.float64()))
]
MEASURE_SCHEMA = pa.schema([("time_s", pa.float64()), *_MEASURED_FIELDS])
FRAME_SCHEMA = pa.schema(
    [
        ("time_s", pa.float64()),
        ("phase", pa.string()),
        ("repetition", pa.int32()),
        ("side", pa.string()),
        *_MEASURED_FIELDS,
    ]
)


class _Writer:
    """Write a Parquet file in groups of rows, so that memory use stays constant."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        # A dictionary of numbers that never repeat takes memory and disk space, and saves nothing.
        words = [field.name for field in schema if pa.types.is_string(field.type)]
        self._writer = pq.ParquetWriter(path, schema, compression="zstd", use_dictionary=words)
        self._rows: list[Sequence[Any]] = []

    def add(self, row: Sequence[Any]) -> None:
        self._rows.append(row)
        if len(self._rows) >= _FRAMES_PER_GROUP:
            self._flush()

    def _flush(self) -> None:
        schema = self._writer.schema
        columns = [
            _build_column(values, field.type)
            for values, field in zip(zip(*self._rows, strict=True), schema, strict=True)
        ]
        self._writer.write_table(pa.Table.from_arrays(columns, schema=schema))
        self._rows = []

    def close(self) -> None:
        """Write the remaining rows and close the file."""
        if self._rows:
            self._flush()
        self._writer.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class FrameTable(_Writer):
    """`frames.parquet`: phase, repetition, side and every measurement with its uncertainty."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, FRAME_SCHEMA)
        self._last_s = -math.inf

    def write(self, result: StepResult) -> None:
        """Add one result.

        The closing result repeats the last frame and adds no row.
        """
        if result.pose.time_s <= self._last_s:
            return
        self._last_s = result.pose.time_s
        phase = result.phase
        repetition = phase.repetition or phase.ended
        self.add(
            [
                result.pose.time_s,
                phase.name,
                repetition.index if repetition else None,
                phase.side,
                *_list_measured(result.measurements),
            ]
        )


class MeasureTable(_Writer):
    """The table of `formcheck measure`: every measurement of every frame, no movement needed."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, MEASURE_SCHEMA)

    def write(self, measurements: Measurements) -> None:
        """Add one frame."""
        self.add([measurements.time_s, *_list_measured(measurements)])


def _list_measured(measurements: Measurements) -> list[float]:
    out: list[float] = []
    for name in MEASUREMENT_NAMES:
        value, width, _ = measurements.values[name]
        out += [value, width if math.isfinite(value) else math.nan]
    return out


_KINDS = {pa.float64(): np.float64, pa.int32(): np.int32}


def _build_column(values: Sequence[Any], kind: pa.DataType) -> pa.Array:
    """Return the values as an Arrow array; None becomes null.

    `pa.array` would import pandas, which takes 0.3 s and 50 MB.
    """
    known = pa.py_buffer(np.packbits([value is not None for value in values], bitorder="little"))
    if kind in _KINDS:
        numbers = np.array([0 if value is None else value for value in values], _KINDS[kind])
        return pa.Array.from_buffers(kind, len(values), [known, pa.py_buffer(numbers)])
    words = [(value or "").encode() for value in values]
    ends = np.cumsum([0, *map(len, words)], dtype=np.int32)
    return pa.Array.from_buffers(kind, len(values), [known, pa.py_buffer(ends), pa.py_buffer(b"".join(words))])

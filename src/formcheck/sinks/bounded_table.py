"""Read a Parquet table from a stranger, with bounds.

A small file may hold one long text a million times. Texts are read as they are stored, each once. They are copied to
their rows only after their sum is known.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from .parquet_footer import count_values

MOST_TEXT_BYTES = 400_000_000
"""Of all rows that are read. Ten thousand recordings have 15 MB of text."""
MOST_BATCH_BYTES = 100_000_000
MOST_VALUES = 50_000_000
"""Of one column, with the items of its lists."""
MEMORY_LIMITS = {"thrift_string_size_limit": 10_000_000, "thrift_container_size_limit": 1_000_000}


@contextmanager
def open_parquet(path: Path) -> Iterator[pq.ParquetFile]:
    """Open a Parquet file whose header may be a stranger's."""
    # Opened here: Arrow takes only names that are UTF-8.
    with path.open("rb") as handle, pq.ParquetFile(handle, **MEMORY_LIMITS) as file:
        yield file


def read_batches(path: Path, columns: Sequence[str] | None = None, *, rows: int = 2000) -> Iterator[pa.RecordBatch]:
    """Yield the rows of a table in pieces.

    Parameters
    ----------
    columns : names of those that are needed; None = all.
    rows : of a piece.

    Raises
    ------
    ValueError
        The table holds more text or values than a result has.
    """
    with open_parquet(path) as file:
        schema, about = file.schema_arrow, file.metadata
    _require_few_values(path)
    texts = [
        one.path for one in map(about.schema.column, range(about.num_columns)) if one.physical_type == "BYTE_ARRAY"
    ]
    total = 0
    with path.open("rb") as handle, pq.ParquetFile(handle, read_dictionary=texts, **MEMORY_LIMITS) as file:
        for batch in file.iter_batches(batch_size=rows, columns=columns):
            size = sum(map(_count_text_bytes, batch.columns))
            total += size
            if size > MOST_BATCH_BYTES or total > MOST_TEXT_BYTES:
                raise ValueError(f"expected at most {MOST_TEXT_BYTES} bytes of text, got more")
            fields = [schema.field(name) for name in batch.schema.names]
            plain = [column.cast(field.type) for column, field in zip(batch.columns, fields, strict=True)]
            yield pa.RecordBatch.from_arrays(plain, schema=pa.schema(fields))


def _require_few_values(path: Path) -> None:
    most = max(count_values(path), default=0)
    if most > MOST_VALUES:
        raise ValueError(f"expected at most {MOST_VALUES} values in a column, got {most}")


def _count_text_bytes(column: pa.Array) -> int:
    """Return the bytes of all texts of a column, counting repeated ones each time."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        lengths = pc.binary_length(column.dictionary)
        return int(pc.sum(lengths.take(column.indices)).as_py() or 0)
    if pa.types.is_struct(kind):
        return sum(map(_count_text_bytes, column.flatten()))
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return _count_text_bytes(column.flatten())
    return 0

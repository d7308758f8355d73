"""Write a table as CSV, for programs that read no Parquet."""

from __future__ import annotations

from pathlib import Path

from formcheck.core.display import disarm_formula


def write_csv(table: Path, path: Path) -> None:
    """Write a Parquet table as CSV: UTF-8, decimal points, empty fields for missing values.

    Parameters
    ----------
    table : Parquet file of numbers and words.
    path : CSV file to write.
    """
    import pyarrow as pa
    import pyarrow.compute as pc
    from pyarrow import csv

    from .bounded_table import open_parquet, read_batches

    def show(column: pa.Array) -> pa.Array:
        if pa.types.is_floating(column.type):
            return pc.if_else(pc.is_nan(column), None, column)
        if pa.types.is_string(column.type):
            return pa.array(
                [None if text is None else disarm_formula(text) for text in column.to_pylist()], pa.string()
            )
        return column

    with open_parquet(table) as file:
        schema = pa.schema([(disarm_formula(field.name), field.type) for field in file.schema_arrow])
    with csv.CSVWriter(path, schema) as out:
        for batch in read_batches(table):
            out.write_batch(pa.record_batch([show(column) for column in batch.columns], schema=schema))

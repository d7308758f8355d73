"""Tables whose few bytes stand for many."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from formcheck.sinks import bounded_table
from formcheck.sinks.bounded_table import read_batches

ROWS = {
    "name": ["a.mp4", None, "é.mp4"],
    "share": [0.5, None, 1.0],
    "faults": [["back_rounding", "fast"], [], None],
    "records": [[{"id": "a", "value": 1.0}], None, [{"id": None, "value": None}, {"id": "b", "value": 2.0}]],
    "about": [{"text": "x", "more": ["y", "z"]}, None, {"text": None, "more": []}],
    "kind": ["side", "side", None],
}
KINDS = {
    "name": pa.string(), "share": pa.float64(), "faults": pa.list_(pa.string()),
    "records": pa.list_(pa.struct([("id", pa.string()), ("value", pa.float64())])),
    "about": pa.struct([("text", pa.string()), ("more", pa.list_(pa.string()))]),
    "kind": pa.dictionary(pa.int32(), pa.string()),
}  # fmt: skip


def write(path, rows, kinds):
    table = pa.table({name: pa.array(values, kinds[name]) for name, values in rows.items()})
    pq.write_table(table, path, compression="zstd")
    return path


def test_rows_and_types_are_those_of_the_file(tmp_path):
    path = write(tmp_path / "t.parquet", ROWS, KINDS)
    plain = pq.read_table(path)
    read = pa.Table.from_batches(list(read_batches(path, rows=2)))
    assert read.schema.equals(plain.schema)
    assert (
        read.to_pylist()
        == plain.to_pylist()
        == [dict(zip(ROWS, row, strict=True)) for row in zip(*ROWS.values(), strict=True)]
    )


def test_only_the_columns_asked_for_are_read(tmp_path):
    path = write(tmp_path / "t.parquet", ROWS, KINDS)
    assert [batch.schema.names for batch in read_batches(path, ["share", "name"])] == [["share", "name"]]


@pytest.mark.parametrize("nested", [False, True])
def test_one_text_a_million_times_is_refused_while_it_is_small(tmp_path, nested):
    count = 30_000
    texts = pa.DictionaryArray.from_arrays(pa.array([0] * count, pa.int32()), ["x" * 200_000])
    ends = pa.array(range(count + 1), pa.int32())
    column = pa.ListArray.from_arrays(ends, texts) if nested else texts
    path = tmp_path / "t.parquet"
    pq.write_table(pa.table({"name": column}), path, compression="zstd", store_schema=False)
    assert path.stat().st_size < 10_000
    before = pa.total_allocated_bytes()
    with pytest.raises(ValueError, match="expected at most 400000000 bytes of text"):
        next(read_batches(path))
    assert pa.total_allocated_bytes() - before < 10_000_000


def test_sum_of_all_pieces_is_bounded_too(tmp_path, monkeypatch):
    path = write(tmp_path / "t.parquet", {"name": ["12345"] * 100}, {"name": pa.string()})
    monkeypatch.setattr(bounded_table, "MOST_TEXT_BYTES", 499)
    pieces = read_batches(path, rows=10)
    assert sum(len(next(pieces)) for _ in range(9)) == 90
    with pytest.raises(ValueError, match="499 bytes of text"):
        next(pieces)


def test_lists_without_end_are_refused_before_they_are_read(tmp_path, monkeypatch):
    path = write(tmp_path / "t.parquet", {"name": [[0.0] * 60] * 10}, {"name": pa.list_(pa.float64())})
    monkeypatch.setattr(bounded_table, "MOST_VALUES", 599)
    with pytest.raises(ValueError, match="expected at most 599 values in a column, got 600"):
        next(read_batches(path))

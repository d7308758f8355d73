"""Counts of values from a Parquet footer: as pyarrow has them, and one error for anything else."""

from __future__ import annotations

from random import Random

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from formcheck.sinks.bounded_table import read_batches
from formcheck.sinks.parquet_footer import count_values

ROWS = {
    "name": ["a", None, "c"],
    "share": [0.1, 0.2, None],
    "faults": [["x"], [], ["y", "z"]],
    "spans": [[{"from_s": 1.0, "to_s": 2.0}], None, [{"from_s": 3.0, "to_s": None}] * 4],
    "is_good": [True, False, None],
}


def write(path, rows=ROWS, **options):
    pq.write_table(pa.table(rows), path, **options)
    return path


def counts_of_arrow(path):
    about = pq.read_metadata(path)
    groups = [about.row_group(k) for k in range(about.num_row_groups)]
    return [sum(group.column(k).num_values for group in groups) for k in range(about.num_columns)]


@pytest.mark.parametrize(
    "options",
    [{}, {"row_group_size": 1}, {"write_page_index": True}, {"compression": "zstd", "version": "1.0"}],
    ids=["plain", "row groups", "page index", "old version"],
)
def test_counts_are_those_of_pyarrow(tmp_path, options):
    path = write(tmp_path / "t.parquet", **options)
    assert count_values(path) == counts_of_arrow(path)
    assert max(count_values(path)) == 6, "items of lists and empty lists count"


@given(st.lists(st.lists(st.integers(0, 9), max_size=5), min_size=1, max_size=30), st.integers(1, 10))
def test_lists_of_any_length_are_counted(tmp_path_factory, items, row_group_size):
    rows = {"faults": pa.array(items, pa.list_(pa.int64()))}
    path = write(tmp_path_factory.mktemp("f") / "t.parquet", rows, row_group_size=row_group_size)
    assert count_values(path) == counts_of_arrow(path)


def test_empty_table_has_no_values(tmp_path):
    assert not sum(count_values(write(tmp_path / "t.parquet", {"a": pa.array([], pa.int64())})))


@pytest.mark.parametrize("content", [b"", b"PAR1", b"PAR1" * 3, b"\xff\xff\xff\xffPAR1", b"\x00" * 40])
def test_file_without_a_footer_is_an_error(tmp_path, content):
    path = tmp_path / "t.parquet"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="footer of Parquet"):
        count_values(path)


@pytest.mark.parametrize("seed", range(100))
def test_damaged_table_gives_an_error_or_rows(tmp_path, seed):
    """Pyarrow's own counts end the process on some of these."""
    rng, path = Random(seed), write(tmp_path / "t.parquet")
    content = bytearray(path.read_bytes())
    start = len(content) - 8 - int.from_bytes(content[-8:-4], "little")
    for _ in range(rng.randint(1, 3)):
        content[rng.randrange(start, len(content) - 8)] = rng.randrange(256)
    path.write_bytes(content)
    try:
        batches = list(read_batches(path))
    except (ValueError, OSError, pa.ArrowException, KeyError):
        return
    assert sum(map(len, batches)) <= 3

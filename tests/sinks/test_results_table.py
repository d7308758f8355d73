"""The table of a batch has the same columns for any content, and reads back as written."""

from __future__ import annotations

import csv
import json
import math

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from formcheck.sinks.results_table import (
    COLUMNS,
    make_storable,
    read_about_table,
    read_results,
    write_results,
    write_results_csv,
)

WHO = {"input_uri": "/in/a.mp4", "movement_asked": "auto", "side_asked": "auto"}
FAULT = {"id": "back_rounding", "severity": "fix", "from_s": 1.5, "to_s": 2.0, "repetition": 1, "side": None,
         "value": 14.0, "unit": "pct", "limit": 6.0, "uncertainty": None}  # fmt: skip
FULL = {
    **WHO, "name": 'a; "b".mp4', "frames": 30, "repetitions": 2, "hold_s": 12.5, "verdict": "fix", "error": None,
    "faults": ["back_rounding", "head_hanging"], "fault_records": [FAULT], "recognised_spans": [],
    "warnings": ["expected 3.0 s, the last 1.0 s are missing; copy it again"], "back_curve_pct_median": 4.25,
}  # fmt: skip
ERROR = {**WHO, "name": "b.mp4", "error": "b.mp4: expected …", "error_kind": "input"}


@pytest.mark.parametrize("rows", [[], [FULL], [ERROR], [ERROR, FULL]], ids=["none", "full", "errors", "both"])
def test_columns_and_types_do_not_depend_on_the_rows(tmp_path, rows):
    assert write_results(tmp_path / "t.parquet", rows, {"age": pa.int64()}) == len(rows)
    schema = pq.read_schema(tmp_path / "t.parquet")
    assert dict(zip(schema.names, schema.types, strict=True)) == {**COLUMNS, "age": pa.int64()}
    assert not any(pa.types.is_null(kind) for kind in schema.types)


def test_what_is_written_is_what_is_read(tmp_path):
    rows = [FULL, ERROR] * 1500  # more than one group
    write_results(tmp_path / "t.parquet", rows, {"age": pa.int64()})
    read = list(read_results(tmp_path / "t.parquet"))
    assert read == [{**dict.fromkeys(COLUMNS), **row} for row in rows]
    write_results(tmp_path / "again.parquet", read, {})
    assert list(read_results(tmp_path / "again.parquet")) == read


def test_pandas_sees_whole_numbers_and_what_is_missing(tmp_path):
    write_results(tmp_path / "t.parquet", [FULL], {"age": pa.int64(), "who": pa.string()})
    table = pd.read_parquet(tmp_path / "t.parquet")
    assert (table["frames"].dtype, table["repetitions"].dtype) == ("int64", "int32")
    assert list(table["faults"][0]) == ["back_rounding", "head_hanging"]
    assert table[["hold_left_s", "age", "who"]].isna().all(axis=None)
    assert table["hold_s"][0] == 12.5


def test_run_is_kept_with_the_table(tmp_path):
    write_results(tmp_path / "t.parquet", [], {}, {"started_utc": "2026-11-22"})
    assert read_about_table(tmp_path / "t.parquet") == {"started_utc": "2026-11-22"}
    pq.write_table(pa.table({"a": [1]}), tmp_path / "other.parquet")
    assert read_about_table(tmp_path / "other.parquet") == {}
    with pytest.raises(pa.ArrowKeyError, match="input_uri"):
        list(read_results(tmp_path / "other.parquet"))


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(min_codepoint=0, max_codepoint=0xFFFF)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b"]), inner),
    max_leaves=6,
)


@given(VALUES)
def test_any_value_can_be_stored_and_stays_the_same(value):
    kept = make_storable(value)
    assert json.loads(json.dumps(kept, ensure_ascii=False, allow_nan=False).encode("utf-8")) == kept
    assert make_storable(kept) == kept


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        (math.nan, None),
        ([1.5, -math.inf], [1.5, None]),
        ({"x": ("a\udcff",)}, {"x": ["a\\udcff"]}),
        (7, 7),
        (True, True),
    ],
)
def test_bad_numbers_become_missing_and_bad_utf8_becomes_text(value, kept):
    assert make_storable(value) == kept
    assert type(make_storable(value)) is type(kept)


def test_table_as_csv_has_one_field_for_each_value(tmp_path):
    write_results(tmp_path / "t.parquet", [FULL, ERROR], {"age": pa.int64()})
    write_results_csv(tmp_path / "t.parquet", tmp_path / "t.csv")
    with (tmp_path / "t.csv").open(encoding="utf-8", newline="") as file:
        first, second = csv.DictReader(file)
    assert list(first) == [*COLUMNS, "age"]
    told = {name: first[name] for name in ("name", "frames", "hold_s", "faults", "recognised_spans", "age")}
    assert told == {
        "name": 'a; "b".mp4', "frames": "30", "hold_s": "12.5", "faults": "back_rounding;head_hanging",
        "recognised_spans": "[]", "age": "",
    }  # fmt: skip
    assert json.loads(first["fault_records"]) == [FAULT]
    assert first["warnings"] == "expected 3.0 s, the last 1.0 s are missing, copy it again"
    assert (second["faults"], second["hold_s"], second["error"]) == ("", "", "b.mp4: expected …")

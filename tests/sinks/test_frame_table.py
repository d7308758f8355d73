"""`frames.parquet` and the table of `formcheck measure`: one row a frame, NaN where it is unknown."""

from __future__ import annotations

import dataclasses
import math
import subprocess
import sys

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from formcheck.core.measure.measure import MEASUREMENT_NAMES
from formcheck.core.records import Measurements, PhaseState, Repetition, Value
from formcheck.sinks import frame_table
from formcheck.sinks.frame_table import FRAME_SCHEMA, MEASURE_SCHEMA, FrameTable, MeasureTable

MEASURED = [column for name in MEASUREMENT_NAMES for column in (name, f"{name}_unc")]


def measured(time_s, **values):
    return Measurements(time_s, {name: Value(values.get(name, math.nan), 5.0) for name in MEASUREMENT_NAMES})


@pytest.fixture
def results(make_pose, make_result, movement):
    """Return a function that makes the result of a moment."""
    usual = make_result(make_pose(), movement)

    def at(time_s, phase=None, **values):
        return dataclasses.replace(
            usual,
            pose=dataclasses.replace(usual.pose, time_s=time_s),
            measurements=measured(time_s, **values),
            phase=phase or usual.phase,
        )

    return at


def written(path, table, rows):
    with table(path) as out:
        for row in rows:
            out.write(row)
    return pd.read_parquet(path)


def test_columns_are_those_of_the_contract(tmp_path, results):
    frames = written(tmp_path / "f.parquet", FrameTable, [results(0.0)])
    assert list(frames) == ["time_s", "phase", "repetition", "side", *MEASURED]
    measures = written(tmp_path / "m.parquet", MeasureTable, [measured(0.0)])
    assert list(measures) == ["time_s", *MEASURED]


def test_one_row_a_frame_with_its_phase_repetition_and_side(tmp_path, results):
    phases = [
        PhaseState("setup", 0.0, None, None),
        PhaseState("hold", 1.0, "left", "left", repetition=Repetition(1, "left", 1.0)),
        PhaseState("setup", 2.0, "left", "left", ended=Repetition(1, "left", 1.0, end_s=2.0)),
        PhaseState("absent", 3.0, None, None),
    ]
    rows = [results(float(k), phase) for k, phase in enumerate(phases)]
    frames = written(tmp_path / "f.parquet", FrameTable, rows)
    assert frames["time_s"].tolist() == [0.0, 1.0, 2.0, 3.0]
    assert frames["phase"].tolist() == ["setup", "hold", "setup", "absent"]
    assert frames["repetition"].fillna(0).tolist() == [0, 1, 1, 0]
    assert frames["side"].fillna("").tolist() == ["", "left", "left", ""]


def test_values_are_exact_and_unknown_ones_are_nan(tmp_path):
    value = 171.123456789012345
    table = written(tmp_path / "m.parquet", MeasureTable, [measured(0.1, knee_left_deg=value)])
    assert table.at[0, "knee_left_deg"] == value
    assert table.at[0, "knee_left_deg_unc"] == 5.0
    rest = table.drop(columns=["time_s", "knee_left_deg", "knee_left_deg_unc"])
    assert rest.isna().all(axis=None)


def test_closing_result_which_repeats_the_last_frame_adds_no_row(tmp_path, results):
    frames = written(tmp_path / "f.parquet", FrameTable, [results(0.0), results(0.5), results(0.5)])
    assert frames["time_s"].tolist() == [0.0, 0.5]


def test_rows_go_out_in_groups_so_that_memory_stays_flat(tmp_path, monkeypatch):
    monkeypatch.setattr(frame_table, "_FRAMES_PER_GROUP", 4)
    written(tmp_path / "m.parquet", MeasureTable, [measured(k / 10, yaw_deg=float(k)) for k in range(10)])
    file = pq.ParquetFile(tmp_path / "m.parquet")
    assert [file.metadata.row_group(i).num_rows for i in range(file.num_row_groups)] == [4, 4, 2]
    np.testing.assert_array_equal(file.read()["yaw_deg"], np.arange(10.0))


@pytest.mark.parametrize(("table", "schema"), [(FrameTable, FRAME_SCHEMA), (MeasureTable, MEASURE_SCHEMA)])
def test_recording_without_frames_is_an_empty_table(tmp_path, table, schema):
    written(tmp_path / "t.parquet", table, [])
    empty = pq.read_table(tmp_path / "t.parquet")
    assert empty.num_rows == 0
    assert empty.schema.equals(schema)


def test_writing_a_table_does_not_load_pandas(tmp_path):
    # pyarrow's own conversion imports it: 0.3 s and 50 MB for every run of the command.
    script = (
        "import sys; from pathlib import Path; from formcheck.sinks.frame_table import FrameTable\n"
        f"table = FrameTable(Path({str(tmp_path / 'f.parquet')!r}))\n"
        "table.add([0.0, 'hold', None, 'left'] + [1.0] * (len(table._writer.schema) - 4)); table.close()\n"
        "print('pandas' in sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout == "False\n"

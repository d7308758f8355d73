"""The folder of results: no added row is lost or doubled, and two runs never mix."""

from __future__ import annotations

import errno
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from unittest import mock

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from formcheck.core.errors import StoreError
from formcheck.drivers.batch.files import name_files
from formcheck.drivers.batch.job import Job, Settings
from formcheck.drivers.batch.store import JOURNAL, RESULTS, RUN, Store, open_store
from formcheck.drivers.recording.judge import FRAMES
from formcheck.sinks import results_table
from formcheck.sources.owned_files import mark_owner


def row(name, identity="i", **more):
    return {"input_uri": f"/in/{name}", "movement_asked": "auto", "side_asked": "auto", "identity": identity, **more}


def names(rows):
    return [Path(one["input_uri"]).name for one in rows]


def finish(store, *rows, started="2026-11-22T10:00:00.000+00:00", files=()):
    store.finish(rows, {}, started=started, files=files)


@pytest.fixture
def out(tmp_path):
    (tmp_path / "out").mkdir()
    return tmp_path / "out"


# Killed at any moment -------------------------------------------------------------------------------------------------


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("add"), st.integers(0, 4), st.integers(0, 99)),
        st.tuples(st.just("tear"), st.integers(1, 400)),
        st.tuples(st.just("kill before the table"), st.none()),
        st.tuples(st.just("kill behind the table"), st.none()),
        st.tuples(st.just("finish"), st.none()),
        st.tuples(st.just("set aside"), st.none()),
    ),
    max_size=12,
)


FEW = {name: results_table.COLUMNS[name] for name in ("input_uri", "movement_asked", "side_asked", "wall_s")}
"""A table of hundreds of columns takes its time to write."""


@settings(max_examples=60, deadline=None)
@given(steps=STEPS)
def test_no_added_row_is_ever_lost_or_doubled(steps):
    with tempfile.TemporaryDirectory() as folder, mock.patch.object(results_table, "COLUMNS", FEW):
        out, kept, present = Path(folder), {}, {}
        store = Store(out)
        for what, *values in steps:
            if what == "add":
                name, value = f"{values[0]}.mp4", float(values[1])
                store.add(row(name, wall_s=value), {})
                kept[name] = present[name] = value
            elif what == "set aside":
                store.set_aside()
            elif what == "tear":  # a further row was half written when the process ended
                store.close()
                whole = json.dumps(row("torn.mp4"))
                with (out / JOURNAL).open("a") as journal:
                    journal.write(whole[: values[0] % len(whole)])
                store = Store(out)
            else:
                rows = [row(name, wall_s=value) for name, value in present.items()]
                _end(store, out, rows, what)
                store = Store(out)
            found = [(Path(one["input_uri"]).name, one["wall_s"]) for one in store.rows()]
            assert sorted(found) == sorted(kept.items())
        store.close()


def _end(store, out, rows, what):
    if what == "kill before the table":
        store.close()
        (out / f".{RESULTS}.1.part").write_bytes(b"half")
        return
    journal = (out / JOURNAL).read_bytes() if (out / JOURNAL).exists() else None
    store.set_aside()
    finish(store, *rows)
    if what == "kill behind the table" and journal is not None:
        (out / JOURNAL).write_bytes(journal)


def test_lines_of_the_journal_that_are_no_rows_are_passed_over(out):
    lines = [
        b"\xff\xfe",
        b"null",
        b"7",
        b'{"input_uri": 3}',
        b'{"recording": "a"}',
        json.dumps(row("a.mp4")).encode(),
        b"",
    ]
    (out / JOURNAL).write_bytes(b"\n".join(lines) + json.dumps(row("torn.mp4")).encode()[:-3])
    store = Store(out)
    assert names(store.rows()) == ["a.mp4"]
    store.add(row("b.mp4"), {})
    store.close()
    (found,) = [one for one in Store(out).rows() if one["input_uri"] == "/in/b.mp4"]
    assert found == {**dict.fromkeys(("error", "error_kind", "input_sha256", "input_stamp")), **row("b.mp4")}


def test_row_counts_only_once_its_files_stand(out, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    store = Store(out)
    store.add(row("a.mp4"), {"poses/a.parquet": b"poses"})
    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(
        StoreError, match=r"^b.parquet: expected room for the results, got a full disk; free some space"
    ):
        store.add(row("b.mp4"), {"poses/b.parquet": b"poses"})
    store.close()
    assert names(Store(out).rows()) == ["a.mp4"]
    assert [p.name for p in (out / "poses").iterdir()] == ["a.parquet"]


def test_a_journal_that_fills_the_disk_is_reported_in_one_line(out, monkeypatch):
    def full(_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    told = r"^journal.jsonl: expected room for the results, got a full disk; free some space and run again$"
    with pytest.raises(StoreError, match=told), open_store(out) as store:
        store.add(row("a.mp4"), {})


# Two runs -------------------------------------------------------------------------------------------------------------


def test_earlier_tables_stay_beside_their_runs(out):
    for hour, name in (("10", "a"), ("11", "b"), ("12", "c")):
        started = f"2026-11-22T{hour}:00:00.000+00:00"
        store = Store(out)
        store.set_aside()
        store.write_run({"started_utc": started, "name": name})
        finish(store, row(f"{name}.mp4"), started=started)
    store = Store(out)
    assert (names(store.rows()), names(store.older())) == (["c.mp4"], ["a.mp4", "b.mp4"])
    for hour, name in (("10", "a"), ("11", "b")):
        folder = out / "before" / f"2026-11-22T{hour}0000.000Z"
        assert json.loads((folder / RUN).read_text())["name"] == name
        assert pq.read_table(folder / RESULTS)["input_uri"].to_pylist() == [f"/in/{name}.mp4"]


def test_rows_of_a_killed_run_are_put_aside_with_its_own_run(out):
    store = Store(out)
    store.write_run({"started_utc": "2026-11-22T10:00:00+00:00"})
    finish(store, row("a.mp4"), started="2026-11-22T10:00:00+00:00")
    store.set_aside()
    store.write_run({"started_utc": "2026-11-22T11:00:00+00:00"})
    store.add(row("b.mp4"), {})
    store.close()
    store = Store(out)
    assert store.set_aside() == out / "before"
    finish(store, row("c.mp4"), started="2026-11-22T12:00:00+00:00")
    assert names(store.older()) == ["a.mp4", "b.mp4"]
    first, second = sorted((out / "before").iterdir())
    assert {p.name for p in first.iterdir()} == {RESULTS, RUN}
    assert {p.name for p in second.iterdir()} == {JOURNAL, RUN}


def test_nothing_is_put_aside_where_there_is_nothing(out):
    assert Store(out).set_aside() is None
    assert list(out.iterdir()) == []


def test_parts_of_rows_that_are_gone_move_away(out):
    store = Store(out)
    one, two = "1" * 20, "2" * 20
    names = (f"frames/movement=plank/{one}", f"frames/movement=cat_cow/{one}", f"frames/movement=plank/{two}")
    for name in (*names, f"poses/{one}"):
        store.add(row("a.mp4"), {f"{name}.parquet": b"part"})
    mine = ["frames/movement=plank/holiday.parquet", "poses/.notes.part", "poses/mine.parquet"]
    for name in mine:
        (out / name).write_bytes(b"not of formcheck")
    finish(store, row("a.mp4"), files={f"frames/movement=cat_cow/{one}.parquet", f"poses/{one}.parquet"})
    parts = sorted(p.relative_to(out).as_posix() for p in out.rglob("*") if p.is_file() and p.parent != out)
    assert parts == sorted([
        f"before/unknown/frames/movement=plank/{one}.parquet", f"before/unknown/frames/movement=plank/{two}.parquet",
        f"frames/movement=cat_cow/{one}.parquet", f"poses/{one}.parquet", *mine,
    ])  # fmt: skip


def test_half_written_files_of_a_killed_run_are_removed(out):
    machine, pid, start = mark_owner().split("-")
    dead = f"{machine}-{pid}-{int(start, 16) + 1:x}"
    folders = [out, out / "poses", out / "frames" / "movement=plank", out / "before" / "unknown"]
    for folder in folders:
        folder.mkdir(parents=True, exist_ok=True)
        for mark in (dead, mark_owner(), "77"):
            (folder / f".1.parquet.{mark}.part").write_bytes(b"half")
    with open_store(out):
        for folder in folders:
            left = {path.name for path in folder.glob(".1.*")}
            assert left == {f".1.parquet.{mark_owner()}.part", ".1.parquet.77.part"}


@pytest.mark.parametrize("content", [b"", b"PAR1 no", None], ids=["empty", "damaged", "another table"])
def test_table_that_is_none_is_reported_and_left_as_it_is(out, content):
    if content is None:
        pq.write_table(pa.table({"subject": pa.array([], pa.string())}), out / RESULTS)
    else:
        (out / RESULTS).write_bytes(content)
    before = (out / RESULTS).read_bytes()
    came = "another table" if content is None else "one that cannot be read"
    told = rf"^out/results.parquet: expected the table of a batch, got {came}; move it away, or choose another --out$"
    with pytest.raises(StoreError, match=told), open_store(out) as store:
        store.rows()
    assert (out / RESULTS).read_bytes() == before


def test_older_table_that_is_damaged_costs_only_its_rows(out):
    (out / "before" / "1").mkdir(parents=True)
    (out / "before" / "1" / RESULTS).write_bytes(b"PAR1 no")
    store = Store(out)
    finish(store, row("a.mp4"))
    store.set_aside()
    assert names(store.older()) == ["a.mp4"]


# A folder of a stranger -----------------------------------------------------------------------------------------------


def run_once(out):
    with open_store(out) as store:
        store.rows(), store.older(), store.engine()
        store.set_aside()
        store.write_run({"started_utc": "2026-11-22T10:00:00+00:00"})
        store.add(row("a.mp4"), {f"poses/{'1' * 20}.parquet": b"poses"})
        finish(store, row("a.mp4"), files={f"poses/{'1' * 20}.parquet"})


@pytest.mark.parametrize("date", ["../../away", "/away", "..", "2026-11-22T10:00:00/../../../away", "a\nb", "x" * 300])
def test_dates_of_a_file_never_make_a_path(tmp_path, out, date):
    results_table.write_results(out / RESULTS, [row("b.mp4")], {}, {"started_utc": date})
    (out / RUN).write_text(json.dumps({"started_utc": date, "settings": {"engine": "../../x"}}))
    (out / JOURNAL).write_text(json.dumps(row("c.mp4")) + "\n")
    run_once(out)
    assert [p.name for p in (out / "before").iterdir()] == ["unknown"]
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_movement_of_a_row_never_makes_a_path():
    job = Job("/in/a.mp4", "auto", b"", "auto", "i", Settings(files=(FRAMES,)))
    (name,) = name_files(job, {"movement_id": "../../away"}).values()
    assert name.startswith("frames/movement=None/")
    (name,) = name_files(job, {"movement_id": "cat_cow"}).values()
    assert name.startswith("frames/movement=cat_cow/")


@pytest.mark.parametrize(
    "name",
    [
        RESULTS,
        RUN,
        JOURNAL,
        ".lock",
        "before",
        "frames",
        "poses",
        "before/2026-11-22T090000Z",
        "poses/" + "1" * 20 + ".parquet",
    ],
)
def test_no_link_below_the_results_is_followed(tmp_path, out, name):
    away = tmp_path / "away"
    away.mkdir()
    (away / "mine").write_text("keep me")
    results_table.write_results(out / RESULTS, [row("b.mp4")], {}, {"started_utc": "2026-11-22T09:00:00+00:00"})
    target = away if name in {"before", "frames", "poses"} or name.startswith("before/") else away / "mine"
    (out / name).parent.mkdir(exist_ok=True)
    (out / name).unlink(missing_ok=True)
    (out / name).symlink_to(target)
    with pytest.raises(
        StoreError, match=rf"^out/{re.escape(name)}.*: expected results without links, got a link; remove"
    ):
        run_once(out)
    assert [(p.name, p.read_text()) for p in away.iterdir()] == [("mine", "keep me")]


def test_pipe_in_the_results_is_reported_before_it_is_waited_for(out):
    os.mkfifo(out / JOURNAL)
    with pytest.raises(StoreError, match=r"^out/journal.jsonl: expected a file, got a device or pipe; choose another"):
        run_once(out)


BAD_ROWS = {
    "input_stamp": 3.5, "faults": 1.0, "checks_cannot_tell": [1], "identity": [], "width": 2**40, "repetitions": "x",
    "fault_records": [{"id": 3}], "movement_id": {}, "verdict": True, "wall_s": "1",
}  # fmt: skip


@pytest.mark.parametrize("column", BAD_ROWS)
def test_row_of_the_journal_with_another_value_is_passed_over(out, column):
    rows = [row("bad.mp4", **{column: BAD_ROWS[column]}), row("a.mp4")]
    deep = '{"input_uri": ' + "[" * 50_000 + "\n"
    (out / JOURNAL).write_text(deep + "".join(json.dumps(one) + "\n" for one in rows))
    assert names(Store(out).rows()) == ["a.mp4"]


def test_table_with_a_column_of_another_type_is_reported(out):
    results_table.write_results(out / RESULTS, [row("b.mp4", faults=["x"])], {})
    table = pq.read_table(out / RESULTS)
    at = table.column_names.index("faults")
    pq.write_table(table.set_column(at, "faults", pa.array([1.0])), out / RESULTS)
    with pytest.raises(
        StoreError, match=r"^out/results.parquet: expected the table of a batch, got one that cannot be"
    ):
        Store(out).rows()


@pytest.mark.parametrize("text", ["[" * 100_000, "7", "[]", "\xff", '{"settings": 1}', '{"settings": {"engine": 1}}'])
def test_run_that_is_none_is_as_good_as_no_run(out, text):
    (out / RUN).write_text(text, "latin-1")
    assert Store(out).engine() == ""


# One at a time --------------------------------------------------------------------------------------------------------

HOLD = """
import sys, time
from pathlib import Path
from formcheck.drivers.batch.store import open_store
with open_store(Path(sys.argv[1])) as store:
    store.add({"input_uri": "/in/a.mp4", "movement_asked": "auto", "side_asked": "auto"}, {})
    print("open", flush=True)
    time.sleep(600)
"""


def test_a_second_run_is_refused_until_the_first_ends(out):
    first = subprocess.Popen([sys.executable, "-c", HOLD, str(out)], stdout=subprocess.PIPE, text=True)
    try:
        assert first.stdout.readline() == "open\n"
        told = r"^out: expected a free folder, got a folder that another run uses; wait for it, or choose another"
        with pytest.raises(StoreError, match=told), open_store(out):
            pass
        assert names(Store(out).rows()) == ["a.mp4"], "reading needs no lock"
    finally:
        first.kill()
        first.wait(60)
        first.stdout.close()
    end_s = time.monotonic() + 60
    while True:  # Windows takes a moment to let go
        try:
            with open_store(out) as store:
                assert names(store.rows()) == ["a.mp4"]
            return
        except StoreError:
            assert time.monotonic() < end_s
            time.sleep(0.05)


def test_place_that_is_a_file_or_cannot_be_written_is_one_line(tmp_path):
    (tmp_path / "file").write_text("mine")
    with pytest.raises(
        StoreError, match=r"^file: expected a folder for the results, got a file; choose another --out$"
    ):
        _open(tmp_path / "file")
    with pytest.raises(StoreError, match=r"^out: expected a place to write to, got: .+; choose another with --out$"):
        _open(tmp_path / "file" / "out")
    with pytest.raises(StoreError, match=r"^x+: expected a place to write to, got: File name too long; choose another"):
        _open(tmp_path / ("x" * 300))
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


def _open(folder):
    with open_store(folder):
        pass


def test_an_unused_new_folder_is_removed_and_an_old_one_stays(tmp_path):
    (tmp_path / "mine").mkdir()
    for folder in (tmp_path / "mine", tmp_path / "new" / "deeper"):
        with pytest.raises(KeyboardInterrupt), open_store(folder):
            raise KeyboardInterrupt
    assert [p.name for p in tmp_path.iterdir()] == ["mine"]
    with open_store(tmp_path / "kept") as store:
        store.add(row("a.mp4"), {})
    assert names(Store(tmp_path / "kept").rows()) == ["a.mp4"]

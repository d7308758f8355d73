"""The history outlives kills, full disks, damage, other versions and other windows."""

from __future__ import annotations

import random
import signal
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from formcheck.core.errors import StoreError
from formcheck.drivers.history import database, schema
from formcheck.drivers.history.database import list_copies, open_database, read_version
from formcheck.drivers.history.history import History

from .test_history import A_SET, MONDAY

KILLS = 5


@pytest.fixture
def path(tmp_path):
    return tmp_path / "data" / "history.db"


def fill(path, sets=1):
    """Store so many sets of one person."""
    with History(path) as history:
        session = history.begin_session(history.find_first_person(), MONDAY)
        for _ in range(sets):
            history.add_set(session, A_SET)


def count_sets(path):
    with History(path) as history:
        assert history.aside is None
        return len(history.list_sets(history.find_first_person()))


WRITER = """
import sys
from pathlib import Path
from formcheck.drivers.history.history import History
from tests.drivers.history.test_history import A_SET, MONDAY
with History(Path(sys.argv[1])) as history:
    session = history.begin_session(history.find_first_person(), MONDAY)
    while True:
        print(history.add_set(session, A_SET), flush=True)
"""


def test_a_kill_loses_nothing_that_was_finished(path, checkout):
    seeded = random.Random(7)
    finished = 0
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path)], cwd=checkout, stdout=subprocess.PIPE, text=True
    ) as first:
        assert first.stdout.readline() == "1\n"
        first.kill()
        finished = max([1, *(int(line) for line in first.stdout if line.endswith("\n"))])
    for _ in range(KILLS):
        stop_after = finished + seeded.randrange(1, 40)
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path)], cwd=checkout, stdout=subprocess.PIPE, text=True
        ) as writer:
            for line in writer.stdout:
                finished = int(line)
                if finished >= stop_after:
                    break
            writer.send_signal(signal.SIGKILL)
            finished = max([finished, *(int(line) for line in writer.stdout if line.endswith("\n"))])
        stored = count_sets(path)
        assert finished <= stored <= finished + 1  # the last one may be written and not yet printed
        finished = stored


def test_a_half_written_set_is_not_there(path):
    fill(path)
    with History(path) as history:
        broken = replace(A_SET, each=A_SET.each * 2)
        with pytest.raises(StoreError, match=r"^history\.db: expected to read or write"):
            history.add_set(1, broken)  # the same repetition twice
    assert count_sets(path) == 1


def test_a_full_disk_is_one_line_and_loses_nothing(path):
    fill(path, 3)
    with History(path) as history:
        [pages] = history._database.execute("PRAGMA page_count").fetchone()
        history._database.execute(f"PRAGMA max_page_count = {pages}")
        big = replace(A_SET, values=tuple(replace(A_SET.values[0], name=f"{n}_deg") for n in range(2000)))
        with pytest.raises(StoreError, match=r"^history\.db: .* full disk; free some space$"):
            history.add_set(1, big)
    assert count_sets(path) == 3


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path):
    (tmp_path / "data").write_text("a file", "utf-8")
    with pytest.raises(StoreError) as refused:
        History(tmp_path / "data" / "history.db")
    assert "\n" not in str(refused.value)
    assert (tmp_path / "data").read_text("utf-8") == "a file"


def test_a_link_is_not_followed(path, tmp_path):
    fill(tmp_path / "elsewhere" / "history.db")
    before = (tmp_path / "elsewhere" / "history.db").read_bytes()
    path.parent.mkdir()
    path.symlink_to(tmp_path / "elsewhere" / "history.db")
    with pytest.raises(StoreError, match="got a link"):
        History(path)
    assert (tmp_path / "elsewhere" / "history.db").read_bytes() == before


def damage_the_middle(whole):
    return whole[:5000] + b"\xa5" * 20_000 + whole[25_000:]


@pytest.mark.parametrize(
    "damage",
    [lambda _: b"not a database at all" * 60, lambda whole: whole[: len(whole) // 2 + 100], damage_the_middle],
    ids=["other", "cut", "middle"],
)
def test_a_damaged_file_is_set_aside_and_kept(path, damage, monkeypatch):
    fill(path, 5)
    damaged = damage(path.read_bytes())
    # As at another start of the program, which has checked nothing yet.
    monkeypatch.setattr(database, "_good_files", set())
    path.write_bytes(damaged)
    with History(path) as history:
        assert history.aside is not None
        assert history.list_people() == []
        assert history.aside.read_bytes() == damaged
        assert list_copies(path) == [history.aside]
    fill(path)
    assert count_sets(path) == 1


def test_an_empty_file_is_a_new_history(path):
    path.parent.mkdir()
    path.touch()
    fill(path)
    assert count_sets(path) == 1


def test_a_locked_file_is_one_line_and_not_set_aside(path):
    fill(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as other, History(path, patience_s=0.1) as history:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="close other formcheck windows"):
            history.add_set(1, A_SET)
        assert len(history.list_sets(history.find_first_person())) == 1  # reading goes on
        other.execute("ROLLBACK")
        history.add_set(1, A_SET)
    assert count_sets(path) == 2


def test_two_windows_write_at_the_same_time(path):
    fill(path)

    def write_many():
        with History(path) as history:
            for _ in range(25):
                history.add_set(1, A_SET)

    both = [threading.Thread(target=write_many) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert count_sets(path) == 51


# Versions -------------------------------------------------------------------------------------------------------------


def make_old_file(path, version):
    """Write a history as an earlier version of formcheck did, with one person."""
    path.parent.mkdir(mode=0o700)
    with closing(sqlite3.connect(path)) as old:
        for step in schema.STEPS[:version]:
            old.executescript(step)
        old.execute("INSERT INTO people (id, name, created_utc) VALUES (1, 'Ana', ?)", (str(datetime.now(UTC)),))
        old.execute("INSERT INTO sessions (person_id, begun_utc) VALUES (1, '2026-03-02T18:30:00.000+00:00')")
        old.execute(f"PRAGMA user_version = {version}")
        old.commit()


@pytest.mark.parametrize("version", range(1, schema.NEWEST + 1))
def test_every_old_version_is_brought_up_to_date(path, version):
    make_old_file(path, version)
    with History(path) as history:
        assert read_version(history._database) == schema.NEWEST
        [person] = history.list_people()
        assert (person.name, len(history.list_sessions(person))) == ("Ana", 1)
        history.add_set(1, A_SET)


ONE_MORE = "ALTER TABLE people ADD COLUMN height_cm REAL;\nUPDATE people SET height_cm = 170;"


@pytest.fixture
def next_version(monkeypatch):
    """Let the program be one version newer."""
    monkeypatch.setattr("formcheck.drivers.history.database.STEPS", (*schema.STEPS, ONE_MORE))
    monkeypatch.setattr("formcheck.drivers.history.database.NEWEST", schema.NEWEST + 1)


def test_a_copy_is_made_before_a_change_of_version(path, request):
    fill(path)
    request.getfixturevalue("next_version")
    connection, aside = open_database(path)
    with closing(connection):
        assert aside is None
        assert connection.execute("SELECT height_cm FROM people").fetchone()[0] == 170
    [copy] = list_copies(path)
    with closing(sqlite3.connect(copy)) as old:
        assert old.execute("SELECT count(*) FROM sets").fetchone()[0] == 1
        assert "height_cm" not in [row[1] for row in old.execute("PRAGMA table_info(people)")]
    assert copy.stat().st_mode & 0o77 == 0


def test_a_step_that_fails_changes_nothing(path, monkeypatch):
    fill(path)
    before = path.read_bytes()
    broken = "ALTER TABLE people ADD COLUMN height_cm REAL;\nUPDATE nowhere SET x = 1;"
    monkeypatch.setattr("formcheck.drivers.history.database.STEPS", (*schema.STEPS, broken))
    monkeypatch.setattr("formcheck.drivers.history.database.NEWEST", schema.NEWEST + 1)
    with pytest.raises(StoreError, match="nothing was changed"):
        open_database(path)
    assert path.read_bytes() == before


def test_a_newer_file_is_refused_and_left_alone(path):
    fill(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as newer:
        newer.execute(f"PRAGMA user_version = {schema.NEWEST + 1}")
    before = path.read_bytes()
    with pytest.raises(StoreError, match="written by a newer formcheck: update formcheck"):
        History(path)
    assert path.read_bytes() == before
    assert list_copies(path) == []

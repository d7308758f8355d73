"""The history outlives kills, full disks, damage, other versions and other windows."""

from __future__ import annotations

import errno
import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from formcheck.core.errors import StoreError
from formcheck.drivers.history import database, schema
from formcheck.drivers.history.database import list_copies, open_database, read_version
from formcheck.drivers.history.history import History
from formcheck.drivers.history.keeper import KeptSet, SetKeeper
from formcheck.drivers.history.records import Report

from .test_history import A_SET, MONDAY

KILLS = 8


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
from datetime import timedelta
from formcheck.drivers.history import keeper
from formcheck.drivers.history.keeper import KEEPER
from tests.drivers.history.test_history import A_SET, MONDAY
keeper._SUMMARY_PATIENCE_S = 60.0  # the other program writes without a pause, and this machine may be busy
number = 0
while True:
    number += 1
    assert KEEPER.keep("me", A_SET, MONDAY + timedelta(minutes=1)).code == ""
    print(number, flush=True)
"""


def test_kills_lose_nothing_that_was_finished(path, checkout):
    """Two programs write to one file as practice does; both are killed at random moments, again and again."""
    seeded = random.Random(7)
    before = 0
    for _ in range(KILLS // 2):
        environment = {**os.environ, "FORMCHECK_DATA": str(path.parent)}
        start = [sys.executable, "-c", WRITER]
        both = [
            subprocess.Popen(start, cwd=checkout, env=environment, stdout=subprocess.PIPE, text=True) for _ in range(2)
        ]
        finished = [int(one.stdout.readline()) for one in both]  # each has stored one set
        time.sleep(seeded.uniform(0, 0.3))
        for one in both:
            one.send_signal(signal.SIGKILL)
        for number, one in enumerate(both):
            finished[number] = max([finished[number], *(int(line) for line in one.stdout if line.endswith("\n"))])
            one.wait()
            one.stdout.close()
        stored = count_sets(path)
        assert before + sum(finished) <= stored <= before + sum(finished) + 2  # the last may be stored and not printed
        before = stored


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


FULL = """
import resource, signal, sys
from dataclasses import replace
from formcheck.drivers.history.keeper import KEEPER
from tests.drivers.history.test_history import A_SET, MONDAY
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
big = replace(A_SET, values=tuple(replace(A_SET.values[0], name=f"{n}_deg") for n in range(500)))
resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, resource.RLIM_INFINITY))
stored, code = 0, ""
while not code and stored < 100:
    code = KEEPER.keep("me", big, MONDAY).code
    stored += not code
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
print(stored, code, KEEPER.keep("me", big, MONDAY).code or "stored")
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit for the size of a file")
def test_no_room_loses_nothing_and_is_tried_again(path, checkout):
    environment = {**os.environ, "FORMCHECK_DATA": str(path.parent)}
    ran = subprocess.run(
        [sys.executable, "-c", FULL], cwd=checkout, env=environment, capture_output=True, text=True, check=True
    )
    stored, code, then = ran.stdout.split()
    assert int(stored) > 0
    assert (code, then) == ("disk", "stored")
    assert count_sets(path) == int(stored) + 2  # the one without room came in with the next


@pytest.mark.parametrize("error", [errno.EROFS, errno.ENOSPC, errno.EIO])
def test_a_folder_that_refuses_is_one_line_with_a_code(path, error, monkeypatch):
    def refuse(*_args, **_kwargs):
        raise OSError(error, os.strerror(error))

    path.parent.mkdir()
    monkeypatch.setattr("pathlib.Path.touch", refuse)
    with pytest.raises(StoreError) as refused:
        History(path)
    assert refused.value.code == {errno.EROFS: "closed", errno.ENOSPC: "full", errno.EIO: "disk"}[error]
    assert "\n" not in str(refused.value)


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
        assert history.list_sets(history.find_first_person()) == []
        assert history.aside.read_bytes() == damaged
        assert list_copies(path) == [history.aside]
    fill(path)
    assert count_sets(path) == 1


def test_people_of_a_damaged_file_are_not_lost(path, monkeypatch):
    with History(path) as history:
        me, ana = history.find_first_person(), history.add_person("Ana", passcode="1234")
        for number in range(400):
            history.add_report(me, Report(MONDAY, f"question_{number}", number))
    whole = path.read_bytes()
    (path.parent / "people" / "0123456789abcdef").mkdir(parents=True)  # a person of whom only the folder is left
    monkeypatch.setattr(database, "_good_files", set())
    path.write_bytes(whole[:-3000] + b"\xa5" * 3000)
    with History(path) as history:
        assert history.aside is not None
        assert [one.name for one in history.list_people()] == ["Me", "Ana", "Person 1"]
        assert history.find_person(ana.key).locked
        assert history.list_people()[2].key == "0123456789abcdef"


def test_damage_while_it_runs_costs_no_set(path, monkeypatch):
    monkeypatch.setenv("FORMCHECK_DATA", str(path.parent))
    keeper = SetKeeper()
    assert keeper.keep("me", A_SET, MONDAY) == KeptSet()
    path.write_bytes(b"not a database at all" * 600)
    kept = keeper.keep("me", A_SET, MONDAY)
    assert (kept.code, kept.aside[:15]) == ("", "history.damaged")
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


def test_a_file_that_another_program_opens_is_waited_for(path):
    """SQLite itself does not wait while another program begins with the file."""
    path.parent.mkdir()
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="close other formcheck windows"):
            open_database(path, patience_s=0.0)
        letting_go = threading.Timer(0.3, other.execute, ["COMMIT"])
        letting_go.start()
        connection, aside = open_database(path, patience_s=60.0)
        letting_go.join()
    connection.close()
    assert aside is None


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
        old.executemany(
            "INSERT INTO people (id, name, created_utc) VALUES (?, ?, ?)",
            [(1, "Ana", str(datetime.now(UTC)))] + [(2, "Me", str(datetime.now(UTC)))] * (version == 1),
        )
        old.execute("INSERT INTO sessions (person_id, begun_utc) VALUES (1, '2026-03-02T18:30:00.000+00:00')")
        old.execute(f"PRAGMA user_version = {version}")
        old.commit()


@pytest.mark.parametrize("version", range(1, schema.NEWEST + 1))
def test_every_old_version_is_brought_up_to_date(path, version):
    make_old_file(path, version)
    with History(path) as history:
        assert read_version(history._database) == schema.NEWEST
        person, *others = history.list_people()
        assert (person.name, len(history.list_sessions(person))) == ("Ana", 1)
        history.add_set(1, A_SET)
        for one in others:
            assert (one.name, one.key, history.find_first_person().id) == ("Me", "me", one.id)
    assert len(list_copies(path)) == (version < schema.NEWEST)


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

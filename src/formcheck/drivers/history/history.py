"""Read and write the history: each change is whole or not there at all.

Values always reach SQLite as parameters; only names of tables and columns, which stand in this file, are put into a
query's text.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from formcheck.core.errors import StoreError, keep_on_a_line
from formcheck.core.skeleton import Side
from formcheck.core.summary.schema import FaultRecord

from .database import explain_database_errors, history_path, list_copies, open_database
from .records import Moment, Person, PractisedRepetition, PractisedSet, Removed, Report, Session, SetValue, Trial
from .schema import TABLES

MOST_NAME = 80
ME = "Me"
"""The name of the first person, until another is typed."""


class History:
    """The history of the people at this computer.

    One object may be used from several threads; several programs may have the file open.

    Parameters
    ----------
    path : of the file; by default in the user's data folder.
    patience_s : how long to wait for another program that writes.

    Attributes
    ----------
    aside : where a damaged file was put when this one was opened; None if the file was good.

    Raises
    ------
    StoreError
        The file cannot be opened.
    """

    def __init__(self, path: Path | None = None, *, patience_s: float = 10.0) -> None:
        self.path = history_path() if path is None else path
        self._lock = threading.RLock()
        self._within = False
        self._database, self.aside = open_database(self.path, patience_s=patience_s)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; what was written is in it."""
        with self._lock, suppress(sqlite3.Error):
            self._database.close()

    @contextmanager
    def _change(self) -> Iterator[sqlite3.Connection]:
        """Give a transaction: all of its statements count, or none."""
        with self._lock, explain_database_errors(self.path):
            if self._within:
                yield self._database
                return
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield self._database
                self._database.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):  # a full disk may have ended the transaction already
                    self._database.execute("ROLLBACK")
                raise

    @contextmanager
    def write_many(self) -> Iterator[None]:
        """Make one transaction of all changes inside it: they count together, or not at all."""
        with self._change():
            self._within = True
            try:
                yield
            finally:
                self._within = False

    def _read(self, query: str, *values: object) -> list[sqlite3.Row]:
        with self._lock, explain_database_errors(self.path):
            return self._database.execute(query, values).fetchall()

    # People -----------------------------------------------------------------------------------------------------------

    def list_people(self) -> list[Person]:
        """Return all people, the first one first."""
        return [_make_person(row) for row in self._read("SELECT * FROM people ORDER BY id")]

    def add_person(self, name: str, *, passcode: str = "") -> Person:
        """Add a person.

        Raises
        ------
        StoreError
            The name is empty, too long, or taken.
        """
        name = keep_on_a_line(" ".join(name.split()))
        if not 1 <= len(name) <= MOST_NAME:
            raise StoreError(f"name: expected 1 to {MOST_NAME} characters, got {len(name)}; type a shorter one")
        if self._read("SELECT 1 FROM people WHERE name = ?", name):
            raise StoreError(f"name: expected a new one, got {name}, which is there already; type another one")
        locked = _hash_passcode(passcode, secrets.token_bytes(16)) if passcode else None
        with self._change() as database:
            row = database.execute(
                "INSERT INTO people (name, created_utc, passcode) VALUES (?, ?, ?) RETURNING *",
                (name, _write_time(datetime.now(UTC)), locked),
            ).fetchone()
        return _make_person(row)

    def find_first_person(self) -> Person:
        """Return the first person; a history without people gets one."""
        people = self.list_people()
        return people[0] if people else self.add_person(ME)

    def accepts_passcode(self, person: Person, passcode: str) -> bool:
        """Return whether a passcode is this person's; without one, every answer is right."""
        [row] = self._read("SELECT passcode FROM people WHERE id = ?", person.id)
        stored: str | None = row["passcode"]
        if stored is None:
            return True
        return hmac.compare_digest(_hash_passcode(passcode, bytes.fromhex(stored.partition(":")[0])), stored)

    # Sessions and sets ------------------------------------------------------------------------------------------------

    def begin_session(self, person: Person, at: datetime, *, routine_id: str | None = None) -> int:
        """Begin a session; return its id."""
        with self._change() as database:
            row = database.execute(
                "INSERT INTO sessions (person_id, begun_utc, routine_id) VALUES (?, ?, ?) RETURNING id",
                (person.id, _write_time(at), routine_id),
            ).fetchone()
        return int(row["id"])

    def end_session(self, session_id: int, at: datetime) -> None:
        """End a session; a clock that was set back cannot end it before it began."""
        with self._change() as database:
            database.execute(
                "UPDATE sessions SET ended_utc = max(begun_utc, ?) WHERE id = ?", (_write_time(at), session_id)
            )

    def add_set(self, session_id: int, one: PractisedSet) -> int:
        """Store a set with its repetitions, holds, faults and values; return its id."""
        columns = (
            "movement_id", "movement_version", "side", "verdict", "why_code", "why_about", "duration_s", "held_s",
            "valid_s", "hold_target_s", "repetitions", "repetitions_target", "formcheck_version", "recording",
        )  # fmt: skip
        marks = ", ".join("?" * (len(columns) + 2))
        with self._change() as database:
            row = database.execute(
                f"INSERT INTO sets (session_id, begun_utc, {', '.join(columns)}) VALUES ({marks}) RETURNING id",  # noqa: S608
                (session_id, _write_time(one.begun), *(getattr(one, column) for column in columns)),
            ).fetchone()
            set_id = int(row["id"])
            database.executemany(
                "INSERT INTO repetitions VALUES (?, ?, ?, ?, ?)",
                [(set_id, each.number, each.side, each.start_s, each.end_s) for each in one.each],
            )
            database.executemany(
                "INSERT INTO holds VALUES (?, ?, ?, ?, ?, ?)",
                [
                    (set_id, each.number, each.hold_start_s, each.hold_end_s, each.held_s, each.valid_s)
                    for each in one.each
                    if each.hold_start_s is not None and each.hold_end_s is not None and each.held_s is not None
                ],
            )
            database.executemany(
                "INSERT INTO faults (set_id, fault_id, severity, repetition, side, from_s, to_s, value, unit, "
                "limit_value, uncertainty) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    (set_id, f.id, f.severity, f.repetition, f.side, f.from_s, f.to_s, f.value, f.unit, f.limit,
                     f.uncertainty)
                    for f in one.faults
                ],
            )  # fmt: skip
            database.executemany(
                "INSERT INTO set_values VALUES (?, ?, ?, ?, ?, ?, ?)",
                [(set_id, v.name, v.unit, v.in_hold_median, v.low, v.high, v.uncertainty) for v in one.values],
            )
        return set_id

    def list_sessions(self, person: Person, *, since: datetime | None = None) -> list[Session]:
        """Return a person's sessions, the oldest first."""
        rows = self._read(
            "SELECT * FROM sessions WHERE person_id = ? AND begun_utc >= ? ORDER BY begun_utc, id",
            person.id, "" if since is None else _write_time(since),
        )  # fmt: skip
        return [_make_session(row) for row in rows]

    def list_sets(
        self, person: Person, *, movement_id: str | None = None, since: datetime | None = None
    ) -> list[tuple[int, PractisedSet]]:
        """Return a person's sets with the ids of their sessions, the oldest first.

        Parameters
        ----------
        person : whose.
        movement_id : only of this movement; None = of all.
        since : only later ones.
        """
        chosen = (
            "FROM sets JOIN sessions ON sessions.id = sets.session_id "
            "WHERE person_id = ? AND sets.begun_utc >= ? AND (? IS NULL OR movement_id = ?)"
        )
        given = (person.id, "" if since is None else _write_time(since), movement_id, movement_id)
        rows = self._read(f"SELECT sets.* {chosen} ORDER BY sets.begun_utc, sets.id", *given)
        parts = {
            table: _group_by_set(self._read(f"SELECT * FROM {table} WHERE set_id IN (SELECT sets.id {chosen})", *given))  # noqa: S608
            for table in ("repetitions", "holds", "faults", "set_values")
        }
        return [(row["session_id"], _make_set(row, parts)) for row in rows]

    def read_plain(
        self, query: str, *values: object, wanted: Iterable[tuple[str, str, str]] | None = None
    ) -> list[tuple[Any, ...]]:
        """Return rows as plain tuples: for readers that go through tens of thousands.

        Parameters
        ----------
        query, values : as SQLite has them.
        wanted : rows of a temporary table `wanted` (movement_id, side, name) that the query may join.
        """
        with self._lock, explain_database_errors(self.path):
            if wanted is not None:
                self._database.execute("CREATE TEMP TABLE IF NOT EXISTS wanted (movement_id, side, name)")
                self._database.execute("DELETE FROM temp.wanted")
                self._database.executemany("INSERT INTO temp.wanted VALUES (?, ?, ?)", wanted)
            cursor = self._database.cursor()
            cursor.row_factory = None
            return cursor.execute(query, values).fetchall()

    # Answers, tests, consents -----------------------------------------------------------------------------------------

    def add_report(self, person: Person, report: Report) -> None:
        """Store one answer."""
        with self._change() as database:
            database.execute(
                "INSERT INTO reports (person_id, session_id, at_utc, question, movement_id, number, code) "
                "VALUES (?, ?, ?, ?, ?, ?, ?)",
                (person.id, report.session_id, _write_time(report.at), report.question, report.movement_id,
                 report.number, report.code),
            )  # fmt: skip

    def list_reports(self, person: Person, question: str | None = None) -> list[Report]:
        """Return a person's answers, the oldest first.

        Only those to one question, if it is named.
        """
        rows = self._read(
            "SELECT * FROM reports WHERE person_id = ? AND (? IS NULL OR question = ?) ORDER BY at_utc, id",
            person.id, question, question,
        )  # fmt: skip
        return [
            Report(
                _read_time(row["at_utc"]), row["question"], row["number"], row["code"], row["movement_id"],
                row["session_id"],
            )
            for row in rows
        ]  # fmt: skip

    def add_trial(self, session_id: int, trial: Trial) -> None:
        """Store one trial of a test.

        The same trial again takes the place of the first.
        """
        with self._change() as database:
            database.execute(
                "INSERT OR REPLACE INTO trials (session_id, test_id, moment, side, number, value, unit, uncertainty) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (session_id, trial.test_id, trial.moment, trial.side, trial.number, trial.value, trial.unit,
                 trial.uncertainty),
            )  # fmt: skip

    def remove_trials(self, session_id: int, test_id: str, moment: Moment, side: Side | None) -> None:
        """Remove the trials of one side of a test, which is done again."""
        with self._change() as database:
            database.execute(
                "DELETE FROM trials WHERE session_id = ? AND test_id = ? AND moment = ? AND side IS ?",
                (session_id, test_id, moment, side),
            )

    def list_trials(self, person: Person, test_id: str | None = None) -> list[tuple[int, Trial]]:
        """Return a person's trials with the ids of their sessions, the oldest first."""
        rows = self._read(
            "SELECT trials.* FROM trials JOIN sessions ON sessions.id = session_id "
            "WHERE person_id = ? AND (? IS NULL OR test_id = ?) ORDER BY begun_utc, trials.id",
            person.id, test_id, test_id,
        )  # fmt: skip
        return [
            (
                row["session_id"],
                Trial(
                    row["test_id"], row["moment"], row["number"], row["value"], row["unit"], row["side"],
                    row["uncertainty"],
                ),
            )
            for row in rows
        ]  # fmt: skip

    def set_consent(self, person: Person, what: str, at: datetime, *, given: bool) -> None:
        """Store that a person agreed to something, or took it back; earlier answers stay."""
        with self._change() as database:
            database.execute(
                "INSERT INTO consents (person_id, at_utc, what, given) VALUES (?, ?, ?, ?)",
                (person.id, _write_time(at), what, int(given)),
            )

    def has_consent(self, person: Person, what: str) -> bool:
        """Return the newest answer; False if there is none."""
        rows = self._read(
            "SELECT given FROM consents WHERE person_id = ? AND what = ? ORDER BY id DESC LIMIT 1", person.id, what
        )
        return bool(rows and rows[0]["given"])

    # A person's own data ----------------------------------------------------------------------------------------------

    def export_rows(self, person: Person) -> dict[str, list[dict[str, Any]]]:
        """Return every row about a person, by table; a passcode is left out."""
        sets = "SELECT sets.id FROM sets JOIN sessions ON sessions.id = session_id WHERE person_id = ?"
        sessions = "SELECT id FROM sessions WHERE person_id = ?"
        where = {
            "people": "id = ?",
            "sessions": "person_id = ?",
            "sets": f"session_id IN ({sessions})",
            "trials": f"session_id IN ({sessions})",
            "reports": "person_id = ?",
            "consents": "person_id = ?",
        }
        found: dict[str, list[dict[str, Any]]] = {}
        for table in TABLES:
            chosen = where.get(table, f"set_id IN ({sets})")
            rows = self._read(f"SELECT * FROM {table} WHERE {chosen}", person.id)  # noqa: S608
            found[table] = [{key: row[key] for key in row.keys() if key != "passcode"} for row in rows]  # noqa: SIM118
        return found

    def delete_person(self, person: Person) -> Removed:
        """Delete everything about a person, really: rows, free pages, and the copies beside the file.

        Raises
        ------
        StoreError
            It cannot be done now; then nothing was deleted.
        """
        rows = {table: len(found) for table, found in self.export_rows(person).items() if found}
        with self._change() as database:
            database.execute("DELETE FROM people WHERE id = ?", (person.id,))
        with self._lock, explain_database_errors(self.path):
            self._database.execute("VACUUM")
            self._database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        copies = list_copies(self.path)
        for copy in copies:
            copy.unlink(missing_ok=True)
        return Removed(rows, tuple(copy.name for copy in copies))


# Rows to records ------------------------------------------------------------------------------------------------------


def _make_person(row: sqlite3.Row) -> Person:
    return Person(row["id"], row["name"], row["passcode"] is not None)


def _make_session(row: sqlite3.Row) -> Session:
    ended = row["ended_utc"]
    return Session(row["id"], _read_time(row["begun_utc"]), ended and _read_time(ended), row["routine_id"])


def _make_set(row: sqlite3.Row, parts: dict[str, dict[int, list[sqlite3.Row]]]) -> PractisedSet:
    of_set = {table: found.get(row["id"], []) for table, found in parts.items()}
    holds = {hold["number"]: hold for hold in of_set["holds"]}
    columns = {name: row[name] for name in row.keys() if name not in ("id", "session_id", "begun_utc")}  # noqa: SIM118
    return PractisedSet(
        begun=_read_time(row["begun_utc"]),
        each=tuple(_make_repetition(one, holds.get(one["number"])) for one in of_set["repetitions"]),
        faults=tuple(_make_fault(one) for one in of_set["faults"]),
        values=tuple(
            SetValue(one["name"], one["unit"], one["in_hold_median"], one["low"], one["high"], one["uncertainty"])
            for one in of_set["set_values"]
        ),
        **columns,
    )


def _make_repetition(row: sqlite3.Row, hold: sqlite3.Row | None) -> PractisedRepetition:
    held = (None,) * 4 if hold is None else (hold["start_s"], hold["end_s"], hold["held_s"], hold["valid_s"])
    return PractisedRepetition(row["number"], row["side"], row["start_s"], row["end_s"], *held)


def _make_fault(row: sqlite3.Row) -> FaultRecord:
    names = ("severity", "repetition", "side", "from_s", "to_s", "value", "unit", "uncertainty")
    return FaultRecord(id=row["fault_id"], cue="", limit=row["limit_value"], **{name: row[name] for name in names})


def _group_by_set(rows: Sequence[sqlite3.Row]) -> dict[int, list[sqlite3.Row]]:
    found: dict[int, list[sqlite3.Row]] = {}
    for row in rows:
        found.setdefault(row["set_id"], []).append(row)
    return found


def _write_time(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds")


def _read_time(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _hash_passcode(passcode: str, salt: bytes) -> str:
    """Return salt and hash as text; scrypt makes guessing slow."""
    made = hashlib.scrypt(passcode.encode(), salt=salt, n=1 << 14, r=8, p=1)
    return f"{salt.hex()}:{made.hex()}"

"""Read and write the history: each change is whole or not there at all.

Values always reach SQLite as parameters; only names of tables and columns, which are written in this file, are put
into a query's text.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from formcheck.core.skeleton import Side
from formcheck.core.summary.schema import FaultRecord

from .database import explain_database_errors, list_copies
from .people import PeopleTable
from .records import Moment, Person, PractisedRepetition, PractisedSet, Removed, Report, Session, SetValue, Trial
from .schema import TABLES
from .store import write_time


class History(PeopleTable):
    """The history of the people at this computer.

    One object may be used from several threads; several programs may have the file open. Opening and people are as in
    the classes above.
    """

    # Sessions and sets ------------------------------------------------------------------------------------------------

    def begin_session(self, person: Person, at: datetime, *, routine_id: str | None = None) -> int:
        """Begin a session; return its id."""
        with self._change() as database:
            row = database.execute(
                "INSERT INTO sessions (person_id, begun_utc, routine_id) VALUES (?, ?, ?) RETURNING id",
                (person.id, write_time(at), routine_id),
            ).fetchone()
        return int(row["id"])

    def end_session(self, session_id: int, at: datetime) -> None:
        """End a session; a clock that was set back cannot end it before it began."""
        with self._change() as database:
            database.execute(
                "UPDATE sessions SET ended_utc = max(begun_utc, ?) WHERE id = ?", (write_time(at), session_id)
            )

    def add_set(self, session_id: int, one: PractisedSet) -> int:
        """Store a set with its repetitions, holds, faults and values; return its id.

        A part of the same set that was stored for the same person goes; its faults stay.
        """
        columns = (
            "movement_id", "movement_version", "side", "verdict", "why_code", "why_about", "duration_s", "held_s",
            "valid_s", "hold_target_s", "repetitions", "repetitions_target", "formcheck_version", "recording",
            "key",
        )  # fmt: skip
        marks = ", ".join("?" * (len(columns) + 2))
        with self._change() as database:
            row = database.execute(
                f"INSERT INTO sets (session_id, begun_utc, {', '.join(columns)}) VALUES ({marks}) RETURNING id",  # noqa: S608
                (session_id, write_time(one.begun), *(getattr(one, column) for column in columns)),
            ).fetchone()
            set_id = int(row["id"])
            _replace_part(database, set_id)
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
            person.id, "" if since is None else write_time(since),
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
        given = (person.id, "" if since is None else write_time(since), movement_id, movement_id)
        rows = self._read(f"SELECT sets.* {chosen} ORDER BY sets.begun_utc, sets.id", *given)
        parts = {
            table: _group_by_set(self._read(f"SELECT * FROM {table} WHERE set_id IN (SELECT sets.id {chosen})", *given))  # noqa: S608
            for table in ("repetitions", "holds", "faults", "set_values")
        }
        return [(row["session_id"], _make_set(row, parts)) for row in rows]

    # Answers, tests, consents -----------------------------------------------------------------------------------------

    def add_report(self, person: Person, report: Report) -> None:
        """Store one answer."""
        with self._change() as database:
            database.execute(
                "INSERT INTO reports (person_id, session_id, at_utc, question, movement_id, number, code) "
                "VALUES (?, ?, ?, ?, ?, ?, ?)",
                (person.id, report.session_id, write_time(report.at), report.question, report.movement_id,
                 report.number, report.code),
            )  # fmt: skip

    def replace_reports(
        self, person: Person, at: datetime, questions: Sequence[str], reports: Sequence[Report]
    ) -> None:
        """Store the answers of one moment; what was stored of these questions for it goes."""
        marks = ", ".join("?" * len(questions))
        with self.write_many(), self._change() as database:
            database.execute(
                f"DELETE FROM reports WHERE person_id = ? AND at_utc = ? AND question IN ({marks})",  # noqa: S608
                (person.id, write_time(at), *questions),
            )
            for report in reports:
                self.add_report(person, report)

    def delete_reports(self, person: Person, questions: Sequence[str]) -> None:
        """Delete a person's answers to some questions."""
        marks = ", ".join("?" * len(questions))
        with self._change() as database:
            database.execute(
                f"DELETE FROM reports WHERE person_id = ? AND question IN ({marks})",  # noqa: S608
                (person.id, *questions),
            )

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
                (person.id, write_time(at), what, int(given)),
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
        """Delete everything about a person: rows, free pages, and the copies next to the file.

        Raises
        ------
        StoreError
            It cannot be done now; then nothing was deleted.
        """
        return self._delete(person, "DELETE FROM people WHERE id = ?")

    def delete_practice(self, person: Person) -> Removed:
        """Delete everything about a person except their name and passcode, as `delete_person` does."""
        return self._delete(
            person,
            *(f"DELETE FROM {table} WHERE person_id = ?" for table in ("sessions", "reports", "consents")),  # noqa: S608
        )

    def _delete(self, person: Person, *statements: str) -> Removed:
        before = self._count_rows(person)
        with self._change() as database:
            for statement in statements:
                database.execute(statement, (person.id,))
        left = self._count_rows(person)
        rows = {table: count - left[table] for table, count in before.items() if count > left[table]}
        with self._lock, explain_database_errors(self.path):
            self._database.execute("VACUUM")
            self._database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        copies = list_copies(self.path)
        with explain_database_errors(self.path):
            for copy in copies:
                copy.unlink(missing_ok=True)
        return Removed(rows, tuple(copy.name for copy in copies))

    def _count_rows(self, person: Person) -> dict[str, int]:
        return {table: len(found) for table, found in self.export_rows(person).items()}


# Rows to records ------------------------------------------------------------------------------------------------------


def _make_session(row: sqlite3.Row) -> Session:
    ended = row["ended_utc"]
    return Session(row["id"], _read_time(row["begun_utc"]), ended and _read_time(ended), row["routine_id"])


def _replace_part(database: sqlite3.Connection, set_id: int) -> None:
    """Delete the stored part of a set; its faults go over to the whole."""
    part = (
        "SELECT old.id FROM sets AS old JOIN sets AS new ON new.id = ? AND new.key = old.key AND new.id > old.id "
        "JOIN sessions AS was ON was.id = old.session_id JOIN sessions AS now ON now.id = new.session_id "
        "WHERE was.person_id = now.person_id"
    )
    database.execute(f"UPDATE faults SET set_id = ? WHERE set_id IN ({part})", (set_id, set_id))  # noqa: S608
    database.execute(f"DELETE FROM sets WHERE id IN ({part})", (set_id,))  # noqa: S608


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


def _read_time(text: str) -> datetime:
    return datetime.fromisoformat(text)

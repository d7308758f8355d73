"""Read and change the file of the history: each change is whole, or not there.

Values always reach SQLite as parameters; only names of tables and columns, which are written in these files, are put
into a query's text.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from .database import explain_database_errors, history_path, open_database


class HistoryStore:
    """The open file of the history.

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


def write_time(at: datetime) -> str:
    """Return a time as it is stored: ISO 8601 in UTC."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds")

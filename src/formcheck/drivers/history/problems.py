"""Name what can go wrong with the history's file, by a code; words come last."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path

from formcheck.core.errors import StoreError

_PRIMARY = 0xFF
"""The lower byte of SQLite's extended result codes is the kind of error."""


class StoreProblem(StrEnum):
    """Why the history cannot be read or written now."""

    FULL = "full"
    CLOSED = "closed"
    LOCKED = "locked"
    DAMAGED = "damaged"
    DISK = "disk"
    NEWER = "newer"
    OTHER = "other"


_OF_SQLITE: Mapping[int, StoreProblem] = {
    sqlite3.SQLITE_BUSY: StoreProblem.LOCKED,
    sqlite3.SQLITE_LOCKED: StoreProblem.LOCKED,
    sqlite3.SQLITE_FULL: StoreProblem.FULL,
    sqlite3.SQLITE_READONLY: StoreProblem.CLOSED,
    sqlite3.SQLITE_CANTOPEN: StoreProblem.CLOSED,
    sqlite3.SQLITE_PERM: StoreProblem.CLOSED,
    sqlite3.SQLITE_AUTH: StoreProblem.CLOSED,
    sqlite3.SQLITE_CORRUPT: StoreProblem.DAMAGED,
    sqlite3.SQLITE_NOTADB: StoreProblem.DAMAGED,
    sqlite3.SQLITE_FORMAT: StoreProblem.DAMAGED,
    sqlite3.SQLITE_IOERR: StoreProblem.DISK,
}
_OF_SYSTEM: Mapping[int, StoreProblem] = {
    errno.ENOSPC: StoreProblem.FULL,
    errno.EDQUOT: StoreProblem.FULL,
    errno.EFBIG: StoreProblem.FULL,
    errno.EIO: StoreProblem.DISK,
}
"""Everything else is a place that cannot be written to."""
_LINES: Mapping[StoreProblem, str] = {
    StoreProblem.LOCKED: "expected to write, got a file that another program holds; close other formcheck windows",
    StoreProblem.FULL: "expected room to write, got a full disk; free some space",
    StoreProblem.CLOSED: "expected a file to write to, got one that cannot be opened or changed; check the rights of "
    "its folder",
    StoreProblem.DAMAGED: "expected the history, got a damaged file; start formcheck again and it is set aside",
    StoreProblem.DISK: "expected to read and write, got an error of the disk; check the disk, and whether it is full",
}
WORDS: Mapping[str, str] = {
    StoreProblem.FULL: "The disk is full. Please free some space.",
    StoreProblem.CLOSED: "The folder of your history cannot be written to. Please check its rights.",
    StoreProblem.LOCKED: "Another program holds your history. Please close other formcheck windows.",
    StoreProblem.DAMAGED: "The file of your history is damaged.",
    StoreProblem.DISK: "The disk reported an error. Please check it, and whether it is full.",
    StoreProblem.NEWER: "Your history was written by a newer formcheck. Please update formcheck.",
    StoreProblem.OTHER: "Your history could not be used just now.",
}
"""For the person, on every page."""
SET_ASIDE = "The history was damaged. It is kept as {name}, and a new one begins."


def read_kind(error: sqlite3.Error) -> int:
    """Return the kind of an error, one of SQLite's primary result codes; -1 without one."""
    code = getattr(error, "sqlite_errorcode", None)
    return -1 if code is None else code & _PRIMARY


def find_problem(error: Exception) -> StoreProblem:
    """Return what an error of SQLite or of the system means."""
    if isinstance(error, sqlite3.Error):
        return _OF_SQLITE.get(read_kind(error), StoreProblem.OTHER)
    if isinstance(error, OSError):
        return _OF_SYSTEM.get(error.errno or 0, StoreProblem.CLOSED)
    return StoreProblem.OTHER


def explain_database_error(error: Exception, path: Path) -> StoreError:
    """Return what went wrong, and what to do, in one line with its code."""
    problem = find_problem(error)
    line = _LINES.get(problem, f"expected to read or write the history, got: {error}; nothing was changed")
    return StoreError(f"{path.name}: {line}", code=problem)


def describe_problem(code: str) -> str:
    """Return a problem in words for the person."""
    return WORDS.get(code, WORDS[StoreProblem.OTHER])

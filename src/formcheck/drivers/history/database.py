"""Open the history's SQLite file: rights, version, a copy before each change of version, damage.

A file that SQLite calls damaged is set aside, never deleted, and an empty one begins. All else that goes wrong is a
`StoreError` of one line, so that practice can go on without a history.
"""

from __future__ import annotations

import errno
import os
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from formcheck.core.errors import StoreError
from formcheck.drivers.user_data import find_data_dir, make_private_folder
from formcheck.sources.owned_files import name_unfinished_file

from .schema import NEWEST, STEPS

FILE = "history.db"
_PATIENCE_S = 10.0
"""[E] Another window may be writing; a set takes milliseconds."""
_PAUSE_S = 0.02
"""[E] Between two attempts to open the file; another program needs milliseconds to open or close it."""


def history_path() -> Path:
    """Return the path of the history; it need not exist yet."""
    return find_data_dir() / FILE


def open_database(path: Path, *, patience_s: float = _PATIENCE_S) -> tuple[sqlite3.Connection, Path | None]:
    """Open the history in its newest version; make it if there is none.

    Parameters
    ----------
    path : of the file; its folder is made, readable for this user only.
    patience_s : how long to wait for another program that writes.

    Returns
    -------
    connection : foreign keys are checked, every change outlives a kill.
    aside : where a damaged file was put; None if the file was good.

    Raises
    ------
    StoreError
        The file cannot be opened: folder closed, disk full, locked for too long, or a newer version.
    """
    with explain_database_errors(path):
        make_private_folder(path.parent)
    if path.is_symlink():
        raise StoreError(f"{path.name}: expected the history, got a link; remove the link")
    try:
        return _open_patiently(path, patience_s), None
    except (sqlite3.Error, OSError) as error:
        if find_problem(error) is not StoreProblem.DAMAGED:
            raise explain_database_error(error, path) from None
    aside = set_aside(path)
    with explain_database_errors(path):
        return _open_patiently(path, patience_s), aside


def _open_patiently(path: Path, patience_s: float) -> sqlite3.Connection:
    """Open the file; begin again while another program opens or closes it.

    SQLite does not wait when two programs change the journal of a file at once: it calls it locked at once.
    """
    deadline = time.monotonic() + patience_s
    while True:
        try:
            return _open_good(path, patience_s)
        except sqlite3.Error as error:
            if find_problem(error) is not StoreProblem.LOCKED or time.monotonic() >= deadline:
                raise
        time.sleep(_PAUSE_S)


def _open_good(path: Path, patience_s: float) -> sqlite3.Connection:
    if not path.exists():
        path.touch(mode=0o600)
    connection = sqlite3.connect(path, timeout=patience_s, isolation_level=None, check_same_thread=False)
    try:
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA secure_delete = ON")  # what a person deletes is overwritten
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")  # what was finished outlives a power cut
        _require_good_pages(connection, path)
        _upgrade(connection, path)
    except BaseException:
        connection.close()
        raise
    if os.name == "posix":
        with suppress(OSError):
            path.chmod(0o600)
    return connection


_good_files: set[tuple[int, int]] = set()
"""Device and number of the files whose pages this process has checked."""


def _require_good_pages(connection: sqlite3.Connection, path: Path) -> None:
    """Raise if a page of the file is damaged.

    Once in a process, because a large file takes a while.
    """
    stated = path.stat()
    identity = (stated.st_dev, stated.st_ino)
    if identity in _good_files and connection.execute("PRAGMA schema_version").fetchone():
        return
    if connection.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
        damage = sqlite3.DatabaseError("the file is damaged")
        damage.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
        raise damage
    _good_files.add(identity)


# Versions -------------------------------------------------------------------------------------------------------------


def read_version(connection: sqlite3.Connection) -> int:
    """Return the version of the file; 0 is an empty one."""
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return version


def _upgrade(connection: sqlite3.Connection, path: Path) -> None:
    """Bring the tables to the newest version; keep a copy of the file before."""
    version = read_version(connection)
    if version > NEWEST or version < 0:
        raise StoreError(
            f"{path.name}: expected a history of version {NEWEST} or older, got {version}; "
            "it was written by a newer formcheck: update formcheck. Nothing was changed",
            code=StoreProblem.NEWER,
        )
    if version == NEWEST:
        return
    if version:
        _copy(connection, path.with_name(f"{path.stem}.before-version-{NEWEST}{path.suffix}"))
    connection.execute("BEGIN EXCLUSIVE")
    try:
        for number in range(read_version(connection), NEWEST):  # another program may have done it meanwhile
            for statement in _split(STEPS[number]):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {number + 1}")
        connection.execute("COMMIT")
    except BaseException:
        with suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
        raise


def _split(script: str) -> Iterator[str]:
    """Give the statements of a script; `executescript` would commit after each."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def _copy(connection: sqlite3.Connection, target: Path) -> None:
    """Copy the whole file, with what other programs have just written."""
    part = name_unfinished_file(target)  # another program may make the same copy
    part.touch(mode=0o600)
    try:
        with closing(sqlite3.connect(part)) as copy:
            connection.backup(copy)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


# Damage and errors ----------------------------------------------------------------------------------------------------


def set_aside(path: Path) -> Path:
    """Give a damaged file another name; return the new path.

    The files that SQLite keeps next to it are moved as well.
    """
    moment = datetime.now().astimezone().strftime("%Y%m%d-%H%M%S")
    aside = path.with_name(f"{path.stem}.damaged-{moment}{path.suffix}")
    number = 1
    while aside.exists():
        number += 1
        aside = path.with_name(f"{path.stem}.damaged-{moment}-{number}{path.suffix}")
    with explain_database_errors(path):
        path.replace(aside)
        for ending in ("-wal", "-shm"):
            beside = path.with_name(path.name + ending)
            if beside.exists():
                beside.replace(aside.with_name(aside.name + ending))
    _set_aside_here.append(aside.name)
    return aside


_set_aside_here: list[str] = []


def list_set_aside() -> list[str]:
    """Return the names of the damaged files that this process has set aside.

    Who opens the history first finds the damage; the pages that are opened later say it.
    """
    return list(_set_aside_here)


def list_damaged(path: Path) -> list[Path]:
    """Return the damaged files next to the history, whenever they were set aside."""
    return [one for one in list_copies(path) if one.match(f"{path.stem}.damaged-*{path.suffix}")]


def list_copies(path: Path) -> list[Path]:
    """Return the files next to the history that hold rows of it.

    They are copies of old versions, and damaged files.
    """
    kinds = (f"{path.stem}.before-version-*", f"{path.stem}.damaged-*")
    return sorted({file for kind in kinds for file in path.parent.glob(kind) if not file.is_symlink()})


@contextmanager
def explain_database_errors(path: Path) -> Iterator[None]:
    """Turn what SQLite or the system says into one clear line."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        if find_problem(error) is StoreProblem.DAMAGED:
            _good_files.clear()  # the next one who opens it looks again, and sets it aside
        raise explain_database_error(error, path) from None


# What can go wrong with the file --------------------------------------------------------------------------------------


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
PROBLEM_WORDS: Mapping[str, str] = {
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
    return PROBLEM_WORDS.get(code, PROBLEM_WORDS[StoreProblem.OTHER])

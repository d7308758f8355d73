"""Store the people of this computer: their names as plain data, their passcodes as hashes.

A passcode locks the choice of a person on the screen. It does not encrypt the file: who can read the user's files can
read the history.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import sqlite3
import unicodedata
from contextlib import closing, suppress
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from formcheck.core.errors import StoreError
from formcheck.drivers.user_data import FIRST, PEOPLE, find_person_key

from .records import Person
from .store import HistoryStore, write_time

MOST_PERSON_NAME = 80
ME = "Me"
"""The name of the first person, until another is typed."""
SOMEONE = "Person"
"""The name of a person of whom only the folder is known."""
_RESCUE = "SELECT name, created_utc, passcode, key FROM people ORDER BY id"


class PeopleTable(HistoryStore):
    """The people in the history; the arguments are those of `HistoryStore`."""

    def __init__(self, path: Path | None = None, *, patience_s: float = 10.0) -> None:
        super().__init__(path, patience_s=patience_s)
        if self.aside is not None:
            self._rescue_people(self.aside)

    def _rescue_people(self, aside: Path) -> None:
        """Take the people of a damaged file into the new one.

        Those of whom only the folder is known get a name.

        Their answers lie in folders of their own; without their people, no page would show them.
        """
        found: list[tuple[str, str, str | None, str]] = []
        with suppress(sqlite3.Error), closing(sqlite3.connect(f"{aside.as_uri()}?immutable=1", uri=True)) as old:
            found += old.execute(_RESCUE)
        known = {key for *_, key in found}
        folders = sorted(folder.name for folder in (self.path.parent / PEOPLE).glob("*") if folder.is_dir())
        now = write_time(datetime.now(UTC))
        left = [(f"{SOMEONE} {number}", now, None, key) for number, key in enumerate(folders, 1) if key not in known]
        with self._change() as database:
            database.executemany(
                "INSERT OR IGNORE INTO people (name, created_utc, passcode, key) VALUES (?, ?, ?, ?)", [*found, *left]
            )

    def list_people(self) -> list[Person]:
        """Return all people, the first one first."""
        return [_make_person(row) for row in self._read("SELECT * FROM people ORDER BY id")]

    def add_person(self, name: str, *, passcode: str = "", key: str = "") -> Person:
        """Add a person.

        Parameters
        ----------
        name : as typed.
        passcode : that the choice of this person asks for; empty for none.
        key : of an earlier person; a new one by default.

        Raises
        ------
        StoreError
            The name is empty, too long, or taken.
        """
        name = self._check_name(name)
        locked = lock(passcode)
        with self._change() as database:
            row = database.execute(
                "INSERT INTO people (name, created_utc, passcode, key) VALUES (?, ?, ?, ?) RETURNING *",
                (name, write_time(datetime.now(UTC)), locked, key or secrets.token_hex(8)),
            ).fetchone()
        return _make_person(row)

    def _check_name(self, name: str, *, own_id: int = 0) -> str:
        name = clean_name(name)
        if not 1 <= len(name) <= MOST_PERSON_NAME:
            raise StoreError(f"name: expected 1 to {MOST_PERSON_NAME} characters, got {len(name)}; type a shorter one")
        if self._read("SELECT 1 FROM people WHERE name = ? AND id != ?", name, own_id):
            raise StoreError(f"name: expected a new one, got {name}, which is there already; type another one")
        return name

    def rename_person(self, person: Person, name: str) -> None:
        """Give a person another name.

        Raises
        ------
        StoreError
            The name is empty, too long, or taken.
        """
        name = self._check_name(name, own_id=person.id)
        with self._change() as database:
            database.execute("UPDATE people SET name = ? WHERE id = ?", (name, person.id))

    def set_passcode(self, person: Person, passcode: str) -> None:
        """Give a person a passcode; an empty one takes it away."""
        locked = lock(passcode)
        with self._change() as database:
            database.execute("UPDATE people SET passcode = ? WHERE id = ?", (locked, person.id))

    def find_person(self, key: str) -> Person | None:
        """Return the person of a key; None if there is no such person."""
        rows = self._read("SELECT * FROM people WHERE key = ?", key)
        return _make_person(rows[0]) if rows else None

    def find_first_person(self) -> Person:
        """Return the person who used this computer first; make it if it is not there.

        No person takes the place of a deleted one: the history of another person is not theirs.
        """
        return self.find_person(FIRST) or self.add_person(self._find_free_name(), key=FIRST)

    def find_current_person(self) -> Person | None:
        """Return the person whose request is served.

        None for a guest, and for a person who was deleted.
        """
        key = find_person_key()
        return self.find_first_person() if key == FIRST else self.find_person(key)

    def _find_free_name(self) -> str:
        taken = {one.name for one in self.list_people()}
        return next(name for number in count(1) if (name := ME if number == 1 else f"{ME} {number}") not in taken)

    def accepts_passcode(self, person: Person, passcode: str) -> bool:
        """Return whether a passcode is this person's; without one, every answer is right."""
        [row] = self._read("SELECT passcode FROM people WHERE id = ?", person.id)
        return is_opened_by(passcode, row["passcode"])


def _make_person(row: sqlite3.Row) -> Person:
    return Person(row["id"], row["name"], row["passcode"] is not None, row["key"])


# Names and passcodes --------------------------------------------------------------------------------------------------

_SPOILS_A_LINE = frozenset({"Cc", "Cs", "Co", "Cn", "Zl", "Zp"})
_TURNS_A_LINE = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
"""Marks that would turn the direction of what follows the name."""


def clean_name(name: str) -> str:
    r"""Return a name as it is stored: on one line, without what disturbs other words.

    Joined emoji and every script stay as they are.

    Examples
    --------
    >>> clean_name("  Ana\u202e \n Maria ")
    'Ana Maria'
    """
    kept = (c for c in name if c.isspace() or not (unicodedata.category(c) in _SPOILS_A_LINE or c in _TURNS_A_LINE))
    return unicodedata.normalize("NFC", " ".join("".join(kept).split()))


def lock(passcode: str) -> str | None:
    """Return what is stored of a passcode: salt and hash; None for none.

    scrypt needs 16 MB for each try, so that guessing is slow.
    """
    return _hash_passcode(passcode, secrets.token_bytes(16)) if passcode else None


def is_opened_by(passcode: str, stored: str | None) -> bool:
    """Return whether a passcode fits what is stored; without a passcode, every answer is right."""
    if stored is None:
        return True
    return hmac.compare_digest(_hash_passcode(passcode, bytes.fromhex(stored.partition(":")[0])), stored)


def _hash_passcode(passcode: str, salt: bytes) -> str:
    made = hashlib.scrypt(passcode.encode(), salt=salt, n=1 << 14, r=8, p=1)
    return f"{salt.hex()}:{made.hex()}"

"""Find the folders of stored data, and store the calibration of the person who practises.

Several people may use one computer. The first one's files lie in the data folder itself, as they did when there was one
person only; those of each other person lie in a folder of their own below it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from contextlib import suppress
from contextvars import ContextVar, copy_context
from datetime import UTC, datetime
from pathlib import Path
from typing import ParamSpec, TypeVar

import platformdirs

from formcheck.core.calibration import Calibration, load_calibration
from formcheck.core.errors import SourceError

from .atomic_files import explain_write_errors, write_one_file

P = ParamSpec("P")
T = TypeVar("T")


def find_data_dir() -> Path:
    """Return the folder of stored data: FORMCHECK_DATA, else in the user's data.

    It need not exist yet.
    """
    own = os.environ.get("FORMCHECK_DATA")
    return Path(own) if own else platformdirs.user_data_path("formcheck", appauthor=False)


# Who practises --------------------------------------------------------------------------------------------------------

FIRST = "me"
"""The key of the person who used this computer first."""
GUEST = "guest"
"""The key of a person who has not said who they are: nothing of theirs is stored."""
PEOPLE = "people"
_PERSON_KEY = re.compile(r"[0-9a-f]{16}")
_person: ContextVar[str] = ContextVar("person", default=FIRST)
"""Whose request is served. It follows a request into its threads; what runs later takes it along (`run_as`)."""


def find_person_key() -> str:
    """Return the key of the person whose request is served."""
    return _person.get()


def use_person(key: str) -> None:
    """Serve the rest of this request for a person."""
    _person.set(key if key in {FIRST, GUEST} or _PERSON_KEY.fullmatch(key) else GUEST)


def run_as(key: str, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Do some work for a person, no matter whose request is served now."""

    def run() -> T:
        use_person(key)
        return work(*args, **kwargs)

    return copy_context().run(run)


def find_own_dir(key: str | None = None) -> Path:
    """Return the folder of a person's files; by default of the person who is served."""
    key = find_person_key() if key is None else key
    return find_data_dir() if key == FIRST else find_data_dir() / PEOPLE / key


def find_practice_path() -> Path:
    """Return the file that names the patient's folder for recorded sets."""
    return find_own_dir() / "practice_folder.json"


# Calibration ----------------------------------------------------------------------------------------------------------


def calibration_path() -> Path:
    """Return the path of the calibration file of the person who practises."""
    return find_own_dir() / "calibration.json"


def load_kept_calibration() -> Calibration | None:
    """Return the stored calibration, None if none can be read."""
    try:
        return load_calibration(calibration_path())
    except SourceError:
        return None


def keep_calibration(new: Calibration) -> Calibration:
    """Store a calibration with those of other postures; return all of it.

    The file is readable for this user only.
    """
    before, now = load_kept_calibration(), datetime.now(UTC).isoformat(timespec="seconds")
    new = new.model_copy(update={"created_utc": now})
    whole = new.merge(before) if before is not None else new
    if find_person_key() == GUEST:
        return whole
    write_private_file(calibration_path(), whole.model_dump_json(indent=1) + "\n")
    return whole


# Rights ---------------------------------------------------------------------------------------------------------------


def write_private_file(path: Path, text: str) -> None:
    """Write a file, in a private folder, that only this user can read.

    Raises
    ------
    StoreError
        It cannot be written.
    """
    with explain_write_errors(path):
        if path.parent.parent.name == PEOPLE:
            for above in (path.parent.parent.parent, path.parent.parent):
                make_private_folder(above)
        make_private_folder(path.parent)
    with write_one_file(path) as part:
        part.touch(mode=0o600)
        part.write_text(text, "utf-8")


def make_private_folder(folder: Path) -> None:
    """Make a folder that only this user can open.

    Wider rights are taken from one that exists.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)
    _narrow(folder, 0o700)


def protect_user_data() -> None:
    """Take wider rights from the data folder and its files.

    An older version, or a copy, may have left them.
    """
    folder = find_data_dir()
    if folder.is_dir():
        _narrow(folder, 0o700)
        for path in (*folder.glob("*.json"), *folder.glob(f"{PEOPLE}/*/*.json")):
            _narrow(path, 0o600)


def _narrow(path: Path, mode: int) -> None:
    """Remove the rights of others.

    A link is left alone.
    """
    with suppress(OSError):
        if os.name == "posix" and not path.is_symlink() and path.stat().st_mode & 0o777 & ~mode:
            path.chmod(mode)

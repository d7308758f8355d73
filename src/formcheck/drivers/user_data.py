"""Store the calibration of the person at this computer, in the user's data folder."""

from __future__ import annotations

import os
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import platformdirs

from formcheck.core.calibration import Calibration, load_calibration
from formcheck.core.errors import SourceError

from .atomic_files import explain_write_errors, write_one_file


def find_data_dir() -> Path:
    """Return the folder of stored data: FORMCHECK_DATA, else in the user's data.

    It need not exist yet.
    """
    own = os.environ.get("FORMCHECK_DATA")
    return Path(own) if own else platformdirs.user_data_path("formcheck", appauthor=False)


def calibration_path() -> Path:
    """Return the path of the calibration file."""
    return find_data_dir() / "calibration.json"


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
        for path in folder.glob("*.json"):
            _narrow(path, 0o600)


def _narrow(path: Path, mode: int) -> None:
    """Remove the rights of others.

    A link is left alone.
    """
    with suppress(OSError):
        if os.name == "posix" and not path.is_symlink() and path.stat().st_mode & 0o777 & ~mode:
            path.chmod(mode)

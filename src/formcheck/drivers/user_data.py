"""Store the calibration of the person at this computer, in the user's data folder."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import platformdirs

from formcheck.core.calibration import Calibration, load_calibration
from formcheck.core.errors import SourceError

from .atomic_files import write_one_file


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
    path = calibration_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    with write_one_file(path) as part:
        part.touch(mode=0o600)
        part.write_text(whole.model_dump_json(indent=1) + "\n", "utf-8")
    return whole

"""Where formcheck keeps what belongs to the person: answers, calibrations. It stays on this machine."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs


def data_dir() -> Path:
    """Return the folder of what is kept: FORMCHECK_DATA, else in the user's data; it need not exist yet."""
    own = os.environ.get("FORMCHECK_DATA")
    return Path(own) if own else platformdirs.user_data_path("formcheck", appauthor=False)

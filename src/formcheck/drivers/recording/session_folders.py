"""The folders that hold the parts of a session, beside the result of its longest part."""

from __future__ import annotations

import json
import re
from pathlib import Path

_NAME = re.compile(r"\d{2}_[a-z][a-z0-9_]*")


def session_folder(number: int, movement: str) -> str:
    """Return the name of the folder for one part of a session.

    Examples
    --------
    >>> session_folder(2, "plank")
    '02_plank'
    """
    return f"{number:02d}_{movement}"


def of_earlier_run(out: Path | None) -> list[str]:
    """Return the folders that the summary in a folder of results lists; nothing else in it is formcheck's to remove."""
    if out is None:
        return []
    try:
        spans = json.loads((out / "summary.json").read_text("utf-8"))["recognised"]["spans"]
        names = [str(span["folder"]) for span in spans]
    except (OSError, ValueError, TypeError, KeyError):
        return []
    return [name for name in names if _NAME.fullmatch(name)]

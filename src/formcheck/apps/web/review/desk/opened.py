"""Find the result that a request of the desk is about."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from formcheck.apps.web.review.result_routes import DESK_PATH
from formcheck.core.errors import StoreError
from formcheck.drivers.atomic_files import require_no_link
from formcheck.drivers.patients.unlocked import OPEN_PATIENTS
from formcheck.drivers.recording.check import ANNOTATED, FILM
from formcheck.drivers.results_store import StoredResult, find_result
from formcheck.drivers.user_data import find_person_key

if TYPE_CHECKING:
    from starlette.requests import Request

_PART_FOLDER = re.compile(r"[0-9]{2}_[a-z0-9_]{1,60}")


@dataclass(frozen=True, slots=True)
class OpenedResult:
    """A result that is open on the desk.

    Parameters
    ----------
    stored : the result of the whole recording.
    part : folder of one part of a session; empty for the whole.
    """

    stored: StoredResult
    part: str = ""

    @property
    def key(self) -> str:
        """Return the name of the result."""
        return self.stored.key

    @property
    def recording(self) -> str:
        """Return the file name as the person gave it."""
        return self.stored.recording

    @property
    def folder(self) -> Path:
        """Return the folder that holds this result, and takes what is made of it."""
        return self.stored.folder / self.part if self.part else self.stored.folder

    @property
    def stem(self) -> str:
        """Return the beginning of the names of downloads."""
        plain = "".join(c if c.isalnum() or c in "-_" else "_" for c in self.recording.rsplit(".", 1)[0])[:60]
        return f"{plain}-{self.part}" if self.part else plain

    def find_film(self) -> Path | None:
        """Return the recording to show, without the drawing if possible; None without one."""
        for name in (FILM, ANNOTATED):
            for folder in (self.folder, self.stored.folder):
                path = folder / name
                if path.is_file() and not path.is_symlink():
                    return path
        return None

    def describe_film(self) -> dict[str, Any] | None:
        """Return address and kind of the recording for the page."""
        film = self.find_film()
        if film is None:
            return None
        query = urlencode({"result": self.key, "part": self.part})
        return {"url": f"{DESK_PATH}/film?{query}", "drawn": film.name == ANNOTATED}


def find_opened(request: Request) -> OpenedResult | None:
    """Return the result that the address names.

    None if it is not there, or is another person's.
    """
    stored = find_result(request.query_params.get("result", ""))
    if stored is None or stored.person != find_person_key():
        return None
    OPEN_PATIENTS.note_use(stored)
    part = request.query_params.get("part", "")
    if not part:
        return OpenedResult(stored)
    try:
        found = stored.summary().recognised
    except StoreError:
        return None
    is_known = _PART_FOLDER.fullmatch(part) and found is not None and any(span.folder == part for span in found.spans)
    if not is_known or not (stored.folder / part).is_dir():
        return None
    require_no_link(stored.folder, stored.folder / part)
    return OpenedResult(stored, part)

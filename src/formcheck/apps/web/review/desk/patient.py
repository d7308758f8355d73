"""Check a recording again, following the person whom someone pointed at."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from formcheck.apps.web.review.checks import CheckRequest, start_check
from formcheck.apps.web.review.uploads import clean_file_name
from formcheck.core.errors import StoreError
from formcheck.core.movement.load import load_movement, load_unrecognised
from formcheck.drivers.patients.unlocked import OPEN_PATIENTS
from formcheck.drivers.recording.check import FILM
from formcheck.drivers.recording.patient import PatientPoint
from formcheck.drivers.results_store import make_unfinished_folder
from formcheck.languages.phrase import Phrase
from formcheck.sources.owned_files import remove_owned

from .opened import OpenedResult

_RECORDING_GONE = Phrase(
    "The recording is no longer here, so the patient cannot be chosen. Please check the recording again."
)
_MOVEMENT = "movement.toml"


def follow_patient(found: OpenedResult, body: Mapping[str, Any]) -> dict[str, Any]:
    """Begin a check that follows the person at a point.

    The name of its result is returned, or the problem if the recording is gone. The result that is open stays as it is.
    """
    try:
        point = PatientPoint(x=body["x"], y=body["y"], at_s=body["at_s"])
    except ValidationError:
        raise ValueError("point") from None
    whole = found.stored
    film = whole.folder / FILM
    if not film.is_file() or film.is_symlink():
        return {"problem": _RECORDING_GONE}
    summary = whole.summary()
    # A copy: the result may be deleted while the check runs.
    folder = make_unfinished_folder()
    try:
        path = folder / f"{Path(clean_file_name(whole.recording)).stem}.mp4"
        _link_or_copy(film, path)
        movement, movement_file = load_unrecognised(), None
        if summary.recognised is None:
            movement_file = folder / _MOVEMENT
            _link_or_copy(whole.folder / _MOVEMENT, movement_file)
            movement = load_movement(movement_file)
        wanted = CheckRequest(
            whole.recording,
            path,
            movement,
            recorded=whole.recorded,
            movement_file=movement_file,
            patient=point,
        )
        key = start_check(wanted, summary.source.sha256, after=lambda: remove_owned(folder))
        OPEN_PATIENTS.expect(key, whole)
        return {"result": key}
    except BaseException:
        remove_owned(folder)
        raise


def _link_or_copy(source: Path, target: Path) -> None:
    """Give a file a second name, or copy it where that is not possible."""
    try:
        os.link(source, target)
    except OSError:
        try:
            shutil.copyfile(source, target)
        except OSError as error:
            came = f"expected room for a copy of the recording, got: {error.strerror}"
            raise StoreError(f"{came}; free some space, then try again") from None

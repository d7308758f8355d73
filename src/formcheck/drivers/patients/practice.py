"""Keep what a person practises in a patient's folder.

Each recorded set goes in by itself, also while the folder is locked; the diary goes in when it is asked for. The person
keeps their own; the folder gets a copy.
"""

from __future__ import annotations

import logging
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from formcheck.core.errors import FormCheckError, StoreError
from formcheck.drivers.history.history import History
from formcheck.drivers.my_data import export_csv
from formcheck.drivers.results_store import find_result
from formcheck.drivers.user_data import (
    GUEST,
    find_person_key,
    find_practice_path,
    run_as,
    write_private_file,
)
from formcheck.sources.owned_files import name_temp_folder

from .folders import FOLDERS_LOCK, PatientFolder, find_patient, keep_without_passphrase
from .records import KeptResult

log = logging.getLogger(__name__)
PRACTISED = "practised "
"""Begins the name of a kept set, so that the copy in the folder is another one than the person's own."""
_DIARY = "diary of "
_MOST_CHOICE_BYTES = 10_000


class _PracticeChoice(BaseModel):
    """The folder that gets a copy of the sets that a person records."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    patient: Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]


def choose_practice_folder(path: Path | None) -> None:
    """Let the recorded sets of the person go to a folder, or to none.

    Raises
    ------
    StoreError
        It cannot be written, or the person is a guest, of whom nothing is stored.
    """
    if find_person_key() == GUEST:
        raise StoreError("expected a person, got a guest, of whom nothing is stored; say on Today who you are")
    if path is None:
        with suppress(OSError):
            find_practice_path().unlink(missing_ok=True)
    else:
        write_private_file(find_practice_path(), _PracticeChoice(patient=path.name).model_dump_json() + "\n")


def find_practice_folder() -> Path | None:
    """Return the folder that gets the recorded sets of the person.

    None without one.
    """
    try:
        with find_practice_path().open("rb") as file:
            found = _PracticeChoice.model_validate_json(file.read(_MOST_CHOICE_BYTES))
    except (OSError, ValidationError):
        return None
    return find_patient(found.patient)


def keep_practised_set(key: str) -> None:
    """Keep a copy of a recorded set for the patient, if its person said so.

    What goes wrong is written to the log: the set itself is there.
    """
    found = find_result(key)
    path = None if found is None else run_as(found.person, find_practice_folder)
    if found is None or path is None:
        return
    try:
        keep_without_passphrase(path, found, name=f"{PRACTISED}{key}")
    except (FormCheckError, OSError) as error:
        log.warning("a practised set was not kept for the patient: %s", error)


def keep_diary(folder: PatientFolder) -> KeptResult:
    """Keep the diary of the person who is served as tables.

    They are sessions, sets, doses, and what the person said of pain.

    One that was kept before is replaced.

    Raises
    ------
    StoreError
        Nothing was practised yet, or it cannot be read or kept.
    """
    with History() as history, tempfile.TemporaryDirectory(prefix=name_temp_folder()) as made:
        person, tables = history.find_current_person(), Path(made) / "diary"
        if person is None or not history.list_sessions(person) or not export_csv(history, person, tables):
            raise StoreError("expected a person who has practised, got nobody who has; practise once, then come back")
        with FOLDERS_LOCK:
            return folder.keep_files(tables, name=f"{_DIARY}{person.key}", label=person.name)

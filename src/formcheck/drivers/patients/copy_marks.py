"""Mark the working copies of patients' results.

So no copy stays readable when nobody works on it.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from formcheck.drivers.atomic_files import write_one_file
from formcheck.drivers.results_store import StoredResult, find_results_dir, list_all_results
from formcheck.sources.owned_files import UNFINISHED_PREFIX, has_dead_owner, has_ended, mark_owner, remove_owned

from .guard import GUARD
from .records import MOST_PATIENT_NAME

COPY_MARK = "working_copy.json"
_MOST_MARK_BYTES = 10_000


class CopyMark(BaseModel):
    """Whose working copy a result is.

    Parameters
    ----------
    patient : name of the patient's folder.
    name : of the kept result.
    owner : the process that works on it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    patient: Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
    name: Annotated[str, Field(min_length=1, max_length=MOST_PATIENT_NAME)]
    owner: str

    @property
    def is_left(self) -> bool:
        """Return whether the process that worked on it has ended."""
        return has_ended(self.owner)


def mark_copy(result: Path, *, patient: str, name: str) -> None:
    """Mark a result as a working copy, on which this process works.

    Should it be killed, another process puts the copy back.
    """
    GUARD.start()
    mark = CopyMark(patient=patient, name=name, owner=mark_owner())
    with write_one_file(result / COPY_MARK) as part:
        part.write_text(mark.model_dump_json() + "\n", "utf-8")


def remove_half_made() -> None:
    """Remove the copies that a killed process was still making.

    The folder of the patient has all of them.
    """
    for folder in find_results_dir().glob(f"{UNFINISHED_PREFIX}*"):
        if has_dead_owner(folder.name) and (folder / COPY_MARK).is_file():
            remove_owned(folder)


def read_mark(result: Path) -> CopyMark | None:
    """Return the mark of a working copy; None for any other result."""
    with suppress(OSError, ValidationError), (result / COPY_MARK).open("rb") as file:
        return CopyMark.model_validate_json(file.read(_MOST_MARK_BYTES))
    return None


def list_working_copies(patient: str) -> list[tuple[StoredResult, CopyMark]]:
    """Return the working copies of one patient, those of every person on this computer."""
    return [(one, mark) for one, mark in list_marked() if mark.patient == patient]


def list_marked() -> list[tuple[StoredResult, CopyMark]]:
    """Return every working copy on this computer."""
    return [(one, mark) for one in list_all_results() if (mark := read_mark(one.folder)) is not None]

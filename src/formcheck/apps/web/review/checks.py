"""Begin checks of recordings, for every page that asks for one."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from formcheck.apps.web.jobs import BOOK
from formcheck.core.errors import BackendError, FormCheckError, SourceError, StoreError
from formcheck.core.movement.load import AUTO, catalogue, load_movement, load_unrecognised
from formcheck.core.movement.schema import Movement
from formcheck.drivers.own_movements import load_own_movements
from formcheck.drivers.recording.judge import Progress
from formcheck.drivers.recording.patient import PatientPoint
from formcheck.drivers.recording.process_engine import APP_ENGINE
from formcheck.drivers.results_store import RecordingDate, find_result, make_result_key, open_new_result
from formcheck.languages.phrase import Phrase

from .uploads import Upload

log = logging.getLogger(__name__)

_EARLIEST_S, _AHEAD_S = 631_152_000.0, 86_400.0
"""1990, and a day: a date outside comes from a wrong clock."""
_DOCTOR = Phrase("Run “formcheck doctor” in a terminal: it shows what is missing and the command that installs it.")
_DISK = Phrase("Make some room on the disk, then try again.")
_OTHER_FILE = Phrase("Try another file, or save this one as MP4 with your phone or video program.")
_OURS = Phrase("Something went wrong on our side.")
_ONCE_MORE = Phrase("Please try once more. If it happens again, please report what the terminal shows.")


@dataclass(frozen=True, slots=True)
class CheckRequest:
    """What is to be checked, and how.

    Parameters
    ----------
    name : of the recording, as the person knows it.
    path : where it is.
    movement : the movement, or that of `load_unrecognised` to find it out.
    side : working side: left, right or auto.
    recorded : when it was made, if that is known.
    movement_file : the file of the movement; None = that of the catalogue.
    patient : where someone pointed at the person to follow; None = formcheck chooses.
    """

    name: str
    path: Path
    movement: Movement
    side: str = "auto"
    recorded: RecordingDate | None = None
    movement_file: Path | None = None
    patient: PatientPoint | None = None


def load_all_movements() -> dict[str, Movement]:
    """Return id -> movement for the whole catalogue and own files, sorted by name.

    A broken file costs only its own movement.
    """
    found = list(load_own_movements().movements.values())
    for movement_id in catalogue():
        try:
            found.append(load_movement(movement_id))
        except FormCheckError as error:
            log.warning("left out of the choice: %s", error)
    return {movement.id: movement for movement in sorted(found, key=lambda movement: movement.name)}


def date_upload(upload: Upload, file_date_s: float | None) -> RecordingDate | None:
    """Return when an uploaded recording was made; else the date of its file.

    Parameters
    ----------
    file_date_s : when the file was last changed, as the browser says; seconds since 1970.
    """
    if upload.recorded_at is not None:
        return RecordingDate(upload.recorded_at.timestamp(), "recording")
    if file_date_s is None or not _EARLIEST_S <= file_date_s <= time.time() + _AHEAD_S:
        return None
    return RecordingDate(file_date_s, "file")


def start_check(wanted: CheckRequest, recording_sha256: str, *, after: Callable[[], None] | None = None) -> str:
    """Begin a check, unless its result exists already; return the name of the result.

    Parameters
    ----------
    after : called when the recording is no longer needed.
    """
    patient = "" if wanted.patient is None else f" {wanted.patient.model_dump_json()}"
    key = make_result_key(
        recording_sha256=f"{recording_sha256}{patient}",
        movement_sha256=wanted.movement.sha256,
        model=APP_ENGINE.identity,
        side=wanted.side,
    )
    BOOK.start(key, wanted.name, check_work(key, wanted), after=after)
    return key


def check_work(key: str, wanted: CheckRequest) -> Callable[[Progress], None]:
    """Return the work of one check, which stores a result."""

    def work(progress: Progress) -> None:
        from formcheck.drivers.recording.check import check_recording

        if find_result(key) is not None:
            return
        is_found = wanted.movement.id == load_unrecognised().id
        stored_name = "found from the recording" if is_found else wanted.movement.name
        warnings: list[str] = []
        with open_new_result(
            key, recording=wanted.name, movement=stored_name, recorded=wanted.recorded, warnings=warnings
        ) as folder:
            try:
                check_recording(
                    wanted.path,
                    movement=AUTO if is_found else wanted.movement_file or wanted.movement.id,
                    side=wanted.side,
                    engine=APP_ENGINE,
                    out=folder,
                    annotate=True,
                    keep_film=True,
                    progress=progress,
                    patient=wanted.patient,
                    tell=lambda text: warnings.append(text.removeprefix(f"{wanted.path.name}: ")),
                )
            except SourceError as error:
                raise error.rename(wanted.name) from error  # the person does not know the name of our copy

    return work


def explain_failure(error: Exception | None) -> tuple[str, str]:
    """Return what happened and what to do."""
    if isinstance(error, BackendError):
        return str(error), _DOCTOR
    if isinstance(error, StoreError):
        return str(error), _DISK
    if isinstance(error, FormCheckError):
        return str(error), _OTHER_FILE
    return _OURS, _ONCE_MORE

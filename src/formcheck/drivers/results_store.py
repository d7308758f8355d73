"""Store the results on this machine: one folder each, found by its inputs.

A result is named by recording, movement, model, side and version together. So the same question is never computed
twice, and a changed movement never shows an old answer. Only finished results have a name; unfinished work lies in a
hidden folder and is deleted later.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date, datetime
from importlib import metadata
from pathlib import Path
from typing import Annotated, Literal

import platformdirs
from pydantic import BaseModel, Field

from formcheck.core.errors import StoreError
from formcheck.core.summary.schema import RunSummary
from formcheck.sources.owned_files import (
    UNFINISHED_PREFIX,
    has_dead_owner,
    mark_owner,
    sweep_folder,
)

from .user_data import FIRST, find_person_key, make_private_folder

KEY = re.compile(r"[0-9a-f]{32}")
FILES = ("summary.json", "frames.parquet", "annotated.mp4")
"""The files that a person may download."""
_CARD = "card.json"


MOST_RESULT_NAME = 1000
_MOST_WARNINGS, _MOST_WARNING = 20, 500
_MOST_CARD_BYTES, _MOST_SUMMARY_BYTES = 100_000, 20_000_000


@dataclass(frozen=True, slots=True)
class RecordingDate:
    """When a recording was made.

    Parameters
    ----------
    at_s : seconds since 1970.
    source : recording = the recording itself says so; file = the date of the file, which a copy may have changed.
    """

    at_s: float
    source: Literal["recording", "file"]


class _Card(BaseModel):
    """The contents of a result's card: recording, date, movement, and the person's key."""

    recording: Annotated[str, Field(max_length=MOST_RESULT_NAME)]
    movement: Annotated[str, Field(max_length=MOST_RESULT_NAME)]
    person: Annotated[str, Field(max_length=40)] = FIRST
    recorded_s: Annotated[float, Field(allow_inf_nan=False)] | None = None
    recorded_source: Literal["recording", "file"] = "file"
    warnings: Annotated[list[Annotated[str, Field(max_length=_MOST_WARNING)]], Field(max_length=_MOST_WARNINGS)] = []


@dataclass(frozen=True, slots=True)
class StoredResult:
    """A finished result.

    Parameters
    ----------
    key : 32 hex digits, see `make_result_key`.
    folder : where its files are.
    recording : file name as the person gave it.
    movement : name of the movement.
    created_s : when it was finished, seconds since 1970.
    person : key of the person whose it is.
    recorded : when the recording was made; None if that is not known.
    warnings : what of the recording could not be read, such as a missing end.
    """

    key: str
    folder: Path
    recording: str
    movement: str
    created_s: float
    person: str = FIRST
    recorded: RecordingDate | None = None
    warnings: tuple[str, ...] = ()

    @property
    def dated_s(self) -> float:
        """Return when it was recorded, or finished if that is not known; seconds since 1970."""
        return self.created_s if self.recorded is None else self.recorded.at_s

    def summary(self) -> RunSummary:
        """Return what `summary.json` holds.

        Raises
        ------
        StoreError
            If it is damaged.
        """
        try:
            with (self.folder / "summary.json").open("rb") as file:
                return RunSummary.model_validate_json(file.read(_MOST_SUMMARY_BYTES))
        except (OSError, ValueError):
            message = "expected the summary of a result, got a damaged file; check the recording again"
            raise StoreError(f"{self.recording}: {message}") from None


def find_results_dir() -> Path:
    """Return the folder of all results: FORMCHECK_RESULTS, else in the user's cache."""
    own = os.environ.get("FORMCHECK_RESULTS")
    return Path(own) if own else platformdirs.user_cache_path("formcheck", appauthor=False) / "results"


def make_result_key(*, recording_sha256: str, movement_sha256: str, model: str, side: str) -> str:
    """Return the name of the result for these inputs.

    The same recording of two people has two results.
    """
    person = find_person_key()
    parts = (
        recording_sha256,
        movement_sha256,
        model,
        side,
        _get_installed_version(),
        *((person,) if person != FIRST else ()),
    )
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]


def find_result(key: str) -> StoredResult | None:
    """Return the finished result of that name; None if missing or not a name."""
    if not KEY.fullmatch(key):
        return None
    folder = find_results_dir() / key
    if folder.is_symlink():
        return None
    try:
        with (folder / _CARD).open("rb") as file:
            card = _Card.model_validate_json(file.read(_MOST_CARD_BYTES))
        made_s = (folder / _CARD).stat().st_mtime
        recorded = None if card.recorded_s is None else RecordingDate(card.recorded_s, card.recorded_source)
        return StoredResult(
            key, folder, card.recording, card.movement, made_s, card.person, recorded, tuple(card.warnings)
        )
    except (OSError, ValueError):
        return None


def read_recording_day(result: Path) -> date | None:
    """Return the day on which the recording of a result was made.

    The result may be a part of another one. None if the recording itself does not say so: the date of a file may be
    that of a copy.
    """
    for folder in (result, result.parent):
        with suppress(OSError, ValueError, OverflowError), (folder / _CARD).open("rb") as file:
            card = _Card.model_validate_json(file.read(_MOST_CARD_BYTES))
            if card.recorded_s is None or card.recorded_source != "recording":
                return None
            return datetime.fromtimestamp(card.recorded_s).astimezone().date()
    return None


def list_results() -> list[StoredResult]:
    """Return every finished result of the person whose request is served, the newest first."""
    person = find_person_key()
    return sorted((one for one in list_all_results() if one.person == person), key=lambda result: -result.created_s)


def list_all_results() -> list[StoredResult]:
    """Return every finished result on this computer, of all people."""
    try:
        names = [entry.name for entry in find_results_dir().iterdir()]
    except OSError:
        return []
    return [result for name in names if (result := find_result(name))]


def count_stored_bytes() -> int:
    """Return the total size of the results of the person whose request is served, bytes."""
    total = 0
    for path in (path for result in list_results() for path in result.folder.rglob("*")):
        with suppress(OSError):
            total += path.stat().st_size if path.is_file() else 0
    return total


def delete_results() -> int:
    """Delete every finished result of the person whose request is served; return their number.

    Running work goes on.
    """
    found = list_results()
    for result in found:
        shutil.rmtree(result.folder, ignore_errors=True)
    return len(found)


def make_unfinished_folder() -> Path:
    """Return an empty hidden folder next to the results, readable for this user only.

    The next start of the app removes it if this process is killed.

    Raises
    ------
    StoreError
        The folder of the results cannot be written to.
    """
    try:
        make_private_folder(find_results_dir())
        return Path(tempfile.mkdtemp(prefix=f"{UNFINISHED_PREFIX}{mark_owner()}-", dir=find_results_dir()))
    except OSError as error:
        raise StoreError(
            f"expected to write to {find_results_dir()}, got: {error.strerror}; "
            "set FORMCHECK_RESULTS to a folder you can write to"
        ) from None


@contextmanager
def open_new_result(
    key: str,
    *,
    recording: str,
    movement: str,
    person: str | None = None,
    recorded: RecordingDate | None = None,
    warnings: Sequence[str] = (),
) -> Iterator[Path]:
    """Give an empty folder to fill.

    It becomes the result `key` if the block ends well, and is deleted if not. It belongs to the person whose request is
    served, unless another key is given. `recorded` = when the recording was made, if that is known.
    `warnings` = what of it could not be read; the block may fill it.

    Raises
    ------
    StoreError
        The folder of the results cannot be written to.
    """
    with _publish_as(key) as work:
        yield work
        plain = recording.encode("utf-8", "backslashreplace").decode()  # a file name need not be UTF-8
        owner = find_person_key() if person is None else person
        kept = [one[:_MOST_WARNING] for one in warnings[:_MOST_WARNINGS]]
        card = _Card(recording=plain[:MOST_RESULT_NAME], movement=movement, person=owner, warnings=kept)
        if recorded is not None:
            card = card.model_copy(update={"recorded_s": recorded.at_s, "recorded_source": recorded.source})
        (work / _CARD).write_text(card.model_dump_json(), encoding="utf-8")


@contextmanager
def adopt_result(key: str) -> Iterator[Path]:
    """Give an empty folder for the files of a result that was kept elsewhere.

    It becomes the result `key` of the person who is served, if the block ends well.

    Raises
    ------
    StoreError
        The folder of the results cannot be written to.
    """
    with _publish_as(key) as work:
        yield work
        card = _Card(recording=key, movement="")
        with suppress(OSError, ValueError), (work / _CARD).open("rb") as file:
            card = _Card.model_validate_json(file.read(_MOST_CARD_BYTES))
        card = card.model_copy(update={"person": find_person_key()})
        (work / _CARD).write_text(card.model_dump_json(), encoding="utf-8")


@contextmanager
def _publish_as(key: str) -> Iterator[Path]:
    """Give an empty folder.

    It becomes a result if the block ends well, and is deleted if not.
    """
    work = make_unfinished_folder()
    try:
        yield work
        # A rename is complete or does nothing, so half a result is never visible; one that is there already stays.
        with suppress(OSError):
            work.rename(find_results_dir() / key)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def claim_left_folders() -> list[Path]:
    """Take over the unfinished work of processes that were killed; return its folders.

    Each folder gets the name of this process, so that no other start of the app takes it too.
    """
    folders = []
    sweep_folder(find_results_dir())
    for folder in find_results_dir().glob(f"{UNFINISHED_PREFIX}*"):
        if has_dead_owner(folder.name) and folder.is_dir() and not folder.is_symlink():
            mine = folder.with_name(f"{UNFINISHED_PREFIX}{mark_owner()}-{secrets.token_hex(4)}")
            with suppress(OSError):  # another start was quicker
                folder.rename(mine)
                folders.append(mine)
    return folders


def _get_installed_version() -> str:
    try:
        return metadata.version("formcheck")
    except metadata.PackageNotFoundError:
        return "checkout"

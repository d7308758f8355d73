"""What a run has to do: which recordings have a row that still stands, and which are to be scored."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

from formcheck.core.errors import FormCheckError, MovementFileError
from formcheck.core.movement import AUTO, catalogue, movement_bytes, parse_movement
from formcheck.sources.places import fingerprint, is_uri
from formcheck.sources.video import sha256_of

from .files import file_names, is_there
from .inputs import Entry
from .job import Job, Settings

Row = dict[str, Any]
Key = tuple[str, str, str]
_THREADS = 16
"""Asking after a file takes no processor; ten thousand addresses one by one would take a quarter of an hour."""


@dataclass(slots=True)
class Planned:
    """One recording of the plan.

    Parameters
    ----------
    job : what would be done.
    stamp : tells whether the recording changed, without reading it.
    row : the row that stands; None = it is to be scored.
    why : why it is to be scored.
    candidate : a row that stands if the worker finds the recording unchanged.
    """

    entry: Entry
    job: Job
    stamp: str
    row: Row | None = None
    why: str = "new"
    candidate: Row | None = None


@dataclass(slots=True)
class Plan:
    """All recordings of a run, in order, and the rows of before that have no place in it."""

    planned: list[Planned] = field(default_factory=list)
    left_over: list[Row] = field(default_factory=list)
    movements: dict[str, dict[str, Any]] = field(default_factory=dict)
    model_sha256: str = ""

    @property
    def to_do(self) -> list[Planned]:
        """What is to be scored."""
        return [one for one in self.planned if one.row is None]


def plan_run(
    entries: Sequence[Entry], settings: Settings, *, model_sha256: str, before: Mapping[Key, Row], out: str
) -> Plan:
    """Return what is to be done.

    Parameters
    ----------
    before : the rows of earlier runs in this folder.
    out : where the files of results are, besides the table.

    Raises
    ------
    MovementFileError
        With every problem of every movement that is named.
    """
    movements = _read_movements({entry.movement for entry in entries})
    identities = {name: _identity(content, settings, model_sha256) for name, content in movements.items()}
    jobs = [Job(e.place, e.movement, movements[e.movement], e.side, identities[e.movement], settings) for e in entries]
    with ThreadPoolExecutor(_THREADS) as threads:
        stamps = list(threads.map(lambda job: fingerprint(job.place), jobs))
        planned = [Planned(e, job, stamp) for e, job, stamp in zip(entries, jobs, stamps, strict=True)]
        by_content = {(row["input_sha256"], row["identity"], row["side_asked"]): row for row in before.values()}
        list(threads.map(lambda one: _look_up(one, before, by_content, out), planned))
    used = {id(row) for one in planned for row in (one.row, one.candidate) if row is not None}
    asked = {one.job.key for one in planned if one.row is None}
    left_over = [row for key, row in before.items() if id(row) not in used and not (row["error"] and key in asked)]
    named = {name: _about(content, name) for name, content in movements.items()}
    return Plan(planned, left_over, named, model_sha256)


def _look_up(one: Planned, before: Mapping[Key, Row], by_content: Mapping[Key, Row], out: str) -> None:
    """Find the row that stands for a recording; it is read only where nothing else can tell."""
    job, row = one.job, before.get(one.job.key)
    if row is not None and row["identity"] != job.identity:
        one.why = "the movement, the model, the version or the settings changed"
    elif row is not None and row["error_kind"] == "machine":
        one.why = "it failed before"
    elif row is not None and one.stamp and row["input_stamp"] == one.stamp:
        one.row = row
    elif by_content and not is_uri(job.place):
        one.row = by_content.get((_sha256_here(job.place), job.identity, job.side))
        one.why = "the recording changed" if row is not None else "new"
    elif row is not None and row["input_sha256"] and not one.stamp:
        one.candidate = row
        one.job = Job(
            job.place, job.movement, job.toml, job.side, job.identity, job.settings, known_sha256=row["input_sha256"]
        )
        one.why = "whether it changed can only be told by reading it"
    elif row is not None:
        one.why = "the recording changed"
    if one.row is not None and not _files_stand(one, out):
        one.row, one.why = None, "a file of its result is missing"


def _files_stand(one: Planned, out: str) -> bool:
    if one.row is None or one.row["error"]:
        return True
    return all(is_there(one.job.settings.files_to or out, name) for name in file_names(one.job, one.row).values())


def _sha256_here(place: str) -> str:
    path = Path(place)
    try:
        return sha256_of((path,), with_names=False) if path.is_file() else ""
    except FormCheckError:
        return ""


def _read_movements(names: set[str]) -> dict[str, bytes]:
    """The bytes of each movement file, checked; empty for auto."""
    contents: dict[str, bytes] = {}
    problems: list[str] = []
    for name in sorted(names):
        try:
            contents[name] = b"" if name == AUTO else movement_bytes(name)
            if contents[name]:
                parse_movement(contents[name], name)
        except MovementFileError as error:
            problems += [f"{error.where}: {problem}" for problem in error.problems]
    if problems:
        raise MovementFileError("formcheck batch", problems)
    return contents


def _about(toml: bytes, name: str) -> dict[str, Any]:
    """What `run.json` says of a movement."""
    if not toml:
        return {"id": AUTO}
    movement = parse_movement(toml, name)
    return {"id": movement.id, "version": movement.version, "sha256": movement.sha256}


def _identity(toml: bytes, settings: Settings, model_sha256: str) -> str:
    """What stands for all that a result depends on besides the recording."""
    files = [toml] if toml else [movement_bytes(one) for one in catalogue()]
    shas = [parse_movement(content, "movement").sha256 for content in files]
    facts = [version("formcheck"), model_sha256, shas, settings.fps]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:32]

"""Plan a run: which recordings have a valid row, and which to score."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from typing import Any

from formcheck.core.errors import MovementFileError
from formcheck.core.movement.load import AUTO, catalogue, load_movement, parse_movement, read_movement_bytes
from formcheck.drivers.own_movements import locate_movement
from formcheck.sources.external_poses import is_foreign
from formcheck.sources.external_poses.track import find_sidecar_path
from formcheck.sources.files.regular_files import open_bytes
from formcheck.sources.locations import fingerprint
from formcheck.sources.pose.engine import EngineName, choose_engine

from .files import find_local_file, hash_local_file, is_there, name_files, redact_place
from .inputs import Entry
from .job import Job, Settings

ResultRow = dict[str, Any]
Key = tuple[str, str, str]
_THREADS = 16
_MOST_SIDECAR_BYTES = 4_000_000
"""A request about a file needs no processor; ten thousand addresses one by one would take a quarter of an hour."""


@dataclass(slots=True)
class Planned:
    """One recording of the plan.

    Parameters
    ----------
    job : the job, if it has to be scored.
    stamp : shows whether the recording changed, without reading it; of a local file it ends with the size.
    row : the row that is still valid; None = the recording has to be scored.
    why : why it has to be scored.
    candidate : a row that stays valid if the worker finds the recording unchanged.
    """

    entry: Entry
    job: Job
    stamp: str
    row: ResultRow | None = None
    why: str = "new"
    candidate: ResultRow | None = None

    @property
    def size(self) -> str:
        """Return the bytes of a local file, as text.

        Empty for a folder and for other places: their content is known only by reading them.
        """
        return _read_size(self.stamp)

    @property
    def key(self) -> Key:
        """Return the key of its row in the table."""
        return (redact_place(self.job.place), self.job.movement, self.job.side)


def make_key(row: ResultRow) -> Key:
    """Return the key of a row: its recording, movement and side."""
    return (row["input_uri"], row["movement_asked"], row["side_asked"])


@dataclass(slots=True)
class Plan:
    """All recordings of a run, in order, and the earlier rows no longer used."""

    planned: list[Planned] = field(default_factory=list)
    dropped_rows: list[ResultRow] = field(default_factory=list)
    movements: dict[str, dict[str, Any]] = field(default_factory=dict)
    model_sha256: str = ""
    engine: EngineName = "direct"

    @property
    def to_do(self) -> list[Planned]:
        """Return the recordings that have to be scored."""
        return [one for one in self.planned if one.row is None]


def plan_run(
    entries: Sequence[Entry],
    settings: Settings,
    *,
    model_sha256: str,
    before: Sequence[ResultRow],
    out: str,
    older: Sequence[ResultRow] = (),
) -> Plan:
    """Return the plan of a run.

    Parameters
    ----------
    before : the rows of the last run in this folder, and of a run that was killed.
    out : the folder of the result files besides the table.
    older : rows of earlier runs that were put aside; they come back if their recordings are asked for again.

    Raises
    ------
    MovementFileError
        With every problem of every named movement.
    """
    movements = _read_movements({entry.movement for entry in entries})
    identities = {name: _make_identity(asked, settings, model_sha256) for name, asked in movements.items()}
    jobs = [
        Job(e.place, e.movement, movements[e.movement].toml, e.side, identity, settings)
        for e in entries
        for identity in (_add_sidecar(e.place, identities[e.movement]),)
    ]
    known = Known(before, older)
    with ThreadPoolExecutor(_THREADS) as threads:
        stamps = list(threads.map(lambda job: _read_stamp(job.place), jobs))
        planned = [Planned(e, job, stamp) for e, job, stamp in zip(entries, jobs, stamps, strict=True)]
        list(threads.map(lambda one: _look_up(one, known, out), planned))
    used = {id(row) for one in planned for row in (one.row, one.candidate) if row is not None}
    wanted = {one.key for one in planned}
    dropped_rows = [row for row in before if id(row) not in used and not (row["error"] and make_key(row) in wanted)]
    named = {name: asked.about for name, asked in movements.items()}
    return Plan(planned, dropped_rows, named, model_sha256, choose_engine(settings.engine).name)


class Known:
    """The earlier rows, indexed by the keys under which they can be found."""

    def __init__(self, before: Sequence[ResultRow], older: Sequence[ResultRow]) -> None:
        rows = [*older, *before]
        self.named = {make_key(row): row for row in rows}
        self.exact = {(make_key(row), row["identity"]): row for row in rows}
        hashed = [row for row in rows if row["input_sha256"] and row["error_kind"] != "machine"]
        self._content = {(row["input_sha256"], row["identity"], row["side_asked"]): row for row in hashed}
        self._sizes = {_read_size(row["input_stamp"] or "") for row in hashed}

    def same_content(self, one: Planned) -> ResultRow | None:
        """Return the row of a recording with the same bytes.

        The recording is only read if an earlier one has the same size.
        """
        if not one.size or one.size not in self._sizes:
            return None
        return self._content.get((hash_local_file(one.job.place), one.job.identity, one.job.side))


def _look_up(one: Planned, known: Known, out: str) -> None:
    """Find the valid row of a recording.

    The recording is read only where nothing else can show whether it changed.
    """
    row, named = known.exact.get((one.key, one.job.identity)), known.named.get(one.key)
    if named is not None:
        one.why = _explain_change(named, one)
    if row is not None and row["error_kind"] == "machine":
        return
    if row is not None and one.stamp and row["input_stamp"] == one.stamp:
        found: ResultRow | None = row
    else:
        found = known.same_content(one)
    if found is not None:
        one.row = found if _has_files(one, found, out) else None
        one.why = "a file of its result is missing"
    elif row is not None and row["input_sha256"] and not one.size and _has_files(one, row, out):
        one.candidate, one.job = row, replace(one.job, known_sha256=row["input_sha256"])
        one.why = "it must be read to see whether it changed"


def _explain_change(named: ResultRow, one: Planned) -> str:
    if named["identity"] != one.job.identity:
        return "the movement, the model, the version or the settings changed"
    if named["error_kind"] == "machine":
        return "it failed before"
    return "it could not be read before" if named["error"] and not named["input_sha256"] else "the recording changed"


def _has_files(one: Planned, row: ResultRow, out: str) -> bool:
    if row["error"]:
        return True
    names = name_files(one.job, row)
    return all(is_there(one.job.settings.files_to or out, name) for name in names.values())


def _read_stamp(place: str) -> str:
    stamp, path = fingerprint(place), find_local_file(place)
    try:
        return f"{stamp}-{path.stat().st_size}" if stamp and path is not None and path.is_file() else stamp
    except (OSError, ValueError):
        return ""


def _read_size(stamp: str) -> str:
    return stamp.partition("-")[2]


def _add_sidecar(place: str, identity: str) -> str:
    """Return the identity, with the sidecar file of external poses included.

    The sidecar file may hold more about these poses.
    """
    path = find_local_file(place)
    try:
        if path is None or not is_foreign(path):
            return identity
        with open_bytes(find_sidecar_path(path)) as file:
            said = file.read(_MOST_SIDECAR_BYTES)
    except (OSError, ValueError):
        return identity
    return hashlib.sha256(identity.encode() + said).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class _Asked:
    """A requested movement: its file's bytes (none for auto), and its entry in `run.json`."""

    toml: bytes
    about: dict[str, Any]
    sha256s: list[str]


def _read_movements(names: set[str]) -> dict[str, _Asked]:
    """Return the requested movements, checked."""
    asked: dict[str, _Asked] = {}
    problems: list[str] = []
    for name in sorted(names):
        try:
            asked[name] = _read_movement(name)
        except MovementFileError as error:
            problems += [f"{error.where}: {problem}" for problem in error.problems]
    if problems:
        raise MovementFileError("movements", problems)
    return asked


def _read_movement(name: str) -> _Asked:
    if name == AUTO:
        return _Asked(b"", {"id": AUTO}, [load_movement(one).sha256 for one in catalogue()])
    content = read_movement_bytes(locate_movement(name))
    movement = parse_movement(content, name)
    about = {"id": movement.id, "version": movement.version, "sha256": movement.sha256}
    return _Asked(content, about, [movement.sha256])


def _make_identity(asked: _Asked, settings: Settings, model_sha256: str) -> str:
    """Return the hash of all that a result depends on besides the recording."""
    facts = [version("formcheck"), model_sha256, settings.engine, asked.sha256s, settings.fps]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:32]

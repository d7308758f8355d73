"""Read routines: which parts follow each other, why, and how long they take together.

A routine is a TOML file that a therapist can read; adding one needs no Python. All problems of a bad file are reported
at once.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib import resources
from pathlib import Path
from typing import NamedTuple

from formcheck.core.errors import MovementFileError
from formcheck.core.movement.toml_files import MAX_FILE_BYTES, parse_model, read_file_bytes

from .schema import Routine
from .validate import find_routine_problems


def list_routines() -> list[str]:
    """Return the ids of all routines that formcheck includes, sorted.

    Examples
    --------
    >>> "six_stretches" in list_routines()
    True
    """
    folder = resources.files("formcheck.routines")
    return sorted(entry.name[:-5] for entry in folder.iterdir() if entry.name.endswith(".toml"))


@cache
def load_routine(routine_id: str) -> Routine:
    """Return a routine of formcheck by its id.

    Raises
    ------
    MovementFileError
        There is none of this id, or its file cannot be used; with every problem.

    Examples
    --------
    >>> [part.movement for part in load_routine("six_stretches").parts][:2]
    ['warmup_march', 'cat_cow']
    """
    if routine_id not in list_routines():
        raise MovementFileError(routine_id, [f"expected the id of a routine: {', '.join(list_routines())}"])
    name = f"{routine_id}.toml"
    return parse_routine(resources.files("formcheck.routines").joinpath(name).read_bytes(), name)


def read_routine(routine: str | Path) -> Routine:
    """Return a routine by its id, or from a file.

    Raises
    ------
    MovementFileError
        There is no such routine, or its file cannot be used; with every problem.
    """
    if str(routine) in list_routines():
        return load_routine(str(routine))
    path = Path(routine)
    if path.suffix != ".toml":
        return load_routine(str(routine))
    return parse_routine(read_file_bytes(path, MAX_FILE_BYTES), path.name)


def parse_routine(content: bytes, where: str) -> Routine:
    """Return the routine that the bytes of a file describe.

    Raises
    ------
    MovementFileError
        With every problem of the file: key, what was expected, what came.
    """
    return parse_model(Routine, content, where, find_routine_problems)


class CheckedRoutine(NamedTuple):
    """A checked file: its name, its routine, None if it has problems, and the problems."""

    name: str
    routine: Routine | None
    problems: list[str]


def check_routine_files(files: Iterable[str | Path]) -> list[CheckedRoutine]:
    """Return each file with every problem it has, the same id in two files included.

    Parameters
    ----------
    files : paths of routine files, or ids of those of formcheck.
    """
    checked: list[CheckedRoutine] = []
    seen: dict[str, str] = {}
    for file in dict.fromkeys(map(str, files)):
        name = Path(file).name
        try:
            routine = read_routine(file)
        except MovementFileError as error:
            checked.append(CheckedRoutine(name, None, error.problems))
            continue
        problems = _find_double_id(routine, file, seen)
        checked.append(CheckedRoutine(name, None if problems else routine, problems))
        seen.setdefault(routine.id, name)
    return checked


def _find_double_id(routine: Routine, file: str, seen: dict[str, str]) -> list[str]:
    where = seen.get(routine.id)
    is_ours = routine.id in list_routines() and file not in list_routines()
    if where is None and is_ours and routine != load_routine(routine.id):
        where = "a routine of formcheck"
    return [f"id: expected a unique id, got {routine.id!r}, which {where} uses too"] if where else []

"""Read routines: which parts follow each other, why, and how long they take together.

A routine is a TOML file that a therapist can read; adding one needs no Python. All problems of a bad file are reported
at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError

from formcheck.core.errors import MovementFileError
from formcheck.core.movement.toml_files import MAX_FILE_BYTES, parse_model, read_file_bytes
from formcheck.core.movement.wording import find_unnamed_sources

from .fit import is_warmed, plan_routine
from .schema import (
    NO_OWN_MOVEMENTS,
    OwnMovementsById,
    Routine,
    RoutinePart,
    find_dose,
    find_kind_problems,
    find_routine_movement,
)
from .steps import PlannedPart


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
        There is no routine with this id, or its file cannot be used; with every problem.

    Examples
    --------
    >>> [part.movement for part in load_routine("six_stretches").parts][:2]
    ['warmup_march', 'cat_cow']
    """
    if routine_id not in list_routines():
        raise MovementFileError(routine_id, [f"expected the id of a routine: {', '.join(list_routines())}"])
    name = f"{routine_id}.toml"
    return parse_routine(resources.files("formcheck.routines").joinpath(name).read_bytes(), name)


def read_routine(routine: str | Path, own: OwnMovementsById = NO_OWN_MOVEMENTS) -> Routine:
    """Return a routine by its id, or from a file.

    Parameters
    ----------
    own : own movements by id, which the file may name.

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
    return parse_routine(read_file_bytes(path, MAX_FILE_BYTES), path.name, own)


def parse_routine(content: bytes, where: str, own: OwnMovementsById = NO_OWN_MOVEMENTS) -> Routine:
    """Return the routine that the bytes of a file describe.

    Raises
    ------
    MovementFileError
        With every problem of the file: key, what was expected, what came.
    """
    return parse_model(
        Routine,
        content,
        where,
        lambda routine: find_routine_problems(routine, own),
        find_in_tables=lambda document: _find_table_problems(document, own),
    )


class CheckedRoutine(NamedTuple):
    """A checked file: its name, its routine, None if it has problems, and the problems."""

    name: str
    routine: Routine | None
    problems: list[str]


def check_routine_files(files: Iterable[str | Path], own: OwnMovementsById = NO_OWN_MOVEMENTS) -> list[CheckedRoutine]:
    """Return each file with every problem it has, the same id in two files included.

    Parameters
    ----------
    files : paths of routine files, or ids of those of formcheck.
    own : own movements by id, which they may name.
    """
    checked: list[CheckedRoutine] = []
    seen: dict[str, str] = {}
    for file in dict.fromkeys(map(str, files)):
        name = Path(file).name
        try:
            routine = read_routine(file, own)
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


# Problems that no single value shows ----------------------------------------------------------------------------------


TIME_TOLERANCE = 0.10
"""A routine takes the time it says, within this share."""
MARK = "{stretches}"


def find_routine_problems(routine: Routine, own: OwnMovementsById = NO_OWN_MOVEMENTS) -> Iterator[str]:
    """Yield every problem of a routine whose keys and types are right."""
    for number, part in enumerate(routine.parts):
        yield from (f"parts.{number}.{problem}" for problem in _find_part_problems(part, own))
    if all(part.movement is None or find_routine_movement(part.movement, own) for part in routine.parts):
        yield from _find_plan_problems(routine, own)
    yield from _find_text_problems(routine.model_dump())


def _find_table_problems(document: Mapping[str, Any], own: OwnMovementsById) -> Iterator[str]:
    """Yield what can be said of a file in which keys or types are wrong.

    It reads each part as far as it can be read, and the texts.
    """
    parts = document.get("parts")
    for number, table in enumerate(parts if isinstance(parts, list) else []):
        if not isinstance(table, dict):
            continue
        yield from (f"parts.{number}.{problem}" for problem in find_kind_problems(table))
        if (part := _read_movement_part(table)) is None:
            continue
        yield from (f"parts.{number}.{problem}" for problem in _find_part_problems(part, own))
    yield from _find_text_problems(document)


def _find_text_problems(document: Mapping[str, Any]) -> Iterator[str]:
    """Yield brackets that mean nothing, and sources that the file does not name."""
    for key in ("name", "about"):
        if isinstance(text := document.get(key), str):
            yield from _find_bad_marks(key, text)
    sources, parts = document.get("sources"), document.get("parts")
    if not isinstance(sources, Mapping):
        return
    cited = [("source", document.get("source"))]
    for number, part in enumerate(parts if isinstance(parts, list | tuple) else []):
        cited += [(f"parts.{number}.source", part.get("source"))] if isinstance(part, Mapping) else []
    yield from find_unnamed_sources([(where, text) for where, text in cited if isinstance(text, str)], sources)


_OF_ITS_MOVEMENT = ("movement", "first_side", "hold_s", "repetitions", "sets")


def _read_movement_part(table: Mapping[str, Any]) -> RoutinePart | None:
    """Return the movement of a part and its dose, without wrong values.

    None if it names no movement.
    """
    usable: dict[str, Any] = {key: table[key] for key in _OF_ITS_MOVEMENT if key in table} | {"why": "…"}
    for _ in range(2):
        try:
            return RoutinePart.model_validate(usable)
        except ValidationError as error:
            for one in error.errors():
                usable.pop(str(one["loc"][0]) if one["loc"] else "", None)
    return None


def _find_part_problems(part: RoutinePart, own: OwnMovementsById) -> Iterator[str]:
    """Yield what does not fit the movement of a part."""
    if part.movement is None:
        return
    movement = find_routine_movement(part.movement, own)
    if movement is None:
        yield f"movement: expected the id of a movement, got {part.movement!r}; see `formcheck movements list`"
        return
    if movement.advanced:
        yield f"movement: expected a movement that needs no therapist, got {movement.id!r}; leave it out"
    if part.first_side is not None and not movement.two_sided:
        yield f"first_side: expected none, got {part.first_side!r}; {movement.id!r} has no sides"
    if part.hold_s is not None and (movement.dose.hold_s is None or movement.dose.each_s):
        yield f"hold_s: expected none, got {part.hold_s:g}; {movement.id!r} is counted; give repetitions"


def _find_plan_problems(routine: Routine, own: OwnMovementsById) -> Iterator[str]:
    """Yield what is wrong with the order and the time."""
    parts = [PlannedPart(number, part, *_find_with_dose(part, own)) for number, part in enumerate(routine.parts)]
    if all(one.movement is None for one in parts):
        yield "parts: expected at least one movement, got none"
    if not routine.starts_warm and not is_warmed(parts):
        yield (
            "parts: expected movement or a walk before the first long hold, got a hold first; "
            "begin with warmup_march, or set starts_warm = true where the person is warm"
        )
    if routine.parts[-1].kind == "rest":
        yield f"parts.{len(parts) - 1}.kind: expected something after a rest, got the end; leave the rest out"
    time_s = plan_routine(routine.model_copy(update={"starts_warm": True}), own=own).time_s
    if not abs(time_s - routine.time_s) <= TIME_TOLERANCE * time_s:
        yield f"time_s: expected {time_s:.0f} within 10 %, by its own clock, got {routine.time_s:g}"


def _find_with_dose(part: RoutinePart, own: OwnMovementsById) -> tuple[Any, ...]:
    movement = find_routine_movement(part.movement or "", own)
    return () if movement is None else (movement, find_dose(movement, part))


def _find_bad_marks(key: str, text: str) -> Iterator[str]:
    left = text.replace(MARK, "")
    if "{" in left or "}" in left:
        yield f"{key}: expected no brackets but {MARK}, got {text!r}"

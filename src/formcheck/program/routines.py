"""Read routines: which movements follow each other, why, and how long they take together.

A routine is a TOML file that a therapist can read; adding one needs no Python. All problems of a bad file are reported
at once. A part says so far only which movement comes; rests, sets and parts without a movement will be further keys.
"""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from formcheck.core.errors import MovementFileError
from formcheck.core.movement.load import catalogue, parse_toml
from formcheck.core.movement.schema import Identifier, Text
from formcheck.core.movement.wording import find_never_said, find_unnamed_sources


class _RoutineRecord(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class RoutinePart(_RoutineRecord):
    """One part of a routine: a set of one movement.

    Parameters
    ----------
    movement : its id; sides, holds and repetitions are those of its file.
    why : why it comes now, one short sentence to the person.
    """

    movement: Identifier
    why: Text


class Routine(_RoutineRecord):
    """One routine file.

    Parameters
    ----------
    time_s : what the page says it takes, set-up and changes included.
    source : where content, order and time come from.
    """

    schema_version: Literal[1]
    id: Identifier
    name: Text
    about: Text
    time_s: Annotated[float, Field(gt=0, le=7200)]
    source: Text
    sources: dict[str, Text]
    parts: Annotated[list[RoutinePart], Field(min_length=1, max_length=40)]


def list_routines() -> list[str]:
    """Return the ids of all routines that formcheck includes, sorted.

    Examples
    --------
    >>> list_routines()
    ['six_stretches']
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


def parse_routine(content: bytes, where: str) -> Routine:
    """Return the routine that the bytes of a file describe.

    Raises
    ------
    MovementFileError
        With every problem of the file: key, what was expected, what came.
    """
    document = parse_toml(content, where)
    try:
        routine = Routine.model_validate(document)
    except ValidationError as error:
        problems = [f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()]
        raise MovementFileError(where, [*problems, *find_never_said(document)]) from None
    problems = [
        f"parts.{number}.movement: expected the id of a movement, got {part.movement!r}; see `formcheck movements list`"
        for number, part in enumerate(routine.parts)
        if part.movement not in catalogue()
    ]
    problems += [*find_unnamed_sources([("source", routine.source)], routine.sources), *find_never_said(document)]
    if problems:
        raise MovementFileError(where, problems)
    return routine

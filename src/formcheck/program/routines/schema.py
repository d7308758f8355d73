"""The contents of a routine file: its keys and value types.

`validate` checks what no single value shows: a hold before anything has moved, a time that the clock does not confirm.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, model_validator

from formcheck.core.movement.load import catalogue, load_movement
from formcheck.core.movement.schema import Dose, Identifier, Movement, Text
from formcheck.core.skeleton import Side

PartKind = Literal["movement", "breath", "rest", "walk", "information"]
MOST_PARTS = 40
MOST_PART_REPETITIONS = 100
"""As many as a prescription may ask for."""


class _RoutineRecord(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class RoutinePart(_RoutineRecord):
    """One part of a routine.

    Parameters
    ----------
    kind : a movement in front of the camera; or, without one, breath, rest, walk or information.
    movement : its id; only a part of the kind movement has one.
    why : why it comes now, one short sentence to the person.
    say : how to get there, or what to do; without it, the movement's own first step.
    duration_s : how long a part without a movement takes.
    sets, repetitions, hold_s : the dose where it differs from the movement's own.
    first_side : the side that begins; None = the one next to the camera.
    way : as usual, or the easier way of the movement file.
    rest_s : the rest after each set; None = a short one.
    priority : the higher, the sooner the part is left out when time is short; 1 always stays.
    warm_up : it warms up, and is not counted among the stretches.
    source : where this part's dose comes from.
    """

    kind: PartKind = "movement"
    movement: Identifier | None = None
    why: Text
    say: Text | None = None
    duration_s: Annotated[float, Field(ge=5, le=900)] | None = None
    sets: Annotated[int, Field(ge=1, le=5)] = 1
    repetitions: Annotated[int, Field(ge=1, le=MOST_PART_REPETITIONS)] | None = None
    hold_s: Annotated[float, Field(ge=3, le=600)] | None = None
    first_side: Side | None = None
    way: Literal["usual", "easier"] = "usual"
    rest_s: Annotated[float, Field(ge=0, le=180)] | None = None
    priority: Annotated[int, Field(ge=1, le=9)] = 1
    warm_up: bool = False
    source: Text | None = None

    @model_validator(mode="after")
    def _check_kind(self) -> Self:
        if problems := list(find_kind_problems(self.model_dump(include=self.model_fields_set))):
            raise ValueError("\n".join(problems))
        return self


_ONLY_OF_MOVEMENTS = ("first_side", "hold_s", "movement", "repetitions", "sets")


def find_kind_problems(part: Mapping[str, Any]) -> Iterator[str]:
    """Yield each key of a part that its kind forbids or needs."""
    kind = part.get("kind", "movement")
    if kind == "movement":
        if part.get("movement") is None:
            yield "movement: expected the id of a movement, got none; or give another kind"
        if part.get("duration_s") is not None:
            yield "duration_s: expected none for a movement, whose dose says how long it takes"
        return
    if kind not in get_args(PartKind):
        return  # said with the types
    given = [key for key in _ONLY_OF_MOVEMENTS if key in part]
    if given:
        yield f"{', '.join(given)}: expected none in a part of the kind {kind}"
    if part.get("duration_s") is None:
        yield f"duration_s: expected the seconds of a part of the kind {kind}, got none"
    if kind in {"walk", "information"} and part.get("say") is None:
        yield f"say: expected what to do in a part of the kind {kind}, got nothing"


class Routine(_RoutineRecord):
    """One routine file.

    Parameters
    ----------
    name, about : to the person; `{stretches}` stands for the number of stretches that are left today.
    time_s : what the page says it takes, with changes of place and rests.
    rounds : how often all of it may be done in one session; the warm-up is not repeated.
    calm : it begins in the calm way.
    starts_warm : the person is warm already, as after sport.
    source : where content, order and time come from.
    """

    schema_version: Literal[1]
    id: Identifier
    name: Text
    about: Text
    time_s: Annotated[float, Field(gt=0, le=7200)]
    rounds: Annotated[int, Field(ge=1, le=3)] = 1
    calm: bool = False
    starts_warm: bool = False
    source: Text
    sources: dict[str, Text]
    parts: Annotated[list[RoutinePart], Field(min_length=1, max_length=MOST_PARTS)]


@cache
def list_known_movements() -> frozenset[str]:
    """Return the ids of the catalogue; a plan asks for them often."""
    return frozenset(catalogue())


@cache
def load_known_movement(movement_id: str) -> Movement:
    """Return a movement of the catalogue, read once.

    A page of routines asks for each many times.
    """
    return load_movement(movement_id)


OwnMovementsById = Mapping[str, Movement]
"""The own movements of this computer, which a routine may name besides those of formcheck."""
NO_OWN_MOVEMENTS: OwnMovementsById = {}


def find_routine_movement(movement_id: str, own: OwnMovementsById = NO_OWN_MOVEMENTS) -> Movement | None:
    """Return a movement that a routine may name, or None."""
    return load_known_movement(movement_id) if movement_id in list_known_movements() else own.get(movement_id)


def find_dose(movement: Movement, part: RoutinePart) -> Dose:
    """Return the dose of a movement in a routine.

    That of its file, with what the part changes. Where a movement counts many short holds as one (`each_s`), the
    repetitions of the part are those short holds.
    """
    dose = movement.dose
    changed: dict[str, float | int] = {"sets": part.sets}
    if part.hold_s is not None:
        changed |= {"hold_s": part.hold_s, "least_hold_s": min(dose.least_hold_s, part.hold_s)}
    if part.repetitions is not None and dose.each_s:
        changed["hold_s"] = dose.each_s * part.repetitions
    elif part.repetitions is not None:
        changed["repetitions"] = part.repetitions
    return dose.model_copy(update=changed)

"""The steps of a routine, each with its time.

Get into position, set, other side, rest, done.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from formcheck.core.movement.schema import Dose, Movement

from .schema import RoutinePart
from .set_clock import BETWEEN_SETS_S, OTHER_SIDE_S, SetPart, SetSide, list_sides, time_side

POSITION_S = 8.0
"""To hear what comes next and why, and to get into position from one that is near."""
NEW_PLACE_S = 8.0
"""More of it to get down to the floor, up from it, or to the chair."""
CAMERA_S = 10.0
"""More of it to put the camera somewhere else."""
FOUND_S = 7.0
"""Before each side of a set: the coach sees the person, and counts down."""
REST_S = 15.0
"""After a movement, where the file says nothing [E]; between its sets it is `BETWEEN_SETS_S`."""

StepKind = Literal["position", "set", "switch", "rest", "breath", "walk", "information", "done"]
Way = Literal["usual", "easier", "harder"]
PlaceKind = Literal["standing", "chair", "floor"]

_FLOOR = frozenset({"all_fours", "kneeling", "prone", "supine"})
_LOW = frozenset({"mat", "knee"})


@dataclass(frozen=True, slots=True)
class PlannedPart:
    """One part of today's plan.

    Parameters
    ----------
    index : its place in the routine file, from 0; it names the part whatever is left out.
    part : what the file says of it.
    movement : the movement, None for a part without one.
    dose : how much of it, today.
    way : as usual, the easier way of the movement file, or its harder one.
    """

    index: int
    part: RoutinePart
    movement: Movement | None = None
    dose: Dose | None = None
    way: Way = "usual"


@dataclass(frozen=True, slots=True)
class RoutineStep:
    """One step of a routine.

    Parameters
    ----------
    id : names the step, also after the plan has changed.
    kind : what happens; the step `done` has no time.
    part : the index of its part.
    length_s : how long it takes.
    side : of a set with two sides, which one.
    set_number : from 1; 0 outside of a set.
    changes_place : a position: from standing to the floor, to a chair, or up again.
    moves_camera : a position: the camera has to see from somewhere else.
    clock : a set: its parts, for who follows along.
    """

    id: str
    kind: StepKind
    part: int
    length_s: float
    side: SetSide = ""
    set_number: int = 0
    changes_place: bool = False
    moves_camera: bool = False
    clock: tuple[SetPart, ...] = ()


def find_place_kind(movement: Movement) -> PlaceKind:
    """Return where a body is in a movement: its posture family."""
    if movement.posture in _FLOOR or movement.place == "floor":
        return "floor"
    return "chair" if movement.posture == "sitting" else "standing"


def list_steps(parts: Sequence[PlannedPart]) -> list[RoutineStep]:
    """Return all steps of a plan, from getting into the first position to the end."""
    steps: list[RoutineStep] = []
    before: Movement | None = None
    for number, one in enumerate(parts):
        is_last = number == len(parts) - 1
        if one.movement is None or one.dose is None:
            kind: StepKind = "set" if one.part.kind == "movement" else one.part.kind
            steps.append(RoutineStep(f"{one.index}.0", kind, one.index, one.part.duration_s or 0.0))
            continue
        steps.append(_find_position(one, one.movement, before))
        steps += _list_sets(one, one.movement, one.dose)
        before = one.movement
        rest_s = REST_S if one.part.rest_s is None else one.part.rest_s
        if not is_last and rest_s:
            steps.append(RoutineStep(f"{one.index}.rest", "rest", one.index, rest_s))
    last = parts[-1].index if parts else 0
    return [*steps, RoutineStep("done", "done", last, 0.0)]


def _find_position(one: PlannedPart, movement: Movement, before: Movement | None) -> RoutineStep:
    """Return the way into a position.

    The camera is mentioned only where it has to see something else: another place, another side, another height.
    """
    changes = before is None or find_place_kind(movement) != find_place_kind(before)
    moves = changes or (before is not None and not _sees_both(movement, before))
    length_s = POSITION_S + NEW_PLACE_S * (changes and before is not None) + CAMERA_S * moves
    step = RoutineStep(f"{one.index}.position", "position", one.index, length_s)
    return RoutineStep(step.id, step.kind, step.part, length_s, changes_place=changes, moves_camera=moves)


def _sees_both(one: Movement, other: Movement) -> bool:
    """Return whether a camera that stays where it is sees both movements."""
    views = {one.view.camera, other.view.camera} - {"any"}
    return len(views) <= 1 and (one.view.camera_height in _LOW) == (other.view.camera_height in _LOW)


def _list_sets(one: PlannedPart, movement: Movement, dose: Dose) -> Iterator[RoutineStep]:
    """Yield the sets of a part, side by side, with what comes between them."""
    between_s = BETWEEN_SETS_S if one.part.rest_s is None else one.part.rest_s
    for set_number in range(1, dose.sets + 1):
        if set_number > 1 and between_s:
            yield RoutineStep(f"{one.index}.rest.{set_number}", "rest", one.index, between_s)
        for side in list_sides(dose):
            name = f"{one.index}.{set_number}{f'.{side}' if side else ''}"
            if side == "other":
                yield RoutineStep(f"{name}.switch", "switch", one.index, OTHER_SIDE_S)
            clock = tuple(time_side(movement, dose, side, set_number))
            length_s = FOUND_S + sum(part.length_s for part in clock)
            yield RoutineStep(name, "set", one.index, length_s, side, set_number, clock=clock)


def sum_steps_s(steps: Sequence[RoutineStep]) -> float:
    """Return how long all steps take."""
    return sum(step.length_s for step in steps)

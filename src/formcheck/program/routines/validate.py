"""All problems of a routine file that no single value shows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from formcheck.core.movement.wording import find_unnamed_sources

from .fit import is_warmed, plan_routine
from .schema import Routine, RoutinePart, find_dose, list_known_movements, load_known_movement
from .steps import PlannedPart

TIME_TOLERANCE = 0.10
"""A routine takes the time it says, within this share."""
MARK = "{stretches}"


def find_routine_problems(routine: Routine) -> Iterator[str]:
    """Yield every problem of a routine whose keys and types are right."""
    unknown = [number for number, part in enumerate(routine.parts) if part.movement and not _is_known(part)]
    for number in unknown:
        yield (
            f"parts.{number}.movement: expected the id of a movement, got {routine.parts[number].movement!r}; "
            "see `formcheck movements list`"
        )
    for number, part in enumerate(routine.parts):
        if number not in unknown:
            yield from (f"parts.{number}.{problem}" for problem in _find_part_problems(part))
    if not unknown:
        yield from _find_plan_problems(routine)
    for key in ("name", "about"):
        yield from _find_bad_marks(key, getattr(routine, key))
    cited = [("source", routine.source)]
    cited += [(f"parts.{number}.source", one.source) for number, one in enumerate(routine.parts) if one.source]
    yield from find_unnamed_sources(cited, routine.sources)


def _is_known(part: RoutinePart) -> bool:
    return part.movement in list_known_movements()


def _find_part_problems(part: RoutinePart) -> Iterator[str]:
    """Yield what does not fit the movement of a part."""
    if part.movement is None:
        return
    movement = load_known_movement(part.movement)
    if movement.advanced:
        yield f"movement: expected a movement that needs no therapist, got {movement.id!r}; leave it out"
    if part.first_side is not None and not movement.two_sided:
        yield f"first_side: expected none, got {part.first_side!r}; {movement.id!r} has no sides"
    if part.hold_s is not None and (movement.dose.hold_s is None or movement.dose.each_s):
        yield f"hold_s: expected none, got {part.hold_s:g}; {movement.id!r} is counted; give repetitions"


def _find_plan_problems(routine: Routine) -> Iterator[str]:
    """Yield what is wrong with the order and the time."""
    parts = [
        PlannedPart(number, part, *(_load_with_dose(part) if part.movement else ()))
        for number, part in enumerate(routine.parts)
    ]
    if all(one.movement is None for one in parts):
        yield "parts: expected at least one movement, got none"
    if not routine.starts_warm and not is_warmed(parts):
        yield (
            "parts: expected movement or a walk before the first long hold, got a hold first; "
            "begin with warmup_march, or set starts_warm = true where the person is warm"
        )
    if routine.parts[-1].kind == "rest":
        yield f"parts.{len(parts) - 1}.kind: expected something after a rest, got the end; leave the rest out"
    time_s = plan_routine(routine.model_copy(update={"starts_warm": True})).time_s
    if not abs(time_s - routine.time_s) <= TIME_TOLERANCE * time_s:
        yield f"time_s: expected {time_s:.0f} within 10 %, by its own clock, got {routine.time_s:g}"


def _load_with_dose(part: RoutinePart) -> tuple[Any, Any]:
    movement = load_known_movement(part.movement or "")
    return movement, find_dose(movement, part)


def _find_bad_marks(key: str, text: str) -> Iterator[str]:
    left = text.replace(MARK, "")
    if "{" in left or "}" in left:
        yield f"{key}: expected no brackets but {MARK}, got {text!r}"

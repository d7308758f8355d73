"""The clock of one set: what follows what, and for how long.

Codes only; words come where they are shown.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from formcheck.core.movement.schema import Dose, Movement

GET_READY_S = 10.0
OTHER_SIDE_S = 10.0
BETWEEN_LONG_S, BETWEEN_SHORT_S = 6.0, 4.0
IN_AND_OUT_S = 4.0
AS_YOU_GO_S = 60.0
BETWEEN_SETS_S = 20.0
BREATH_IN_S, BREATH_OUT_S = 4.0, 6.0
"""The catalogue's pace of a breath (its section 2.1); the other lengths are our choice, and none of them is judged."""
LONG_HOLD_S = 10.0
"""From this length on, a hold is a static stretch that needs a warm-up before it [E]."""
MOMENT_S = 3.0
"""A shorter hold is only the turning point of a movement."""
_LEAST_MOVING = 5
"""So many short repetitions move the body more than they hold it [E]."""

SetSide = Literal["", "first", "other"]
SetCode = Literal[
    "get_ready", "hold", "keep_going", "stay", "once", "low", "high", "change_sides", "come_out", "in_again",
    "next_set", "done",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class SetPart:
    """One part of a set's clock.

    Parameters
    ----------
    kind : ready, work, rest or done.
    code : what happens.
    length_s : its length; 0 for the last one.
    side : which side of two; empty for none.
    repetition, set_number : from 1; 0 in a pause.
    """

    kind: Literal["ready", "work", "rest", "done"]
    code: SetCode
    length_s: float
    side: SetSide = ""
    repetition: int = 0
    set_number: int = 0


def count_dose_holds(dose: Dose) -> tuple[float | None, int]:
    """Return the length of one hold and the number of holds, per side and set."""
    if dose.hold_s and dose.each_s:
        return dose.each_s, dose.repetitions * round(dose.hold_s / dose.each_s)
    return dose.hold_s, dose.repetitions


def time_movement(movement: Movement) -> list[SetPart]:
    """Return the clock of a movement alone, from getting into place to the end.

    Examples
    --------
    >>> from formcheck.core.movement.load import load_movement
    >>> [(part.code, part.length_s) for part in time_movement(load_movement("plank"))]
    [('get_ready', 10.0), ('hold', 20.0), ('done', 0.0)]
    """
    dose, parts = movement.dose, [SetPart("ready", "get_ready", GET_READY_S)]
    for set_number in range(1, dose.sets + 1):
        for number, side in enumerate(list_sides(dose)):
            if set_number > 1 and not number:
                parts.append(SetPart("rest", "next_set", BETWEEN_SETS_S))
            elif number:
                parts.append(_pause(dose, changes_side=True))
            parts += time_side(movement, dose, side, set_number)
    return [*parts, SetPart("done", "done", 0.0)]


def list_sides(dose: Dose) -> tuple[SetSide, ...]:
    """Return the sides that are done one after the other.

    One entry where they take turns or do not matter.
    """
    return ("first", "other") if dose.each_side and not dose.alternating else ("",)


def time_side(movement: Movement, dose: Dose, side: SetSide, set_number: int = 1) -> list[SetPart]:
    """Return the clock of one side in one set, without what comes before and after.

    Where the sides take turns, both are in it.
    """
    hold_s, repetitions = count_dose_holds(dose)
    parts: list[SetPart] = []
    turns: tuple[SetSide, ...] = ("first", "other") if dose.each_side and dose.alternating else (side,)
    for repetition in range(1, repetitions + 1):
        for turn, each in enumerate(turns):
            if parts and (turn or len(turns) > 1 or (hold_s or 0) >= MOMENT_S):  # a cycle has no pauses
                parts.append(_pause(dose, changes_side=len(turns) > 1))
            parts += (
                SetPart("work", code, length_s, each, repetition, set_number)
                for code, length_s in _list_work(movement, hold_s)
            )
    return parts


def _pause(dose: Dose, *, changes_side: bool) -> SetPart:
    hold_s, _ = count_dose_holds(dose)
    is_long = (hold_s or 0) >= LONG_HOLD_S
    if changes_side and is_long:
        return SetPart("rest", "change_sides", OTHER_SIDE_S)
    code: SetCode = "change_sides" if changes_side else "come_out" if is_long else "in_again"
    return SetPart("rest", code, BETWEEN_LONG_S if is_long else BETWEEN_SHORT_S)


def _list_work(movement: Movement, hold_s: float | None) -> Iterator[tuple[SetCode, float]]:
    """Yield one repetition: a hold, the two ends of a cycle, or one slow breath."""
    drive = movement.drive
    if hold_s and hold_s < MOMENT_S:
        yield "once", hold_s + IN_AND_OUT_S
    elif hold_s:
        yield ("hold" if drive.kind in {"reach", "pose"} else "keep_going"), hold_s
    elif drive.kind == "pose":
        yield "stay", AS_YOU_GO_S
    elif (drive.low_name, drive.high_name) != ("low", "high"):
        yield "low", BREATH_IN_S
        yield "high", BREATH_OUT_S
    else:
        yield "once", BREATH_IN_S + BREATH_OUT_S


def is_long_hold(movement: Movement, dose: Dose) -> bool:
    """Return whether a set is a static stretch, which asks for warm muscles."""
    hold_s, _ = count_dose_holds(dose)
    return movement.drive.kind in {"reach", "pose"} and (hold_s or 0) >= LONG_HOLD_S


def is_moving(movement: Movement, dose: Dose) -> bool:
    """Return whether a set moves the body: a march, a cycle, or many short repetitions."""
    _, repetitions = count_dose_holds(dose)
    is_short = not is_long_hold(movement, dose)
    return movement.drive.kind in {"rhythm", "cycle"} or (is_short and repetitions >= _LEAST_MOVING)

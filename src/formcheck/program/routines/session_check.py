"""Look back at one session in four lines: warm-up, alignment, no bouncing, duration (movements.md 2.9).

Only what was judged counts; what was not is said to be unknown. Codes and numbers leave this module.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from formcheck.core.movement.schema import Movement

from .set_clock import is_long_hold, is_moving

BOUNCE = "bounce"
"""The id of the shared fault."""


class LineCode(StrEnum):
    """What a line is about, in their order."""

    WARM_UP = "warm_up"
    ALIGNMENT = "alignment"
    NO_BOUNCE = "no_bounce"
    DURATION = "duration"


class LineState(StrEnum):
    """How it was."""

    YES = "yes"
    PARTLY = "partly"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class CheckedSet:
    """What a line needs to know of a set.

    Parameters
    ----------
    movement : that was practised.
    is_judged : whether its form could be judged.
    faults : ids of what was corrected in it.
    is_whole : its hold or its repetitions were done as asked; None if nothing was asked.
    """

    movement: Movement
    is_judged: bool
    faults: frozenset[str]
    is_whole: bool | None


@dataclass(frozen=True, slots=True)
class SessionLine:
    """One line: in how many sets of how many it was so.

    A warm-up has no numbers.
    """

    code: LineCode
    state: LineState
    good: int = 0
    of: int = 0


def check_session(sets: Sequence[CheckedSet], *, is_warm: bool = False) -> list[SessionLine]:
    """Return the four lines of a session; none without a set.

    Parameters
    ----------
    sets : the first one first.
    is_warm : the person had walked, or came from sport.
    """
    if not sets:
        return []
    judged = [one for one in sets if one.is_judged]
    asked = [one for one in sets if one.is_whole is not None]
    return [
        SessionLine(LineCode.WARM_UP, LineState.YES if is_warm or _is_warmed(sets) else LineState.NO),
        _make_line(LineCode.ALIGNMENT, judged, lambda one: not (one.faults - frozenset(one.movement.shared))),
        _make_line(LineCode.NO_BOUNCE, judged, lambda one: BOUNCE not in one.faults),
        _make_line(LineCode.DURATION, asked, lambda one: bool(one.is_whole)),
    ]


def _is_warmed(sets: Sequence[CheckedSet]) -> bool:
    """Return whether the body moved before its first long hold, or there was none."""
    for one in sets:
        if is_moving(one.movement, one.movement.dose):
            return True
        if is_long_hold(one.movement, one.movement.dose):
            return False
    return True


def _make_line(code: LineCode, sets: Sequence[CheckedSet], is_good: Callable[[CheckedSet], bool]) -> SessionLine:
    good = sum(is_good(one) for one in sets)
    if not sets:
        state = LineState.UNKNOWN
    elif good == len(sets):
        state = LineState.YES
    else:
        state = LineState.PARTLY if good else LineState.NO
    return SessionLine(code, state, good, len(sets))

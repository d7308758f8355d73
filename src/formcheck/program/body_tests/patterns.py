"""Find patterns in a visit, and the ways on that they suggest.

Movements.md 4.4. They are prompts, never causes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum

from formcheck.program.change import NextStep, Sides

from .results import Taken, TestKey
from .visit import Visit, VisitOutcome


class Pattern(StrEnum):
    """What the numbers show together."""

    LEG_FIRST = "back_of_thigh_first"
    CONTROL = "control_may_be_easier"
    SIDE = "one_side_clearly_different"
    USUAL_BUT_TIGHT = "usual_ranges_but_tight"
    SLOWER = "slower_and_more_careful"


class WayOn(StrEnum):
    """The four ways on."""

    STABILITY = "stability"
    MOVING = "moving_better"
    CALM = "calm_first"
    HELP = "a_professional_look"


BOW_EARLY_DEG = 50.0
"""The published bow test asks for this much with a long back (P36)."""
LEG_UNDER_OTHER_DEG = 12.0
"""A leg that rises this much less than the other one (movements.md 4.4)."""
LEG_USUAL_DEG = 64.0
"""Lower end of the means of an examiner study (P15)."""
TIGHT_FROM = 6
"""[E] Of ten."""
SLOWER_BY = 1.25
"""A quarter, the threshold of T12."""


def find_patterns(visit: Visit, outcome: VisitOutcome, *, earlier: Sequence[Visit] = ()) -> list[Pattern]:
    """Return the patterns of a visit, from its first trials.

    Parameters
    ----------
    visit : it.
    outcome : what it ended with.
    earlier : visits, the oldest first.
    """
    tightness = visit.tightness
    bow = _read_median(visit.before, ("T1", None))
    legs = [value for side in ("left", "right") if (value := _read_median(visit.before, ("T4", side))) is not None]
    is_bow_early = bow is not None and bow < BOW_EARLY_DEG
    is_leg_low = len(legs) == 2 and max(legs) - min(legs) > LEG_UNDER_OTHER_DEG
    found = []
    if is_leg_low and is_bow_early:
        found.append(Pattern.LEG_FIRST)
    elif legs and min(legs) >= LEG_USUAL_DEG and is_bow_early:
        found.append(Pattern.CONTROL)
    if any(one.label is Sides.CLEAR and one.clear_days > 1 for one in outcome.sides):
        found.append(Pattern.SIDE)
    if not found and (bow is not None or legs) and tightness is not None and tightness >= TIGHT_FROM:
        found.append(Pattern.USUAL_BUT_TIGHT)
    if _is_slower(visit, earlier):
        found.append(Pattern.SLOWER)
    return found


def _read_median(taken: Mapping[TestKey, Taken], key: TestKey) -> float | None:
    return taken[key].median if key in taken else None


def _is_slower(visit: Visit, earlier: Sequence[Visit]) -> bool:
    now = _read_median(visit.before, ("T12", None))
    then = next((value for one in earlier if (value := _read_median(one.before, ("T12", None))) is not None), None)
    return now is not None and then is not None and now >= SLOWER_BY * then


def list_ways_on(patterns: Sequence[Pattern], step: NextStep) -> list[WayOn]:
    """Return the ways on, the suggested ones first; all stay open.

    Examples
    --------
    >>> [way.value for way in list_ways_on([], NextStep.SUPPORT)][:2]
    ['stability', 'a_professional_look']
    """
    first = {
        NextStep.STOP: [WayOn.HELP, WayOn.CALM],
        NextStep.REDUCE: [WayOn.CALM],
        NextStep.SUPPORT: [WayOn.STABILITY, WayOn.HELP],
        NextStep.OTHER_TYPE: [WayOn.MOVING],
    }.get(step, [])
    by_pattern = {
        Pattern.LEG_FIRST: WayOn.MOVING,
        Pattern.CONTROL: WayOn.STABILITY,
        Pattern.USUAL_BUT_TIGHT: WayOn.CALM,
        Pattern.SLOWER: WayOn.CALM,
        Pattern.SIDE: WayOn.HELP,
    }
    return list(dict.fromkeys([*first, *(by_pattern[one] for one in patterns), *WayOn]))

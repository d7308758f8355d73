"""Ask how hard it was, and offer a little less.

Harder is not better: a stretch should feel like 3 to 5 of 10 (movements.md 0.9). Codes and numbers leave this module.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from formcheck.core.movement.schema import Dose

from .screening import Felt

HARD_FROM = 6
"""Of ten; the aim ends at 5 (movements.md 0.9)."""
LESS_SHARE = 0.8
"""[E] A fifth less can be felt, and is still worth doing."""
LEAST_ANSWERS = 3
"""[E] With fewer answers about a way, the ways are not compared."""
_LEAST_SHORTER_HOLD_S = 10.0
_LEAST_HOLD_S = 3.0

PractiseWay = Literal["usual", "less", "calm"]
"""How a session was done: as the file says, a little less of it, or the calm way."""
BREATHS = ("easy", "strained", "held")
"""How a person may say that they breathed."""
BreathSaid = Literal["easy", "strained", "held"]


def was_hard(efforts: Sequence[int | None]) -> bool:
    """Return whether the newest session that was answered felt hard.

    Examples
    --------
    >>> was_hard([7, 4]), was_hard([4, 7, None])
    (False, True)
    """
    known = [one for one in efforts if one is not None]
    return bool(known) and known[-1] >= HARD_FROM


def lessen_dose(dose: Dose) -> Dose:
    """Return a little less of a dose.

    Long holds become shorter; where holds are short anyway, there are fewer repetitions.

    Examples
    --------
    >>> from formcheck.core.movement.load import load_movement
    >>> hinge, bridge = load_movement("hamstring_hinge_standing").dose, load_movement("glute_bridge").dose
    >>> hinge.hold_s, lessen_dose(hinge).hold_s, bridge.repetitions, lessen_dose(bridge).repetitions
    (20.0, 16.0, 10, 8)
    """
    changed: dict[str, float | int] = {}
    if dose.hold_s and dose.each_s:
        changed["hold_s"] = dose.each_s * max(1, int(LESS_SHARE * dose.hold_s / dose.each_s))
    elif dose.hold_s and dose.hold_s >= _LEAST_SHORTER_HOLD_S:
        changed["hold_s"] = max(_LEAST_HOLD_S, float(round(LESS_SHARE * dose.hold_s)))
    elif dose.repetitions > 1:
        changed["repetitions"] = max(1, int(LESS_SHARE * dose.repetitions))
    if "hold_s" in changed:
        changed["least_hold_s"] = min(dose.least_hold_s, changed["hold_s"])
    return dose.model_copy(update=changed)


class WayFinding(NamedTuple):
    """After how many sessions of one way the person felt better."""

    way: PractiseWay
    better: int
    times: int


def compare_ways(said: Sequence[tuple[PractiseWay, Felt]]) -> list[WayFinding]:
    """Return how each way felt, once two of them can be compared.

    Parameters
    ----------
    said : way and feeling after each session, the oldest first.

    Examples
    --------
    >>> compare_ways([("usual", "same")] * 3 + [("less", "better")] * 3)
    [WayFinding(way='usual', better=0, times=3), WayFinding(way='less', better=3, times=3)]
    """
    ways: tuple[PractiseWay, ...] = ("usual", "less", "calm")
    felt = {way: [one for other, one in said if other == way] for way in ways}
    found = [
        WayFinding(way, sum(one == "better" for one in felt[way]), len(felt[way]))
        for way in ways
        if len(felt[way]) >= LEAST_ANSWERS
    ]
    return found if len(found) > 1 else []


# Three bars -----------------------------------------------------------------------------------------------------------


BarCode = Literal["ease", "control", "clean"]


@dataclass(frozen=True, slots=True)
class EaseBar:
    """One bar, now and at first; `first` is None while there are too few sessions."""

    code: BarCode
    now: float
    first: float | None


FEW = 3
"""Sessions whose median is taken, at either end."""


def draw_bars(efforts: Sequence[float], control_pct: Sequence[float], clean_pct: Sequence[float]) -> list[EaseBar]:
    """Return the three bars as far as they are known, each 0 to 100.

    Ease, control and little compensation together say more than range (movements.md 0.22, 4.4). They are never added to
    one grade.

    Parameters
    ----------
    efforts : 0 to 10, of the sessions in which it was answered, the oldest first; ease is what they leave.
    control_pct : of each session, the share of the held time in good form.
    clean_pct : of each session, the share of its sets without a correction.

    Examples
    --------
    >>> draw_bars([6] * 3 + [3] * 3, [], [50.0])
    [EaseBar(code='ease', now=70.0, first=40.0), EaseBar(code='clean', now=50.0, first=None)]
    """
    values: dict[BarCode, Sequence[float]] = {
        "ease": [100.0 - 10.0 * one for one in efforts],
        "control": control_pct,
        "clean": clean_pct,
    }
    return [
        EaseBar(
            code, statistics.median(known[-FEW:]), statistics.median(known[:FEW]) if len(known) >= 2 * FEW else None
        )
        for code, known in values.items()
        if known
    ]

"""The calm way, for a back that is holding on.

Less, moving instead of holding, and fewer words. It never asks for more: what would correct in detail, or ask for a
larger movement, is not said. What stops the clock still is.
"""

from __future__ import annotations

from formcheck.core.feedback import VIEW_CUES
from formcheck.core.movement.schema import Dose, FaultSpec, Movement

from .set_clock import is_long_hold

CALM_BREATH_S = (4.0, 8.0)
"""In and out: the catalogue's pace (2.1) with a longer breath out [E]."""
_SHORT_HOLD_S = 5.0
_FEWEST, _MOST = 2, 4
_LEAST_STAY_S = 10.0
_SHARE = 0.6
_STRICT = frozenset({"fix", "stop"})


def calm_dose(movement: Movement, dose: Dose) -> Dose:
    """Return the dose of the calm way, never more than the usual one.

    A long hold becomes a few short ones, in and out with the breath. A posture that is simply stayed in is stayed in
    for half of the time, and of many repetitions some are left.

    Examples
    --------
    >>> from formcheck.core.movement.load import load_movement
    >>> hip = load_movement("kneeling_hip_flexor")
    >>> calm_dose(hip, hip.dose).hold_s, calm_dose(hip, hip.dose).repetitions
    (5.0, 3)
    """
    hold_s, repetitions = dose.hold_s, dose.repetitions
    if dose.each_s and hold_s:
        return dose.model_copy(update={"hold_s": dose.each_s * max(1, round(_SHARE * hold_s / dose.each_s)), "sets": 1})
    if hold_s and movement.drive.kind == "reach" and is_long_hold(movement, dose):
        many = min(_MOST, max(_FEWEST, round(hold_s * repetitions / 10)))
        least_s = min(dose.least_hold_s, _SHORT_HOLD_S)
        changed = {"hold_s": _SHORT_HOLD_S, "repetitions": many, "sets": 1, "least_hold_s": least_s}
        return dose.model_copy(update=changed)
    if hold_s and movement.drive.kind == "pose":
        stay_s = min(hold_s, max(_LEAST_STAY_S, hold_s / 2))
        return dose.model_copy(update={"hold_s": stay_s, "sets": 1, "least_hold_s": min(dose.least_hold_s, stay_s)})
    few = max(1, round(_SHARE * repetitions))
    return dose.model_copy(update={"repetitions": few, "sets": 1})


def quiet_movement(movement: Movement) -> Movement:
    """Return a movement that says only what stops its clock.

    What is wrong with the view is still said.
    """
    faults = [one for one in movement.faults if _is_strict(one)]
    return movement.model_copy(update={"faults": faults})


def _is_strict(fault: FaultSpec) -> bool:
    return fault.severity in _STRICT or fault.id in VIEW_CUES

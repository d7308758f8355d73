"""Fit a routine to a person and their day.

What the gate leaves out, what the minutes allow, what they chose.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from formcheck.core.feedback import VIEW_CUES
from formcheck.core.movement.schema import Dose, Movement
from formcheck.program.effort import lessen_dose
from formcheck.program.gate import GateReason, Offer

from .schema import (
    MOST_PARTS,
    NO_OWN_MOVEMENTS,
    OwnMovementsById,
    Routine,
    RoutinePart,
    find_dose,
    find_routine_movement,
)
from .set_clock import is_long_hold, is_moving
from .steps import PlannedPart, RoutineStep, list_steps, sum_steps_s

ADDED_WALK = MOST_PARTS
"""The index of a walk that was added, because nothing else is left that warms up."""
_WARM_UP_WALK = RoutinePart(
    kind="walk",
    why="Warm muscles stretch more easily.",
    say="Walk about for two minutes, until you feel a little warmer.",
    duration_s=120.0,
    warm_up=True,
)
_SPARE = 1.05
"""A plan that is this little over the minutes of the person still fits."""

ChangeCode = Literal["left_out", "swapped", "gentle", "not_today", "no_time", "short_warm_up", "walk_added", "less"]


@dataclass(frozen=True, slots=True)
class Choices:
    """What the person chose for today.

    Parameters
    ----------
    minutes : the minutes they have; None = all that it takes.
    calm : the calm way.
    less : a little less of everything; the calm way is less already.
    without : indices of parts they leave out today.
    harder : indices of parts that were too easy.
    is_warm : it is another round: what only warms up is left out.
    """

    minutes: int | None = None
    calm: bool = False
    less: bool = False
    without: frozenset[int] = frozenset()
    harder: frozenset[int] = frozenset()
    is_warm: bool = False


@dataclass(frozen=True, slots=True)
class PlanChange:
    """One difference between the file and today's plan; it is said.

    Parameters
    ----------
    part : index of the part.
    code : what was changed.
    movement : the movement of the file, None for a part without one.
    instead : the movement that takes its place.
    reason : the gate's reason, if it decided.
    """

    part: int
    code: ChangeCode
    movement: Movement | None = None
    instead: Movement | None = None
    reason: GateReason | None = None


@dataclass(frozen=True, slots=True)
class RoutinePlan:
    """What a person does today.

    Parameters
    ----------
    routine : the file.
    is_calm : whether it goes the calm way.
    parts, steps : what is left of it, in order.
    changes : how it differs from the file.
    """

    routine: Routine
    is_calm: bool
    parts: tuple[PlannedPart, ...]
    steps: tuple[RoutineStep, ...]
    changes: tuple[PlanChange, ...] = ()

    @property
    def time_s(self) -> float:
        """Return how long it takes by its own clock."""
        return sum_steps_s(self.steps)

    @property
    def stretches(self) -> int:
        """Return the number of movements that are left, the warm-up not counted."""
        return sum(one.movement is not None and not one.part.warm_up for one in self.parts)


@dataclass
class _Fitting:
    """A plan in the making."""

    routine: Routine
    own: OwnMovementsById
    parts: list[PlannedPart] = field(default_factory=list)
    changes: list[PlanChange] = field(default_factory=list)


def plan_routine(
    routine: Routine,
    choices: Choices | None = None,
    offers: Mapping[str, Offer] | None = None,
    own: OwnMovementsById = NO_OWN_MOVEMENTS,
) -> RoutinePlan:
    """Return today's plan of a routine.

    What the gate closes is swapped for the milder movement of its file, or left out. What it softens is done the easier
    way. Then parts go, the least important first, until the plan fits the minutes; a warm-up that a hold needs stays.

    Parameters
    ----------
    choices : of the person; None = none.
    offers : of the gate, by movement id; a movement without one is offered.
    own : own movements by id; a part whose own file is gone is left out.
    """
    choices = choices or Choices()
    is_calm = choices.calm or routine.calm
    if choices.is_warm:
        routine = routine.model_copy(update={"starts_warm": True})
    making = _Fitting(routine, own)
    for index, part in enumerate(routine.parts):
        if not (choices.is_warm and part.warm_up):
            _add_part(making, index, part, choices, offers or {})
    if is_calm:
        making.parts = [_calm_down(one) for one in making.parts]
    elif choices.less and making.parts:
        making.parts = [_lessen(one) for one in making.parts]
        making.changes.append(PlanChange(making.parts[0].index, "less"))
    if choices.minutes is not None:
        _shorten(making, choices.minutes * 60.0)
    if making.parts and not routine.starts_warm and not is_warmed(making.parts):
        making.parts.insert(0, PlannedPart(ADDED_WALK, _WARM_UP_WALK))
        making.changes.append(PlanChange(ADDED_WALK, "walk_added"))
    return RoutinePlan(routine, is_calm, tuple(making.parts), tuple(list_steps(making.parts)), tuple(making.changes))


def is_warmed(parts: Sequence[PlannedPart]) -> bool:
    """Return whether the body moves before the first long hold, or there is none."""
    for one in parts:
        if one.part.kind == "walk":
            return True
        if one.movement is None or one.dose is None:
            continue
        if is_moving(one.movement, one.dose):
            return True
        if is_long_hold(one.movement, one.dose):
            return False
    return True


def _add_part(making: _Fitting, index: int, part: RoutinePart, choices: Choices, offers: Mapping[str, Offer]) -> None:
    """Add one part as the gate and the person want it.

    Or note why it is missing.
    """
    if part.movement is None:
        if index in choices.without:
            making.changes.append(PlanChange(index, "not_today"))
        else:
            making.parts.append(PlannedPart(index, part))
        return
    movement = find_routine_movement(part.movement, making.own)
    if movement is None:
        return
    if index in choices.without:
        making.changes.append(PlanChange(index, "not_today", movement))
        return
    offer = offers.get(movement.id, Offer())
    reason = offer.reasons[0] if offer.reasons else None
    if offer.state == "closed":
        _add_milder(making, PlanChange(index, "left_out", movement, reason=reason), part, offers)
        return
    planned = PlannedPart(index, part, movement, find_dose(movement, part), part.way)
    if offer.state == "softened":
        making.changes.append(PlanChange(index, "gentle", movement, reason=reason))
        planned = replace(planned, way="easier")
    elif index in choices.harder and movement.harder:
        planned = replace(planned, way="harder")
    making.parts.append(planned)


def _add_milder(making: _Fitting, change: PlanChange, part: RoutinePart, offers: Mapping[str, Offer]) -> None:
    """Add the milder movement for one that the gate closes; note what changed."""
    instead = None if change.movement is None else _find_milder(making, change.movement, offers)
    making.changes.append(change if instead is None else replace(change, code="swapped", instead=instead))
    if instead is not None:
        making.parts.append(PlannedPart(change.part, part, instead, instead.dose, "easier"))


def _find_milder(making: _Fitting, movement: Movement, offers: Mapping[str, Offer]) -> Movement | None:
    """Return the milder movement of a file.

    Only if it is offered and not in the routine anyway.
    """
    in_use = {part.movement for part in making.routine.parts}
    in_use |= {one.movement.id for one in making.parts if one.movement}
    instead = find_routine_movement(movement.swap or "", making.own)
    if instead is None or instead.id in in_use:
        return None
    is_offered = offers.get(instead.id, Offer()).state != "closed"
    return instead if is_offered and not instead.advanced else None


def _calm_down(one: PlannedPart) -> PlannedPart:
    if one.movement is None or one.dose is None:
        return one
    return replace(one, dose=calm_dose(one.movement, one.dose), way="easier")


def _lessen(one: PlannedPart) -> PlannedPart:
    """Return a part with a little less to do; warming up takes its time."""
    if one.dose is None or one.part.warm_up:
        return one
    return replace(one, dose=lessen_dose(one.dose))


def _shorten(making: _Fitting, most_s: float) -> None:
    """Leave out whole parts, the least important and latest first, until the plan fits."""
    order = sorted(making.parts, key=lambda one: (-one.part.priority, -one.index))
    for one in order:
        if sum_steps_s(list_steps(making.parts)) <= _SPARE * most_s:
            return
        left = [other for other in making.parts if other is not one]
        keeps_warm = making.routine.starts_warm or is_warmed(left) or not is_warmed(making.parts)
        if one.part.priority > 1 and left and keeps_warm:
            making.parts = left
            making.changes.append(PlanChange(one.index, "no_time", one.movement))
    _shorten_warm_up(making, most_s)


def _shorten_warm_up(making: _Fitting, most_s: float) -> None:
    """Warm up for less time where nothing else can go.

    Never for less than the movement's file allows.
    """
    for number, one in enumerate(making.parts):
        over_s = sum_steps_s(list_steps(making.parts)) - most_s
        if over_s <= (_SPARE - 1) * most_s:
            return
        if one.movement is None or one.dose is None or not one.part.warm_up or not one.dose.hold_s:
            continue
        hold_s = max(min(one.dose.least_hold_s, one.dose.hold_s), one.dose.hold_s - over_s)
        if hold_s < one.dose.hold_s:
            making.parts[number] = replace(one, dose=one.dose.model_copy(update={"hold_s": hold_s}))
            making.changes.append(PlanChange(one.index, "short_warm_up", one.movement))


# The calm way, for a tense back ---------------------------------------------------------------------------------------


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
    faults = [one for one in movement.faults if one.severity in _STRICT or one.id in VIEW_CUES]
    return movement.model_copy(update={"faults": faults})

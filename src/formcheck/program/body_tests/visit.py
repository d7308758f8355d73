"""Lead one visit: assess, intervene, reassess, decide; and look back at the visits before.

Everything here follows from what was stored: nothing has a clock, and a visit goes on after a restart. A visit of the
history is a session in which a complaint was named. Codes leave this module; the words for them stand elsewhere.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from formcheck.core.movement.schema import Movement
from formcheck.program.change import Change, Feeling, NextStep, OwnError, decide_next_step

from .protocol import Complaint, Protocol, load_protocol
from .results import (
    ChangedTest,
    SidesFinding,
    Taken,
    TestKey,
    compare_sides,
    compare_taken,
    estimate_test_error,
    join_changes,
)

MOST_TESTS = 5
LEAST_INPUT_S, MOST_INPUT_S = 120, 360
"""One input of two to six minutes (movements.md 4.3)."""
LATE_AFTER = timedelta(minutes=15)
"""[E] After this, what the input did is mixed with the rest of the day, and that is said."""


class Input(StrEnum):
    """The one thing that is tried between the two assessments."""

    MOVEMENT = "gentle_movement"
    STRETCH = "stretch"
    SUPPORT = "support"
    CALM = "calm"
    REST = "break_from_stretching"


class VisitStage(StrEnum):
    """Where a visit is."""

    ASK = "ask"
    ASSESS = "assess"
    INTERVENE = "intervene"
    REASSESS = "reassess"
    FEEL = "feel"
    DECIDED = "decided"


@dataclass(frozen=True, slots=True)
class Visit:
    """What is known of one visit.

    Parameters
    ----------
    begun : when the complaint was named.
    complaint : what bothers the person; None before it was asked.
    tests : ids of the chosen tests, in order.
    skipped : those that the person left out.
    input : what was tried; None before it was chosen.
    movement_id : with which; empty for none.
    input_done : when it was over.
    pain_before, pain_after : 0 to 10; None if not answered.
    feeling : after it, in the person's own word.
    new_signs : new tingling or numbness was reported.
    tightness : 0 to 10, before it; None if not answered.
    before, after : the trials by test and side.
    """

    begun: datetime
    complaint: Complaint | None = None
    tests: tuple[str, ...] = ()
    skipped: frozenset[str] = frozenset()
    input: Input | None = None
    movement_id: str = ""
    input_done: datetime | None = None
    pain_before: float | None = None
    pain_after: float | None = None
    feeling: Feeling | None = None
    new_signs: bool = False
    tightness: float | None = None
    before: Mapping[TestKey, Taken] = field(default_factory=dict)
    after: Mapping[TestKey, Taken] = field(default_factory=dict)

    @property
    def pain_rise(self) -> float:
        """Return by how many points the pain rose; 0 if it is unknown."""
        if self.pain_before is None or self.pain_after is None:
            return 0.0
        return self.pain_after - self.pain_before

    @property
    def wanted(self) -> tuple[TestKey, ...]:
        """Return each test and side to do, before and after the input."""
        return tuple(
            (test_id, side)
            for test_id in self.tests
            if test_id not in self.skipped
            for side in load_protocol(test_id).sides
        )

    def list_left(self, *, again: bool) -> list[TestKey]:
        """Return what is still to be done; only what was measured before is done again."""
        if again:
            return [key for key in self.wanted if key in self.before and key not in self.after]
        return [key for key in self.wanted if key not in self.before]


def choose_tests(complaint: Complaint, protocols: Sequence[Protocol], closed: Collection[str] = ()) -> list[str]:
    """Return the tests of a complaint, at most `MOST_TESTS`, standing before sitting before the floor.

    Parameters
    ----------
    protocols : all tests, in the order in which they are done.
    closed : ids of tests that the person's answers leave out.

    Examples
    --------
    >>> from formcheck.program.body_tests.protocol import load_protocols
    >>> choose_tests(Complaint.HAMSTRING, load_protocols())
    ['T1', 'T3', 'T4']
    """
    fitting = [one.id for one in protocols if complaint in one.complaints and one.measured != "no"]
    return [one for one in fitting if one not in closed][:MOST_TESTS]


def find_stage(visit: Visit) -> VisitStage:
    """Return where a visit is; new signs and pain that rises end it at once."""
    if visit.feeling is not None or visit.new_signs:
        return VisitStage.DECIDED
    if visit.complaint is None:
        return VisitStage.ASK
    if visit.input_done is None:
        return VisitStage.ASSESS if visit.list_left(again=False) else VisitStage.INTERVENE
    return VisitStage.REASSESS if visit.list_left(again=True) else VisitStage.FEEL


def is_late(visit: Visit, now: datetime) -> bool:
    """Return whether the input is too long ago to explain a change."""
    return visit.input_done is not None and now - visit.input_done > LATE_AFTER


# Inputs ---------------------------------------------------------------------------------------------------------------


def classify_movement(movement: Movement) -> Input:
    """Return the type of input that a movement of the catalogue is.

    Examples
    --------
    >>> from formcheck.core.movement.load import load_movement
    >>> [classify_movement(load_movement(one)).value for one in ("plank", "cat_cow", "childs_pose", "cobra")]
    ['support', 'gentle_movement', 'calm', 'stretch']
    """
    if "core strength" in movement.helps:
        return Input.SUPPORT
    if movement.drive.kind in ("cycle", "rhythm"):
        return Input.MOVEMENT
    return Input.CALM if "relaxation" in movement.helps else Input.STRETCH


def suggest_input(visits: Sequence[Visit], step: NextStep | None, complaint: Complaint) -> Input:
    """Return the type of input to try next.

    Parameters
    ----------
    visits : the earlier ones, the oldest first.
    step : what the newest of them ended with; None without one.
    complaint : of today.
    """
    last = next((one.input for one in reversed(visits) if one.input is not None), None)
    if step is NextStep.SUPPORT:
        return Input.SUPPORT
    if step in (NextStep.REDUCE, NextStep.STOP):
        return Input.CALM
    if last is None:
        return Input.MOVEMENT if complaint in (Complaint.STIFF, Complaint.DESK) else Input.STRETCH
    if step is NextStep.OTHER_TYPE:
        return {Input.STRETCH: Input.SUPPORT, Input.SUPPORT: Input.MOVEMENT, Input.MOVEMENT: Input.SUPPORT}.get(
            last, Input.MOVEMENT
        )
    return last


# Reassess, and look back ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class VisitOutcome:
    """What a visit ended with.

    Parameters
    ----------
    changes : each test and side that was done twice.
    change : all of them as one.
    step : what follows.
    times_gone : how often a gain of the day was gone by the next visit.
    sides : left against right, of the tests with sides, before the input.
    """

    changes: tuple[ChangedTest, ...]
    change: Change
    step: NextStep
    times_gone: int
    sides: tuple[SidesFinding, ...]


def decide_visit(visits: Sequence[Visit]) -> VisitOutcome:
    """Return what the newest visit ended with.

    The earlier ones give the person's own error, and what came back.

    Parameters
    ----------
    visits : the oldest first; the last one is over.
    """
    visit = visits[-1]
    changes = compare_before_after(visits)
    change = join_changes(changes)
    gone = count_times_gone(visits)
    step = decide_next_step(
        change,
        visit.feeling or Feeling.SAME,
        pain_rise=visit.pain_rise,
        new_signs=visit.new_signs,
        times_gone=gone,
        times_reduced=_count_reduced(visits[:-1]),
    )
    return VisitOutcome(tuple(changes), change, step, gone, tuple(find_sides(visits)))


def compare_before_after(visits: Sequence[Visit]) -> list[ChangedTest]:
    """Return what changed within the newest visit, between before and after."""
    visit = visits[-1]
    return [
        compare_taken(
            load_protocol(test_id), visit.before[test_id, side], visit.after[test_id, side], side=side,
            own=find_own_error(visits, (test_id, side)), same_setup=True,
        )
        for test_id, side in visit.wanted
        if (test_id, side) in visit.before and (test_id, side) in visit.after
    ]  # fmt: skip


def find_own_error(visits: Sequence[Visit], key: TestKey) -> OwnError:
    """Return a person's own error in one side of a test.

    It comes from the first trials of each visit.
    """
    return estimate_test_error([one.before[key] for one in visits if key in one.before])


def find_carry_over(visits: Sequence[Visit]) -> list[ChangedTest]:
    """Return what is different between the beginnings of first and newest visit.

    This is the headline over the weeks; not what one visit did.
    """
    visit = visits[-1]
    found = []
    for key in visit.wanted:
        first = next((one.before[key] for one in visits[:-1] if key in one.before), None)
        if first is not None and key in visit.before:
            test_id, side = key
            own = find_own_error(visits, key)
            found.append(
                compare_taken(load_protocol(test_id), first, visit.before[key], side=side, own=own, same_setup=False)
            )
    return found


def count_times_gone(visits: Sequence[Visit]) -> int:
    """Return how often a clear gain was gone by the next visit.

    It is gone if less than half of it was left: the error of another day is too large for a finer answer [E].
    """
    return sum(
        any(_is_gone(change, later.before) for change in compare_before_after(visits[: number + 1]))
        for number, later in enumerate(visits[1:])
    )


def _is_gone(change: ChangedTest, later: Mapping[TestKey, Taken]) -> bool:
    next_taken = later.get(change.key)
    if change.change is not Change.BETTER or next_taken is None or next_taken.median is None:
        return False
    if change.before is None or change.after is None or next_taken.unit != change.unit:
        return False
    return (next_taken.median - change.before) / (change.after - change.before) < 0.5


def _count_reduced(visits: Sequence[Visit]) -> int:
    """Return how many visits just before ended with less, without another one between them."""
    count = 0
    for number in range(len(visits), 0, -1):
        visit = visits[number - 1]
        if visit.feeling is None:
            continue
        change = join_changes(compare_before_after(visits[:number]))
        if change is not Change.WORSE and visit.feeling is not Feeling.WORSE:
            break
        count += 1
    return count


def find_sides(visits: Sequence[Visit]) -> list[SidesFinding]:
    """Return left against right for each test of the newest visit that has sides."""
    found = []
    for test_id in visits[-1].tests:
        protocol = load_protocol(test_id)
        if not protocol.each_side or protocol.threshold is None:
            continue
        days = [
            {side: one.before[test_id, side] for side in protocol.sides if (test_id, side) in one.before}
            for one in visits
        ]
        days = [day for day in days if day]
        if not days or not any((test_id, side) in visits[-1].before for side in protocol.sides):
            continue
        errors = [find_own_error(visits, (test_id, side)) for side in protocol.sides]
        found.append(compare_sides(protocol, days, max(errors, key=lambda one: (one.sessions, one.trial or 0.0))))
    return found

"""Define the rows of the history as the program sees them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from formcheck.core.movement.schema import Movement
from formcheck.core.skeleton import Side
from formcheck.core.summary.phrases import find_spec, list_worked_sides
from formcheck.core.summary.schema import FaultRecord, RunSummary
from formcheck.drivers.user_data import FIRST

Moment = Literal["before", "after"]


@dataclass(frozen=True, slots=True)
class Person:
    """A person who uses this computer.

    Parameters
    ----------
    id : of the row.
    name : as typed, 1 to 80 characters.
    locked : a passcode is asked for. It locks the choice on the screen only; the file is not encrypted.
    key : names the person in folders and cookies; no other person ever gets it.
    """

    id: int
    name: str
    locked: bool
    key: str = FIRST


@dataclass(frozen=True, slots=True)
class Session:
    """A session: what was done from the first stretch to the last.

    `ended` is None while it goes on, and if the computer stopped in the middle.
    """

    id: int
    begun: datetime
    ended: datetime | None
    routine_id: str | None


@dataclass(frozen=True, slots=True)
class PractisedRepetition:
    """One repetition and its hold; seconds from the start of the set."""

    number: int
    side: Side | None
    start_s: float
    end_s: float
    hold_start_s: float | None = None
    hold_end_s: float | None = None
    held_s: float | None = None
    valid_s: float | None = None


@dataclass(frozen=True, slots=True)
class SetValue:
    """One measurement over a set.

    Parameters
    ----------
    name : of the measurement; the unit ends it.
    unit : of the four numbers.
    in_hold_median : over the holds; None without a hold.
    low, high : 5th and 95th percentile over the set.
    uncertainty : half-width of the interval that should hold the truth 95 times in 100.
    """

    name: str
    unit: str
    in_hold_median: float | None
    low: float
    high: float
    uncertainty: float


@dataclass(frozen=True, slots=True)
class PractisedSet:
    """One set, as it is stored.

    Parameters
    ----------
    begun : time of day of its start, with a time zone.
    movement_id, movement_version : what was practised.
    side : that worked; None if none did.
    verdict, why_code, why_about : as in the summary.
    duration_s : of the whole set.
    held_s, valid_s : seconds held, and seconds held in good form; None without a hold.
    recording : name of the folder with the person's own recording of the set; None = numbers only.
    key : 16 hex digits; None for a set of an older formcheck.
    """

    begun: datetime
    movement_id: str
    movement_version: int
    side: Literal["left", "right", "both"] | None
    verdict: str
    why_code: str | None
    why_about: str
    duration_s: float
    held_s: float | None
    valid_s: float | None
    hold_target_s: float | None
    repetitions: int | None
    repetitions_target: int | None
    formcheck_version: str
    recording: str | None = None
    key: str | None = None
    each: tuple[PractisedRepetition, ...] = ()
    faults: tuple[FaultRecord, ...] = ()
    values: tuple[SetValue, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """One answer that a person gave: a number or a code, never free text.

    Parameters
    ----------
    at : when, with a time zone.
    question : id of the question, such as `pain_before`.
    number : the answer, such as pain 0 to 10; None if it is a code.
    code : the answer, such as `low_back`; None if it is a number.
    movement_id : that the answer is about; None for the whole session.
    session_id : in which it was given; None outside of one.
    """

    at: datetime
    question: str
    number: float | None = None
    code: str | None = None
    movement_id: str | None = None
    session_id: int | None = None


@dataclass(frozen=True, slots=True)
class Trial:
    """One trial of a test, before or after an intervention.

    `value` is None if it could not be measured.
    """

    test_id: str
    moment: Moment
    number: int
    value: float | None
    unit: str
    side: Side | None = None
    uncertainty: float | None = None


@dataclass(frozen=True, slots=True)
class Removed:
    """The number of rows that were deleted, and the files that went with them."""

    rows: dict[str, int] = field(default_factory=dict)
    files: tuple[str, ...] = ()


def describe_set(
    summary: RunSummary, movement: Movement, *, begun: datetime, recording: str | None = None
) -> PractisedSet:
    """Return the rows of a set from its summary.

    Of the measurements, only those that the movement file names are kept.

    Parameters
    ----------
    summary : of the set.
    movement : that was practised.
    begun : time of day of its start, with a time zone.
    recording : name of the folder with the person's own recording of it, if one was asked for.
    """
    dose = summary.dose
    sides = list_worked_sides(summary)
    return PractisedSet(
        begun=begun,
        movement_id=summary.movement.id,
        movement_version=summary.movement.version,
        side="both" if len(sides) > 1 else sides[0] if sides else None,
        verdict=summary.verdict,
        why_code=summary.why_code,
        why_about=summary.why_about,
        duration_s=summary.source.duration_s,
        held_s=dose.held_s,
        valid_s=dose.hold_s.done,
        hold_target_s=dose.hold_s.target,
        repetitions=_round_count(dose.repetitions.done),
        repetitions_target=_round_count(dose.repetitions.target),
        formcheck_version=summary.formcheck_version,
        recording=recording,
        each=tuple(
            PractisedRepetition(
                one.index, one.side, one.start_s, one.end_s, one.hold_start_s, one.hold_end_s, one.held_s,
                one.valid_hold_s,
            )
            for one in summary.repetitions
        ),
        faults=tuple(summary.faults),
        values=tuple(
            SetValue(name, one.unit, one.in_hold_median, one.p05, one.p95, one.uncertainty)
            for name, one in sorted(summary.measurements.items())
            if find_spec(name, movement, sides) is not None
        ),
    )  # fmt: skip


def _round_count(done: float | None) -> int | None:
    return None if done is None else round(done)

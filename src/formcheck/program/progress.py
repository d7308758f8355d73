"""Find what changed over the weeks: form, range, sides, pain, and whether more is offered.

The first sessions are compared with the newest ones. A change counts only if it is larger than the error of measuring
it. Codes and numbers leave this module; the words for them stand elsewhere.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import groupby

from .change import Change, Threshold, choose_threshold, estimate_own_error, label_change
from .effort import FEW

FORM_THRESHOLD_PCT = 20.0
"""[E] Until the person's own error is known: a fifth of the hold (movements.md, T11)."""
PAIN_THRESHOLD = 2.0
"""Points of ten; the error of one answer is 1.77 (movements.md 4.2)."""
SESSIONS_BEFORE_MORE = 3
"""Sessions in good form, one after the other, before more is offered."""


class Topic(StrEnum):
    """What a finding is about."""

    FORM = "form"
    RANGE = "range"
    PAIN = "pain"


@dataclass(frozen=True, slots=True)
class DoneSet:
    """What the weeks need to know of a set.

    Parameters
    ----------
    session : id of its session.
    day : local day.
    movement_id : what was practised.
    good : True = its verdict was ok and its target was held; None = it could not be judged.
    held_s, valid_s : seconds held, and in good form; None without a hold.
    main : the movement's main measurement by side: median over the holds and its uncertainty.
    """

    session: int
    day: date
    movement_id: str
    good: bool | None
    held_s: float | None
    valid_s: float | None
    main: Mapping[str, tuple[float, float]]


@dataclass(frozen=True, slots=True)
class PainAnswer:
    """Pain before or after a session, 0 to 10."""

    day: date
    before: float | None
    after: float | None


@dataclass(frozen=True, slots=True)
class WeeksFinding:
    """One number then and now.

    Parameters
    ----------
    topic : what it is about.
    movement_id : empty for pain.
    name : of the measurement, for a range; else empty.
    change : whether it is beyond the error of measurement. Of a range, "better" means larger only.
    first, last : medians of the first and the newest sessions.
    threshold : that the change was compared with.
    sessions : how many there are.
    """

    topic: Topic
    movement_id: str
    name: str
    change: Change
    first: float
    last: float
    threshold: Threshold
    sessions: int


def find_changes(sets: Sequence[DoneSet], pain: Sequence[PainAnswer]) -> list[WeeksFinding]:
    """Return all findings; clear changes first, then by number of sessions.

    Parameters
    ----------
    sets : the oldest first.
    pain : the oldest first.
    """
    found = [
        one
        for movement_id, own in _group_by_movement(sets).items()
        for one in (_compare_form(movement_id, own), *_compare_ranges(movement_id, own))
        if one is not None
    ]
    if (felt := _compare_pain(pain)) is not None:
        found.append(felt)
    return sorted(found, key=lambda one: (one.change is Change.NONE, one.topic is not Topic.PAIN, -one.sessions))


def share_good_pct(one: DoneSet) -> float | None:
    """Return the share of the held time in good form, percent.

    None if nothing was held or judged.
    """
    if not one.held_s or one.valid_s is None:
        return None
    return 100 * min(1.0, one.valid_s / one.held_s)


def list_control_pct(sets: Sequence[DoneSet]) -> list[float]:
    """Return the share of the held time in good form, percent, by session.

    The oldest comes first. Sessions in which nothing was held or judged are left out.
    """
    found = []
    for _, own in groupby(sets, key=lambda one: one.session):
        known = [share for one in own if one.good is not None and (share := share_good_pct(one)) is not None]
        if known:
            found.append(statistics.median(known))
    return found


def _group_by_movement(sets: Iterable[DoneSet]) -> dict[str, list[DoneSet]]:
    found: dict[str, list[DoneSet]] = {}
    for one in sets:
        found.setdefault(one.movement_id, []).append(one)
    return found


def _compare_form(movement_id: str, sets: Sequence[DoneSet]) -> WeeksFinding | None:
    shares = [(one.session, share_good_pct(one)) for one in sets if one.good is not None]
    known = [(session, share) for session, share in shares if share is not None]
    return _compare(Topic.FORM, movement_id, "", known, default=FORM_THRESHOLD_PCT, more_is_better=True)


def _compare_ranges(movement_id: str, sets: Sequence[DoneSet]) -> list[WeeksFinding]:
    found = []
    for name in sorted({name for one in sets for name in one.main}):
        values = [(one.session, *one.main[name]) for one in sets if name in one.main]
        # Two values that each lie within ± u of the truth lie within √2 u of each other, 95 times in 100.
        default = 2**0.5 * statistics.median([around for _, _, around in values])
        pairs = [(session, value) for session, value, _ in values]
        one = _compare(Topic.RANGE, movement_id, name, pairs, default=default, more_is_better=True)
        if one is not None:
            found.append(one)
    return found


def _compare_pain(pain: Sequence[PainAnswer]) -> WeeksFinding | None:
    known = [(number, one.before) for number, one in enumerate(pain) if one.before is not None]
    return _compare(Topic.PAIN, "", "", known, default=PAIN_THRESHOLD, more_is_better=False)


def _compare(
    topic: Topic,
    movement_id: str,
    name: str,
    values: Sequence[tuple[int, float]],
    *,
    default: float,
    more_is_better: bool,
) -> WeeksFinding | None:
    """Compare the first with the newest sessions; None with fewer than two."""
    sessions = [[value for _, value in own] for _, own in groupby(values, key=lambda pair: pair[0])]
    if len(sessions) < 2:
        return None
    each_end = min(FEW, len(sessions) // 2)
    first, last = (
        statistics.median([statistics.median(own) for own in some])
        for some in (sessions[:each_end], sessions[-each_end:])
    )
    threshold = choose_threshold(default, estimate_own_error(sessions), 1, same_setup=False)
    change = label_change(first, last, threshold, more_is_better=more_is_better)
    return WeeksFinding(topic, movement_id, name, change, first, last, threshold, len(sessions))


# What the person says -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PlaceFinding:
    """A place of the body that hurts more or less often than at first.

    Parameters
    ----------
    area : code of the place.
    first, last : in how many of the first and of the newest sessions it was named.
    each : how many sessions were looked at, at either end.
    """

    area: str
    first: int
    last: int
    each: int


PLACES_THAT_DIFFER = 2
"""[E] Of three sessions at either end; one more or less is chance."""


def find_place_changes(places: Sequence[frozenset[str]]) -> list[PlaceFinding]:
    """Return the places that are named clearly more or less often now.

    Parameters
    ----------
    places : the places of each session in which it hurt, the oldest first.

    Examples
    --------
    >>> back, none = frozenset({"low_back"}), frozenset({"neck"})
    >>> find_place_changes([back, back, back, none, none, none])[0]
    PlaceFinding(area='low_back', first=3, last=0, each=3)
    """
    if len(places) < 2 * FEW:
        return []
    first, last = places[:FEW], places[-FEW:]
    found = []
    for area in sorted(frozenset().union(*first, *last)):
        counts = sum(area in one for one in first), sum(area in one for one in last)
        if abs(counts[0] - counts[1]) >= PLACES_THAT_DIFFER:
            found.append(PlaceFinding(area, *counts, FEW))
    return sorted(found, key=lambda one: (one.last - one.first, one.area))


@dataclass(frozen=True, slots=True)
class HelpedFinding:
    """How often it was better until the day after; empty id for all sessions."""

    movement_id: str
    lasted: int
    times: int


LEAST_NEXT_DAY_ANSWERS = 3
"""[E] With fewer answers about the day after, nothing is said about them."""


def find_what_helped(days: Sequence[str], of_movements: Mapping[str, Sequence[str]]) -> list[HelpedFinding]:
    """Return how often it lasted: over all sessions first, then after single movements.

    Only movements after which it lasted more often than not are named. What was done on one day cannot be separated.

    Parameters
    ----------
    days : codes of all answers about the day after.
    of_movements : the same for each movement that was done.

    Examples
    --------
    >>> find_what_helped(["lasted", "hours", "lasted"], {"cat_cow": ["lasted", "lasted", "lasted"], "plank": ["hours"]})
    [HelpedFinding(movement_id='', lasted=2, times=3), HelpedFinding(movement_id='cat_cow', lasted=3, times=3)]
    """
    if len(days) < LEAST_NEXT_DAY_ANSWERS:
        return []
    found = [
        HelpedFinding(movement_id, sum(code == "lasted" for code in codes), len(codes))
        for movement_id, codes in of_movements.items()
        if len(codes) >= LEAST_NEXT_DAY_ANSWERS
    ]
    helped = sorted(
        (one for one in found if 2 * one.lasted > one.times), key=lambda one: (-one.lasted / one.times, -one.times)
    )
    return [HelpedFinding("", sum(code == "lasted" for code in days), len(days)), *helped[:FEW]]


# More, and how often --------------------------------------------------------------------------------------------------


def find_ready_movements(sets: Sequence[DoneSet], pain: Sequence[PainAnswer]) -> list[str]:
    """Return the movements in which a little more can be offered.

    Form held in the newest sessions, and pain did not rise in any of the person's newest answers.
    """
    if any(rises_pain(one) for one in pain[-SESSIONS_BEFORE_MORE:]):
        return []
    ready = []
    for movement_id, own in _group_by_movement(sets).items():
        newest = [[one.good for one in some] for _, some in groupby(own, key=lambda one: one.session)]
        newest = newest[-SESSIONS_BEFORE_MORE:]
        if len(newest) == SESSIONS_BEFORE_MORE and all(good for some in newest for good in some):
            ready.append(movement_id)
    return ready


def rises_pain(one: PainAnswer) -> bool:
    """Return whether pain was higher after a session than before."""
    return one.before is not None and one.after is not None and one.after > one.before


def list_weeks(days: Iterable[date], today: date, weeks: int = 4) -> list[list[tuple[date, bool]]]:
    """Return the newest weeks, Monday first: each day and whether something was done on it.

    Days of the future are left out.

    Examples
    --------
    >>> one, = list_weeks([date(2026, 3, 3)], date(2026, 3, 4), weeks=1)
    >>> [(day.isoformat(), done) for day, done in one]
    [('2026-03-02', False), ('2026-03-03', True), ('2026-03-04', False)]
    """
    done = set(days)
    monday = today - timedelta(days=today.weekday())
    starts = [monday - timedelta(weeks=number) for number in reversed(range(weeks))]
    return [
        [(day, day in done) for number in range(7) if (day := start + timedelta(days=number)) <= today]
        for start in starts
    ]

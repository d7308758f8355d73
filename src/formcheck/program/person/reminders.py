"""Choose the calm line of Today, and plan what goes into a calendar.

No streaks, no guilt, one line at most.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta

from formcheck.languages.phrase import Phrase

from .about_me import SUPPORT

PLENTY_A_WEEK = 3
"""S001: three sessions a week."""
LONG_PAUSE = timedelta(days=14)
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
MOST_BREAKS = 12

LINES: Mapping[str, str] = {
    "plenty": Phrase("Three times this week: that is plenty. A day of rest is fine."),
    "welcome_back": Phrase("Welcome back. A pause is fine: begin with half of it."),
    "support_missing": Phrase("You stretched this week. A little support makes it last: bridge, bird dog, plank."),
    "planned": Phrase("Today is one of the days you chose."),
}


@dataclass(frozen=True, slots=True)
class ReminderPlan:
    """When the person wants to be reminded.

    Parameters
    ----------
    days : weekdays of sessions, 0 = Monday.
    at : local time of day of a session.
    breaks : local hours of a minute at the desk, on working days; empty for none.
    """

    days: tuple[int, ...] = ()
    at: time = time(18, 0)
    breaks: tuple[int, ...] = ()


def choose_line(today: date, days: Sequence[date], plan: ReminderPlan, *, is_support_missing: bool = False) -> str:
    """Return the code of the one line that Today shows; empty for none.

    Parameters
    ----------
    today : the local day.
    days : on which something was done, in any order.
    plan : when the person wants to be reminded.
    is_support_missing : as `is_support_missing` has it.

    Examples
    --------
    >>> friday = date(2026, 3, 6)
    >>> week = [friday - timedelta(days=n) for n in (1, 2, 3)]
    >>> [choose_line(friday, some, ReminderPlan(days=(4,))) for some in (week, week[:1], [friday], [])]
    ['plenty', 'planned', '', 'planned']
    """
    monday = today - timedelta(days=today.weekday())
    known = [day for day in days if day <= today]
    if today in known:
        return ""
    if sum(day >= monday for day in set(known)) >= PLENTY_A_WEEK:
        return "plenty"
    if known and today - max(known) >= LONG_PAUSE:
        return "welcome_back"
    if is_support_missing:
        return "support_missing"
    return "planned" if today.weekday() in plan.days else ""


DAYS_BEFORE_SUPPORT = 2
_WEEK = timedelta(days=7)


def is_support_missing(today: date, done: Sequence[tuple[date, str]]) -> bool:
    """Return whether a week had stretches only, and nothing that supports.

    Movements.md 2.39 asks for a mix.

    Parameters
    ----------
    today : the local day.
    done : day and movement of each set, in any order.

    Examples
    --------
    >>> friday = date(2026, 3, 6)
    >>> stretched = [(friday - timedelta(days=n), "cobra") for n in (1, 3)]
    >>> is_support_missing(friday, stretched), is_support_missing(friday, [*stretched, (friday, "plank")])
    (True, False)
    """
    week = [(day, movement) for day, movement in done if timedelta(0) <= today - day < _WEEK]
    return len({day for day, _ in week}) >= DAYS_BEFORE_SUPPORT and not any(one in SUPPORT for _, one in week)

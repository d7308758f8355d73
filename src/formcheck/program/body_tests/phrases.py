"""Write the codes of tests and visits in words, for pages and terminal.

No code decides by them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from formcheck.core.skeleton import Side
from formcheck.languages.phrase import Phrase
from formcheck.program.change import Change, NextStep, Sides, Threshold

from .patterns import Pattern, WayOn
from .protocol import Complaint, Protocol
from .results import ChangedTest, SidesFinding, Taken
from .trials import NoValue
from .visit import Input, VisitOutcome

COMPLAINTS = {
    Complaint.HAMSTRING: "The back of my thighs is tight",
    Complaint.HIP: "My hips are tight",
    Complaint.STIFF: "My back is stiff",
    Complaint.DESK: "I sit a lot",
}
INPUTS = {
    Input.MOVEMENT: "Gentle movement",
    Input.STRETCH: "A stretch",
    Input.SUPPORT: "Support and strength",
    Input.CALM: "Something calm",
    Input.REST: "A break from stretching",
}
INPUT_NOTES = {
    Input.MOVEMENT: "Move slowly to and fro, in a small and easy range.",
    Input.STRETCH: "Hold it mildly, three to five of ten.",
    Input.SUPPORT: "A little strength: slow, with a long line.",
    Input.CALM: "A long breath out, a small range, nothing to reach.",
    Input.REST: "Do nothing for a few minutes. Walk about if you like.",
}
NO_VALUES = {
    NoValue.NOT_SEEN: "it was not seen",
    NoValue.CONDITION: "what the test asks for was not kept, or not seen",
    NoValue.NO_HOLD: "there was no hold",
}
NEXT_STEPS = {
    NextStep.STOP: (
        "Please stop here for today. If this does not settle, or you notice numbness or weakness, get medical advice."
    ),
    NextStep.REDUCE: "Next time, do half as much, and something calm. If it comes again, stop and ask a professional.",
    NextStep.SUPPORT: (
        "It was better after it three times, and gone by your next visit: the change does not stay. "
        "Try support and strength for a while, and let a professional have a look."
    ),
    NextStep.KEEP: "Keep this, at the same amount. Next time, test first, before you begin: then you see what stayed.",
    NextStep.KEEP_FEELING: "It felt better, so keep it if you like. The number need not follow.",
    NextStep.OTHER_TYPE: "Try another kind next time. That is all this says.",
}
CHANGES = {
    Change.BETTER: "A clear change in the measured number.",
    Change.WORSE: "A clear change in the measured number, the other way.",
    Change.NONE: "No clear change. That is a normal answer.",
    Change.UNKNOWN: "formcheck cannot tell from these tries.",
}
PATTERNS = {
    Pattern.LEG_FIRST: "The back of your thigh seems to limit you first. Stretches for it may suit.",
    Pattern.CONTROL: "Your leg rises well, and your back rounds early in the bow. Control may be the easier win.",
    Pattern.SIDE: "One side is clearly different, and not only today. Show it to a professional, if you like.",
    Pattern.USUAL_BUT_TIGHT: "Your ranges look usual, and it feels tight. Try support, breath, or a break.",
    Pattern.SLOWER: "You moved slower and more carefully than at first. Is it pain, worry, habit, or just slow today?",
}
WAYS_ON = {
    WayOn.STABILITY: ("Stability", "Bridge, bird dog, plank: a little strength, so that the back need not tense up."),
    WayOn.MOVING: ("Moving better", "Slow movement to and fro, in an easy range."),
    WayOn.CALM: ("Calm first", "A longer breath out, a smaller range, fewer words."),
    WayOn.HELP: ("A second look", "A physiotherapist sees what a camera cannot."),
}
"""Name and reason of each way on."""
LATE = "More than a quarter of an hour has passed, so the rest of the day is in these numbers too."
PROVISIONAL = (
    "Limits marked * are provisional: careful defaults, until three visits show how much your own numbers vary."
)
HALF_OF_THE_TRIES = "At least half of the tries must be read, both times."
LOW_TRUST = "little can be concluded from this one"
SAME_DAY_NOTE = "A change on the same day shows that you respond to it. Whether it stays, only another day shows."
_UNITS = {"deg": "°", "cm": " cm", "pct": " %", "s": " s", "per_min": " a minute", "tl": " trunk lengths"}
_SIDES = {"left": " (left)", "right": " (right)", None: ""}


def write_number(value: float | None, unit: str, decimals: int = 0) -> str:
    """Return a number with its unit.

    Examples
    --------
    >>> write_number(46.2, "deg"), write_number(12.0, "cm"), write_number(None, "deg")
    ('46°', '12 cm', 'not measured')
    """
    if value is None or not math.isfinite(value):
        return "not measured"
    places = 2 if unit == "tl" else decimals
    return f"{round(value, places) + 0.0:.{places}f}{_UNITS[unit]}"


def write_with_doubt(value: float | None, uncertainty: float, unit: str, decimals: int = 0) -> str:
    """Return a number with its uncertainty, in words.

    Examples
    --------
    >>> write_with_doubt(45.0, 6.0, "deg")
    'about 45°, give or take 6°'
    """
    number = write_number(value, unit, decimals)
    if value is None or not math.isfinite(uncertainty):
        return number
    return f"about {number}, give or take {write_number(uncertainty, unit, decimals)}"


def name_test(protocol: Protocol, side: Side | None) -> str:
    """Return a test's name, with its side."""
    return f"{protocol.name}{_SIDES[side]}"


def write_limit(threshold: Threshold, unit: str, decimals: int = 0) -> str:
    """Return the smallest change that counts; a star marks a provisional one."""
    return write_number(threshold.value, unit, decimals) + ("" if threshold.own else "*")


def write_tries(protocol: Protocol, taken: Taken) -> str:
    """Return the single tries; empty if there is only one."""
    decimals = protocol.measure.decimals if protocol.measure else 0
    each = ", ".join(write_number(value, taken.unit, decimals) for value in taken.values)
    return f"Tries: {each}." if len(taken.values) > 1 else ""


def write_median(protocol: Protocol, taken: Taken) -> str:
    """Return one sentence about one side of a test, without its name.

    Examples
    --------
    >>> from formcheck.program.body_tests.protocol import load_protocol
    >>> write_median(load_protocol("T1"), Taken((40.0, 42.0, 44.0), "deg", 4.0, 3))
    'Bow with a long back: about 42°, give or take 4°.'
    """
    if protocol.measure is None:
        return "Not measured."
    name = f"{protocol.measure.name[:1].upper()}{protocol.measure.name[1:]}"
    if taken.median is None:
        return f"{name}: not measured, fewer than half of the tries could be read."
    return f"{name}: {write_with_doubt(taken.median, taken.uncertainty, taken.unit, protocol.measure.decimals)}."


def write_taken(protocol: Protocol, taken: Taken, side: Side | None) -> str:
    """Return the result of one side of a test with its name and its tries."""
    parts = (f"{name_test(protocol, side)}.", write_median(protocol, taken), write_tries(protocol, taken))
    return " ".join(part for part in parts if part)


def write_change(protocol: Protocol, one: ChangedTest) -> str:
    """Return one sentence about what became of a test within a visit."""
    return _write_pair(protocol, one, "{before} and {after}", "{before} then {after}")


def write_carry_over(protocol: Protocol, one: ChangedTest) -> str:
    """Return one sentence about the beginning of today against that of the first day."""
    days = "{before} on the first day and {after} today"
    return _write_pair(protocol, one, days, days)


_SINCE_FIRST_DAY = {
    Change.NONE: Phrase("Since your first day: no clear change in “{name}”, {before} then and {after} now."),
    Change.WORSE: Phrase(
        "Since your first day: a clear change the other way in “{name}”, {before} then and {after} now."
    ),
}
_SINCE_FIRST_DAY_CLEAR = Phrase("Since your first day: a clear change in “{name}”, {before} then and {after} now.")
_SIDE_NAMES = {"left": Phrase("left"), "right": Phrase("right")}


def write_headline_of_today(protocol: Protocol, one: ChangedTest) -> str:
    """Return what Today says first about the tests of the first day and the newest.

    Parameters
    ----------
    one : a test that can be compared.
    """
    decimals = protocol.measure.decimals if protocol.measure else 0
    before, after = (write_number(value, one.unit, decimals) for value in (one.before, one.after))
    name = f"{protocol.name} ({_SIDE_NAMES[one.side]})" if one.side else protocol.name
    return _SINCE_FIRST_DAY.get(one.change, _SINCE_FIRST_DAY_CLEAR).format(name=name, before=before, after=after)


def _write_pair(protocol: Protocol, one: ChangedTest, same: str, then: str) -> str:
    """Return the sentence, with both numbers put as `same` or, after a change, `then`."""
    decimals = protocol.measure.decimals if protocol.measure else 0
    name = name_test(protocol, one.side)
    numbers = {
        name: write_number(value, one.unit, decimals) for name, value in (("before", one.before), ("after", one.after))
    }
    if one.change is Change.UNKNOWN:
        return f"{name}: cannot be compared, {same.format(**numbers)}. {HALF_OF_THE_TRIES}"
    counts = f"(a change counts from {write_limit(one.threshold, one.unit, decimals)})"
    if one.change is Change.NONE:
        return f"{name}: no clear change, {same.format(**numbers)} {counts}."
    way = ", the other way" if one.change is Change.WORSE else ""
    return f"{name}: clear change in the measured number{way}, {then.format(**numbers)} {counts}."


def write_sides(protocol: Protocol, one: SidesFinding) -> str:
    """Return one sentence about left and right; none is a finding on its own."""
    decimals = protocol.measure.decimals if protocol.measure else 0
    left, right = (write_number(value, one.unit, decimals) for value in (one.left, one.right))
    label = {
        Sides.EQUAL: "about equal",
        Sides.SMALL: "a small difference, as many people have",
        Sides.CLEAR: f"a clear difference, seen on {one.clear_days} of {one.days} days",
        Sides.UNKNOWN: "cannot be compared",
    }[one.label]
    return f"{protocol.name}, left {left} and right {right}: {label}."


def write_headline(outcome: VisitOutcome) -> str:
    """Return the one sentence of a visit."""
    return CHANGES[outcome.change]


def is_provisional(changes: Iterable[ChangedTest]) -> bool:
    """Return whether any limit is a default, so that the note belongs below."""
    return any(not one.threshold.own for one in changes)


def list_rows(changes: Sequence[ChangedTest], protocols: Sequence[Protocol]) -> list[tuple[str, str, str, str, str]]:
    """Return the table of a comparison: test, before, after, counts from, what became of it."""
    words = {
        Change.BETTER: "clear change",
        Change.WORSE: "clear change, the other way",
        Change.OTHER: "clear change",
        Change.NONE: "no clear change",
        Change.UNKNOWN: "cannot tell",
    }
    rows = []
    for protocol, one in zip(protocols, changes, strict=True):
        decimals = protocol.measure.decimals if protocol.measure else 0
        low = f" ({LOW_TRUST})" if protocol.trust == "low" else ""
        rows.append(
            (
                f"{name_test(protocol, one.side)}{low}",
                write_number(one.before, one.unit, decimals),
                write_number(one.after, one.unit, decimals),
                write_limit(one.threshold, one.unit, decimals),
                words[one.change],
            )
        )
    return rows

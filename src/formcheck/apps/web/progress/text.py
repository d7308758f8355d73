"""Write the sentences of the progress page from its findings.

A larger range is a change, not a success: nothing here praises depth.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from formcheck.core.display import format_digits, format_number
from formcheck.core.movement.schema import Movement
from formcheck.core.skeleton import SIDES
from formcheck.core.summary.phrases import find_spec
from formcheck.languages.phrase import capitalise
from formcheck.program.change import Change
from formcheck.program.effort import EaseBar, WayFinding
from formcheck.program.person.body_areas import BY_CODE
from formcheck.program.progress import HelpedFinding, PlaceFinding, Topic, WeeksFinding

NOTHING_TO_COMPARE = "Nothing to compare yet. Practise on two different days, and it appears here."
NO_CHANGE = "Nothing changed beyond measurement error. That is a normal answer."
ONE_CHANGED = "One number changed beyond measurement error."
SOME_CHANGED = "{count} numbers changed beyond measurement error."
SOME_PROVISIONAL = (
    "Some limits are provisional: until formcheck knows how much your own numbers vary from day to day, it uses "
    "careful defaults."
)
MORE = "{movement}: your form held in three sessions. A little more is open to you. Staying as you are is fine too."
SIDE_WORDS = {"left": " (left)", "right": " (right)"}

PLACE_LESS = "{area}: named in {last} of your newest {each} answers about pain, and in {first} of the first {each}."
PLACE_MORE = PLACE_LESS + " Do less there, and ask a professional if it goes on."
HELPED_ALL = "After {lasted} of {times} sessions it was better until the next day."
HELPED_ONE = "After sessions with {movement} it lasted in {lasted} of {times}."
HELPED_NOTE = "What was done on the same day cannot be separated."

BARS_HEAD = "Ease, control, little compensation"
BARS_NOTE = "Of your newest sessions. These are no grades, and how far you reach does not count."
MARK_NOTE = " The thin mark is where you began."
_BAR_NAMES = {
    "ease": "Ease: how little effort it took",
    "control": "Control: time in good form",
    "clean": "Little compensation: sets without a correction",
}
_WAY_NAMES = {"usual": "as usual", "less": "with a little less", "calm": "in the calm way"}
WAYS_COMPARED = "After sessions {way} you felt better in {better} of {times}."

_FORM = {
    Change.BETTER: "{movement}: more of the hold in good form, {last} instead of {first}.",
    Change.WORSE: "{movement}: less of the hold in good form, {last} instead of {first}.",
    Change.NONE: "{movement}: form about as before, {first} and {last} of the hold.",
}
_RANGE = {
    Change.BETTER: "{movement}, {what}: larger than at first, {last} instead of {first}.",
    Change.WORSE: "{movement}, {what}: smaller than at first, {last} instead of {first}.",
    Change.NONE: "{movement}, {what}: about as before, {first} and {last}.",
}
_PAIN = {
    Change.BETTER: "Pain before practice is lower: {last} instead of {first}, of 10.",
    Change.WORSE: "Pain before practice is higher: {last} instead of {first}, of 10. Do less, and ask a professional.",
    Change.NONE: "Pain before practice is about as before: {first} and {last}, of 10.",
}


@dataclass(frozen=True, slots=True)
class ProgressText:
    """What the page says.

    Parameters
    ----------
    headline : what changed beyond measurement error, in one sentence.
    changed, same : a sentence for each finding.
    more : a sentence for each movement in which more is offered.
    note : a caution; empty without one.
    """

    headline: str
    changed: list[str]
    same: list[str]
    more: list[str]
    note: str


def write_progress(
    found: Sequence[WeeksFinding],
    ready: Sequence[str],
    movements: Mapping[str, Movement],
    *,
    places: Sequence[PlaceFinding] = (),
) -> ProgressText:
    """Return all sentences of the page.

    Parameters
    ----------
    found : from `find_changes`.
    places : from `find_place_changes`; they are answers, and have no error of measurement.
    ready : ids of the movements in which more is offered.
    movements : by id; one that is not there any more is named by its id.
    """
    changed = [_write_finding(one, movements) for one in found if one.change is not Change.NONE]
    same = [_write_finding(one, movements) for one in found if one.change is Change.NONE]
    headline = _choose_headline(len(found), changed)
    changed += write_places(places)
    more = [MORE.format(movement=name_movement(one, movements)) for one in ready]
    note = SOME_PROVISIONAL if any(not one.threshold.own for one in found) else ""
    return ProgressText(headline, changed, same, more, note)


def _choose_headline(count: int, changed: Sequence[str]) -> str:
    """Return the first line: how much changed beyond measurement error."""
    if not count:
        return NOTHING_TO_COMPARE
    if not changed:
        return NO_CHANGE
    return ONE_CHANGED if len(changed) == 1 else SOME_CHANGED.format(count=len(changed))


def write_places(found: Sequence[PlaceFinding]) -> list[str]:
    """Return a sentence for each place that is named more or less often now."""
    return [
        (PLACE_LESS if one.last < one.first else PLACE_MORE).format(
            area=capitalise(BY_CODE[one.area].name if one.area in BY_CODE else one.area.replace("_", " ")),
            first=one.first, last=one.last, each=one.each,
        )
        for one in found
    ]  # fmt: skip


def write_helped(found: Sequence[HelpedFinding], movements: Mapping[str, Movement]) -> list[str]:
    """Return what the answers about the day after say."""
    return [
        HELPED_ONE.format(movement=name_movement(one.movement_id, movements), lasted=one.lasted, times=one.times)
        if one.movement_id
        else HELPED_ALL.format(lasted=one.lasted, times=one.times)
        for one in found
    ]


def write_bars(found: Sequence[EaseBar]) -> list[tuple[str, str]]:
    """Return name and value in words of each bar."""
    return [
        (
            _BAR_NAMES[one.code],
            format_number(one.now, "pct")
            if one.first is None
            else f"{format_number(one.now, 'pct')}, at first {format_number(one.first, 'pct')}",
        )
        for one in found
    ]


def write_ways(found: Sequence[WayFinding]) -> list[str]:
    """Return a sentence for each way of practising, so that the person can compare."""
    return [WAYS_COMPARED.format(way=_WAY_NAMES[one.way], better=one.better, times=one.times) for one in found]


def name_movement(movement_id: str, movements: Mapping[str, Movement]) -> str:
    """Return a movement's name; its id in words if its file is gone."""
    movement = movements.get(movement_id)
    return movement.name if movement else movement_id.replace("_", " ")


def name_value(name: str, movement: Movement | None) -> str:
    """Return the everyday name of a movement's measurement, with its side."""
    sides = [side for side in SIDES if f"_{side}_" in name]
    spec = find_spec(name, movement, sides) if movement else None
    words = spec.name if spec else name.replace("_", " ")
    return words[:1].lower() + words[1:] + (SIDE_WORDS[sides[0]] if sides else "")


def find_value_unit(name: str, movement: Movement | None) -> str:
    """Return the unit of a movement's measurement; degrees if its file is gone."""
    sides = [side for side in SIDES if f"_{side}_" in name]
    spec = find_spec(name, movement, sides) if movement else None
    return spec.unit if spec else "deg"


def _write_finding(one: WeeksFinding, movements: Mapping[str, Movement]) -> str:
    if one.topic is Topic.PAIN:
        return _PAIN[one.change].format(first=format_digits(one.first, "n"), last=format_digits(one.last, "n"))
    movement = name_movement(one.movement_id, movements)
    if one.topic is Topic.FORM:
        first, last = format_number(one.first, "pct"), format_number(one.last, "pct")
        return _FORM[one.change].format(movement=movement, first=first, last=last)
    own = movements.get(one.movement_id)
    unit = find_value_unit(one.name, own)
    return _RANGE[one.change].format(
        movement=movement,
        what=name_value(one.name, own),
        first=format_number(one.first, unit),
        last=format_number(one.last, unit),
    )

"""Build what a report says, as a list of blocks.

It is one content for paper and for the screen. Both forms print the same texts, so they agree to the last digit.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from formcheck.core.display import format_clock, format_digits, format_number_with_doubt, name_check
from formcheck.core.movement.schema import MeasureSpec, Movement
from formcheck.core.skeleton import SIDES
from formcheck.core.summary.phrases import (
    NOT_MEDICAL,
    describe_target,
    find_spec,
    list_worked_sides,
    name_measurement,
    say_verdict,
)
from formcheck.core.summary.schema import FaultRecord, MeasurementRecord, RunSummary

LIMITS = (
    "Angles are estimates from one camera. The number after ± is the half-width of the interval that should hold the "
    "truth 95 times in 100. What the camera could not see is listed and not judged. It sees no pressure or pain."
)
MOST_FAULT_ROWS = 8
"""With more faults, those of one kind share a row, so that a long recording stays readable."""
MOST_NAMED_TIMES = 6
"""Times of one kind of fault that a row names."""
NO_CLEAR, CLEAR, ONCE = "no clear change", "clear change", "–"


class Heading(NamedTuple):
    """The title of a part."""

    text: str


class Paragraph(NamedTuple):
    """Some sentences; small ones are about the method."""

    text: str
    is_small: bool = False


class Table(NamedTuple):
    """Rows under a head; the first column is the widest."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class KeyPicture(NamedTuple):
    """A picture (PNG) with its caption."""

    png: bytes
    caption: str


class Signature(NamedTuple):
    """Lines for a date and a name."""

    label: str


Block = Heading | Paragraph | Table | KeyPicture | Signature


@dataclass(frozen=True, slots=True)
class ReportDetails:
    """What a report says besides the result; all of it is text that people wrote.

    Parameters
    ----------
    patient : name or code.
    when : day of the check, as it is to be printed.
    recorded, recorded_before : days of this recording and of the earlier one, where they are known; else empty.
    complaint, goal, plan, review_on : free text; empty = left out.
    pain, adherence : such as "3 of 10" and "7 of 9 planned sets"; empty = left out.
    pictures : key moments, each a PNG with its caption.
    """

    patient: str
    when: str
    complaint: str = ""
    pain: str = ""
    goal: str = ""
    plan: Sequence[str] = ()
    review_on: str = ""
    adherence: str = ""
    corrected_by: str = ""
    recorded: str = ""
    recorded_before: str = ""
    pictures: Sequence[tuple[bytes, str]] = field(default=())


def build_report(
    summary: RunSummary, movement: Movement, details: ReportDetails, *, before: RunSummary | None = None
) -> list[Block]:
    """Return the blocks of a report.

    Parameters
    ----------
    before : an earlier result of the same movement to compare with.
    """
    verdict = say_verdict(summary, movement)
    top = {"Patient": details.patient, "Recorded on": details.recorded, "Checked on": details.when}
    top = {label: text for label, text in top.items() if text} | {"Movement": verdict.title.split(" · ")[0]}
    blocks: list[Block] = [Table(tuple(top), (tuple(top.values()),))]
    said = (details.complaint, details.pain, details.goal, details.adherence)
    for label, text in zip(("Complaint", "Pain now", "Goal", "Adherence"), said, strict=True):
        if text:
            blocks.append(Paragraph(f"{label}: {text}"))
    blocks += [Heading(verdict.headline), Paragraph(verdict.why)]
    if verdict.facts:
        blocks.append(Table(("What was done", ""), tuple(verdict.facts)))
    blocks += [KeyPicture(png, caption) for png, caption in details.pictures]
    blocks += [Heading("Measures"), _tabulate_measures(summary, movement, before)]
    if before is not None and details.recorded_before:
        blocks.append(Paragraph(f"Last time: the recording of {details.recorded_before}.", is_small=True))
    blocks += _tabulate_faults(summary, movement)
    if verdict.unseen:
        blocks += [Heading("Could not be judged"), *(Paragraph(words) for words in verdict.unseen)]
    if details.plan or details.review_on:
        review = [f"Next review: {details.review_on}"] if details.review_on else []
        blocks += [Heading("Plan"), *(Paragraph(line) for line in (*review, *details.plan))]
    blocks.append(Heading("Limits of the method"))
    if details.corrected_by:
        blocks.append(Paragraph(f"Faults and holds were corrected by {details.corrected_by}.", is_small=True))
    made = f"formcheck {summary.formcheck_version}, pose model {summary.model.name}, recording {summary.source.name}"
    blocks += [Paragraph(text, is_small=True) for text in (LIMITS, NOT_MEDICAL, made)]
    return [*blocks, Signature("Date, name, signature")]


def _tabulate_measures(summary: RunSummary, movement: Movement, before: RunSummary | None) -> Table:
    """Return the measures that the movement asks for, with the change since last time."""
    sides = list_worked_sides(summary)
    specs = {name: spec for name in summary.measurements if (spec := find_spec(name, movement, sides)) is not None}
    called = Counter(spec.name for spec in specs.values())
    rows = []
    for name, spec in specs.items():
        measured = _find_measured(summary, name, movement, spec)
        side = next((f", {side}" for side in SIDES if called[spec.name] > 1 and f"_{side}_" in name), "")
        row = [f"{spec.name}{side}" if spec.name else name_measurement(name), describe_target(spec),
               ONCE if measured is None else _print(measured)]  # fmt: skip
        if before is not None:
            row += _compare_measure(measured, _find_measured(before, name, movement, spec))
        rows.append(tuple(row))
    head = ("Measure", "Target", "This time")
    return Table((*head, "Last time", "Change", "Verdict") if before is not None else head, tuple(rows))


def _find_measured(summary: RunSummary, name: str, movement: Movement, spec: MeasureSpec) -> MeasurementRecord | None:
    """Return a measurement as the movement asks for it; None if it is not known.

    Where the change since the start is asked for, it is what the check found, not the angle itself: it stands beside
    the target of the change.
    """
    measured = summary.measurements.get(name)
    if measured is None or not spec.change:
        return measured
    check = next((one for one in summary.checks if movement.measures.get(one.id) is spec), None)
    if check is None or check.value is None or check.uncertainty is None:
        return None
    found = {"median": check.value, "in_hold_median": check.value, "uncertainty": check.uncertainty}
    return measured.model_copy(update=found)


def _print(measured: MeasurementRecord) -> str:
    return format_number_with_doubt(find_reported_value(measured), measured.unit, measured.uncertainty)


def find_reported_value(measured: MeasurementRecord) -> float:
    """Return the number that a report states.

    It is the median of the hold, or of the recording where there is none.
    """
    return measured.median if measured.in_hold_median is None else measured.in_hold_median


def _compare_measure(now: MeasurementRecord | None, then: MeasurementRecord | None) -> list[str]:
    if then is None:
        return [ONCE, ONCE, "not measured last time"]
    if now is None:
        return [_print(then), ONCE, "not measured this time"]
    new, old = find_reported_value(now), find_reported_value(then)
    word = CLEAR if is_clear_change(now, then) else NO_CLEAR
    # of the numbers as they are printed, so that a reader who subtracts gets the same
    change = float(format_digits(new, now.unit)) - float(format_digits(old, now.unit))
    sign = "+" if change > 0 else ""
    return [
        _print(then),
        f"{sign}{format_digits(change, now.unit)}".replace("-", "−"),
        word,
    ]


def is_clear_change(now: MeasurementRecord, then: MeasurementRecord) -> bool:
    """Return whether two numbers lie further apart than both uncertainties explain.

    Half-widths of 95 % intervals add up as the sides of a right angle: the minimal detectable change at 95 %.
    """
    least = math.hypot(now.uncertainty, then.uncertainty)
    return abs(find_reported_value(now) - find_reported_value(then)) >= least


def _tabulate_faults(summary: RunSummary, movement: Movement) -> list[Block]:
    if not summary.faults:
        return []
    kinds: dict[str, list[FaultRecord]] = {}
    for one in summary.faults:
        kinds.setdefault(one.id if len(summary.faults) > MOST_FAULT_ROWS else f"{one.id} {one.from_s}", []).append(one)
    rows = tuple(_describe_faults(same, movement) for same in kinds.values())
    return [Heading("Seen"), Table(("What", "When", "Size", "What was said"), rows)]


def _describe_faults(same: Sequence[FaultRecord], movement: Movement) -> tuple[str, str, str, str]:
    """Return the row of one fault, or of several of one kind.

    It has their times, and the size of the largest.
    """
    name = name_check(same[0].id, movement)
    when = f"{format_clock(same[0].from_s)} to {format_clock(same[0].to_s)}"
    if len(same) > 1:
        name = f"{name}, {len(same)} times"
        left = len(same) - MOST_NAMED_TIMES
        when = ", ".join(format_clock(one.from_s) for one in same[:MOST_NAMED_TIMES])
        when += f" and {left} more, last {format_clock(same[-1].from_s)}" if left > 0 else ""
    largest = max(same, key=_find_excess)
    size = "" if largest.value is None else format_number_with_doubt(largest.value, largest.unit, largest.uncertainty)
    return name, when, f"{size} at worst" if size and len(same) > 1 else size, largest.cue


def _find_excess(fault: FaultRecord) -> float:
    """Return how far a fault lies past its limit, −1 without a number."""
    return -1.0 if fault.value is None else abs(fault.value - fault.limit)

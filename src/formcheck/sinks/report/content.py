"""Build what a report says, as a list of blocks.

It is one content for paper and for the screen. Both forms print the same texts, so they agree to the last digit.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from formcheck.core.display import format_clock, format_digits, format_number_with_doubt, name_check
from formcheck.core.movement.schema import Movement
from formcheck.core.summary.phrases import (
    NOT_MEDICAL,
    describe_target,
    find_spec,
    list_worked_sides,
    name_measurement,
    say_verdict,
)
from formcheck.core.summary.schema import MeasurementRecord, RunSummary

LIMITS = (
    "Angles are estimates from one camera. The number after ± is the half-width of the interval that should hold the "
    "truth 95 times in 100. What the camera could not see is listed and not judged. It sees no pressure or pain."
)
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
    when : day of the check, as it is to be printed; a recording does not say when it was made.
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
    blocks: list[Block] = [
        Table(("Patient", "Checked on", "Movement"), ((details.patient, details.when, verdict.title.split(" · ")[0]),))
    ]
    said = (details.complaint, details.pain, details.goal, details.adherence)
    for label, text in zip(("Complaint", "Pain now", "Goal", "Adherence"), said, strict=True):
        if text:
            blocks.append(Paragraph(f"{label}: {text}"))
    blocks += [Heading(verdict.headline), Paragraph(verdict.why)]
    if verdict.facts:
        blocks.append(Table(("What was done", ""), tuple(verdict.facts)))
    blocks += [KeyPicture(png, caption) for png, caption in details.pictures]
    blocks += [Heading("Measures"), _tabulate_measures(summary, movement, before)]
    blocks += _tabulate_faults(summary, movement)
    if verdict.unseen:
        blocks += [Heading("Could not be judged"), *(Paragraph(words) for words in verdict.unseen)]
    if details.plan or details.review_on:
        blocks += [Heading("Plan"), *(Paragraph(line) for line in details.plan)]
        if details.review_on:
            blocks.append(Paragraph(f"Next review: {details.review_on}"))
    blocks.append(Heading("Limits of the method"))
    if details.corrected_by:
        blocks.append(Paragraph(f"Faults and holds were corrected by {details.corrected_by}.", is_small=True))
    made = f"formcheck {summary.formcheck_version}, pose model {summary.model.name}, recording {summary.source.name}"
    blocks += [Paragraph(text, is_small=True) for text in (LIMITS, NOT_MEDICAL, made)]
    return [*blocks, Signature("Date, name, signature")]


def _tabulate_measures(summary: RunSummary, movement: Movement, before: RunSummary | None) -> Table:
    """Return the measures that the movement asks for, with the change since last time."""
    sides = list_worked_sides(summary)
    rows = []
    for name, measured in summary.measurements.items():
        spec = find_spec(name, movement, sides)
        if spec is None:
            continue
        value = find_reported_value(measured)
        row = [spec.name or name_measurement(name), describe_target(spec),
               format_number_with_doubt(value, measured.unit, measured.uncertainty)]  # fmt: skip
        if before is not None:
            row += _compare_measure(measured, before.measurements.get(name))
        rows.append(tuple(row))
    head = ("Measure", "Target", "This time")
    return Table((*head, "Last time", "Change", "Verdict") if before is not None else head, tuple(rows))


def find_reported_value(measured: MeasurementRecord) -> float:
    """Return the number that a report states.

    It is the median of the hold, or of the recording where there is none.
    """
    return measured.median if measured.in_hold_median is None else measured.in_hold_median


def _compare_measure(now: MeasurementRecord, then: MeasurementRecord | None) -> list[str]:
    if then is None:
        return [ONCE, ONCE, "not measured last time"]
    new, old = find_reported_value(now), find_reported_value(then)
    word = CLEAR if is_clear_change(now, then) else NO_CLEAR
    # of the numbers as they are printed, so that a reader who subtracts gets the same
    change = float(format_digits(new, now.unit)) - float(format_digits(old, now.unit))
    sign = "+" if change > 0 else ""
    return [
        format_number_with_doubt(old, then.unit, then.uncertainty),
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
    rows = tuple(
        (
            name_check(one.id, movement),
            f"{format_clock(one.from_s)} to {format_clock(one.to_s)}",
            "" if one.value is None else format_number_with_doubt(one.value, one.unit, one.uncertainty),
            one.cue,
        )
        for one in summary.faults
    )
    return [Heading("Seen"), Table(("What", "When", "Size", "What was said"), rows)]

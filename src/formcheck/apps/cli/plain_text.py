"""Write a movement or a routine in plain lines for the terminal.

A movement has its bands to scale; a routine has its steps with their times, and its sources.
"""

from __future__ import annotations

import textwrap
from collections.abc import Container, Iterable, Iterator

from formcheck.apps.guide.bands import LEGEND, write_bands_lines
from formcheck.apps.guide.drawings import describe_camera
from formcheck.apps.guide.routine_words import describe_plan, list_changes, name_plan, name_routine_part
from formcheck.apps.guide.words import (
    AVOID_WORDS,
    CLASSES,
    COME_OUT,
    OFFER_WORDS,
    PLACES,
    describe_band,
    describe_dose,
    describe_fault_time,
    find_swap,
    list_aliases,
    measure_when,
)
from formcheck.core.display import format_clock
from formcheck.core.movement.schema import FaultSpec, MeasureSpec, Movement
from formcheck.languages.phrase import capitalise
from formcheck.program.routines.fit import RoutinePlan, plan_routine
from formcheck.program.routines.schema import OwnMovementsById, Routine
from formcheck.program.routines.steps import RoutineStep, StepKind

TEXT_WIDTH = 88
_LABEL = 11


def list_movement_lines(movement: Movement) -> Iterator[str]:
    """Yield the contents of the file in lines.

    How to do it, where the camera goes, what is measured, said and asked; sources.
    """
    yield f"{movement.name}  ({movement.id}, version {movement.version})"
    yield from textwrap.wrap(movement.about, TEXT_WIDTH)
    yield ""
    yield from _list_facts(movement)
    yield from _write_section("How to do it")
    for number, step in enumerate(movement.steps, start=1):
        yield from _wrap_labelled(f"  {number}. ", step)
    yield ""
    yield from _label_words("dose", f"{describe_dose(movement)}   [{movement.dose.source}]")
    yield from _label_words("breath", movement.breath)
    yield from _label_words("easier", movement.easier)
    yield from _label_words("harder", movement.harder)
    swap = find_swap(movement)
    if swap:
        yield from _label_words("instead", f"{swap.words} ({swap.id})" if swap.id else swap.words)
    yield from _write_section("Camera")
    yield from _wrap_labelled("  ", describe_camera(movement))
    yield from _wrap_labelled("  ", movement.view.text)
    yield from _label_words("start", movement.start.text)
    yield from _write_section("Measured", LEGEND)
    for measure in movement.measures.values():
        yield from _measure(measure)
    yield from _write_section("What is said, and when")
    for fault in movement.faults:
        yield from _describe_fault(fault)
    yield from _list_endings(movement)


def list_lines(movements: Iterable[Movement], *, own: Container[str] = ()) -> Iterator[str]:
    """Yield one line for each movement: id, name, posture, class; those in `own` are marked."""
    rows = [
        (one.id, one.name, one.posture.replace("_", " "), f"class {one.confidence}{', own' if one.id in own else ''}")
        for one in movements
    ]
    wide = [max(len(row[column]) for row in rows) for column in range(3)]
    for row in rows:
        yield "  ".join([*(cell.ljust(width) for cell, width in zip(row, wide, strict=False)), row[3]])


def _list_facts(movement: Movement) -> Iterator[str]:
    yield from _label_words("also", ", ".join(list_aliases(movement)))
    yield from _label_words("where", PLACES[movement.place])
    yield from _label_words("helps", ", ".join(movement.helps))
    yield from _label_words("class", f"{movement.confidence}, {CLASSES[movement.confidence]}")
    if movement.advanced:
        yield from _label_words("note", "advanced: only with a therapist")


def _measure(measure: MeasureSpec) -> Iterator[str]:
    limits = ", ".join(filter(None, [f"target {describe_band(measure.target, measure.unit)}", measure_when(measure)]))
    yield f"  {measure.name}: {limits if measure.target else 'shown only, not judged'}"
    yield from (f"    {line}" for line in write_bands_lines(measure))
    yield from _wrap_labelled("    ", f"[{measure.source}]")


def _describe_fault(fault: FaultSpec) -> Iterator[str]:
    yield from _wrap_labelled(f"  {fault.severity:<7} ", f"{capitalise(fault.seen)}: “{fault.cue}”")
    yield from _wrap_labelled(" " * 10, f"{describe_fault_time(fault)}   [{fault.source}]")
    if fault.easier:
        yield from _wrap_labelled(" " * 10, f"easier: {fault.easier}")


def _list_endings(movement: Movement) -> Iterator[str]:
    """Yield what cannot be seen, when to stop, the sources."""
    if movement.questions:
        yield from _write_section("Cannot be seen, so we ask")
    for question in movement.questions:
        yield from _wrap_labelled("  ", f"{capitalise(question.cannot_see)}.", later="  ")
        yield from _wrap_labelled("    ", f"{question.ask}  {' / '.join(question.answers)}")
    yield from _write_section("Stop")
    for reason in movement.stop_if:
        yield from _wrap_labelled("  - ", reason)
    yield from _wrap_labelled("  ", COME_OUT)
    if movement.avoided:
        yield from _write_section("Before practice")
    for sign, rule in movement.avoided.items():
        yield from _wrap_labelled("  - ", f"{AVOID_WORDS[sign]}: {OFFER_WORDS[rule.offer]}   [{rule.source}]")
    yield from _write_section("Sources")
    for tag, words in movement.sources.items():
        yield from _wrap_labelled(f"  {tag:<9} ", words)


def _write_section(title: str, more: str = "") -> Iterator[str]:
    yield ""
    yield f"{title}   {more}".rstrip()


def _label_words(label: str, words: str) -> Iterator[str]:
    if words:
        yield from _wrap_labelled(f"  {label:<{_LABEL - 2}}", words)


def _wrap_labelled(first: str, words: str, later: str | None = None) -> Iterator[str]:
    """Yield words after a label; indent further lines below the first."""
    indent = " " * len(first) if later is None else later
    yield from textwrap.wrap(words, TEXT_WIDTH, initial_indent=first, subsequent_indent=indent, break_on_hyphens=False)


_STEP_NAMES: dict[StepKind, str] = {
    "position": "get into position",
    "set": "go",
    "switch": "the other side",
    "rest": "rest",
    "breath": "breathe",
    "walk": "walk",
    "information": "read this",
    "done": "done",
}


def list_routine_rows(routines: Iterable[Routine], own: OwnMovementsById) -> Iterator[str]:
    """Yield one line for each routine: id, name, minutes, number of parts."""
    plans = [plan_routine(one, own=own) for one in routines]
    rows = [(one.routine.id, name_plan(one), f"{max(1, round(one.time_s / 60))} min") for one in plans]
    wide = [max(len(row[column]) for row in rows) for column in range(3)]
    for row, plan in zip(rows, plans, strict=True):
        cells = [cell.ljust(width) for cell, width in zip(row, wide, strict=True)]
        yield "  ".join([*cells, f"{len(plan.parts)} parts"])


def list_plan_lines(plan: RoutinePlan) -> Iterator[str]:
    """Yield a plan in lines: what it is about, each step with the clock at its start, what was changed, sources."""
    yield f"{name_plan(plan)}  ({plan.routine.id}, {format_clock(plan.time_s)})"
    yield from textwrap.wrap(describe_plan(plan), TEXT_WIDTH)
    yield ""
    parts, at_s = {one.index: one for one in plan.parts}, 0.0
    for step in plan.steps:
        name = "" if step.kind == "done" else name_routine_part(parts[step.part])
        yield f"  {format_clock(at_s)}  {' · '.join(filter(None, [name, _name_step(step)]))}"
        at_s += step.length_s
    for line in list_changes(plan):
        yield from textwrap.wrap(line, TEXT_WIDTH, initial_indent="  ! ", subsequent_indent="    ")
    yield ""
    yield from textwrap.wrap(f"[{plan.routine.source}]", TEXT_WIDTH)
    for tag, words in plan.routine.sources.items():
        yield from textwrap.wrap(f"  {tag:<9} {words}", TEXT_WIDTH, subsequent_indent=" " * 12)


def _name_step(step: RoutineStep) -> str:
    side = f", {step.side} side" if step.side else ""
    number = f", set {step.set_number}" if step.set_number > 1 else ""
    camera = ", the camera moves" if step.moves_camera else ""
    return f"{_STEP_NAMES[step.kind]}{side}{number}{camera} ({step.length_s:.0f} s)" if step.length_s else "done"

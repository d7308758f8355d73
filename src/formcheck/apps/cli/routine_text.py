"""Write a routine in plain lines for the terminal: its steps with their times, and its sources."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator

from formcheck.apps.guide.routine_words import describe_plan, list_changes, name_plan, name_routine_part
from formcheck.core.display import format_clock
from formcheck.program.routines.fit import RoutinePlan, plan_routine
from formcheck.program.routines.schema import Routine
from formcheck.program.routines.steps import RoutineStep, StepKind

_WIDTH = 88
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


def list_routine_rows(routines: Iterable[Routine]) -> Iterator[str]:
    """Yield one line for each routine: id, name, minutes, number of parts."""
    plans = [plan_routine(one) for one in routines]
    rows = [(one.routine.id, name_plan(one), f"{max(1, round(one.time_s / 60))} min") for one in plans]
    wide = [max(len(row[column]) for row in rows) for column in range(3)]
    for row, plan in zip(rows, plans, strict=True):
        cells = [cell.ljust(width) for cell, width in zip(row, wide, strict=True)]
        yield "  ".join([*cells, f"{len(plan.parts)} parts"])


def list_plan_lines(plan: RoutinePlan) -> Iterator[str]:
    """Yield a plan in lines: what it is about, each step with the clock at its start, what was changed, sources."""
    yield f"{name_plan(plan)}  ({plan.routine.id}, {format_clock(plan.time_s)})"
    yield from textwrap.wrap(describe_plan(plan), _WIDTH)
    yield ""
    parts, at_s = {one.index: one for one in plan.parts}, 0.0
    for step in plan.steps:
        name = "" if step.kind == "done" else name_routine_part(parts[step.part])
        yield f"  {format_clock(at_s)}  {' · '.join(filter(None, [name, _name_step(step)]))}"
        at_s += step.length_s
    for line in list_changes(plan):
        yield from textwrap.wrap(line, _WIDTH, initial_indent="  ! ", subsequent_indent="    ")
    yield ""
    yield from textwrap.wrap(f"[{plan.routine.source}]", _WIDTH)
    for tag, words in plan.routine.sources.items():
        yield from textwrap.wrap(f"  {tag:<9} {words}", _WIDTH, subsequent_indent=" " * 12)


def _name_step(step: RoutineStep) -> str:
    side = f", {step.side} side" if step.side else ""
    number = f", set {step.set_number}" if step.set_number > 1 else ""
    camera = ", the camera moves" if step.moves_camera else ""
    return f"{_STEP_NAMES[step.kind]}{side}{number}{camera} ({step.length_s:.0f} s)" if step.length_s else "done"

"""A movement file in plain lines, for the terminal: short, aligned, with its bands to scale."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator

from formcheck.apps.guide.bands import LEGEND, bands_lines
from formcheck.apps.guide.drawings import camera_words
from formcheck.apps.guide.words import (
    CLASSES,
    COME_OUT,
    PLACES,
    aliases_of,
    band_text,
    dose_words,
    fault_when,
    measure_when,
    sentence,
    swap_of,
)
from formcheck.core.movement.schema import FaultSpec, MeasureSpec, Movement

TEXT_WIDTH = 88
_LABEL = 11


def movement_lines(movement: Movement) -> Iterator[str]:
    """Yield what the file says: how to do it, where the camera goes, what is measured, said, asked; sources."""
    yield f"{movement.name}  ({movement.id}, version {movement.version})"
    yield from textwrap.wrap(movement.about, TEXT_WIDTH)
    yield ""
    yield from _facts(movement)
    yield from _section("How to do it")
    for number, step in enumerate(movement.steps, start=1):
        yield from _wrapped(f"  {number}. ", step)
    yield ""
    yield from _labelled("dose", f"{dose_words(movement)}   [{movement.dose.source}]")
    yield from _labelled("breath", movement.breath)
    yield from _labelled("easier", movement.easier)
    swap = swap_of(movement)
    if swap:
        yield from _labelled("instead", f"{swap.words} ({swap.id})" if swap.id else swap.words)
    yield from _section("Camera")
    yield from _wrapped("  ", camera_words(movement))
    yield from _wrapped("  ", movement.view.text)
    yield from _labelled("start", movement.start.text)
    yield from _section("Measured", LEGEND)
    for measure in movement.measures.values():
        yield from _measure(measure)
    yield from _section("Said, and when")
    for fault in movement.faults:
        yield from _fault(fault)
    yield from _endings(movement)


def list_lines(movements: Iterable[Movement]) -> Iterator[str]:
    """Yield one line for each movement: id, name, posture, class."""
    rows = [(one.id, one.name, one.posture.replace("_", " "), f"class {one.confidence}") for one in movements]
    wide = [max(len(row[column]) for row in rows) for column in range(3)]
    for row in rows:
        yield "  ".join([*(cell.ljust(width) for cell, width in zip(row, wide, strict=False)), row[3]])


def _facts(movement: Movement) -> Iterator[str]:
    yield from _labelled("also", ", ".join(aliases_of(movement)))
    yield from _labelled("where", PLACES[movement.place])
    yield from _labelled("helps", ", ".join(movement.helps))
    yield from _labelled("class", f"{movement.confidence}, {CLASSES[movement.confidence]}")
    if movement.advanced:
        yield from _labelled("note", "advanced: only with a therapist")


def _measure(measure: MeasureSpec) -> Iterator[str]:
    told = ", ".join(filter(None, [f"target {band_text(measure.target, measure.unit)}", measure_when(measure)]))
    yield f"  {measure.name}: {told if measure.target else 'noted only'}"
    yield from (f"    {line}" for line in bands_lines(measure))
    yield from _wrapped("    ", f"[{measure.source}]")


def _fault(fault: FaultSpec) -> Iterator[str]:
    yield from _wrapped(f"  {fault.severity:<7} ", f"{sentence(fault.seen)}: “{fault.cue}”")
    yield from _wrapped(" " * 10, f"{fault_when(fault)}   [{fault.source}]")
    if fault.easier:
        yield from _wrapped(" " * 10, f"easier: {fault.easier}")


def _endings(movement: Movement) -> Iterator[str]:
    """What cannot be seen, when to stop, the sources."""
    if movement.questions:
        yield from _section("Cannot be seen, so we ask")
    for question in movement.questions:
        yield from _wrapped("  ", f"{sentence(question.cannot_see)}.", later="  ")
        yield from _wrapped("    ", f"{question.ask}  {' / '.join(question.answers)}")
    yield from _section("Stop")
    for reason in movement.stop_if:
        yield from _wrapped("  - ", reason)
    yield from _wrapped("  ", COME_OUT)
    yield from _section("Sources")
    for tag, words in movement.sources.items():
        yield from _wrapped(f"  {tag:<9} ", words)


def _section(title: str, more: str = "") -> Iterator[str]:
    yield ""
    yield f"{title}   {more}".rstrip()


def _labelled(label: str, words: str) -> Iterator[str]:
    if words:
        yield from _wrapped(f"  {label:<{_LABEL - 2}}", words)


def _wrapped(first: str, words: str, later: str | None = None) -> Iterator[str]:
    """Yield words after a label, further lines set in under the first."""
    indent = " " * len(first) if later is None else later
    yield from textwrap.wrap(words, TEXT_WIDTH, initial_indent=first, subsequent_indent=indent, break_on_hyphens=False)

"""A movement file in plain lines, for the terminal."""

from __future__ import annotations

from collections.abc import Iterator

from formcheck.core.movement import Band, Movement

UNITS = {"deg": "°", "pct": " %", "tl": " trunk lengths", "deg_per_s": "°/s", "s": " s"}


def band_text(band: Band | None, unit: str) -> str:
    """Return a band in words.

    Examples
    --------
    >>> band_text([165, 190], "deg"), band_text(["open", 25], "deg"), band_text([20, "open"], "deg")
    ('165 to 190°', 'up to 25°', 'from 20°')
    """
    if band is None:
        return "noted only"
    low, high = band
    mark = UNITS.get(unit, f" {unit}")
    if low == "open":
        return f"up to {high:g}{mark}"
    if high == "open":
        return f"from {low:g}{mark}"
    return f"{low:g} to {high:g}{mark}"


def movement_lines(movement: Movement) -> Iterator[str]:
    """Yield what the file says: how to do it, what is measured, the faults and their cues, sources."""
    yield f"{movement.name}  ({movement.id}, version {movement.version})"
    yield movement.about
    yield ""
    yield from (f"  {i}. {step}" for i, step in enumerate(movement.steps, start=1))
    yield ""
    yield f"Camera   {movement.view.text}"
    yield f"Breath   {movement.breath}"
    yield f"Dose     {_dose(movement)}"
    yield f"Easier   {movement.easier}"
    yield f"Stop if  {'; '.join(movement.stop_if)}"
    yield ""
    yield "Measured"
    width = max(len(m.name) for m in movement.measures.values())
    for measure in movement.measures.values():
        yield f"  {measure.name:<{width}}  {band_text(measure.target, measure.unit)}   [{measure.source}]"
    yield ""
    yield "Faults"
    for fault in movement.faults:
        yield f"  {fault.severity:<6}  {fault.seen}: “{fault.cue}”   [{fault.source}]"
    for question in movement.questions:
        yield ""
        yield f"Cannot be seen: {question.cannot_see}. Asked instead: {question.ask} {' / '.join(question.answers)}"
    yield ""
    yield "Sources"
    yield from (f"  {key:<4}  {text}" for key, text in movement.sources.items())


def _dose(movement: Movement) -> str:
    dose = movement.dose
    parts = [f"hold {dose.hold_s:g} s"] if dose.hold_s else []
    times = "once" if dose.repetitions == 1 else f"{dose.repetitions} times"
    parts.append(f"{times} on each side" if dose.each_side else times)
    return ", ".join(parts) + f"   [{dose.source}]"

"""Build the hold and repetition timer of a movement as a list of parts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from html import escape
from typing import Any, Literal

import streamlit as st

from formcheck.apps.guide.words import COME_OUT, count_holds, describe_dose, format_seconds
from formcheck.core.movement.load import load_movement
from formcheck.core.movement.schema import Dose, Drive, Movement
from formcheck.program.routines import Routine, list_routines, load_routine

from .addresses import live_url, movement_url, practise_url, read, read_style
from .movement_page import clip_html

GET_READY_S = 10.0
OTHER_SIDE_S = 10.0
BETWEEN_LONG_S, BETWEEN_SHORT_S = 6.0, 4.0
IN_AND_OUT_S = 4.0
AS_YOU_GO_S = 60.0
BETWEEN_SETS_S = 20.0
BREATH_IN_S, BREATH_OUT_S = 4.0, 6.0
"""The catalogue's pace of a breath (its section 2.1); the other lengths are our choice, and none of them is judged."""
_SHORT_HOLD_S = 10.0
_MOMENT_S = 3.0
"""A shorter hold is only the turning point of a movement."""


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the sequence.

    Parameters
    ----------
    kind : ready, work, rest or done; shown by words and shape as well as by colour.
    words : what to do now, two or three words.
    detail : which repetition of which side; may be empty.
    length_s : its length; 0 for the last one.
    """

    kind: Literal["ready", "work", "rest", "done"]
    words: str
    detail: str
    length_s: float


def build_sequence(movement: Movement) -> list[Part]:
    """Return all parts, from getting into place to the end.

    Examples
    --------
    >>> from formcheck.core.movement.load import load_movement
    >>> [(part.words, part.length_s) for part in build_sequence(load_movement("plank"))]
    [('Get into place', 10.0), ('Hold', 20.0), ('Done', 0.0)]
    """
    parts = [Part("ready", "Get into place", "", GET_READY_S)]
    hold_s, repetitions = count_holds(movement)
    dose = movement.dose.model_copy(update={"hold_s": hold_s, "repetitions": repetitions})
    for number, (detail, change) in enumerate(_list_rounds(dose)):
        if number and (change or (hold_s or 0) >= _MOMENT_S):  # a cycle has no pauses
            parts.append(_pause(dose, change))
        parts += _build_repetition(hold_s, movement.drive, detail)
    return [*parts, Part("done", "Done", "Come out slowly.", 0.0)]


def sum_length_s(parts: list[Part]) -> float:
    """Return the length of all parts together."""
    return sum(part.length_s for part in parts)


def _list_rounds(dose: Dose) -> list[tuple[str, str]]:
    """Return each repetition as its words and the change before it: "", "side" or "set"."""
    found: list[tuple[str, str]] = []
    for set_number in range(dose.sets):
        for number, (side, repetition) in enumerate(_order_sides(dose)):
            other_side = side and found and side not in found[-1][0]
            changes = "set" if set_number and not number else "side" if other_side else ""
            details = [f"{repetition + 1} of {dose.repetitions}"] if dose.repetitions > 1 else []
            details += [side] if side else []
            details += [f"set {set_number + 1} of {dose.sets}"] if dose.sets > 1 else []
            found.append((", ".join(details), changes))
    return found


def _order_sides(dose: Dose) -> Iterator[tuple[str, int]]:
    sides = ("first side", "other side") if dose.each_side else ("",)
    if dose.alternating:
        yield from ((side, repetition) for repetition in range(dose.repetitions) for side in sides)
        return
    yield from ((side, repetition) for side in sides for repetition in range(dose.repetitions))


def _pause(dose: Dose, change: str) -> Part:
    long_hold = (dose.hold_s or 0) >= _SHORT_HOLD_S
    if change == "set":
        return Part("rest", "Rest", "then the next set", BETWEEN_SETS_S)
    if change == "side" and long_hold:
        return Part("rest", "Change sides", "", OTHER_SIDE_S)
    words = "Change sides" if change == "side" else "Come out slowly" if long_hold else "Come out, then in again"
    return Part("rest", words, "", BETWEEN_LONG_S if long_hold else BETWEEN_SHORT_S)


def _build_repetition(hold_s: float | None, drive: Drive, detail: str) -> list[Part]:
    """Return one repetition: a hold, the two ends of a cycle, or one slow breath."""
    if hold_s and hold_s < _MOMENT_S:
        return [Part("work", "Slowly, once", detail, hold_s + IN_AND_OUT_S)]
    if hold_s:
        return [Part("work", "Hold" if drive.kind in {"reach", "pose"} else "Keep going", detail, hold_s)]
    if drive.kind == "pose":
        return [Part("work", "Stay as long as you like", detail, AS_YOU_GO_S)]
    if (drive.low_name, drive.high_name) != ("low", "high"):
        ends = ((drive.low_name, BREATH_IN_S), (drive.high_name, BREATH_OUT_S))
        return [Part("work", f"{name[:1].upper()}{name[1:]}", detail, pace_s) for name, pace_s in ends]
    return [Part("work", "Slowly, once", detail, BREATH_IN_S + BREATH_OUT_S)]


_practise_component = st.components.v2.component(
    "formcheck_practise", html=read("practise.html"), css=read_style("practise.css"), js=read("practise.js")
)
_CALM = (
    "<style>.st-key-nav { display: none; } .stMainBlockContainer { padding: 0.75rem 1.25rem; max-width: none; }</style>"
)


def show_practise(movement: Movement, routine_id: str = "") -> None:
    """Show the page on which a person practises along.

    Parameters
    ----------
    routine_id : the routine that it is part of; empty for none.
    """
    st.html(_CALM)
    routine = load_routine(routine_id) if routine_id in list_routines() else None
    _practise_component(key=f"practise-{movement.id}", data=practise_data(movement, routine))


def practise_data(movement: Movement, routine: Routine | None = None) -> dict[str, Any]:
    """Return the contents of the page: clip, steps, timer, and what is spoken."""
    parts = build_sequence(movement)
    return {
        "name": movement.name,
        "advanced": movement.advanced,
        "back_url": live_url() if routine else movement_url(movement.id),
        "clip_html": clip_html(movement),
        "steps": list(movement.steps),
        "breath": movement.breath,
        "dose": f"{describe_dose(movement)}. {_round_length(sum_length_s(parts))} in all.",
        "stop_html": "".join(f"<li>{escape(reason)}</li>" for reason in movement.stop_if),
        "come_out": COME_OUT,
        "parts": [asdict(part) for part in parts],
        "teach": movement.teach.model_dump() if movement.teach else None,
        "next": _find_next(movement, routine) if routine else None,
    }


def _find_next(movement: Movement, routine: Routine) -> dict[str, str] | None:
    """Return what follows in a routine: name and address; None after the last."""
    ids = [part.movement for part in routine.parts]
    after = ids[ids.index(movement.id) + 1 :] if movement.id in ids else []
    return {"name": load_movement(after[0]).name, "url": practise_url(after[0], routine.id)} if after else None


def _round_length(whole_s: float) -> str:
    """Return a rough length in words.

    Examples
    --------
    >>> _round_length(38.0), _round_length(125.0)
    ('About 40 seconds', 'About 2 minutes')
    """
    if whole_s < 90:
        return f"About {format_seconds(max(round(whole_s / 10), 1) * 10)}"
    return f"About {round(whole_s / 60)} minutes"

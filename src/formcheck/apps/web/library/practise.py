"""Build the hold and repetition timer of a movement as a list of parts."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from html import escape
from typing import Any, Literal

import streamlit as st

from formcheck.apps.guide.words import COME_OUT, capitalise, describe_dose, format_seconds
from formcheck.core.movement.schema import Dose, Movement
from formcheck.program.routines.set_clock import SetCode, SetPart, count_dose_holds, time_movement

from .addresses import live_url, movement_url, read, read_style
from .movement_page import clip_html


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


WORDS: dict[SetCode, str] = {
    "get_ready": "Get into place",
    "hold": "Hold",
    "keep_going": "Keep going",
    "stay": "Stay as long as you like",
    "once": "Slowly, once",
    "change_sides": "Change sides",
    "come_out": "Come out slowly",
    "in_again": "Come out, then in again",
    "next_set": "Rest",
    "done": "Done",
}
_DETAILS: dict[SetCode, str] = {"next_set": "then the next set", "done": "Come out slowly."}
_SIDES = {"first": "first side", "other": "other side"}


def build_sequence(movement: Movement) -> list[Part]:
    """Return all parts, from getting into place to the end.

    Examples
    --------
    >>> from formcheck.core.movement.load import load_movement
    >>> [(part.words, part.length_s) for part in build_sequence(load_movement("plank"))]
    [('Get into place', 10.0), ('Hold', 20.0), ('Done', 0.0)]
    """
    return write_parts(movement, movement.dose, time_movement(movement))


def write_parts(movement: Movement, dose: Dose, parts: list[SetPart]) -> list[Part]:
    """Return the parts of a clock in words."""
    return [Part(one.kind, _write_words(movement, one), _write_detail(dose, one), one.length_s) for one in parts]


def sum_length_s(parts: list[Part]) -> float:
    """Return the length of all parts together."""
    return sum(part.length_s for part in parts)


def _write_words(movement: Movement, part: SetPart) -> str:
    ends = {"low": movement.drive.low_name, "high": movement.drive.high_name}
    return WORDS.get(part.code) or capitalise(ends[part.code])


def _write_detail(dose: Dose, part: SetPart) -> str:
    """Return which repetition of which side it is."""
    if part.kind != "work":
        return _DETAILS.get(part.code, "")
    _, repetitions = count_dose_holds(dose)
    details = [f"{part.repetition} of {repetitions}"] if repetitions > 1 else []
    details += [_SIDES[part.side]] if part.side else []
    details += [f"set {part.set_number} of {dose.sets}"] if dose.sets > 1 else []
    return ", ".join(details)


_practise_component = st.components.v2.component(
    "formcheck_practise", html=read("practise.html"), css=read_style("practise.css"), js=read("practise.js")
)
_CALM = (
    "<style>.st-key-nav { display: none; } .stMainBlockContainer { padding: 0.75rem 1.25rem; max-width: none; }</style>"
)


def show_practise(movement: Movement) -> None:
    """Show the page on which a person practises along."""
    st.html(_CALM)
    _practise_component(key=f"practise-{movement.id}", data=practise_data(movement))


def practise_data(movement: Movement) -> dict[str, Any]:
    """Return the contents of the page: clip, steps, timer, and what is spoken."""
    parts = build_sequence(movement)
    return {
        "id": movement.id,
        "name": movement.name,
        "advanced": movement.advanced,
        "back_url": movement_url(movement.id),
        "today_url": live_url(),
        "clip_html": clip_html(movement),
        "steps": list(movement.steps),
        "breath": movement.breath,
        "dose": f"{describe_dose(movement)}. {_round_length(sum_length_s(parts))} in all.",
        "stop_html": "".join(f"<li>{escape(reason)}</li>" for reason in movement.stop_if),
        "come_out": COME_OUT,
        "parts": [asdict(part) for part in parts],
        "teach": movement.teach.model_dump() if movement.teach else None,
    }


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

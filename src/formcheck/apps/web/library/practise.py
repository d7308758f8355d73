"""Build the hold and repetition timer of a movement as a list of parts."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from html import escape
from typing import Any, Literal

import streamlit as st

from formcheck.apps.guide.words import COME_OUT, describe_dose, format_seconds
from formcheck.core.movement.schema import Dose, Movement
from formcheck.languages.phrase import Phrase, capitalise, join
from formcheck.languages.translate import COOKIE, ENGLISH, Language, choose_language, translate
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


PLAYER_WORDS: dict[SetCode, str] = {
    "get_ready": Phrase("Get into place"),
    "hold": Phrase("Hold"),
    "keep_going": Phrase("Keep going"),
    "stay": Phrase("Stay as long as you like"),
    "once": Phrase("Slowly, once"),
    "change_sides": Phrase("Change sides"),
    "come_out": Phrase("Come out slowly"),
    "in_again": Phrase("Come out, then in again"),
    "next_set": Phrase("Rest"),
    "done": Phrase("Done"),
}
_DETAILS: dict[SetCode, str] = {"next_set": Phrase("then the next set"), "done": Phrase("Come out slowly.")}
_SIDE_WORDS = {"first": Phrase("first side"), "other": Phrase("other side")}


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
    return PLAYER_WORDS.get(part.code) or capitalise(ends[part.code])


def _write_detail(dose: Dose, part: SetPart) -> str:
    """Return which repetition of which side it is."""
    if part.kind != "work":
        return _DETAILS.get(part.code, "")
    _, repetitions = count_dose_holds(dose)
    count = Phrase("{number} of {of}").format(number=part.repetition, of=repetitions)
    details: list[str] = [count] if repetitions > 1 else []
    details += [_SIDE_WORDS[part.side]] if part.side else []
    of_sets = Phrase("set {number} of {of}").format(number=part.set_number, of=dose.sets)
    details += [of_sets] if dose.sets > 1 else []
    return join(", ", details)


_PAGE_WORDS = {
    "advanced": Phrase("Advanced: only with a therapist"),
    "pain": Phrase("Pain"),
    "enough": Phrase("That is enough for now"),
    "today": Phrase("Back to Today"),
    "again": Phrase("Start again"),
    "previous": Phrase("Previous"),
    "next": Phrase("Next"),
    "breath": Phrase("Breath."),
    "how_much": Phrase("How much."),
    "when_to_stop": Phrase("When to stop"),
    "keys": Phrase(
        "Keys: Space starts and pauses, ▲ ▼ show the steps, R starts again, P is for pain, Esc goes back. "
        "Nothing is filmed here."
    ),
    "back": Phrase("Back to the page"),
    "paused": Phrase("Paused"),
    "do_again": Phrase("Do it again"),
    "pause": Phrase("Pause"),
    "continue": Phrase("Continue"),
    "start": Phrase("Start"),
    "speaks": Phrase("The coach speaks"),
    "silent": Phrase("The coach is silent"),
    "voiceless": Phrase("This device has no voice"),
}
"""The words of the page itself, by the key that its elements name."""
_practise_component = st.components.v2.component(
    "formcheck_practise", html=read("practise.html"), css=read_style("practise.css"), js=read("practise.js")
)
_CALM = (
    "<style>.st-key-nav { display: none; } .stMainBlockContainer { padding: 0.75rem 1.25rem; max-width: none; }</style>"
)


def show_practise(movement: Movement) -> None:
    """Show the page on which a person practises along."""
    st.html(_CALM)
    language = choose_language(st.context.cookies.get(COOKIE), st.context.headers.get("Accept-Language"))
    _practise_component(key=f"practise-{movement.id}", data=practise_data(movement, language))


def practise_data(movement: Movement, language: Language = ENGLISH) -> dict[str, Any]:
    """Return the contents of the page: clip, steps, timer, and what is spoken."""
    parts = build_sequence(movement)
    reasons = [escape(str(translate(reason, language))) for reason in movement.stop_if]
    data = {
        "language": language.code,
        "words": _PAGE_WORDS,
        "id": movement.id,
        "name": movement.name,
        "advanced": movement.advanced,
        "back_url": movement_url(movement.id),
        "today_url": live_url(),
        "clip_html": clip_html(movement),
        "steps": list(movement.steps),
        "breath": movement.breath,
        "dose": Phrase("{dose}. {length} in all.").format(
            dose=describe_dose(movement), length=_round_length(sum_length_s(parts))
        ),
        "stop_html": "".join(f"<li>{reason}</li>" for reason in reasons),
        "come_out": COME_OUT,
        "parts": [asdict(part) for part in parts],
        "teach": movement.teach.model_dump() if movement.teach else None,
    }
    translated: dict[str, Any] = translate(data, language)
    return translated


def _round_length(whole_s: float) -> str:
    """Return a rough length in words.

    Examples
    --------
    >>> _round_length(38.0), _round_length(125.0)
    ('About 40 seconds', 'About 2 minutes')
    """
    if whole_s < 90:
        return Phrase("About {time}").format(time=format_seconds(max(round(whole_s / 10), 1) * 10))
    return Phrase("About {time}").format(time=Phrase("{count} minutes").format(count=round(whole_s / 60)))

"""Practise beside the clip: large pictures, large steps, a quiet timer. Nothing is filmed or judged here."""

from __future__ import annotations

from dataclasses import asdict
from html import escape
from typing import Any

import streamlit as st

from formcheck.apps.guide.words import COME_OUT, dose_words, seconds
from formcheck.core.movement import Movement

from .addresses import movement_url
from .components import read, style
from .sequence import length_s, sequence
from .view import clip_html

_component = st.components.v2.component(
    "formcheck_practise", html=read("practise.html"), css=style("practise.css"), js=read("practise.js")
)
_CALM = (
    "<style>.st-key-nav { display: none; } .stMainBlockContainer { padding: 0.75rem 1.25rem; max-width: none; }</style>"
)


def show_practise(movement: Movement) -> None:
    """Show the page on which a movement is followed along."""
    st.html(_CALM)
    _component(key=f"practise-{movement.id}", data=practise_data(movement))


def practise_data(movement: Movement) -> dict[str, Any]:
    """Return what the page draws: the clip, the steps, the parts of the timer."""
    parts = sequence(movement)
    return {
        "name": movement.name,
        "advanced": movement.advanced,
        "back_url": movement_url(movement.id),
        "clip_html": clip_html(movement),
        "steps": list(movement.steps),
        "breath": movement.breath,
        "dose": f"{dose_words(movement)}. {_about(length_s(parts))} in all.",
        "stop_html": "".join(f"<li>{escape(reason)}</li>" for reason in movement.stop_if),
        "come_out": COME_OUT,
        "parts": [asdict(part) for part in parts],
    }


def _about(whole_s: float) -> str:
    """Return a length roughly, as nobody needs it to the second.

    Examples
    --------
    >>> _about(38.0), _about(125.0)
    ('About 40 seconds', 'About 2 minutes')
    """
    if whole_s < 90:
        return f"About {seconds(max(round(whole_s / 10), 1) * 10)}"
    return f"About {round(whole_s / 60)} minutes"

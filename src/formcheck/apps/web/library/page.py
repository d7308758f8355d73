"""List the movements: one card each, with filters for words, place and benefit."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, get_args

import streamlit as st

from formcheck.apps.guide.words import PLACES, capitalise, describe_dose
from formcheck.apps.web.demonstrations import clip_url, find_picture_url
from formcheck.apps.web.review.choice import load_all_movements
from formcheck.core.movement.schema import Help, Movement
from formcheck.core.summary.phrases import NOT_MEDICAL

from .addresses import movement_url, read, read_style
from .movement_page import show_movement
from .practise import show_practise
from .search_words import load_search_words

_cards_component = st.components.v2.component(
    "formcheck_library_cards", html=read("cards.html"), css=read_style("cards.css"), js=read("cards.js")
)


def show_cards(movements: list[Movement], *, unknown: str = "") -> None:
    """Show the list; `unknown` is a requested movement that does not exist."""
    _cards_component(key="library-cards", data=collect_cards(movements, unknown=unknown))


def collect_cards(movements: Iterable[Movement], *, unknown: str = "") -> dict[str, Any]:
    """Return the contents of the list, the most useful first.

    A filter is offered only if it matches at least one.
    """
    words = load_search_words()
    found = sorted(movements, key=lambda one: words.rank(one.id))
    helped = {word for one in found for word in one.helps}
    return {
        "cards": [_describe_card(one) for one in found],
        "places": [[place, capitalise(name)] for place, name in PLACES.items() if any(m.place == place for m in found)],
        "helps": [[word, capitalise(word)] for word in get_args(Help) if word in helped],
        "groups": [
            {"words": [one.name, *one.also], "movements": one.movements, "note": one.note} for one in words.groups
        ],
        "has_advanced": any(one.advanced for one in found),
        "note": f"There is no movement “{unknown}” here. These are all there are." if unknown else "",
    }


def _describe_card(movement: Movement) -> dict[str, Any]:
    words = [movement.name, *movement.aliases, *movement.helps, movement.id.replace("_", " "), PLACES[movement.place]]
    return {
        "id": movement.id,
        "name": movement.name,
        "url": movement_url(movement.id),
        "picture_url": find_picture_url(movement.id),
        "clip_url": clip_url(movement.id),
        "helps": movement.helps,
        "place": movement.place,
        "place_words": capitalise(PLACES[movement.place]),
        "dose": describe_dose(movement),
        "advanced": movement.advanced,
        "words": " · ".join(words),
    }


def show_library() -> None:
    """Show the page of the address."""
    movements = load_all_movements()
    movement = movements.get(st.query_params.get("movement", ""))
    if movement is None:
        show_cards(list(movements.values()), unknown=st.query_params.get("movement", ""))
    elif st.query_params.get("practise"):
        show_practise(movement, st.query_params.get("routine", ""))
        return
    else:
        show_movement(movement)
    st.caption(NOT_MEDICAL)

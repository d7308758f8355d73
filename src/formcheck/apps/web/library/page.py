"""List the movements: one card each, with filters for words, place and benefit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, get_args

import streamlit as st

from formcheck.apps.guide.words import PLACES, describe_dose
from formcheck.apps.web.demonstrations import clip_url, find_picture_url
from formcheck.apps.web.review.checks import load_all_movements
from formcheck.core.movement.schema import Help, Movement
from formcheck.core.summary.phrases import NOT_MEDICAL
from formcheck.drivers.answers import find_offer, find_offers
from formcheck.drivers.own_movements import REFUSED_SHOWN, is_own, load_own_movements
from formcheck.drivers.therapist.own_plan import prescribe
from formcheck.languages.phrase import capitalise
from formcheck.program.gate import Offer

from .addresses import movement_url, read, read_style
from .movement_page import show_movement
from .practise import show_practise
from .search_words import load_search_words

_cards_component = st.components.v2.component(
    "formcheck_library_cards", html=read("cards.html"), css=read_style("cards.css"), js=read("cards.js")
)


def show_cards(movements: list[Movement], *, unknown: str = "") -> None:
    """Show the list; `unknown` is a requested movement that does not exist."""
    offers = find_offers(movements, datetime.now(UTC))
    refused = load_own_movements().list_refused_lines()
    _cards_component(key="library-cards", data=collect_cards(movements, offers, unknown=unknown, refused=refused))


def collect_cards(
    movements: Iterable[Movement],
    offers: Mapping[str, Offer] | None = None,
    *,
    unknown: str = "",
    refused: Sequence[str] = (),
) -> dict[str, Any]:
    """Return the contents of the list, the most useful first, own movements last.

    A filter is offered only if it matches at least one. `refused` are lines about own files that cannot be used.
    """
    words = load_search_words()
    found = sorted(movements, key=lambda one: words.rank(one.id))
    helped = {word for one in found for word in one.helps}
    return {
        "cards": [_describe_card(one, (offers or {}).get(one.id, Offer())) for one in found],
        "places": [[place, capitalise(name)] for place, name in PLACES.items() if any(m.place == place for m in found)],
        "helps": [[word, capitalise(word)] for word in get_args(Help) if word in helped],
        "groups": [
            {"words": [one.name, *one.also], "movements": one.movements, "note": one.note} for one in words.groups
        ],
        "has_advanced": any(one.advanced for one in found),
        "refused": list(refused[:REFUSED_SHOWN]),
        "note": f"There is no movement “{unknown}” here. These are all there are." if unknown else "",
    }


_SAID_ONCE = {"ask_first", "therapist"}
"""Reasons that the page says elsewhere, not on each card."""


def _describe_card(movement: Movement, offer: Offer) -> dict[str, Any]:
    reasons = [reason for reason in offer.reasons if reason.code not in _SAID_ONCE]
    words = [movement.name, *movement.aliases, *movement.helps, movement.id.replace("_", " "), PLACES[movement.place]]
    words += ["own"] if is_own(movement.id) else []
    return {
        "id": movement.id,
        "name": movement.name,
        "url": movement_url(movement.id),
        "picture_url": find_picture_url(movement.id),
        "clip_url": clip_url(movement.id),
        "helps": movement.helps,
        "place": movement.place,
        "place_words": capitalise(PLACES[movement.place]),
        "dose": describe_dose(prescribe(movement)),
        "advanced": movement.advanced,
        "own": is_own(movement.id),
        "offer": reasons[0].effect if reasons else "open",
        "offer_words": reasons[0].text if reasons else "",
        "words": " · ".join(words),
    }


def show_library() -> None:
    """Show the page of the address."""
    movements = load_all_movements()
    movement = movements.get(st.query_params.get("movement", ""))
    if movement is None:
        show_cards(list(movements.values()), unknown=st.query_params.get("movement", ""))
    else:
        movement = prescribe(movement)
        offer = find_offer(movement, datetime.now(UTC))
        if st.query_params.get("practise") and offer.state != "closed":
            show_practise(movement)
            return
        show_movement(movement, offer, follows=bool(st.query_params.get("practise")))
    st.caption(NOT_MEDICAL)

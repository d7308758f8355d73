"""Show a movement's own page: clip, camera, steps, what is seen, when to stop."""

from __future__ import annotations

from html import escape

import streamlit as st

from formcheck.apps.guide.bands import draw_bands
from formcheck.apps.guide.drawings import draw_above, draw_height
from formcheck.apps.guide.words import (
    CLASSES,
    COME_OUT,
    PLACES,
    describe_dose,
    find_swap,
    list_aliases,
    list_seen,
)
from formcheck.apps.web.demonstrations import clip_url, find_picture_url
from formcheck.core.movement.schema import Movement
from formcheck.drivers.own_movements import is_own
from formcheck.languages.phrase import capitalise
from formcheck.program.gate import Offer

from .addresses import ask_url, library_url, live_url, movement_url, practise_url, read, read_style, review_url

_view_component = st.components.v2.component(
    "formcheck_library_view",
    html='<article class="library view"></article>',
    css=read_style("view.css"),
    js=read("view.js"),
)


_OPEN = Offer()


def show_movement(movement: Movement, offer: Offer, *, follows: bool = False) -> None:
    """Show the page of one movement; `follows` if the person wanted to follow along."""
    _view_component(key=f"movement-{movement.id}", data={"html": render_movement(movement, offer, follows=follows)})


def render_movement(movement: Movement, offer: Offer = _OPEN, *, follows: bool = False) -> str:
    """Return the page of one movement; every word of its file is escaped."""
    return "".join([
        _render_head(movement), _render_offer(movement, offer, follows=follows),
        f'<div class="two"><div class="see">{clip_html(movement)}{_render_buttons(movement, offer)}</div>',
        f"{_render_how(movement)}</div>",
        f"<section><h2>Where the camera goes</h2><p>{escape(movement.view.text)} About 3 metres away.</p>",
        f'<div class="drawings">{draw_above(movement)}{draw_height(movement)}</div></section>',
        _render_seen(movement), _stop(movement), _render_numbers(movement),
    ])  # fmt: skip


def clip_html(movement: Movement) -> str:
    """Return the clip, looping and without sound; a text if there is none."""
    url = clip_url(movement.id)
    if not url:
        return '<p class="nopicture">There is no clip yet. The steps and the drawing show you how to do it.</p>'
    label = f"{escape(movement.name)}, done well, without sound"
    return (
        f'<video src="{url}" poster="{find_picture_url(movement.id)}" aria-label="{label}" '
        'loop muted playsinline controls disablepictureinpicture preload="auto"></video>'
    )


def _render_head(movement: Movement) -> str:
    also = (
        f'<p class="soft">Also called {escape(", ".join(list_aliases(movement)))}.</p>'
        if list_aliases(movement)
        else ""
    )
    helps = f"Helps with: {', '.join(movement.helps)}." if movement.helps else ""
    badge = '<p><span class="badge">Own: from a file of this computer</span></p>' if is_own(movement.id) else ""
    badge += '<p><span class="badge">Advanced: only with a therapist</span></p>' if movement.advanced else ""
    return (
        f'<p><a href="{library_url()}" target="_self">‹ All movements</a></p><header><h1>{escape(movement.name)}</h1>'
        f'<p class="about">{escape(movement.about)}</p>{badge}'
        f"<p>{capitalise(PLACES[movement.place])}. {escape(helps)}</p>{also}</header>"
    )


_ASKS = {"ask_first", "pain_unasked"}
"""Reasons that go away as soon as the person answers."""
_TOLD_ELSEWHERE = {"therapist"}


def _render_offer(movement: Movement, offer: Offer, *, follows: bool) -> str:
    """Return why the movement is closed or softened now, and what to do about it."""
    reasons = [one for one in offer.reasons if one.code not in _TOLD_ELSEWHERE]
    if not reasons or (reasons[0].code == "ask_first" and not follows):
        return ""
    closes = offer.state == "closed"
    words = escape(reasons[0].text)
    if closes and reasons[0].code in _ASKS:
        link = f'<a class="button" href="{ask_url(movement.id)}" target="_self">Answer now</a>'
    elif closes:
        link = f'<a class="button" href="{library_url()}" target="_self">Choose another</a>'
    else:
        link = ""
    title = "Not now" if closes else "Gently"
    return f'<div class="offer {offer.state}" role="status"><p><b>{title}.</b> {words}</p>{link}</div>'


def _render_buttons(movement: Movement, offer: Offer) -> str:
    practises = (
        (live_url(movement.id), "Practise with the camera"),
        (practise_url(movement.id), "Follow along without it"),
    )
    is_closed = offer.state == "closed" and offer.reasons[0].code not in _ASKS
    links = (*(() if is_closed else practises), (review_url(movement.id), "Check a recording of this"))
    return '<p class="buttons">{}</p>'.format(
        "".join(f'<a class="button" href="{url}" target="_self">{words}</a>' for url, words in links)
    )


def _render_how(movement: Movement) -> str:
    steps = "".join(f"<li>{escape(step)}</li>" for step in movement.steps)
    facts = [("How much", f"{describe_dose(movement)}."), ("Breath", movement.breath), ("Easier", movement.easier)]
    lines = "".join(f"<dt>{name}</dt><dd>{escape(words)}</dd>" for name, words in facts)
    return (
        f'<section class="how"><h2>How to do it</h2><ol>{steps}</ol><dl>{lines}{_render_swap(movement)}</dl></section>'
    )


def _render_swap(movement: Movement) -> str:
    swap = find_swap(movement)
    if swap is None:
        return ""
    words = escape(swap.words)
    link = f'<a href="{movement_url(swap.id)}" target="_self">{words}</a>' if swap.id else f"{words}."
    return f"<dt>Instead</dt><dd>{link}</dd>"


def _render_seen(movement: Movement) -> str:
    seen = "".join(f"<li>{escape(words)}</li>" for words in list_seen(movement))
    unseen = "".join(
        f"<li>{escape(capitalise(one.cannot_see))}. <b>So we ask:</b> {escape(one.ask)} "
        f'<span class="soft">{escape(" / ".join(one.answers))}</span></li>'
        for one in movement.questions
    )
    cannot = f'<section><h2>What it cannot see</h2><ul class="plain">{unseen}</ul></section>' if unseen else ""
    return (
        f'<div class="two"><section><h2>What the camera can see</h2><ul>{seen}</ul><p class="soft">This movement is '
        f"{escape(CLASSES[movement.confidence])} (class {movement.confidence}).</p></section>{cannot}</div>"
    )


def _stop(movement: Movement) -> str:
    reasons = "".join(f"<li>{escape(reason)}</li>" for reason in movement.stop_if)
    return f'<section class="stop"><h2>When to stop</h2><ul>{reasons}</ul><p>{COME_OUT}</p></section>'


def _render_numbers(movement: Movement) -> str:
    """Return the details for a therapist: the bands, the cues, the sources."""
    sources = "".join(f"<li><b>{escape(tag)}</b> {escape(words)}</li>" for tag, words in movement.sources.items())
    cues = "".join(
        f'<li>{escape(capitalise(one.seen))}: “{escape(one.cue)}” <span class="soft">{escape(one.source)}</span></li>'
        for one in movement.faults
    )
    return (
        '<details><summary>The numbers behind it, and where they come from</summary><div class="scroll" tabindex="0" '
        f'role="region" aria-label="Bands">{draw_bands(movement)}</div><h2>What is said</h2><ul>{cues}</ul>'
        f'<h2>Sources</h2><ul>{sources}</ul><p class="soft">The movement file, version {movement.version}: '
        f"{escape(movement.id)}.toml</p></details>"
    )

"""Show what changed over the weeks: sentences first, pictures second, a calendar without guilt."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from html import escape

import streamlit as st

from formcheck.apps.web.library.addresses import live_url
from formcheck.apps.web.review.choice import load_all_movements
from formcheck.core.errors import StoreError
from formcheck.core.movement.schema import Movement
from formcheck.core.summary.phrases import NOT_MEDICAL
from formcheck.drivers.answer_record import read_record
from formcheck.drivers.history.database import SET_ASIDE, describe_problem, list_damaged
from formcheck.drivers.history.history import History
from formcheck.drivers.history.keeper import KEEPER
from formcheck.drivers.history.reports import store_reports
from formcheck.drivers.history.weeks import (
    read_clean_pct,
    read_done_sets,
    read_efforts,
    read_next_days,
    read_next_days_of,
    read_pain,
    read_places,
    read_ways,
)
from formcheck.program.effort import EaseBar, WayFinding, compare_ways, draw_bars
from formcheck.program.progress import (
    DoneSet,
    HelpedFinding,
    PainAnswer,
    PlaceFinding,
    find_changes,
    find_place_changes,
    find_ready_movements,
    find_what_helped,
    list_control_pct,
    list_weeks,
)

from .courses import draw_courses
from .text import (
    BARS_HEAD,
    BARS_NOTE,
    HELPED_NOTE,
    write_bars,
    write_helped,
    write_progress,
    write_ways,
)

PROGRESS_PATH = "progress"
NOTHING_STORED = (
    "Nothing is stored yet. After your first set with the camera, this page begins to fill: numbers only, on this "
    "computer."
)
WHO_FIRST = "Several people use this computer."
WHO_LINK = "Say on Today who you are, and your own weeks appear here."
CLOSED = "{why} You can practise all the same."
CLOCK_BACK = (
    "This computer's clock is before your newest session. Please check it: the days below may be wrong. All is kept."
)
THREE_A_WEEK = "Three times a week is plenty. A pause is fine."


@dataclass(frozen=True, slots=True)
class Weeks:
    """Everything that the page reads about one person."""

    sets: Sequence[DoneSet] = ()
    pain: Sequence[PainAnswer] = ()
    places: Sequence[PlaceFinding] = ()
    helped: Sequence[HelpedFinding] = field(default_factory=tuple)
    ways: Sequence[WayFinding] = ()
    bars: Sequence[EaseBar] = ()


def show_progress() -> None:
    """Show the page."""
    st.html('<h1 class="fc">Progress</h1>')
    movements = load_all_movements()
    weeks = _read_weeks(movements)
    if weeks is not None:
        if not weeks.sets:
            st.html(f'<p class="fc-lead">{NOTHING_STORED}</p>')
        else:
            _show_weeks(weeks, movements)
        st.caption(NOT_MEDICAL)


def _read_weeks(movements: dict[str, Movement]) -> Weeks | None:
    """Return what is stored about the person.

    None if that cannot be shown; then the page says why.
    """
    KEEPER.try_again()
    store_reports(read_record())  # what could not be copied before
    try:
        with History() as history:
            for damaged in list_damaged(history.path):
                st.warning(SET_ASIDE.format(name=damaged.name))
            person = history.find_current_person()
            if person is None:
                st.html(f'<p class="fc-lead">{WHO_FIRST} <a href="{live_url()}" target="_self">{WHO_LINK}</a></p>')
                return None
            newest = history.list_sessions(person, since=datetime.now(UTC))
            if newest:
                st.warning(CLOCK_BACK)
            sets = read_done_sets(history, person, movements)
            return Weeks(
                sets,
                read_pain(history, person),
                find_place_changes([codes for _, codes in read_places(history, person)]),
                find_what_helped(read_next_days(history, person), read_next_days_of(history, person)),
                compare_ways(read_ways(history, person)),
                draw_bars(read_efforts(history, person), list_control_pct(sets), read_clean_pct(history, person)),
            )
    except StoreError as error:
        st.warning(CLOSED.format(why=describe_problem(error.code)))
        return None


def _show_weeks(weeks: Weeks, movements: Mapping[str, Movement]) -> None:
    found = find_changes(weeks.sets, weeks.pain)
    text = write_progress(found, find_ready_movements(weeks.sets, weeks.pain), movements, places=weeks.places)
    st.html(f'<p class="fc-lead"><b>{escape(text.headline)}</b></p>{_render_list(text.changed)}')
    if weeks.helped or weeks.ways:
        helped = [*write_helped(weeks.helped, movements), *write_ways(weeks.ways)]
        st.html(f'<h2 class="fc">What helped</h2>{_render_list(helped)}')
        st.caption(HELPED_NOTE)
    if weeks.bars:
        st.html(f'<h2 class="fc">{BARS_HEAD}</h2>{render_bars(weeks.bars)}')
        st.caption(BARS_NOTE)
    if text.more:
        st.html(f'<h2 class="fc">If you like</h2>{_render_list(text.more)}')
    if text.same:
        head = f"{len(text.same)} without a clear change"
        st.html(f'<details class="fc"><summary>{head}</summary>{_render_list(text.same)}</details>')
    if text.note:
        st.caption(text.note)
    st.html(render_calendar([one.day for one in weeks.sets], datetime.now().astimezone().date()))
    is_dark = st.context.theme.type == "dark"
    pictures = draw_courses(weeks.sets, weeks.pain, found, movements, theme="dark" if is_dark else "light")
    if not pictures:
        return
    st.html('<h2 class="fc">Over the weeks</h2>')
    columns = st.columns(2, gap="medium")
    for number, (title, svg) in enumerate(pictures):
        picture = base64.b64encode(svg.encode()).decode()
        columns[number % 2].html(
            f'<img class="fc-week-plot" alt="{escape(title)} over the weeks" src="data:image/svg+xml;base64,{picture}">'
        )


def _render_list(sentences: Sequence[str]) -> str:
    return f'<ul class="fc-sentences">{"".join(f"<li>{escape(one)}</li>" for one in sentences)}</ul>'


def render_bars(bars: Sequence[EaseBar]) -> str:
    """Return the bars as HTML.

    Each has its name, its value in words, and a mark where the person began.
    """
    rows = []
    for one, (name, value) in zip(bars, write_bars(bars), strict=True):
        mark = "" if one.first is None else f'<i style="left:{one.first:.0f}%"></i>'
        rows.append(
            f'<dt>{escape(name)}</dt><dd><span class="fc-bar" aria-hidden="true"><b style="width:{one.now:.0f}%"></b>'
            f"{mark}</span><span>{escape(value)}</span></dd>"
        )
    return f'<dl class="fc-bars">{"".join(rows)}</dl>'


def render_calendar(days: Sequence[date], today: date) -> str:
    """Return the newest four weeks as HTML; days of practice are filled."""
    rows = "".join(
        f'<tr><th scope="row">{week[0][0]:%-d %b}</th>'
        + "".join(
            f'<td class="{"done" if done else ""}"><span aria-label="{day:%A %-d %B}: '
            f'{"practised" if done else "nothing"}">{"✓" if done else ""}</span></td>'
            for day, done in week
        )
        + "</tr>"
        for week in list_weeks(days, today)
    )
    head = "".join(f'<th scope="col">{name}</th>' for name in ("", "Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"))
    return (
        f'<h2 class="fc">The last four weeks</h2><table class="fc-weeks"><thead><tr>{head}</tr></thead>'
        f'<tbody>{rows}</tbody></table><p class="fc-soft">{THREE_A_WEEK}</p>'
    )

"""Show what changed over the weeks: sentences first, pictures second, a calendar without guilt."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from html import escape

import streamlit as st

from formcheck.apps.web.review.choice import load_all_movements
from formcheck.core.errors import StoreError
from formcheck.core.movement.schema import Movement
from formcheck.core.summary.phrases import NOT_MEDICAL
from formcheck.drivers.history.history import History
from formcheck.drivers.history.weeks import read_done_sets, read_pain
from formcheck.program.progress import DoneSet, PainAnswer, find_changes, find_ready_movements, list_weeks

from .text import find_value_unit, name_movement, name_value, write_progress

PROGRESS_PATH = "progress"
MOST_PLOTS = 6
NOTHING_STORED = (
    "Nothing is stored yet. After your first set with the camera, this page begins to fill: numbers only, on this "
    "computer."
)
SET_ASIDE = "The history was damaged. It is kept as {name}, and a new one begins."
CLOSED = "The history cannot be read: {why}. You can practise all the same."
THREE_A_WEEK = "Three times a week is plenty. A pause is fine."


def show_progress() -> None:
    """Show the page."""
    st.html('<h1 class="fc">Progress</h1>')
    movements = load_all_movements()
    try:
        with History() as history:
            if history.aside is not None:
                st.warning(SET_ASIDE.format(name=history.aside.name))
            person = history.find_first_person()
            sets, pain = read_done_sets(history, person, movements), read_pain(history, person)
    except StoreError as error:
        st.warning(CLOSED.format(why=error))
        return
    if not sets:
        st.html(f'<p class="fc-lead">{NOTHING_STORED}</p>')
    else:
        _show_sentences(sets, pain, movements)
        st.html(render_calendar([one.day for one in sets], datetime.now().astimezone().date()))
        _show_courses(sets, movements)
    st.caption(NOT_MEDICAL)


def _show_sentences(sets: Sequence[DoneSet], pain: Sequence[PainAnswer], movements: Mapping[str, Movement]) -> None:
    text = write_progress(find_changes(sets, pain), find_ready_movements(sets, pain), movements)
    st.html(f'<p class="fc-lead"><b>{escape(text.headline)}</b></p>{_render_list(text.changed)}')
    if text.more:
        st.html(f'<h2 class="fc">If you like</h2>{_render_list(text.more)}')
    if text.same:
        head = f"{len(text.same)} without a clear change"
        st.html(f'<details class="fc"><summary>{head}</summary>{_render_list(text.same)}</details>')
    if text.note:
        st.caption(text.note)


def _render_list(sentences: Sequence[str]) -> str:
    return f'<ul class="fc-sentences">{"".join(f"<li>{escape(one)}</li>" for one in sentences)}</ul>'


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


def _show_courses(sets: Sequence[DoneSet], movements: Mapping[str, Movement]) -> None:
    """Show each main measurement over the days, those with the most days first."""
    from formcheck.sinks.plots.measures import write_figure_svg
    from formcheck.sinks.plots.weeks import plot_weeks

    courses: dict[tuple[str, str], list[tuple[date, float, float]]] = {}
    for one in sets:
        for name, (value, around) in one.main.items():
            courses.setdefault((one.movement_id, name), []).append((one.day, value, around))
    often = sorted(courses.items(), key=lambda item: -len({day for day, *_ in item[1]}))
    drawn = [(key, course) for key, course in often if len({day for day, *_ in course}) > 1][:MOST_PLOTS]
    if not drawn:
        return
    st.html('<h2 class="fc">Over the weeks</h2>')
    dark = st.context.theme.type == "dark"
    columns = st.columns(2, gap="medium")
    for number, ((movement_id, name), course) in enumerate(drawn):
        movement = movements.get(movement_id)
        title = f"{name_movement(movement_id, movements)}: {name_value(name, movement)}"
        figure = plot_weeks(
            course, title=title, unit=find_value_unit(name, movement), theme="dark" if dark else "light"
        )
        picture = base64.b64encode(write_figure_svg(figure).encode()).decode()
        columns[number % 2].html(
            f'<img class="fc-plot" alt="{escape(title)} over the weeks" src="data:image/svg+xml;base64,{picture}">'
        )

"""Show what changed over the weeks: sentences first, pictures second, a calendar without guilt.

The pictures show pain, form, range, left against right, and held seconds.
"""

from __future__ import annotations

import base64
import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from html import escape
from itertools import islice
from typing import TYPE_CHECKING

import streamlit as st

from formcheck.apps.web.library.addresses import live_url
from formcheck.apps.web.review.checks import load_all_movements
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
    Topic,
    WeeksFinding,
    find_changes,
    find_place_changes,
    find_ready_movements,
    find_what_helped,
    list_control_pct,
    list_weeks,
    share_good_pct,
)

from .text import (
    BARS_HEAD,
    BARS_NOTE,
    HELPED_NOTE,
    MARK_NOTE,
    find_value_unit,
    name_movement,
    name_value,
    write_bars,
    write_helped,
    write_progress,
    write_ways,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from formcheck.sinks.plots.style import ThemeName

MOST_PLOTS = 8
MOST_CHART_POINTS = 150
"""[E] More dots are one line; years of them would make the page wait."""
_MOST_RANGES = 3
_LEFT, _RIGHT = "_left_", "_right_"
_PAIN_LIMITS, _SHARE_LIMITS = (-0.5, 10.5), (-5.0, 105.0)

DatedPoints = list[tuple[date, float, float]]


def draw_courses(
    sets: Sequence[DoneSet],
    pain: Sequence[PainAnswer],
    found: Sequence[WeeksFinding],
    movements: Mapping[str, Movement],
    *,
    theme: ThemeName,
) -> Iterator[tuple[str, str]]:
    """Yield title and SVG of each picture as soon as it is drawn.

    They are at most `MOST_PLOTS`. A course of a single day is not drawn.

    Parameters
    ----------
    sets, pain : the oldest first.
    found : from `find_changes`; their thresholds are the bands.
    movements : by id.
    """
    from formcheck.sinks.plots.measures import write_figure_svg

    bands = {
        (one.topic, one.movement_id, one.name): (one.first - one.threshold.value, one.first + one.threshold.value)
        for one in found
    }
    for title, figure in islice(_Courses(sets, pain, bands, movements, theme).draw(), MOST_PLOTS):
        yield title, write_figure_svg(figure)


class _Courses:
    """Gives the pictures one after the other, the most telling first."""

    def __init__(
        self,
        sets: Sequence[DoneSet],
        pain: Sequence[PainAnswer],
        bands: Mapping[tuple[Topic, str, str], tuple[float, float]],
        movements: Mapping[str, Movement],
        theme: ThemeName,
    ) -> None:
        self._sets, self._pain, self._bands = sets, pain, bands
        self._movements, self._theme = movements, theme
        days: dict[str, set[date]] = {}
        for one in sets:
            days.setdefault(one.movement_id, set()).add(one.day)
        self._often = sorted((one for one in days if len(days[one]) > 1), key=lambda one: (-len(days[one]), one))

    def draw(self) -> Iterator[tuple[str, Figure]]:
        yield from self._draw_pain()
        for movement_id in self._often[:1]:
            yield from self._draw_form(movement_id)
        yield from self._draw_ranges()
        yield from self._draw_sides()
        for movement_id in self._often[:2]:
            yield from self._draw_held(movement_id)

    def _draw_pain(self) -> Iterator[tuple[str, Figure]]:
        courses = {
            "before": [(one.day, one.before, 0.0) for one in self._pain if one.before is not None],
            "after": [(one.day, one.after, 0.0) for one in self._pain if one.after is not None],
        }
        if _count_days(courses["before"]) > 1:
            band = self._bands.get((Topic.PAIN, "", ""))
            yield self._plot("Pain, 0 to 10", _leave_out_empty(courses), "of 10", band, _PAIN_LIMITS)

    def _draw_form(self, movement_id: str) -> Iterator[tuple[str, Figure]]:
        shares = [(one.day, share, 0.0) for one in self._of(movement_id) if (share := share_good_pct(one)) is not None]
        course = _find_daily_medians(shares)
        if _count_days(course) > 1:
            title = f"{self._name(movement_id)}: share of the hold in good form"
            yield self._plot(title, {"": course}, "pct", self._bands.get((Topic.FORM, movement_id, "")), _SHARE_LIMITS)

    def _draw_ranges(self) -> Iterator[tuple[str, Figure]]:
        courses: dict[tuple[str, str], DatedPoints] = {}
        for one in self._sets:
            for name, (value, around) in one.main.items():
                courses.setdefault((one.movement_id, name), []).append((one.day, value, around))
        often = sorted(courses.items(), key=lambda item: -_count_days(item[1]))
        for (movement_id, name), course in [pair for pair in often if _count_days(pair[1]) > 1][:_MOST_RANGES]:
            movement = self._movements.get(movement_id)
            title = f"{self._name(movement_id)}: {name_value(name, movement)}"
            band = self._bands.get((Topic.RANGE, movement_id, name))
            yield self._plot(title, {"": course}, find_value_unit(name, movement), band)

    def _draw_sides(self) -> Iterator[tuple[str, Figure]]:
        """Draw left against right of the movement that was done most often on both."""
        for movement_id in self._often:
            sides: dict[str, DatedPoints] = {"left": [], "right": []}
            names = {name for one in self._of(movement_id) for name in one.main}
            for left in sorted(name for name in names if _LEFT in name and name.replace(_LEFT, _RIGHT) in names):
                for one in self._of(movement_id):
                    for side, name in (("left", left), ("right", left.replace(_LEFT, _RIGHT))):
                        if name in one.main:
                            sides[side].append((one.day, *one.main[name]))
                movement = self._movements.get(movement_id)
                what = name_value(left, movement).removesuffix(" (left)")
                title = f"{self._name(movement_id)}: {what}, left and right"
                yield self._plot(title, sides, find_value_unit(left, movement), None)
                return

    def _draw_held(self, movement_id: str) -> Iterator[tuple[str, Figure]]:
        courses = {
            "held": [(one.day, one.held_s, 0.0) for one in self._of(movement_id) if one.held_s],
            "in good form": [
                (one.day, one.valid_s, 0.0) for one in self._of(movement_id) if one.held_s and one.valid_s is not None
            ],
        }
        if _count_days(courses["held"]) > 1:
            title = f"{self._name(movement_id)}: seconds held"
            daily = {name: _find_daily_medians(some) for name, some in _leave_out_empty(courses).items()}
            yield self._plot(title, daily, "s", None)

    def _of(self, movement_id: str) -> Iterator[DoneSet]:
        return (one for one in self._sets if one.movement_id == movement_id)

    def _name(self, movement_id: str) -> str:
        return name_movement(movement_id, self._movements)

    def _plot(
        self,
        title: str,
        courses: Mapping[str, DatedPoints],
        unit: str,
        band: tuple[float, float] | None,
        limits: tuple[float, float] | None = None,
    ) -> tuple[str, Figure]:
        from formcheck.sinks.plots.weeks import plot_weeks

        newest = {name: course[-MOST_CHART_POINTS:] for name, course in courses.items()}
        return title, plot_weeks(newest, title=title, unit=unit, theme=self._theme, band=band, limits=limits)


def _find_daily_medians(course: DatedPoints) -> DatedPoints:
    """Return one point for each day."""
    days: dict[date, list[float]] = {}
    for day, value, _ in course:
        days.setdefault(day, []).append(value)
    return [(day, statistics.median(values), 0.0) for day, values in days.items()]


def _leave_out_empty(courses: Mapping[str, DatedPoints]) -> dict[str, DatedPoints]:
    return {name: some for name, some in courses.items() if some}


def _count_days(course: DatedPoints) -> int:
    return len({day for day, *_ in course})


PROGRESS_PATH = "progress"
NOTHING_STORED = (
    "Nothing is stored yet. After your first set with the camera, this page begins to fill: numbers only, on this "
    "computer."
)
WHO_FIRST = "Several people use this computer."
WHO_LINK = "Say on Today who you are, and your own weeks appear here."
CLOSED = "{why} You can practise all the same."
CLOCK_BACK_LINE = (
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
                st.warning(CLOCK_BACK_LINE)
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
        st.caption(BARS_NOTE + MARK_NOTE * any(one.first is not None for one in weeks.bars))
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
    for number, (title, svg) in enumerate(pictures):
        if number == 0:
            st.html('<h2 class="fc">Over the weeks</h2>')
            columns = st.columns(2, gap="medium")
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

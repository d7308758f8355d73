"""Draw the weeks: pain, form, range, left against right, and held seconds."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

from formcheck.core.movement.schema import Movement
from formcheck.program.progress import DoneSet, PainAnswer, Topic, WeeksFinding, share_good_pct

from .text import find_value_unit, name_movement, name_value

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from formcheck.sinks.plots.style import ThemeName

MOST_PLOTS = 8
MOST_POINTS = 150
"""[E] More dots are one line; years of them would make the page wait."""
_MOST_RANGES = 3
_LEFT, _RIGHT = "_left_", "_right_"
_PAIN_LIMITS, _SHARE_LIMITS = (-0.5, 10.5), (-5.0, 105.0)

Points = list[tuple[date, float, float]]


def draw_courses(
    sets: Sequence[DoneSet],
    pain: Sequence[PainAnswer],
    found: Sequence[WeeksFinding],
    movements: Mapping[str, Movement],
    *,
    theme: ThemeName,
) -> list[tuple[str, str]]:
    """Return title and SVG of each picture, at most `MOST_PLOTS`.

    A course of a single day is not drawn.

    Parameters
    ----------
    sets, pain : the oldest first.
    found : from `find_changes`; their thresholds are the bands.
    movements : by id.
    """
    from formcheck.sinks.plots.measures import write_figure_svg

    bands = {(one.topic, one.movement_id, one.name): _find_band(one) for one in found}
    courses = _Courses(sets, pain, bands, movements, theme)
    pictures = []
    for title, figure in courses.draw():
        pictures.append((title, write_figure_svg(figure)))
        if len(pictures) == MOST_PLOTS:
            break
    return pictures


def _find_band(one: WeeksFinding) -> tuple[float, float]:
    return one.first - one.threshold.value, one.first + one.threshold.value


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
        courses: dict[tuple[str, str], Points] = {}
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
            sides: dict[str, Points] = {"left": [], "right": []}
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
        courses: Mapping[str, Points],
        unit: str,
        band: tuple[float, float] | None,
        limits: tuple[float, float] | None = None,
    ) -> tuple[str, Figure]:
        from formcheck.sinks.plots.weeks import plot_weeks

        newest = {name: course[-MOST_POINTS:] for name, course in courses.items()}
        return title, plot_weeks(newest, title=title, unit=unit, theme=self._theme, band=band, limits=limits)


def _find_daily_medians(course: Points) -> Points:
    """Return one point for each day."""
    days: dict[date, list[float]] = {}
    for day, value, _ in course:
        days.setdefault(day, []).append(value)
    return [(day, statistics.median(values), 0.0) for day, values in days.items()]


def _leave_out_empty(courses: Mapping[str, Points]) -> dict[str, Points]:
    return {name: some for name, some in courses.items() if some}


def _count_days(course: Points) -> int:
    return len({day for day, *_ in course})
